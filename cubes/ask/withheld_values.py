"""Withheld values: nulls in place of what a policy does not show, a mark beside each, and what follows for the rest.

A frame of cells then has beside a column of values `<column>|withheld`, true where it was taken out. Whatever is
derived is derived from what is left, and so tells nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from cubes.ask.derived_measures import axis
from cubes.ask.resolve_query import ResolvedQuery
from cubes.model import Level
from cubes.query import Against, DerivationForm, split_measure
from cubes.withholding.small_counts import SmallCounts

MARK = "|withheld"
ALONG_A_LINE = (DerivationForm.RUNNING_TOTAL, DerivationForm.MOVING_AVERAGE)
PARTS_OF_OTHERS = (
    DerivationForm.SHARE_OF_PARENT,
    DerivationForm.SHARE_OF_TOTAL,
    DerivationForm.CONTRIBUTION,
)


def mark(column: str) -> str:
    """The column that says where the values of another are withheld."""
    return f"{column}{MARK}"


def withheld(frame: pl.DataFrame, small: SmallCounts, comparisons: Iterable[Against]) -> pl.DataFrame:
    """The cells with all that `small` withholds taken out, in each compared period as well."""
    marks: dict[str, pl.Expr] = {}
    for then in ("", *(f"@{each}" for each in comparisons)):
        for name, places in small.counted_by.items():
            hidden = [pl.col(f"{small.marks[at].name}{then}").fill_null(0) > 0 for at in places]
            marks[f"{name}{then}"] = pl.any_horizontal(hidden)
    frame = frame.with_columns(each.alias(mark(name)) for name, each in marks.items())
    return without_marked(frame, marks)


def without_marked(frame: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    """The cells with what is marked in these columns taken out."""
    return frame.with_columns(pl.when(~pl.col(mark(each))).then(pl.col(each)).alias(each) for each in columns)


def withheld_derived(frame: pl.DataFrame, resolved: ResolvedQuery) -> pl.DataFrame:
    """With what was derived of withheld values marked as well, and taken out where it would be another number.

    A running total and a moving average are withheld all along a line of which a cell is.
    """
    for text, (name, derivation) in zip(resolved.query.measures, resolved.derived, strict=True):
        own = pl.col(mark(name))
        if not derivation and resolved.query.compare:
            base = pl.col(mark(f"{name}@{resolved.query.compare}"))
            frame = frame.with_columns(
                base.alias(mark(f"{name}:base")), (own | base).alias(mark(f"{name}:growth"))
            )
        elif derivation and text in frame.columns:
            then = pl.col(mark(f"{name}@{derivation.against}")) if derivation.against else pl.lit(False)
            gone = own | then
            if derivation.form in PARTS_OF_OTHERS:
                gone = gone | (pl.col(text).is_null() & gone.any())
            if derivation.form in ALONG_A_LINE:
                gone = gone | _in_line(own, resolved.levels)
            frame = without_marked(frame.with_columns(gone.alias(mark(text))), [text])
    return frame


def withheld_running(frame: pl.DataFrame, levels: tuple[Level, ...], measures: Sequence[str]) -> pl.DataFrame:
    """With the running totals withheld all along a line of which a cell is."""
    for text in measures:
        name, derivation = split_measure(text)
        if derivation and derivation.form is DerivationForm.RUNNING_TOTAL and mark(name) in frame.columns:
            gone = _in_line(pl.col(mark(name)), levels)
            frame = without_marked(frame.with_columns(gone.alias(mark(text))), [text])
    return frame


def _in_line(own: pl.Expr, levels: Sequence[Level]) -> pl.Expr:
    """Whether any cell of the line is marked that a cell stands in: of all its periods, or of its members."""
    along = axis(tuple(levels))
    others = [each.name for each in levels if each != along and not each.is_time]
    return own.any().over(["grouping", *(f"{each}.code" for each in others)])


def marks_of(frame: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame | None:
    """Where these columns are withheld, a column of the same name for each of which a value is; None where none is."""
    found = {each: frame[mark(each)].fill_null(False) for each in columns if mark(each) in frame.columns}
    some = {name: each for name, each in found.items() if each.any()}
    return pl.DataFrame(some) if some else None
