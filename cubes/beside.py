"""Cells beside those of compared periods: pure functions on the frames of an answer on its way.

A frame of cells has for each level its name, `<level>.id` and `<level>.code`, then `grouping`, then the measures, and
for each period compared `<measure>@<comparison>`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from cubes.compare import Baseline, finest_kept
from cubes.query import Against
from data.calendar import Calendar

KEYS = ("", ".id", ".code")


def told_by_own_periods(cells: pl.DataFrame, base: Baseline, calendar: Calendar) -> pl.DataFrame:
    """Cells of the compared period, told by the periods of the question that they stand for: several, if need be."""
    if not base.periods:
        return cells
    finest = f"{finest_kept(base.levels)}.code"
    stand = _periods([codes for _, codes in base.periods], base.levels, calendar)
    then = pl.Series("@then", [code for code, _ in base.periods], pl.Int32)
    told = [f"{level}{key}" for level in base.levels for key in KEYS if f"{level}{key}" != finest]
    found = cells.rename({finest: "@then"}).drop(told).join(stand.with_columns(then), on="@then")
    return found.select(cells.columns)


def beside(
    own: pl.DataFrame,
    then: pl.DataFrame,
    levels: Sequence[str],
    values: Sequence[str],
    against: Against,
    either: bool,
) -> pl.DataFrame:
    """The cells and what they were then; with `either` those as well that were there only then."""
    names = [f"{level}{key}" for level in levels for key in KEYS[:2]]
    joined = own.join(
        then.rename({name: f"{name}@{against}" for name in values}),
        on=[*(f"{level}.code" for level in levels), "grouping"],
        how="full" if either else "left",
        nulls_equal=True,
        coalesce=True,
        suffix="@then",
    )
    joined = joined.with_columns(pl.coalesce(name, f"{name}@then").alias(name) for name in names)
    return joined.drop(f"{name}@then" for name in names)


def settled(
    frame: pl.DataFrame, base: Baseline, against: Against, values: Sequence[str], zeros: Collection[str]
) -> pl.DataFrame:
    """What was not there then as its measure says of an empty cell; null where nothing can be compared."""
    if base.levels:
        told = pl.DataFrame(
            sorted(base.comparable), [(f"{level}.code", pl.Int32) for level in base.levels], orient="row"
        ).with_columns(pl.lit(True).alias("@comparable"))
        frame = frame.join(
            told, on=[f"{level}.code" for level in base.levels], how="left", maintain_order="left"
        )
    else:
        frame = frame.with_columns(pl.lit(bool(base.days)).alias("@comparable"))
    columns = {name: pl.col(f"{name}@{against}") for name in values}
    shown = [column.fill_null(0) if name in zeros else column for name, column in columns.items()]
    return frame.with_columns(pl.when("@comparable").then(each) for each in shown).drop("@comparable")


def _periods(cells: Sequence[tuple[int, ...]], levels: Sequence[str], calendar: Calendar) -> pl.DataFrame:
    """Name, id and code of the periods of each cell."""
    columns: dict[str, pl.Series] = {}
    for level, codes in zip(levels, zip(*cells, strict=True), strict=True):
        ids = pl.Series([calendar.period_id(level, code) for code in codes], dtype=pl.String)
        columns |= {level: ids, f"{level}.id": ids, f"{level}.code": pl.Series(codes, dtype=pl.Int32)}
    return pl.DataFrame(columns)
