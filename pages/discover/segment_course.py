"""Saved segments over time: how many customers each held on every day it was formed, and what they brought since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import polars as pl
import streamlit as st

from cubes.ask.answer import Answer
from cubes.query import Query
from data.model.canonical_tables import UNKNOWN
from data.model.segmentation import NOT_YET
from data.store.segment_flow import sizes
from data.store.warehouse import Attribute
from pages.discover.save_segments import place
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import small_multiples
from pages.ui.page_states import section
from pages.ui.style.formats import format_day

CUSTOMERS, REVENUE = "Customers", "Revenue"
SHOWN = "segments-course"


def course(segment: str) -> None:
    """The courses of the saved segments, the opened one first; what to do where there are none yet."""
    section("Over time")
    saved = place(session.warehouse().profile).saved
    days = [each.formed_on for each in saved.segmentations] if saved else []
    if saved is None or len(days) < 2:
        st.html(f'<p class="clientela-quiet" data-testid="course">{too_few(days)}</p>')
        return
    kind = st.segmented_control(
        "Over time", [CUSTOMERS, REVENUE], key=SHOWN, default=CUSTOMERS, required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    frame = sized(sizes(session.warehouse(), saved.name)) if kind == CUSTOMERS else _brought(saved, days)
    unit = "count" if kind == CUSTOMERS else "money"
    figure = small_multiples(
        opened_first(frame, segment), session.colours(), unit=unit, currency=session.currency()
    )
    chart(figure, f"course-{kind}-{segment}", f"{kind} of each saved segment by the day it was formed")
    st.html(f'<p class="clientela-quiet" data-testid="course">{told(frame, segment, str(kind))}</p>')


def too_few(days: Sequence[date]) -> str:
    """What to do where fewer than two days can be compared."""
    once = f"Saved once, as of {format_day(days[0])}" if days else "No segments are saved with their day yet"
    return f"{once}: “Save month by month”, below, forms them for each month, and their course stands here."


def told(frame: pl.DataFrame, segment: str, kind: str) -> str:
    """What the lines are, and whether the opened segment is among them."""
    what = (
        "Customers in each saved segment on the day it was formed."
        if kind == CUSTOMERS
        else "Revenue of the whole firm from each day to the next, by the segment customers were in; hollow: not over."
    )
    others = "" if segment in frame["id"] else " What is open here is not among the saved segments."
    return what + others


def sized(found: pl.DataFrame) -> pl.DataFrame:
    """Sizes as `data.store.segment_flow.sizes` gives them, for `figures.small_multiples`."""
    return _points(found.select("segment", period="formed_on", value=pl.col("members").cast(pl.Float64)))


def brought(found: pl.DataFrame, days: Sequence[date]) -> pl.DataFrame:
    """Revenue by `segment` and `day` as that of each forming's time, for `figures.small_multiples`.

    `period` is the day of the forming; the last one's time is not over (`partial`). Sales up to the first are left out.
    """
    starts = pl.DataFrame({"period": sorted(days)}, schema={"period": pl.Date})
    read = found.filter(~pl.col("segment").is_in([UNKNOWN, NOT_YET])).select(
        "segment", value=pl.col("revenue").cast(pl.Float64), before=pl.col("day") - pl.duration(days=1)
    )
    placed = read.sort("before").join_asof(starts, left_on="before", right_on="period")
    summed = placed.drop_nulls("period").group_by("segment", "period").agg(pl.col("value").sum())
    return _points(summed).with_columns(partial=pl.col("period") == max(days))


def _points(found: pl.DataFrame) -> pl.DataFrame:
    """A point of each segment in each period, 0 where it has none."""
    every = found.select("segment").unique().join(found.select("period").unique(), how="cross")
    filled = every.join(found, on=["segment", "period"], how="left").fill_null(0.0)
    return filled.select("period", "value", id="segment", label="segment").sort("id", "period")


def by_day(attribute: str, ask: Callable[[Query], Answer]) -> pl.DataFrame:
    """Revenue by `segment` and `day`; each sale reads the segment that its customer was in then."""
    found = ask(Query(("revenue",), (attribute, "day"))).plain()
    return found.select(
        pl.col(attribute).alias("segment"), pl.col("day.id").str.to_date().alias("day"), "revenue"
    )


def opened_first(frame: pl.DataFrame, segment: str) -> pl.DataFrame:
    """The opened segment before the others."""
    return frame.sort(pl.col("id") != segment, maintain_order=True)


def _brought(saved: Attribute, days: Sequence[date]) -> pl.DataFrame:
    return brought(by_day(saved.name, session.ask_whole), days)
