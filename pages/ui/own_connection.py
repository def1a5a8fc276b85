"""What a page may want to tell about its own connection: that it is one too many, or that clicks came too fast."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import streamlit as st

from pages.ui.page_states import empty_state

HEADER = "x-clientela-connection"
NOTED_SECONDS, TOLD_SECONDS = 1.0, 20.0
SLOWED = "You asked faster than one person is answered: the last clicks waited for their turn. None is lost."


@dataclass(slots=True)
class OwnConnection:
    """One connection of a page, as `pages/web/limits.py` counts it; times in seconds of the monotonic clock."""

    most_pages: int = 0
    is_one_too_many: bool = False
    waited: float = 0.0
    slowed_at: float = -math.inf
    told_at: float = -math.inf

    def note_wait(self, seconds: float, now: float) -> None:
        """What was sent waits so long for its turn; told once several in a row have waited for long enough."""
        self.waited = self.waited + seconds if seconds else 0.0
        if self.waited > NOTED_SECONDS:
            self.slowed_at = now + seconds


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
    now = time.monotonic()
    if now - own.slowed_at < TOLD_SECONDS < now - own.told_at:
        own.told_at = now
        st.toast(SLOWED, icon=":material/hourglass_top:", duration="long")
