"""Segments as a list in one element: name, size, revenue, a sentence each; a click opens one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from pages.ui import page_record
from pages.ui.page_record import ToldTable
from pages.ui.served_component import served_component

ASSETS = Path(__file__).parent / "assets"
HEADS = ("Segment", "Customers", "Revenue")


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One segment. Shares are 0 to 1 and drawn as bars, each beside its text. `badge` is a word of trust behind a shape
    of its kind (good, fair or poor), `badge_help` what it rests on."""

    id: str
    colour: str
    customers: str
    customers_share: float
    customers_text: str
    revenue: str
    revenue_share: float
    revenue_text: str
    sentence: str
    advice: str = ""
    badge: str = ""
    badge_kind: str = ""
    badge_help: str = ""

    def described(self, sentence: str) -> SegmentRow:
        """With another sentence, where there is one."""
        return replace(self, sentence=sentence) if sentence else self


def segment_list(
    rows: Sequence[SegmentRow],
    chosen: str,
    key: str,
    on_click: Callable[[str], None],
    heads: tuple[str, str, str] = HEADS,
) -> None:
    """Draw the rows below `heads`; `on_click` gets the id of the one clicked, before the page runs again."""
    known = {row.id for row in rows}
    page_record.note(ToldTable(key, lambda: as_frame(rows, heads)))

    def clicked() -> None:
        one = (st.session_state.get(key) or {}).get("click")
        if one in known:
            on_click(one)

    data: dict[str, Any] = {"rows": [asdict(row) for row in rows], "chosen": chosen, "heads": heads}
    _mount(key=key, data=data, on_click_change=clicked)


def as_frame(rows: Sequence[SegmentRow], heads: tuple[str, str, str] = HEADS) -> pl.DataFrame:
    """What the list says, as texts, a row each."""
    told = [
        (
            row.id,
            f"{row.customers} ({row.customers_text})",
            f"{row.revenue} ({row.revenue_text})",
            row.badge,
            row.sentence,
        )
        for row in rows
    ]
    schema = dict.fromkeys((*heads, "Trust", "In words"), pl.String)
    frame = pl.DataFrame(told, schema=schema, orient="row")
    return frame if any(row.badge for row in rows) else frame.drop("Trust")


_mount = served_component(
    "clientela_segments",
    html='<div class="root"></div>',
    css=(ASSETS / "segment_list.css").read_text(encoding="utf-8"),
    js=(ASSETS / "segment_list.js").read_text(encoding="utf-8"),
)
