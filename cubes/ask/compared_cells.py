"""Cells beside those of compared periods: pure functions on the frames of an answer on its way.

A frame of cells has for each level its name, `<level>.id` and `<level>.code`, then `grouping`, then the measures, and
for each period compared `<measure>@<comparison>`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import polars as pl

from cubes.ask.cell_columns import level_codes
from cubes.ask.comparison_periods import Baseline, finest_kept
from cubes.cells.packed_codes import positions
from cubes.query import Against
from data.model.calendar import Calendar

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
    told = [*(f"{level}.code" for level in levels), "grouping"]
    places = positions(
        *(
            [*(level_codes(each, level) for level in levels), each["grouping"].to_numpy()]
            for each in (own, then)
        )
    )
    if either:
        only_then = np.setdiff1d(np.arange(then.height), places)
        if len(only_then):
            told += [f"{level}{key}" for level in levels for key in KEYS[:2]]
            rows = pl.Series(only_then)
            more = pl.DataFrame([then[name][rows] for name in told])
            own = pl.concat([own, more], how="diagonal")
            places = np.concatenate([places, only_then])
    at = pl.Series(np.maximum(places, 0).astype(np.uint32)).set(pl.Series(places < 0), None)
    return own.hstack([then[name][at].alias(f"{name}@{against}") for name in values])


def settled(
    frame: pl.DataFrame, base: Baseline, against: Against, values: Sequence[str], zeros: Collection[str]
) -> pl.DataFrame:
    """What was not there then as its measure says of an empty cell; null where nothing can be compared."""
    columns = [f"{name}@{against}" for name in values]
    zero = {f"{name}@{against}" for name in zeros}
    if not base.levels:
        alone = [_throughout(frame[each], bool(base.days), each in zero) for each in columns]
        return pl.DataFrame({each.name: each for each in (*frame.get_columns(), *alone)})
    told = pl.DataFrame(
        sorted(base.comparable), [(f"{level}.code", pl.Int32) for level in base.levels], orient="row"
    ).with_columns(pl.lit(True).alias("@comparable"))
    frame = frame.join(told, on=[f"{level}.code" for level in base.levels], how="left", maintain_order="left")
    shown = [pl.col(each).fill_null(0) if each in zero else pl.col(each) for each in columns]
    return frame.with_columns(pl.when("@comparable").then(each) for each in shown).drop("@comparable")


def _throughout(then: pl.Series, is_comparable: bool, is_zero: bool) -> pl.Series:
    """What was then, where all cells are compared or none."""
    if not is_comparable:
        return then.clear(len(then))
    return then.fill_null(0) if is_zero and then.null_count() else then


def _periods(cells: Sequence[tuple[int, ...]], levels: Sequence[str], calendar: Calendar) -> pl.DataFrame:
    """Name, id and code of the periods of each cell."""
    columns: dict[str, pl.Series] = {}
    for level, codes in zip(levels, zip(*cells, strict=True), strict=True):
        ids = pl.Series([calendar.period_id(level, code) for code in codes], dtype=pl.String)
        columns |= {level: ids, f"{level}.id": ids, f"{level}.code": pl.Series(codes, dtype=pl.Int32)}
    return pl.DataFrame(columns)
