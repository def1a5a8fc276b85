"""What was found as tables: a row an alarm, those that it explains below it; and a row a season."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mining.trends.member_trends import MemberTrends
from mining.trends.trend_effect import TrendKind
from mining.trends.trend_finding import TrendFinding

SCHEMA = {
    "cause": pl.Int64,
    "told_by": pl.String,
    "series": pl.String,
    "kind": pl.String,
    "first": pl.Date,
    "last": pl.Date,
    "earliest": pl.Date,
    "latest": pl.Date,
    "change": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "growth_before": pl.Float64,
    "amount": pl.Float64,
    "p_value": pl.Float64,
    "q_value": pl.Float64,
}
SEASONS = ("series", "kind", "peak", "trough", "high", "low", "p_value", "q_value")


def trend_rows(found: MemberTrends) -> pl.DataFrame:
    """Columns of SCHEMA: `cause` is the rank of the alarm, `told_by` why a row is no cause of its own (empty: it is).

    `change` with `low` and `high` is a share of what was expected, of a slope the change of growth a period; `amount`,
    of shifts and spikes alone, the mean difference a period in the measure's unit.
    """
    return pl.DataFrame([*_rows(found)], schema=SCHEMA, orient="row")


def season_rows(found: MemberTrends) -> pl.DataFrame:
    """Each season with its `peak` and `trough` (of 12 months or 52 weeks), and how far these are from the mean."""
    known = {"series": pl.String(), "kind": pl.String(), "peak": pl.Int64(), "trough": pl.Int64()}
    schema = {name: known.get(name, pl.Float64()) for name in SEASONS}
    rows = [tuple(getattr(each, name) for name in SEASONS) for each in found.seasons]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _rows(found: MemberTrends) -> Iterator[tuple[object, ...]]:
    for rank, alarm in enumerate(found.alarms, 1):
        yield _row(rank, "", alarm.cause)
        yield from (_row(rank, each.reason, each.finding) for each in alarm.folded)


def _row(rank: int, reason: str, each: TrendFinding) -> tuple[object, ...]:
    amount = None if each.kind is TrendKind.SLOPE else each.amount
    return (
        rank, str(reason), each.series, str(each.kind), each.first, each.last, each.earliest, each.latest, each.size,
        each.low, each.high, each.before, amount, each.p_value, each.q_value,
    )  # fmt: skip
