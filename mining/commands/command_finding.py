"""What a command of `python -m mining` is, what it tells, and the question that its options ask."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from cubes.analysis.slice_days import last_months, span_of
from cubes.query import TIME_LEVELS, Cut, Query, parse_cut
from data.errors import BadRequest
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Finding:
    """What a command tells: rows, some figures of all of them, what is to be known beside both; `more` tables stand
    in JSON alone."""

    rows: pl.DataFrame
    figures: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    more: Mapping[str, pl.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """A command: what it does in a sentence, its own options, and how it finds what it tells."""

    help: str
    options: Callable[[argparse.ArgumentParser], None]
    find: Callable[[Warehouse, argparse.Namespace], Finding]


def question(options: argparse.Namespace) -> Query:
    """The filters that were typed. Raises BadRequest."""
    return Query(cuts=tuple(map(parse_cut, options.where)), as_of=options.as_of)


def question_within(
    warehouse: Warehouse, options: argparse.Namespace, months: int = 0
) -> tuple[Query, date, date]:
    """The question up to the last day that is looked at, of so many last months where it names no time and `months`
    are given; and the first and last day that it leaves. Raises BadRequest."""
    asked, known, until = question(options), span_of((), warehouse.profile), options.until
    if known is None:
        raise BadRequest("Nobody has bought anything yet.", "Load order lines first.")
    sales = f"sales begin on {known[0]} and end on {known[1]}."
    if until and not known[0] <= until <= known[1]:
        raise BadRequest(f"{until} is not known: {sales}", "Take a day between.")
    timed = any(cut.level in TIME_LEVELS for cut in asked.cuts)
    added: tuple[Cut, ...] = (Cut("day", until=until.isoformat()),) if until else ()
    if months and not timed:
        added = last_months(warehouse.profile, months, until=until)
    asked = replace(asked, cuts=(*asked.cuts, *added))
    span = span_of(asked.cuts, warehouse.profile)
    if span is None:
        raise BadRequest(f"No day is left within these filters: {sales}", "Choose another period.")
    return asked, *span
