"""What a page may want to tell about its own connection: that it is one too many, or that clicks came too fast."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import streamlit as st

from pages.ui.page_states import empty_state

HEADER = "x-clientela-connection"
TOLD_SECONDS = 10.0
SLOWED = (
    "You asked faster than Clientela answers one person, so that your last clicks waited for their turn. "
    "Nothing is lost, and nobody else was slowed."
)


@dataclass(slots=True)
class OwnConnection:
    """One connection of a page, as `pages/web/limits.py` counts it; times in seconds of the monotonic clock."""

    most_pages: int = 0
    is_one_too_many: bool = False
    slowed_at: float = -math.inf


connections: dict[str, OwnConnection] = {}


def tell_limits() -> None:
    """What this page's connection met; the page ends here where its person has too many open."""
    own = connections.get(st.context.headers.get(HEADER) or "")
    if own is None:
        return
    if own.is_one_too_many:
        empty_state(
            "Too many pages are open",
            f"You have more than {own.most_pages:,} pages of Clientela open. Close some, then load this one again.",
            key="too-many-pages",
        )
        st.stop()
    if time.monotonic() - own.slowed_at < TOLD_SECONDS:
        own.slowed_at = -math.inf
        st.toast(SLOWED, icon=":material/hourglass_top:", duration="long")
