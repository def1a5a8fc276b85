"""A row of key figures in one element: value, change, course, target; each may open what lies behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui import page_record
from pages.ui.page_record import ToldFigure, ToldFigures
from pages.ui.served_component import served_component

ASSETS = Path(__file__).parent / "assets"


@dataclass(frozen=True, slots=True)
class Kpi:
    """One tile. `course` is drawn small (whole periods only); `target` is the share of the goal that is reached.

    `moved` offers to ask why the number moved.
    """

    id: str
    label: str
    value: str
    delta: str = ""
    trend: int = 0
    good: bool | None = None
    note: str = ""
    course: tuple[float | None, ...] = ()
    target: float | None = None
    target_text: str = ""
    help: str = ""
    moved: bool = False


def kpi_strip(
    tiles: Sequence[Kpi],
    key: str,
    on_click: Callable[[str], None] | None = None,
    on_why: Callable[[str], None] | None = None,
) -> str | None:
    """Draw the tiles side by side, wrapping where it is narrow; the id of the one clicked in this run.

    `on_why` gets the id of a tile that `moved` and of which was asked why, before the page runs again.
    """
    known = {tile.id for tile in tiles}
    page_record.note(ToldFigures(tuple(ToldFigure(each.label, each.value, each.note) for each in tiles)))

    def read(raw: Any) -> str | None:
        return raw if isinstance(raw, str) and raw in known else None

    def clicked() -> None:
        one = read((st.session_state.get(key) or {}).get("click"))
        if one is not None and on_click is not None:
            on_click(one)

    def asked() -> None:
        one = read((st.session_state.get(key) or {}).get("why"))
        if one is not None and on_why is not None:
            on_why(one)

    data = {"tiles": [asdict(tile) for tile in tiles], "opens": on_click is not None}
    result = _mount(key=key, data=data, on_click_change=clicked, on_why_change=asked)
    return read(result.get("click"))


_mount = served_component(
    "clientela_kpis",
    html='<div class="root"></div>',
    css=(ASSETS / "kpis.css").read_text(encoding="utf-8"),
    js=(ASSETS / "kpis.js").read_text(encoding="utf-8"),
)
