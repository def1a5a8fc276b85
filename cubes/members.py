"""Members: names that people type and URLs hold, looked up in the warehouse; never pasted into SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from cubes.model import Cube, Level
from cubes.names import names_of
from cubes.query import Cut, Query
from data.calendar import Days, day_key, merged
from data.errors import BadRequest
from data.index import encoded
from data.schema import UNKNOWN
from data.warehouse import Warehouse

FOREVER = Days(day_key(date(1, 1, 1)), day_key(date(9998, 12, 31)))


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a level. `id` is its path, as URLs hold it; `code` is good within one snapshot."""

    id: str
    code: int
    label: str


@dataclass(frozen=True, slots=True)
class Filter:
    """The codes of one level that a question keeps, or leaves out."""

    level: str
    codes: tuple[int, ...]
    exclude: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """All lines of a question hold a value from `first` to `last` in a column of their own."""

    column: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A run of days whose facts stand in the periods of the days so many days `later`."""

    days: Days
    later: int

    @property
    def own(self) -> Days:
        """The days in whose periods they stand."""
        return self.days.later(self.later)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Days of which the lines of some batches are left out."""

    batches: tuple[int, ...]
    days: tuple[Days, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """The cuts of a question in the warehouse's own terms: runs of days (None is all time), and codes.

    `time_level` is how its time is compared as a whole, see `time_grain`. `as_of` is the day as of which members are
    described; None is each fact's own. `days` are the facts' own; those that are `moved` stand in the periods of
    other days, as comparisons need it, and what a source did not deliver of the one period is `left_out` of the
    other. `spans` say again where the lines lie, for a scan to skip the others.
    """

    days: tuple[Days, ...] | None
    filters: tuple[Filter, ...]
    cuts: tuple[Cut, ...]
    time_level: str | None = None
    as_of: date | None = None
    moved: tuple[Moved, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    spans: tuple[Span, ...] = ()


def time_grain(levels: Iterable[str]) -> str | None:
    """How time cut on these levels is compared as a whole: by weeks where weeks cut it, else by dates.

    None where nothing cuts it.
    """
    cut = set(levels)
    if "week" in cut:
        return "week"
    if "iso_year" in cut and cut <= {"iso_year", "day"}:
        return "iso_year"
    return "day" if cut else None


def scope(warehouse: Warehouse, cube: Cube, query: Query) -> Scope:
    """Look up every cut of the question. Raises BadRequest for what the model or the warehouse lacks."""
    days: tuple[Days, ...] | None = None
    timed: list[str] = []
    filters: list[Filter] = []
    cuts: list[Cut] = []
    for cut in query.cuts:
        level = cube.level(cut.level)
        if level.is_time:
            runs, cut = _runs(warehouse, cube, level, cut)
            days = runs if days is None else _both(days, runs)
            timed.append(level.name)
        elif cut.since or cut.until:
            raise BadRequest(
                f"{level.label} has no order, so {str(cut)!r} is no range.",
                f"Name the members: {level.name}=one|another. Ranges go with time levels.",
            )
        elif not cut.exclude and any(each.level == level.name and not each.exclude for each in filters):
            raise BadRequest(
                f"{level.label} is filtered twice, and nothing can meet both.",
                f"Write {level.name}=one|another for either of them.",
            )
        else:
            found = find(warehouse, level, cut.members)
            filters.append(Filter(level.name, tuple(each.code for each in found), cut.exclude))
            cut = replace(cut, members=tuple(each.id for each in found))
        cuts.append(cut)
    return Scope(days, tuple(filters), tuple(cuts), time_grain(timed), query.moment)


def find(warehouse: Warehouse, level: Level, names: tuple[str, ...]) -> list[Member]:
    """The member of each id, as URLs or sources write it, or else of each unambiguous name, in the order asked.

    Raises BadRequest.
    """
    known = names_of(warehouse)
    found = [known.find(level.name, name) for name in names]
    if all(found):
        return [Member(name, *each) for name, each in zip(names, found, strict=True) if each]
    by_id = {each.id: each for each in _lookup(warehouse, level, "id IN (SELECT unnest(?))", list(names))}
    return [by_id.get(name) or _by_label(warehouse, level, name) for name in names]


def _by_label(warehouse: Warehouse, level: Level, name: str) -> Member:
    for condition in (f"id = {encoded('?')}", "label = ?", "lower(label) = lower(?)"):
        found = _lookup(warehouse, level, condition, name)
        if len(found) == 1:
            return found[0]
        if found:
            offered = " or ".join(each.id for each in found[:5])
            raise BadRequest(
                f"{level.label} {name!r} is in {len(found)} places.", f"Write {level.name}={offered}."
            )
    raise BadRequest(f"There is no {level.label.lower()} {name!r}.", _nearest(warehouse, level, name))


def _nearest(warehouse: Warehouse, level: Level, name: str) -> str:
    near = warehouse.rows(
        "SELECT label FROM member WHERE level = ?"
        " ORDER BY jaro_winkler_similarity(lower(label), lower(?)) DESC, label LIMIT 3",
        [level.name, name],
    )
    return f"Did you mean {' or '.join(repr(label) for (label,) in near)}?" if near else "There are none."


def _lookup(warehouse: Warehouse, level: Level, condition: str, value: object) -> list[Member]:
    rows = warehouse.rows(
        f"SELECT id, code, label FROM member WHERE level = ? AND {condition} ORDER BY id", [level.name, value]
    )
    return [Member(*row) for row in rows]


def search(warehouse: Warehouse, level: Level, text: str = "", limit: int = 100) -> list[Member]:
    """Members whose name holds `text`, the nearest beginnings first; time newest first."""
    order = (
        "code DESC"
        if level.is_time
        else f"label = '{UNKNOWN}', NOT starts_with(lower(label), lower(?)), label, id"
    )
    parameters = [level.name, text] if level.is_time else [level.name, text, text]
    rows = warehouse.rows(
        "SELECT id, code, label FROM member WHERE level = ? AND contains(lower(label), lower(?))"
        f" ORDER BY {order} LIMIT ?",
        [*parameters, limit],
    )
    return [Member(*row) for row in rows]


def _runs(warehouse: Warehouse, cube: Cube, level: Level, cut: Cut) -> tuple[tuple[Days, ...], Cut]:
    calendar = warehouse.profile.calendar
    if cut.since or cut.until:
        first = calendar.days_written(level.name, cut.since).first if cut.since else FOREVER.first
        last = calendar.days_written(level.name, cut.until).last if cut.until else FOREVER.last
        if first > last:
            raise BadRequest(f"{str(cut)!r} ends before it begins.", "Write the earlier period first.")
        return (Days(first, last),), cut
    found = find(warehouse, level, cut.members)
    runs = merged(calendar.days_of(level.name, each.code) for each in found)
    cut = replace(cut, members=tuple(each.id for each in found))
    return (_all_but(runs, warehouse.profile.extents[cube.fact].whole) if cut.exclude else runs), cut


def _all_but(runs: tuple[Days, ...], extent: Days | None) -> tuple[Days, ...]:
    """What is left of the days of a fact without these runs."""
    if extent is None:
        return ()
    rest, at = [], extent.first
    for run in (*runs, Days(extent.last + 1, FOREVER.last)):
        if run.first > at:
            rest.append(Days(at, run.first - 1))
        at = run.last + 1
    return tuple(rest)


def _both(one: tuple[Days, ...], other: tuple[Days, ...]) -> tuple[Days, ...]:
    return tuple(met for a in one for b in other if (met := a.meet(b)))
