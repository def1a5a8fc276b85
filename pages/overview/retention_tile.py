"""Retention in small: who of all that ever began comes back a month and a year later, and the curve between."""

from __future__ import annotations

import polars as pl

from pages.overview.part_asked import PartAsked, lead_to
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import Quantity, age_curves, described
from pages.ui.kpi_row import kpi_strip
from pages.ui.page_states import headed, section
from pages.ui.style.formats import format_day
from pages.value import cohort_words as words
from pages.value.found_cohorts import found_cohorts
from pages.value.retention_view import RetentionView

RETENTION = "value/retention_page.py"
HEIGHT = 124


def retention_tile(asked: PartAsked) -> None:
    """Of all history, whatever the period; a click opens the page. Raises BadRequest where nobody bought yet."""
    with headed("Retention"):
        found = found_cohorts(RetentionView())
    section(
        "Retention",
        f"Who buys again, of all who began by {format_day(found.cells.until)}; 95% intervals.",
    )
    tiles = words.tiles(found.whole, found.cells, session.currency())
    told = [each for each in tiles if each.id in ("next", "late")]
    kpi_strip(told, f"retention-{asked.key}", on_click=lambda _: lead_to(RETENTION, {}))
    frame = words.curves(found.whole, found.cells).filter(pl.col("id") != "cohort")
    if frame["value"].drop_nulls().is_empty():
        return
    figure = age_curves(frame, session.colours(), age_name="Months since the first purchase", height=HEIGHT)
    ages = frame.with_columns(when=pl.format("age {}", "age"))
    alt = described(ages, kind="Curve by age", measure=Quantity("Customers who buy again", "percent", ""))
    chart(figure, f"retention-curve-{asked.key}", alt, lambda _: lead_to(RETENTION, {}))
