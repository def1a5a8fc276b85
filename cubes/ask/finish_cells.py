"""Finish: cells get the names and the order that people read them in, and what runs along that order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from cubes.ask.derived_measures import derive, needs
from cubes.cells.cell_arrays import NOBODY, OTHERS, ROLLED_UP
from cubes.members.member_names import MemberNames
from cubes.members.namesakes import told_apart
from cubes.model import Level
from cubes.query import Query, split_measure


def named(
    frame: pl.DataFrame, levels: Sequence[Level], names: MemberNames, others: Mapping[str, str]
) -> pl.DataFrame:
    """The cells with Others called as `others` says by level, and members of one name told apart."""
    for level in levels:
        if level.name in others:
            is_other = pl.col(f"{level.name}.code") == OTHERS
            shown = pl.when(is_other).then(pl.lit(others[level.name])).otherwise(pl.col(level.name))
            frame = frame.with_columns(shown.alias(level.name))
        if not level.is_time and names.may_double(level.name, codes(frame, level)):
            frame = told_apart(frame, level.name)
    return frame


def in_order(frame: pl.DataFrame, levels: Sequence[Level], names: MemberNames, query: Query) -> pl.DataFrame:
    """The rows with the rolled-up last, periods in time, one plain level by its greatest value, else by name.

    It is the value that the question orders by, else of its first measure, or what that runs on. After Others stands
    the unknown customer.
    """
    keys = [frame["grouping"].to_numpy()]
    for level in levels:
        own = codes(frame, level)
        if level.is_time:
            keys.append(own)
            continue
        last = [own == NOBODY] if level.is_customer else []
        keys += [*last, own == OTHERS, _alphabetical(frame, level, names, own)]
    if len(levels) == 1 and not levels[0].is_time:
        keys[-1:-1] = _by_value(frame, query)
    order = pl.Series(np.lexsort(keys[::-1]))
    # column by column: rows of a whole frame are taken by a pool of threads, which small answers wait for
    return pl.DataFrame([column[order] for column in frame.get_columns()])


def _by_value(frame: pl.DataFrame, query: Query) -> list[np.ndarray]:
    """What sorts the rows of one level by a value; nothing where their names decide."""
    order = query.order if query.order and not query.order.within else None
    if order and order.by_name:
        return []
    column = order.measure if order else query.measures[0]
    if column not in frame.columns:
        column, _ = split_measure(column)
    values = frame[column].to_physical().cast(pl.Float64).to_numpy()
    return [values if order and order.ascending else -values]


def running(frame: pl.DataFrame, levels: tuple[Level, ...], measures: Sequence[str]) -> pl.DataFrame:
    """With what is derived along the rows as people read them, from cells in that order."""
    for text in measures:
        name, derivation = split_measure(text)
        if derivation and needs(derivation).order:
            frame = frame.with_columns(derive(frame, levels, name, derivation).alias(text))
    return frame


def _alphabetical(frame: pl.DataFrame, level: Level, names: MemberNames, own: np.ndarray) -> np.ndarray:
    """What sorts the rows by the names of a level: of members of one name, by those that tell them apart."""
    ranks = None if names.may_double(level.name, own) else names.ranks(level.name, own)
    return frame[level.name].rank("dense").to_numpy() if ranks is None else ranks


def codes(frame: pl.DataFrame, level: Level) -> np.ndarray:
    """The codes of a level (int32); ROLLED_UP where there is none."""
    found = frame[f"{level.name}.code"].to_numpy()
    return found if found.dtype == np.int32 else np.nan_to_num(found, nan=ROLLED_UP).astype(np.int32)


def shown(query: Query) -> list[str]:
    """The columns of an answer: each level and its id, `grouping`, each measure, then what some are held against."""
    levels = [name for level in query.by for name in (level, f"{level}.id")]
    return [*levels, "grouping", *values_shown(query)]


def values_shown(query: Query) -> list[str]:
    """The columns of values: each measure as written, then `:base` and `:growth` of those that are compared."""
    compared = [text for text in query.measures if query.compare and ":" not in text]
    return [*query.measures, *(f"{text}:{what}" for text in compared for what in ("base", "growth"))]
