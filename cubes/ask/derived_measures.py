"""Derived measures: what one number says beside the others of its answer. Pure functions on the cells of an answer.

A frame of cells has for each level of the question `<level>.code` (null where the level is rolled up), then
`grouping`, in which a rolled-up level has its bit (the first level the highest), then one column a measure, and
`<measure>@<comparison>` for what it was in a compared period. Each cell stands once in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from cubes.ask.cell_columns import level_codes, quotient
from cubes.cells.cell_arrays import NOBODY, OTHERS, ROLLED_UP
from cubes.cells.packed_codes import positions
from cubes.model import Kind, Level, Measure
from cubes.query import DERIVATIONS, Comparison, Derivation, DerivationForm
from data.errors import BadRequest
from data.model.calendar import GRAINS
from data.model.canonical_tables import TIME_HIERARCHIES

GROWTHS = {each: each.against for each in DERIVATIONS if each.form is DerivationForm.GROWTH and each.against}
SUMS = ("sum", "count")
OF_MEMBERS = (
    DerivationForm.SHARE_OF_PARENT,
    DerivationForm.SHARE_OF_TOTAL,
    DerivationForm.GROWTH,
    DerivationForm.RANK,
)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a derivation takes beside the cells that are asked for.

    parents: the cells one level up; total: the grand total; comparison: the measure in that period as well, and
    with `either` the cells that were there only then; order: the rows as people read them; periods: those
    without a line as well, where the measure says zero.
    """

    parents: bool = False
    total: bool = False
    comparison: Comparison | None = None
    either: bool = False
    order: bool = False
    periods: bool = False


def needs(derivation: Derivation) -> Needs:
    """What the engine must bring along so that `derive` is right."""
    form = derivation.form
    return Needs(
        parents=form is DerivationForm.SHARE_OF_PARENT,
        total=form in (DerivationForm.SHARE_OF_TOTAL, DerivationForm.CONTRIBUTION),
        comparison=derivation.against,
        either=form is DerivationForm.CONTRIBUTION,
        order=form is DerivationForm.RUNNING_TOTAL,
        periods=form in (DerivationForm.RUNNING_TOTAL, DerivationForm.MOVING_AVERAGE),
    )


def check(measure: Measure, derivation: Derivation, levels: tuple[Level, ...]) -> None:
    """Raises BadRequest, with the better question, for what would be a number without a meaning."""
    form = derivation.form
    if form is DerivationForm.MOVING_AVERAGE and not any(level.is_time for level in levels):
        raise BadRequest(
            "A moving average goes from period to period, and the question is by none.",
            "Add a time level, such as month, to its rows.",
        )
    if form not in OF_MEMBERS and measure.unit == "date":
        raise BadRequest(
            f"{measure.label} is a day, so it has no {_spoken(form)}.", f"Ask for {measure.name}."
        )
    if form is DerivationForm.RUNNING_TOTAL and not (
        measure.kind is Kind.ADDITIVE and measure.aggregate in SUMS
    ):
        raise BadRequest(
            f"{measure.label} does not add up, so it has no running total.", _instead(measure, form)
        )
    if form is DerivationForm.CONTRIBUTION and measure.kind in (Kind.RATIO, Kind.HOLISTIC):
        raise BadRequest(
            f"{measure.label} does not add up, so no member brings a part of its growth.",
            _instead(measure, form, derivation),
        )
    if form is DerivationForm.MOVING_AVERAGE and measure.kind is Kind.HOLISTIC:
        raise BadRequest(
            f"A moving average of {measure.label.lower()} would be no {measure.label.lower()} of anything.",
            _instead(measure, form),
        )


def _spoken(form: DerivationForm) -> str:
    return form.replace("_", " ")


def _instead(measure: Measure, form: DerivationForm, derivation: Derivation | None = None) -> str:
    written = derivation or form
    if measure.kind is Kind.RATIO:
        parts = f"{measure.numerator}:{written} and {measure.denominator}:{written}"
        return f"Ask for its parts, {parts}, and divide the one by the other."
    if form is DerivationForm.CONTRIBUTION and derivation:
        return f"Ask for {measure.name}:{DerivationForm.GROWTH}_{derivation.against} of each member."
    return (
        f"Ask for {measure.name} by a longer period, such as quarter, or cut to the days from first to last."
    )


def derived(
    frame: pl.DataFrame, levels: tuple[Level, ...], measure: Measure, derivation: Derivation
) -> pl.Series:
    """What is derived from a measure, one value a row. The frame holds the parts of a ratio as well.

    A moving average of a ratio divides after adding up: the parts over all periods of the window, never an
    average of averages. Of a measure whose empty cells are zero, periods without a line count as zero.
    """
    if derivation.form is not DerivationForm.MOVING_AVERAGE:
        return derive(frame, levels, measure.name, derivation)
    sums = partial(_moving, frame, levels, periods=derivation.periods, rolled=pl.Expr.rolling_sum_by)
    if measure.kind is Kind.RATIO:
        found = _quotient(sums(measure.numerator), sums(measure.denominator))
    elif measure.zero_when_empty:
        found = sums(measure.name) / derivation.periods
    else:
        found = derive(frame, levels, measure.name, derivation)
    return found.alias(f"{measure.name}:{derivation}")


def derive(frame: pl.DataFrame, levels: tuple[Level, ...], name: str, derivation: Derivation) -> pl.Series:
    """What is derived from column `name`, one value a row of `frame`, in its order.

    share_of_parent, share_of_total: part of the cell with the last level that this one keeps rolled up, or of
        the grand total; that of the grand total itself is 1. Nothing is a part of zero.
    growth_*: change since the compared period by what it was then, as a positive number; null from zero.
    contribution_*: change since then by the grand total of then, as a positive number: how much of the total's
        growth it brings. Where the measure adds up, the parts of the total add up to its growth.
    running_total: sum of everything up to here along `axis(levels)`, within each combination of the other levels;
        a subtotal over that level stands at its end. Where nothing is known, what it was before.
    moving_average: mean of what is known in the last periods, this one included, along the finest time level,
        within each combination of the other levels (years do not begin anew above their months; above weeks,
        which they share, they do). A period that is not there takes a place in the window; where the window begins
        before the answer, null.
    rank: 1 for the greatest within the same parent; equals share the lowest rank; Others, the
        unknown customer and nulls have none.

    Dates have a rank; all else of them is null.
    """
    if derivation.form is not DerivationForm.RANK and not frame[name].dtype.is_numeric():
        return pl.Series(f"{name}:{derivation}", [None] * frame.height, pl.Float64)
    return FORMS[derivation.form](frame, levels, name, derivation).alias(f"{name}:{derivation}")


def growth(value: pl.Series, base: pl.Series) -> pl.Series:
    """Change by the size of what it was; null from zero, and where either is not known."""
    if not value.dtype.is_numeric():
        return pl.Series(value.name, [None] * len(value), pl.Float64)
    now, then = _numbers(value), _numbers(base)
    return _quotient(now - then, np.abs(then))


def axis(levels: tuple[Level, ...]) -> Level | None:
    """What a running total runs along: the finest time level, or else the last level, as its members are listed."""
    return finest(levels) or (levels[-1] if levels else None)


def along(levels: tuple[Level, ...]) -> str:
    """The same in words, to stand beside the numbers."""
    level = axis(levels)
    if level is None:
        return "There is one cell, so the running total is its value."
    others = [each.label.lower() for each in levels if each != level]
    within = f", within each {' and '.join(others)}" if others else ""
    how = "from period to period" if level.is_time else "as its members are listed"
    return f"Running totals go along {level.label.lower()}, {how}{within}."


def finest(levels: tuple[Level, ...]) -> Level | None:
    """The finest time level of the question."""
    times = [level for level in levels if level.is_time]
    return max(times, key=lambda level: GRAINS.index(level.name), default=None)


def _share_of_parent(
    frame: pl.DataFrame, levels: tuple[Level, ...], name: str, derivation: Derivation
) -> pl.Series:
    grouping, own = frame["grouping"].to_numpy(), [level_codes(frame, level.name) for level in levels]
    last = ~grouping & (grouping + 1) & _everything(levels)  # as `_last`; the total's parent is itself
    above = [
        np.where(last == _bit(levels, level), np.int32(ROLLED_UP), each)
        for level, each in zip(levels, own, strict=True)
    ]
    at = positions([grouping | last, *above], [grouping, *own])
    value = _numbers(frame[name])
    return _quotient(value, np.where(at >= 0, value[at], np.nan))


def _share_of_total(
    frame: pl.DataFrame, levels: tuple[Level, ...], name: str, derivation: Derivation
) -> pl.Series:
    return _quotient(frame[name], _grand_total(frame, levels, name))


def _growth(frame: pl.DataFrame, levels: tuple[Level, ...], name: str, derivation: Derivation) -> pl.Series:
    return growth(frame[name], frame[f"{name}@{derivation.against}"])


def _contribution(
    frame: pl.DataFrame, levels: tuple[Level, ...], name: str, derivation: Derivation
) -> pl.Series:
    then = f"{name}@{derivation.against}"
    known = pl.any_horizontal(pl.col(name, then).is_not_null())
    change = pl.col(name).cast(pl.Float64).fill_null(0) - pl.col(then).cast(pl.Float64).fill_null(0)
    changes = frame.select(pl.when(known).then(change)).to_series()
    return _quotient(changes, _grand_total(frame, levels, then).abs())


def _running_total(
    frame: pl.DataFrame, levels: tuple[Level, ...], name: str, derivation: Derivation
) -> pl.Series:
    level = axis(levels)
    if level is None:
        return frame[name]
    others = [f"{each.name}.code" for each in levels if each != level]
    order = f"{level.name}.code" if level.is_time else "@row"
    run = pl.col(name).cum_sum().forward_fill().over(["grouping", *others], order_by=order)
    here = _keeps(levels, level)
    return frame.with_row_index("@row").select(pl.when(here).then(run).otherwise(name)).to_series()


def _moving_average(
    frame: pl.DataFrame, levels: tuple[Level, ...], name: str, derivation: Derivation
) -> pl.Series:
    return _moving(frame, levels, name, derivation.periods, pl.Expr.rolling_mean_by)


def _moving(
    frame: pl.DataFrame,
    levels: tuple[Level, ...],
    name: str,
    periods: int,
    rolled: Callable[..., pl.Expr],
) -> pl.Series:
    level = finest(levels)
    if level is None:
        return pl.Series(name, [None] * frame.height, pl.Float64)
    code = pl.col(f"{level.name}.code").cast(pl.Int64)
    beside = [each for each in levels if each != level and not _above(each, level)]
    others = [f"{each.name}.code" for each in beside]
    begin = pl.col("@at").min().over(["grouping", *(f"{each.name}.code" for each in beside if each.is_time)])
    cells = frame.select(
        "grouping", *others, code.alias("@at"), pl.col(name).cast(pl.Float64).alias("@value")
    )
    cells = cells.with_row_index("@row").filter(_keeps(levels, level))
    window = rolled(pl.col("@value"), "@at", window_size=f"{periods}i", min_samples=1)
    found = cells.select(
        "@row",
        pl.when(pl.col("@at") >= begin + periods - 1)
        .then(window.over(["grouping", *others]))
        .alias("@found"),
    )
    rows = pl.DataFrame({"@row": pl.Series(range(frame.height), dtype=pl.UInt32)})
    return rows.join(found, on="@row", how="left", maintain_order="left")["@found"]


def _rank(frame: pl.DataFrame, levels: tuple[Level, ...], name: str, derivation: Derivation) -> pl.Series:
    named = pl.when(~_is_unranked(levels)).then(pl.col(name).to_physical())
    cells = frame.select("grouping", *_codes_of_parent(levels), named.alias("@value"))
    rank = pl.col("@value").rank("min", descending=True).cast(pl.Int64)
    return cells.select(rank.over(["grouping", *_codes(levels)])).to_series()


FORMS: dict[DerivationForm, Callable[[pl.DataFrame, tuple[Level, ...], str, Derivation], pl.Series]] = {
    DerivationForm.SHARE_OF_PARENT: _share_of_parent,
    DerivationForm.SHARE_OF_TOTAL: _share_of_total,
    DerivationForm.GROWTH: _growth,
    DerivationForm.CONTRIBUTION: _contribution,
    DerivationForm.RUNNING_TOTAL: _running_total,
    DerivationForm.MOVING_AVERAGE: _moving_average,
    DerivationForm.RANK: _rank,
}


def _quotient(over: pl.Series | np.ndarray, under: pl.Series | np.ndarray) -> pl.Series:
    """Divided row by row; null by zero."""
    above, below = (each if isinstance(each, np.ndarray) else _numbers(each) for each in (over, under))
    return pl.Series("quotient", quotient(above, below), nan_to_null=True)


def _numbers(series: pl.Series) -> np.ndarray:
    """Values as float64, NaN for nulls."""
    return series.cast(pl.Float64).to_numpy()


def _grand_total(frame: pl.DataFrame, levels: tuple[Level, ...], name: str) -> pl.Series:
    """The grand total beside each row; null where the frame has none."""
    found = frame.filter(pl.col("grouping") == _everything(levels))[name]
    total = found[0] if len(found) else None
    return pl.Series(name, [total], pl.Float64).new_from_index(0, frame.height)


def _codes(levels: tuple[Level, ...]) -> list[str]:
    return [f"{level.name}.code" for level in levels]


def _everything(levels: tuple[Level, ...]) -> int:
    return (1 << len(levels)) - 1


def _bit(levels: tuple[Level, ...], level: Level) -> int:
    return 1 << (len(levels) - 1 - levels.index(level))


def _keeps(levels: tuple[Level, ...], level: Level) -> pl.Expr:
    """Whether the level is not rolled up."""
    return (pl.col("grouping") & _bit(levels, level)) == 0


def _last(levels: tuple[Level, ...]) -> pl.Expr:
    """The bit of the last level that a cell keeps: the lowest that is not set; none of the levels' in the total."""
    return ~pl.col("grouping") & (pl.col("grouping") + 1) & _everything(levels)


def _codes_of_parent(levels: tuple[Level, ...]) -> list[pl.Expr]:
    return [
        pl.when(_last(levels) != _bit(levels, level)).then(code).alias(code)
        for level, code in zip(levels, _codes(levels), strict=True)
    ]


def _is_unranked(levels: tuple[Level, ...]) -> pl.Expr:
    """Whether the last level that a cell keeps is beyond the top, or no customer. Periods have codes of their own."""
    ends = [
        (_last(levels) == _bit(levels, level)) & pl.col(f"{level.name}.code").is_in(_unranked(level))
        for level in levels
        if not level.is_time
    ]
    return pl.any_horizontal(pl.lit(False), *ends)


def _unranked(level: Level) -> list[int]:
    return [OTHERS, NOBODY] if level.is_customer else [OTHERS]


def _above(level: Level, finer: Level) -> bool:
    """Whether each member of the time level `finer` lies in one of `level`."""
    return level.is_time and any(
        level.name in names and finer.name in names[names.index(level.name) + 1 :]
        for names in TIME_HIERARCHIES
    )
