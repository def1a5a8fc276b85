"""Lines that a loop passes over in one go: those of a month, of customers who stand in one group where they do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from cubes.cells.byte_cache import CELLS
from cubes.lines.line_tables import LEFT_OUT, CellTable

LEAST = 64  # lines of a stretch, on the average, below which a look at each line takes less
SEVERAL = -1  # the groups of a customer who changed from one to another


@dataclass(frozen=True, slots=True)
class Run:
    """Lines from `start` to before `stop`, of one month.

    `base` is the first cell of their period; `by_day` says that each line's day is looked up beside.
    """

    start: int
    stop: int
    base: int
    by_day: bool


@dataclass(frozen=True, slots=True)
class Stretches:
    """Lines from `starts` to before `stops` (int64), and the cell to which other dimensions add.

    `by_day` and `by_customer` say whether each line's day and customer are looked up beside.
    """

    starts: np.ndarray
    stops: np.ndarray
    bases: np.ndarray
    by_day: bool
    by_customer: bool

    @property
    def lines(self) -> int:
        """How many lines these are."""
        return int((self.stops - self.starts).sum())

    def of(self, chosen: np.ndarray) -> Stretches:
        """Some of them."""
        return replace(self, starts=self.starts[chosen], stops=self.stops[chosen], bases=self.bases[chosen])

    def first_line(self) -> Stretches:
        """The first line alone."""
        first = self.of(np.arange(min(len(self.starts), 1)))
        return replace(first, stops=np.minimum(first.starts + 1, first.stops))

    def within(self, first: int, stop: int) -> Stretches:
        """What of them lies from one line to before another, counted from the first of these lines on."""
        ends = np.cumsum(self.stops - self.starts)
        begins = ends - (self.stops - self.starts)
        chosen = np.flatnonzero((ends > first) & (begins < stop))
        own = self.of(chosen)
        return replace(
            own,
            starts=own.starts + np.maximum(first - begins[chosen], 0),
            stops=own.stops - np.maximum(ends[chosen] - stop, 0),
        )


def of_runs(runs: Sequence[Run], by_customer: bool) -> list[Stretches]:
    """The lines of runs: those whose days are looked up, and the others."""
    found = []
    for by_day in (False, True):
        own = [run for run in runs if run.by_day is by_day]
        if own:
            columns = [(run.start, run.stop, run.base) for run in own]
            starts, stops, bases = np.array(columns, np.int64).T.copy()
            found.append(Stretches(starts, stops, bases, by_day, by_customer))
    return found


def by_group(
    fact: str, found: Stretches, key: np.ndarray, code: np.ndarray, customer: CellTable, stride: int
) -> list[Stretches]:
    """The same cut where the customers' group changes, if that does not happen too often.

    Lines of one group need no look at their customers then, and those left out are not read. `key` is that of each
    line of the `fact`, `code` that of each key, `stride` how many cells a group has.
    """
    changes = _changes(code, customer)
    if len(changes.groups) * len(found.starts) * LEAST > found.lines:
        return [found]
    at = _places(found, key, code, changes, (fact, *customer.told_by))
    starts, stops = at[:, :-1], at[:, 1:]
    groups = np.broadcast_to(changes.groups, starts.shape)
    is_several = groups == SEVERAL
    bases = found.bases[:, None] + np.where(is_several, 0, groups * np.int64(stride))
    asked = (stops > starts) & (groups != LEFT_OUT)
    parts = ((asked & ~is_several, False), (asked & is_several, True))
    return [
        Stretches(starts[own], stops[own], bases[own], found.by_day, by_customer)
        for own, by_customer in parts
        if own.any()
    ]


def shared(parts: Sequence[Stretches], count: int, begins: np.ndarray | None = None) -> list[list[Stretches]]:
    """Stretches in so many shares of about as many lines; what the lines that `begins` marks begin is in one."""
    lines = sum(part.lines for part in parts)
    cuts = [0, *(_moved(parts, lines * each // count, begins) for each in range(1, count)), lines]
    found: list[list[Stretches]] = [[] for _ in range(count)]
    before = 0
    for part in parts:
        for share, (first, stop) in zip(found, pairwise(cuts), strict=True):
            own = part.within(first - before, stop - before)
            share += [own] if len(own.starts) else []
        before += part.lines
    return found


def _moved(parts: Sequence[Stretches], cut: int, begins: np.ndarray | None) -> int:
    """The first place from `cut` on where no stretch and nothing that `begins` marks is cut in two."""
    if begins is None:
        return cut
    before = 0
    for part in parts:
        rest = part.within(cut - before, part.lines)
        if len(rest.starts):
            own = np.flatnonzero(begins[rest.starts[0] : rest.stops[0]])
            return cut + int(own[0] if len(own) else rest.stops[0] - rest.starts[0])
        before += part.lines
    return cut


@dataclass(frozen=True, slots=True)
class _Changes:
    """The codes of customers from which on all are of one of `groups`, and a last one behind all."""

    codes: np.ndarray
    groups: np.ndarray


def _changes(code: np.ndarray, customer: CellTable) -> _Changes:
    def make() -> tuple[_Changes, int]:
        group = np.full(int(code.max(initial=0)) + 1, LEFT_OUT, np.int32)
        group[code] = customer.of_key
        group[code[customer.of_key != group[code]]] = SEVERAL
        firsts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
        found = _Changes(np.append(firsts, len(group)), group[firsts])
        return found, found.codes.nbytes + found.groups.nbytes

    return CELLS.keep((*customer.told_by, "changes"), make)


def _places(
    found: Stretches, key: np.ndarray, code: np.ndarray, changes: _Changes, told_by: tuple[Any, ...]
) -> np.ndarray:
    """Where the lines of each group begin in each stretch, and where the last end."""
    from cubes.lines.line_kernels import bounds

    def make() -> tuple[np.ndarray, int]:
        at = np.zeros((len(found.starts), len(changes.codes)), np.int64)
        bounds(key, code, found.starts, found.stops, changes.codes, at)
        return at, at.nbytes

    whose = (*told_by, "places of groups", len(key), found.starts.tobytes(), found.stops.tobytes())
    return CELLS.keep(whose, make)
