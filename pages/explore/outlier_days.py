"""Lines dated years away from the rest: how many, which days, and the way to them."""

from __future__ import annotations

import streamlit as st

from cubes.model import Cube
from cubes.query import Cut, Query
from data.store.warehouse import Extent
from pages.explore.explore_view import Chart, View
from pages.ui import session
from pages.ui.open_pages import link_to
from pages.ui.style.formats import count_text, format_day

EXPLORE = "explore/explore_page.py"
MOST_NAMED = 3


def outliers(cube: Cube, key: str) -> None:
    """Say that some lines of a cube are dated years away from the rest, where there are any."""
    extent = session.warehouse().profile.extents[cube.fact]
    if not extent.outliers:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}-outliers"):
        st.caption(in_words(cube, extent))
        link_to(
            EXPLORE,
            label="See them",
            icon=":material/event_busy:",
            query_params=there(cube, extent).to_parameters(),
        )


def in_words(cube: Cube, extent: Extent) -> str:
    """How many lines, of which days, and what they do and do not change."""
    lines = count_text(extent.far_lines, "order line" if cube.has_orders else "row")
    of = "" if cube.has_orders else f" of {cube.label.lower()}"
    days = [format_day(each.day) for each in extent.outliers[:MOST_NAMED]]
    days += [f"{len(extent.outliers) - MOST_NAMED} days more"] if len(extent.outliers) > MOST_NAMED else []
    said = "is dated" if extent.far_lines == 1 else "are dated"
    return (
        f"{lines}{of} {said} years away from the rest ({', '.join(days)}): counted in totals, but not in what is the "
        "latest period or when the data begin. If a year is mistyped, mend it in its file and load that again."
    )


def there(cube: Cube, extent: Extent) -> View:
    """Explore's view of those days alone."""
    days = tuple(each.day.isoformat() for each in extent.outliers)
    count = next((each.name for each in cube.measures if each.aggregate == "count"), cube.measures[0].name)
    return View(Query((count,), ("day",), cuts=(Cut("day", days),), cube=cube.name), Chart.BARS)
