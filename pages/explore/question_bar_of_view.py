"""A view of Explore as the question bar shows it, and all that may be chosen instead."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache, partial
from urllib.parse import unquote

from cubes.catalogue import load
from cubes.members.member_search import Member
from cubes.model import Cube, Level
from cubes.named_set import NamedSet
from cubes.query import Cut, split_measure
from data import environment
from data.operational.member_sets import MemberSet
from data.store.warehouse import Profile, Warehouse
from pages.explore import shown_as
from pages.explore.explore_view import View
from pages.explore.offered_measures import MeasureOfCubes, measure_of_cubes, offered_measures
from pages.explore.single_choices import single_choices
from pages.ui.member_lookup import find, search_levels
from pages.ui.question_bar.bar_choice import MemberSearch
from pages.ui.question_bar.question_bar import (
    BarFilter,
    BarMember,
    ChosenMeasure,
    FoundMembers,
    OfferedLevel,
    OfferedMeasure,
    OfferedOption,
    OfferedSet,
    QuestionBar,
)
from pages.ui.seen_sets import set_called, set_of, set_size
from pages.ui.style.period_names import span_name
from pages.ui.style.told_sentences import in_language

UNITS = {"money": "money", "count": "number", "percent": "%"}
FOUND = 50
OFFERED, MOST_KEPT = "offered measures", 256
MOST_SETS = 500

OfferedOf = Callable[[str, tuple[str, ...], frozenset[str]], tuple[OfferedMeasure, ...]]


def question_bar_of_view(
    view: View,
    cube: Cube,
    store: Warehouse,
    favourites: Collection[str] = (),
    found: FoundMembers | None = None,
    heard: int = 0,
    sets: Sequence[MemberSet] = (),
) -> QuestionBar:
    """The bar of a view on a cube; `favourites` are measures by the names that every cube knows, `sets` are offered."""
    profile, query = store.profile, view.query
    asked = [measure_of_cubes(text, cube, profile) for text in query.measures]
    used = tuple(dict.fromkeys((*query.by, *(cut.level for cut in query.cuts))))
    steps = view.path(cube)
    chosen = tuple(_chosen(text, each, cube, view) for text, each in zip(query.measures, asked, strict=True))
    return QuestionBar(
        base=view.token(),
        summary=_summary([each.label for each in chosen], [cube.level(name).label for name in query.by]),
        trail=tuple(find(store, cube.level(cut.level), cut.members)[0].label for cut in steps),
        measures=chosen,
        rows=query.rows,
        columns=query.columns,
        filters=tuple(_filter(cut, cube, store, cut in steps) for cut in query.cuts if cut.level != "day"),
        choices=single_choices(view, profile),
        offered_measures=_offered_of(store)(cube.name, used, frozenset(favourites)),
        offered_levels=_levels(view, cube, asked, profile),
        found=found,
        heard=heard,
        offered_sets=tuple(
            _offered_set(each, cube) for each in sets[:MOST_SETS] if _has_level(cube, each.level)
        ),
    )


def found_members(search: MemberSearch, cube: Cube, store: Warehouse) -> FoundMembers:
    """What a search finds among the members of a level, or of all but days, which the period filters.

    Levels with a member whose name begins so come first. Raises BadRequest for a level that there is not.
    """
    known = store.profile.known
    every = [each for each in cube.levels if each.name != "day" and known.get(each.name)]
    levels = [cube.level(search.level)] if search.level else every
    groups = search_levels(store, levels, search.text, FOUND + 1)
    more = sum(map(len, groups.values())) > FOUND
    if more:
        last = max(groups, key=lambda level: len(groups[level]))
        groups[last] = groups[last][:-1]
    return FoundMembers(
        search.text,
        search.level,
        tuple(
            sorted(
                ((level, tuple(map(_member, members))) for level, members in groups.items() if members),
                key=lambda group: not group[1][0].label.lower().startswith(search.text.lower()),
            )
        ),
        more,
    )


def _chosen(text: str, asked: MeasureOfCubes, cube: Cube, view: View) -> ChosenMeasure:
    derivation, by = split_measure(text)[1], view.query.by
    levels = [cube.level(name) for name in dict.fromkeys((*by, *(cut.level for cut in view.query.cuts)))]
    refusal = asked.refusal(levels)
    label = asked.measure.label
    if derivation:
        refusal = refusal or shown_as.why_not(asked.measure, derivation, cube, by)
        return ChosenMeasure(text, f"{label}, {shown_as.name(derivation).lower()}", refusal)
    also = (
        OfferedOption(str(each), shown_as.name(each), shown_as.why_not(asked.measure, each, cube, by))
        for each in shown_as.NAMES
        if each
    )
    return ChosenMeasure(text, label, refusal, tuple(also))


def _summary(measures: list[str], levels: list[str]) -> str:
    """The question in a few words.

    >>> _summary(["Revenue", "Orders"], ["Country", "City", "Year"])
    'Revenue and orders by country, city and year'
    """
    first, *rest = measures
    told = [f"{len(rest)} more"] if len(rest) > 1 else [each.lower() for each in rest]
    return f"{_listed([first, *told])} by {_listed([each.lower() for each in levels])}"


def _listed(words: list[str]) -> str:
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def _offered_of(store: Warehouse) -> OfferedOf:
    """What a snapshot offers beside the levels that are used; most views use those of a view before."""
    if OFFERED not in store.beside:
        store.beside[OFFERED] = lru_cache(MOST_KEPT)(partial(_all_offered, store.profile))
    found: OfferedOf = store.beside[OFFERED]
    return found


def _all_offered(
    profile: Profile, name: str, used: tuple[str, ...], favourites: frozenset[str]
) -> tuple[OfferedMeasure, ...]:
    cube = load(name, profile)
    levels = tuple(map(cube.level, used))
    return tuple(_offered(each, levels, profile, favourites) for each in offered_measures(cube, profile))


def _offered(
    each: MeasureOfCubes, used: tuple[Level, ...], profile: Profile, favourites: Collection[str]
) -> OfferedMeasure:
    measure = each.measure
    unit = profile.currency if measure.unit == "money" else UNITS.get(measure.unit, measure.unit)
    return OfferedMeasure(
        each.text,
        measure.label,
        each.group,
        measure.subject,
        unit or UNITS["money"],
        measure.doc,
        each.formula,
        each.refusal(used),
        each.name in favourites,
    )


def _levels(
    view: View, cube: Cube, asked: list[MeasureOfCubes], profile: Profile
) -> tuple[OfferedLevel, ...]:
    labels = {level.name: each.label for each in cube.dimensions for level in each.levels}
    return tuple(
        OfferedLevel(
            level.name,
            level.label,
            labels[level.name],
            profile.known.get(level.name, 0),
            next((reason for each in asked if (reason := each.refusal([level]))), ""),
            level.name != "day",
        )
        for level in cube.levels
        if profile.known.get(level.name) or level.name in view.query.by
    )


def _filter(cut: Cut, cube: Cube, store: Warehouse, on_trail: bool) -> BarFilter:
    level = cube.level(cut.level)
    if cut.condition:
        measure = measure_of_cubes(cut.condition.measure_in(cube.name), cube, store.profile).measure
        told = in_language(cut.condition.words(level.label, measure.label))
        return BarFilter(str(cut), told[:1].upper() + told[1:], is_condition=True)
    if cut.named_set:
        return BarFilter(str(cut), f"{level.label}: {_told(cut, cube, store)}", is_condition=True)
    members = tuple(_member(each) for each in find(store, level, cut.members)) if cut.members else ()
    span = "" if members else span_name(level.name, cut.since, cut.until)
    return BarFilter(level.name, level.label, members, span, cut.exclude, on_trail)


def _told(cut: Cut, cube: Cube, store: Warehouse) -> str:
    """The set of a cut, with how many members it has."""
    found, left = set_of(store, cut), "not " if cut.exclude else ""
    size = f", {set_size(found, cube)}" if found else ""
    return f"{left}{set_called(store, cut)}{size}"


def _has_level(cube: Cube, name: str) -> bool:
    return any(level.name == name for level in cube.levels)


def _offered_set(each: MemberSet, cube: Cube) -> OfferedSet:
    kept, out = (Cut(each.level, named_set=NamedSet(each.id), exclude=out) for out in (False, True))
    of = "" if each.owner == environment.who() else f", {each.owner}’s"
    return OfferedSet(str(kept), str(out), each.level, each.name, f"{set_size(each, cube)}{of}")


def _member(member: Member) -> BarMember:
    above = member.id.split("/")[:-1]
    return BarMember(member.id, member.label, unquote(above[-1]) if above else "")
