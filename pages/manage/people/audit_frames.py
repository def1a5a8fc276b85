"""The audit's cells as figures and tables take them."""

from __future__ import annotations

import polars as pl

from data.people.audit_cube import ADDS_UP, DEEDS, LEVELS, TOTAL, AuditQuestion, with_others
from data.people.audit_event import AuditEvent

MOST_BARS, MOST_PARTS = 20, 8


def bars_of(cells: pl.DataFrame, most: int = MOST_BARS) -> pl.DataFrame:
    """The totals of the rows, the first `most`: `id`, `label`, `value`."""
    rows = cells.filter(pl.col("row") != TOTAL, pl.col("column") == TOTAL, pl.col("value") > 0)
    return rows.head(most).select(pl.col("row").alias("id"), pl.col("row").alias("label"), "value")


def parts_of(cells: pl.DataFrame, most: int = MOST_BARS) -> pl.DataFrame:
    """The cells of the first `most` rows; columns beyond the greatest `MOST_PARTS` are one part."""
    shown = bars_of(cells, most)["id"].to_list()
    parts = with_others(cells, MOST_PARTS).filter(pl.col("row").is_in(shown), pl.col("column") != TOTAL)
    return parts.select(
        *(pl.col(side).alias(f"{side}_{name}") for side in ("row", "column") for name in ("id", "label")), "value"
    )  # fmt: skip


def course_of(cells: pl.DataFrame) -> pl.DataFrame:
    """The totals of days or months as a course: `period` and `value`, 0 where nothing was done between."""
    told = bars_of(cells, cells.height)
    is_month = bool(told["id"].str.len_chars().eq(len("2026-01")).all())
    period = pl.concat_str("id", pl.lit("-01")) if is_month else pl.col("id")
    dated = told.select(period.str.to_date().alias("period"), "value").sort("period")
    return dated.upsample("period", every="1mo" if is_month else "1d").with_columns(
        pl.col("value").fill_null(0)
    )


def is_course(question: AuditQuestion) -> bool:
    return question.rows in ("day", "month")


def is_stacked(question: AuditQuestion) -> bool:
    """Whether parts may be drawn in a bar: different persons and customers of parts do not add up."""
    return bool(question.columns) and question.measure in ADDS_UP and not is_course(question)


def described(cells: pl.DataFrame, question: AuditQuestion) -> str:
    """What a chart shows, for whoever does not see it."""
    told = "; ".join(f"{row['label']} {row['value']:,}" for row in bars_of(cells, 10).iter_rows(named=True))
    return f"By {LEVELS[question.rows].label.lower()}: {told}"


def entries_table(entries: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Entries as they are read, the latest first."""
    return entries.reverse().select(
        "number",
        pl.col("moment").dt.convert_time_zone(zone).dt.replace_time_zone(None).alias("moment"),
        "person",
        "roles",
        pl.col("place").alias("where"),
        pl.col("event").replace(DEEDS),
        pl.col("detail").str.replace_all("_", " ").alias("what"),
        pl.concat_str("kind", "subject", separator=" ").str.strip_chars().alias("of"),
        "amount",
        "reason",
        "policy",
    )


def exports_table(entries: pl.DataFrame, zone: str) -> pl.DataFrame:
    """What was exported, by whom and why, the latest first."""
    exported = entries.filter(pl.col("event") == AuditEvent.EXPORTED)
    return entries_table(exported, zone).select(
        "moment", "person", "where", "what", "of", pl.col("amount").alias("rows"), "reason"
    )
