"""What a command of `python -m mining` is, what it tells, and the question that its options ask."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from cubes.analysis.slice_days import check_known, last_months, span_of
from cubes.query import TIME_LEVELS, Cut, Query, parse_cut
from data.access.deed import Deed
from data.commands.asking_person import CommandNeeds, opened
from data.errors import BadRequest
from data.store.warehouse import Warehouse

MOST = 1e15  # beyond it no cent is told from the next


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
    """A command: what it does in a sentence, the path of the page that finds the same, its own options, how it finds
    what it tells, and the deeds that it needs by what was typed."""

    help: str
    page: str
    options: Callable[[argparse.ArgumentParser], None]
    find: Callable[[Warehouse, argparse.Namespace], Finding]
    by_options: Callable[[argparse.Namespace], tuple[Deed, ...]] = lambda _: ()

    reads = True

    def found(self, options: argparse.Namespace) -> Finding:
        return self.find(opened(options), options)

    @property
    def needs(self) -> CommandNeeds:
        return CommandNeeds(pages=(self.page,), by_options=self.by_options)


@dataclass(frozen=True, slots=True)
class Calculation:
    """A command that works out what its options say alone: it reads no warehouse, and needs none."""

    help: str
    page: str
    options: Callable[[argparse.ArgumentParser], None]
    find: Callable[[argparse.Namespace], Finding]

    reads = False

    def found(self, options: argparse.Namespace) -> Finding:
        return self.find(options)

    @property
    def needs(self) -> CommandNeeds:
        return CommandNeeds(pages=(self.page,))


def days_ahead(text: str) -> int:
    """A number of days that was typed, for argparse."""
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 10_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to 9,999; write one like 90")
    return int(text)


def typed_day(text: str) -> date:
    """A day that was typed, for argparse."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write one like 2025-12-31") from None


def amount(text: str) -> float:
    """A number that was typed, for argparse: one that can be counted with."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not (math.isfinite(found) and abs(found) < MOST):
        raise argparse.ArgumentTypeError(f"{text!r} is no number; write one like 90 or 120.5")
    return found


def seed_number(text: str) -> int:
    """What fixes all chance, for argparse."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError(
            f"{text[:20]!r} is no seed; write a whole number from 0 to 999999999"
        )
    return int(text)


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
    if until:
        check_known(until, known, "sales")
    timed = any(cut.level in TIME_LEVELS for cut in asked.cuts)
    added: tuple[Cut, ...] = (Cut("day", until=until.isoformat()),) if until else ()
    if months and not timed:
        added = last_months(warehouse.profile, months, until=until)
    asked = replace(asked, cuts=(*asked.cuts, *added))
    span = span_of(asked.cuts, warehouse.profile)
    if span is None:
        raise BadRequest(
            f"No day is left within these filters: sales begin on {known[0]} and end on {known[1]}.",
            "Choose another period.",
        )
    return asked, *span
