"""What the table shows of a measure: its values, or what is derived from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from cubes.ask.answer import Answer
from cubes.ask.derived_measures import check
from cubes.catalogue.ratios import RATIO
from cubes.model import Cube, Kind, Measure
from cubes.query import Derivation, DerivationForm, Query
from data.errors import BadRequest

MOVING = Derivation(DerivationForm.MOVING_AVERAGE, periods=3)
NAMES: dict[Derivation | None, str] = {
    None: "Values",
    Derivation.SHARE: "Share of subtotal",
    Derivation.SHARE_OF_TOTAL: "Share of total",
    Derivation.RANK: "Rank",
    Derivation.RUNNING_TOTAL: "Running total",
    MOVING: "Moving average of 3",
}
EXPLAINED: dict[Derivation | None, str] = {
    Derivation.SHARE: "Each number as a part of the subtotal one level up.",
    Derivation.SHARE_OF_TOTAL: "Each number as a part of the grand total.",
    Derivation.RANK: "1 is the greatest among the rows beside it; equals share a rank.",
}
SHARES = (Derivation.SHARE, Derivation.SHARE_OF_TOTAL)
OVER_TIME = (DerivationForm.RUNNING_TOTAL, DerivationForm.MOVING_AVERAGE)


def offered(measure: Measure, cube: Cube, by: Iterable[str]) -> list[Derivation | None]:
    """What has a meaning for a measure by these levels."""
    levels = tuple(by)
    return [None, *(each for each in NAMES if each and not why_not(measure, each, cube, levels))]


def why_not(measure: Measure, derivation: Derivation, cube: Cube, by: Iterable[str]) -> str:
    """Why the table cannot show this of a measure by these levels; empty where it can."""
    levels = tuple(cube.level(name) for name in by)
    form, label = derivation.form, measure.label
    if derivation in SHARES and measure.kind in (Kind.RATIO, Kind.HOLISTIC):
        return f"{label} does not add up, so no number is a part of it."
    if form in OVER_TIME and not any(level.is_time for level in levels):
        return f"{name(derivation)} needs a period among the rows or columns."
    if measure.name in RATIO:
        return f"{label} takes two cubes, so nothing is derived from it."
    try:
        check(measure, derivation, levels)
    except BadRequest as error:
        return error.problem
    return ""


def name(derivation: Derivation | None) -> str:
    """What the choice is called."""
    if derivation in NAMES:
        return NAMES[derivation]
    return str(derivation).replace("_", " ").capitalize().replace("average ", "average of ")


def explained(derivation: Derivation | None) -> str:
    """The sentence that says what is shown; empty for values."""
    if derivation and derivation.form is DerivationForm.MOVING_AVERAGE:
        return f"The mean of {derivation.periods} periods, the cell's own the last."
    return EXPLAINED.get(derivation, "")


def is_over_time(derivation: Derivation | None) -> bool:
    """Whether it runs from period to period."""
    return derivation is not None and derivation.form in OVER_TIME


def unit(measure: Measure, derivation: Derivation | None) -> str:
    """The unit of what is shown."""
    if derivation is None or derivation.form in OVER_TIME:
        return measure.unit
    return "rank" if derivation is Derivation.RANK else "percent"


def is_rank(text: str) -> bool:
    """Whether a measure, as a question writes it, is a rank: among rows, so that its rows must come last."""
    return text.endswith(f":{Derivation.RANK}")


def laid_out(answer: Answer, query: Query) -> Answer:
    """The answer with its levels as `query` lays them out."""
    before, by = answer.query.by, query.by
    turned = replace(answer.query, rows=query.rows, columns=query.columns)
    if before == by:
        return replace(answer, query=turned)
    bits = (
        pl.when(pl.col("grouping") & (1 << (len(before) - 1 - before.index(level))) != 0)
        .then(1 << (len(by) - 1 - at))
        .otherwise(0)
        for at, level in enumerate(by)
    )
    places = [name for level in by for name in (level, f"{level}.id")]
    frame = answer.frame.with_columns(pl.sum_horizontal(*bits).cast(pl.Int32).alias("grouping"))
    return replace(answer, query=turned, frame=frame.select(*places, pl.exclude(places)))
