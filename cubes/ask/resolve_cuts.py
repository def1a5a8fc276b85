"""Resolve: every cut of a question looked up in the model and the warehouse, never pasted into SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from cubes.ask.met_condition import MetCondition
from cubes.cells.scope import FOREVER, Filter, Scope
from cubes.members.member_search import find
from cubes.model import Cube, Level
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.model.calendar import Days, merged
from data.store.warehouse import Warehouse

NONE_MET: Mapping[Cut, MetCondition] = MappingProxyType({})


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


def scope(
    warehouse: Warehouse, cube: Cube, query: Query, met: Mapping[Cut, MetCondition] = NONE_MET
) -> Scope:
    """Look up every cut of a question in dates, of which `met` says who meets each condition and is in each set.

    Raises BadRequest for what the model or the warehouse lacks.
    """
    days: tuple[Days, ...] | None = None
    timed: list[str] = []
    named: set[str] = set()
    filters: list[Filter] = []
    cuts: list[Cut] = []
    for cut in query.cuts:
        level = cube.level(cut.level)
        if level.is_time:
            runs, cut = _runs(warehouse, cube, level, cut, met)
            days = runs if days is None else _both(days, runs)
            timed.append(level.name)
        elif cut.by_rule:
            filters.append(Filter(level.name, met[cut].codes, met[cut].exclude))
        elif cut.since or cut.until:
            raise BadRequest(
                f"{level.label} has no order, so {str(cut)!r} is no range.",
                f"Name the members: {level.name}=one|another. Ranges go with time levels.",
            )
        elif not cut.exclude and level.name in named:
            raise BadRequest(
                f"{level.label} is filtered twice, and nothing can meet both.",
                f"Write {level.name}=one|another for either of them.",
            )
        else:
            named |= set() if cut.exclude else {level.name}
            found = find(warehouse, level, cut.members)
            filters.append(Filter(level.name, tuple(each.code for each in found), cut.exclude))
            cut = replace(cut, members=tuple(each.id for each in found))
        cuts.append(cut)
    return Scope(days, tuple(filters), tuple(cuts), time_grain(timed), query.moment)


def _runs(
    warehouse: Warehouse, cube: Cube, level: Level, cut: Cut, met: Mapping[Cut, MetCondition]
) -> tuple[tuple[Days, ...], Cut]:
    calendar, extent = warehouse.profile.calendar, warehouse.profile.extents[cube.fact].whole
    if cut.by_rule:
        runs = merged(calendar.days_of(level.name, code) for code in met[cut].codes)
        return (_all_but(runs, extent) if met[cut].exclude else runs), cut
    if cut.since or cut.until:
        first = calendar.days_written(level.name, cut.since).first if cut.since else FOREVER.first
        last = calendar.days_written(level.name, cut.until).last if cut.until else FOREVER.last
        if first > last:
            raise BadRequest(f"{str(cut)!r} ends before it begins.", "Write the earlier period first.")
        return (Days(first, last),), cut
    found = find(warehouse, level, cut.members)
    runs = merged(calendar.days_of(level.name, each.code) for each in found)
    cut = replace(cut, members=tuple(each.id for each in found))
    return (_all_but(runs, extent) if cut.exclude else runs), cut


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
