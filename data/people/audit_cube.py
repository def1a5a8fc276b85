"""A small cube over the audit: events, persons, customers seen and exports, by person, event, day and so on.

It stands beside the warehouse's cubes, not in them: what a person did is not for everybody who reads the warehouse.
Counts of different persons and customers are asked anew for each total, never added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from data.errors import BadRequest, did_you_mean
from data.people.audit_event import LABELS, AuditEvent

TOTAL, OTHERS = "Total", "Others"
NONE_TOLD = "(none)"
IS_EXPORT = pl.col("event") == AuditEvent.EXPORTED
DEEDS: Mapping[str, str] = {event.value: label for event, label in LABELS.items()}


@dataclass(frozen=True, slots=True)
class AuditLevel:
    """By what the audit is drilled: its label, and the text of each entry's member."""

    label: str
    member: Callable[[str], pl.Expr]
    is_time: bool = False


@dataclass(frozen=True, slots=True)
class AuditMeasure:
    """What is counted: its label, how of a group of entries, and a sentence."""

    label: str
    value: pl.Expr
    sentence: str


def _text(column: str) -> pl.Expr:
    return pl.when(pl.col(column) == "").then(pl.lit(NONE_TOLD)).otherwise(pl.col(column))


def _day(form: str, zone: str) -> pl.Expr:
    return pl.col("moment").dt.convert_time_zone(zone).dt.strftime(form)


LEVELS: Mapping[str, AuditLevel] = {
    "person": AuditLevel("Person", lambda _: _text("person")),
    "roles": AuditLevel("Roles", lambda _: _text("roles")),
    "event": AuditLevel("Event", lambda _: pl.col("event").replace(DEEDS)),
    "detail": AuditLevel("What", lambda _: _text("detail").str.replace_all("_", " ")),
    "place": AuditLevel("Where", lambda _: _text("place")),
    "day": AuditLevel("Day", lambda zone: _day("%Y-%m-%d", zone), is_time=True),
    "month": AuditLevel("Month", lambda zone: _day("%Y-%m", zone), is_time=True),
    "hour": AuditLevel("Hour of the day", lambda zone: _day("%H", zone), is_time=True),
}
MEASURES: Mapping[str, AuditMeasure] = {
    "events": AuditMeasure("Events", pl.len(), "Entries of the audit."),
    "persons": AuditMeasure("Persons", pl.col("person").n_unique(), "Different persons who did something."),
    "customers": AuditMeasure(
        "Customers seen",
        pl.col("subject").filter(pl.col("event") == AuditEvent.SAW_CUSTOMER).n_unique(),
        "Different customers whose page was opened.",
    ),
    "exports": AuditMeasure("Exports", IS_EXPORT.sum(), "Files and copies that left."),
    "rows": AuditMeasure(
        "Rows exported", pl.col("amount").filter(IS_EXPORT).sum(), "Rows in what was exported, where known."
    ),
}
ADDS_UP = ("events", "exports", "rows")


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """One measure by the members of one level, and across those of another if there is one."""

    measure: str = "events"
    rows: str = "person"
    columns: str = ""

    def __post_init__(self) -> None:
        if self.measure not in MEASURES:
            raise BadRequest(
                f"The audit has no measure {self.measure!r}.", did_you_mean(self.measure, MEASURES)
            )
        for each in (self.rows, *([self.columns] if self.columns else [])):
            if each not in LEVELS:
                raise BadRequest(f"The audit has no level {each!r}.", did_you_mean(each, LEVELS))
        if self.rows == self.columns:
            raise BadRequest("Rows and columns are the same level.", "Choose another for one of them.")


def cells(entries: pl.DataFrame, question: AuditQuestion, zone: str = "UTC") -> pl.DataFrame:
    """Every cell with its totals: `row`, `column` (member or `TOTAL`) and `value`; periods in order, else the greatest
    first; days are those of `zone`. `entries` as `read_audit` gives them."""
    levels = {"row": question.rows, "column": question.columns}
    held = {name: level for name, level in levels.items() if level}
    told = entries.with_columns(LEVELS[level].member(zone).alias(name) for name, level in held.items())
    sets = [[], ["row"], *([["column"], ["row", "column"]] if question.columns else [])]
    counted = pl.concat([_grouped(told, names, MEASURES[question.measure].value) for names in sets])
    return counted.sort(
        pl.col("row") == TOTAL, pl.col("column") == TOTAL, _order(question), "row", "column",
        descending=[False, False, not LEVELS[question.rows].is_time, False, False],
    )  # fmt: skip


def _order(question: AuditQuestion) -> pl.Expr:
    """What rows stand in the order of: their totals, or their periods."""
    if LEVELS[question.rows].is_time:
        return pl.col("row")
    return pl.col("value").filter(pl.col("column") == TOTAL).max().over("row")


def _grouped(told: pl.DataFrame, names: list[str], value: pl.Expr) -> pl.DataFrame:
    counted = value.cast(pl.Int64).alias("value")
    found = told.group_by(names).agg(counted) if names else told.select(counted)
    missing = [pl.lit(TOTAL).alias(each) for each in ("row", "column") if each not in names]
    return found.with_columns(missing).select("row", "column", "value")


def table(counted: pl.DataFrame, question: AuditQuestion) -> pl.DataFrame:
    """`cells` as they are read: a row a member of the rows, a column a member of the columns, totals last."""
    label = LEVELS[question.rows].label
    if not question.columns:
        return counted.select(
            pl.col("row").alias(label), pl.col("value").alias(MEASURES[question.measure].label)
        )
    members = counted.filter(pl.col("row") == TOTAL).sort(
        pl.col("column") == TOTAL, pl.col("column") if LEVELS[question.columns].is_time else -pl.col("value")
    )["column"]
    wide = counted.pivot("column", index="row", values="value").with_columns(pl.col(pl.Int64).fill_null(0))
    return wide.select(pl.col("row").alias(label), *members)


def with_others(counted: pl.DataFrame, most: int) -> pl.DataFrame:
    """`cells` of a measure that adds up, with columns beyond the greatest `most` as one; each row's greatest first."""
    totals = counted.filter(pl.col("row") == TOTAL, pl.col("column") != TOTAL)
    kept = [*totals.sort("value", descending=True)["column"].head(most), TOTAL]
    named = pl.when(pl.col("column").is_in(kept)).then("column").otherwise(pl.lit(OTHERS)).alias("column")
    place = pl.col("column").replace(kept, [f"{at:04}" for at in range(len(kept))])
    rows = counted["row"].unique(maintain_order=True)
    summed = counted.with_columns(named).group_by("row", "column").agg(pl.col("value").sum())
    return summed.sort(pl.col("row").replace_strict(rows, range(len(rows)), return_dtype=pl.Int64), place)
