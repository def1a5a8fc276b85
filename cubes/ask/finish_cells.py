"""Finish: cells get the names and the order that people read them in, and what runs along that order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import polars as pl

from cubes.ask.cell_columns import CellColumns, level_codes, others_called
from cubes.ask.derived_measures import derive, needs
from cubes.cells.cell_arrays import NOBODY, OTHERS
from cubes.members.member_names import MemberNames
from cubes.members.namesakes import told_apart
from cubes.model import Level
from cubes.query import Query, split_measure


def named(
    frame: pl.DataFrame, levels: Sequence[Level], names: MemberNames, others: Mapping[str, str]
) -> pl.DataFrame:
    """The cells with Others called as `others` says by level, and members of one name told apart."""
    for level in levels:
        own = level_codes(frame, level.name)
        if level.name in others:
            shown = others_called(frame[level.name], own, others[level.name])
            frame = pl.DataFrame([shown if each.name == level.name else each for each in frame.get_columns()])
        if not level.is_time and names.places_by_name(level.name, own) is None:
            frame = told_apart(frame, level.name)
    return frame


def in_order(frame: pl.DataFrame, levels: Sequence[Level], names: MemberNames, query: Query) -> pl.DataFrame:
    """The rows of cells with names, in the order of `_row_order`."""
    own = [level_codes(frame, level.name) for level in levels]
    places = [
        each if level.is_time else _alphabetical(frame, level, names, each)
        for level, each in zip(levels, own, strict=True)
    ]

    def values(column: str) -> np.ndarray:
        found = frame[column]
        number = found if found.dtype.is_numeric() else found.to_physical()
        return number.cast(pl.Float64).to_numpy()

    by_value = _by_value(levels, query, frame.columns, values)
    rows = pl.Series(_row_order(frame["grouping"].to_numpy(), levels, own, places, by_value))
    # column by column: rows of a whole frame are taken by a pool of threads, which small answers wait for
    return pl.DataFrame([each[rows] for each in frame.get_columns()])


def columns_in_order(
    cells: CellColumns, names: MemberNames, query: Query, others: Mapping[str, str]
) -> pl.DataFrame | None:
    """The frame of an answer of which nothing is derived, named and in the order of `_row_order`.

    None where names must be seen to be put in order or told apart.
    """
    places: list[np.ndarray] = []
    for level, own in zip(cells.levels, cells.codes, strict=True):
        place = own if level.is_time else names.places_by_name(level.name, own)
        if place is None:
            return None
        places.append(place)
    by_value = _by_value(cells.levels, query, cells.values, lambda column: cells.values[column].astype(float))
    order = _row_order(cells.grouping, cells.levels, cells.codes, places, by_value)
    return cells.frame_in_order(order, names, others, query.measures)


def _row_order(
    grouping: np.ndarray,
    levels: Sequence[Level],
    own: Sequence[np.ndarray],
    places: Sequence[np.ndarray],
    by_value: np.ndarray | None,
) -> np.ndarray:
    """From which row each one is taken (uint32): the rolled-up last, periods in time, one plain level by its greatest
    value, else by name. After Others stands the unknown customer.

    `own` are the codes of each level, `places` where their names stand, `by_value` what `_by_value` says.
    """
    keys = [grouping]
    for level, code, place in zip(levels, own, places, strict=True):
        if not level.is_time:
            keys += [code == NOBODY, code == OTHERS] if level.is_customer else [code == OTHERS]
        keys.append(place)
    if by_value is not None:
        keys.insert(-1, by_value)
    return np.lexsort(keys[::-1]).astype(np.uint32)


def _by_value(
    levels: Sequence[Level],
    query: Query,
    columns: Collection[str],
    values: Callable[[str], np.ndarray],
) -> np.ndarray | None:
    """What sorts the rows of one level: the value that the question orders by, else that of its first measure, or of
    what this runs on. None where names or periods decide."""
    order = query.order if query.order and not query.order.within else None
    if len(levels) != 1 or levels[0].is_time or (order and order.by_name):
        return None
    column = order.measure if order else query.measures[0]
    found = values(column if column in columns else split_measure(column)[0])
    return found if order and order.ascending else -found


def running(frame: pl.DataFrame, levels: tuple[Level, ...], measures: Sequence[str]) -> pl.DataFrame:
    """With what is derived along the rows as people read them, from cells in that order."""
    for text in measures:
        name, derivation = split_measure(text)
        if derivation and needs(derivation).order:
            frame = frame.hstack([derive(frame, levels, name, derivation).alias(text)])
    return frame


def _alphabetical(frame: pl.DataFrame, level: Level, names: MemberNames, own: np.ndarray) -> np.ndarray:
    """What sorts the rows by the names of a level: of members of one name, by those that tell them apart."""
    places = names.places_by_name(level.name, own)
    return frame[level.name].rank("dense").to_numpy() if places is None else places


def shown(query: Query) -> list[str]:
    """The columns of an answer: each level and its id, `grouping`, each measure, then what some are held against."""
    levels = [name for level in query.by for name in (level, f"{level}.id")]
    return [*levels, "grouping", *values_shown(query)]


def values_shown(query: Query) -> list[str]:
    """The columns of values: each measure as written, then `:base` and `:growth` of those that are compared."""
    compared = [text for text in query.measures if query.compare and ":" not in text]
    return [*query.measures, *(f"{text}:{what}" for text in compared for what in ("base", "growth"))]
