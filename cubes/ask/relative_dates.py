"""Resolve: periods told from where the data end become dates, the same ones for all parts of a question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cubes.query import TIME_LEVELS, Cut, Query
from cubes.relative_period import parse_relative
from data.errors import BadRequest
from data.model.calendar import Calendar, Days, day_key, to_date
from data.model.said import said
from data.store.warehouse import Profile


def dated(query: Query, profile: Profile, fact: str) -> Query:
    """The question with every period in dates, its conditions' as well, by the last ordinary day of a fact.

    Raises BadRequest where the fact has no row.
    """
    return replace(query, cuts=dated_cuts(query.cuts, profile, fact))


def dated_cuts(cuts: Iterable[Cut], profile: Profile, fact: str) -> tuple[Cut, ...]:
    """Cuts with every period in dates, by the last ordinary day of a fact. Raises BadRequest."""
    return tuple(_dated(each, profile, fact) for each in cuts)


def notes(query: Query, profile: Profile, fact: str) -> Iterator[str]:
    """Which days the periods of a question are that it does not name by their dates."""
    told: dict[str, None] = {}
    for cut in query.cuts:
        places = [cut] if cut.condition is None else query.context(cut.condition)
        told |= dict.fromkeys(name for each in places for name in _relative(each))
    for name in told:
        end = _end(profile, fact, name)
        days = _days(profile.calendar, name, end)
        first, last, until = map(to_date, (days.first, min(days.last, end), end))
        yield said("{}: {} – {}, as the data end on {}.", name, first, last, until)


def _relative(cut: Cut) -> list[str]:
    return [each for each in cut.members if cut.level in TIME_LEVELS and parse_relative(each)]


def _dated(cut: Cut, profile: Profile, fact: str) -> Cut:
    """Days where a period neither begins nor ends with one of the level's, else so many of the level's."""
    names = _relative(cut)
    if not names:
        return cut
    end, calendar = _end(profile, fact, names[0]), profile.calendar
    if len(cut.members) == 1 and not cut.exclude:
        days = _days(calendar, names[0], end)
        level = cut.level if _is_whole(calendar, cut.level, days, end) else "day"
        first, last = (
            calendar.period_id(level, calendar.period_at(level, day)) for day in (days.first, days.last)
        )
        return Cut(level, since=first, until=last)
    found: dict[str, None] = {}
    reached = profile.extents[fact].ordinary
    for each in cut.members:
        found |= dict.fromkeys(_periods(calendar, cut, each, end, reached) if each in names else (each,))
    return replace(cut, members=tuple(found))


def _periods(calendar: Calendar, cut: Cut, name: str, end: int, reached: Days | None) -> list[str]:
    """The periods of the cut's level that a relative one is made of, as far as there are data."""
    days = _days(calendar, name, end)
    if not _is_whole(calendar, cut.level, days, end):
        raise BadRequest(
            f"{name!r} is not made of whole {cut.level.replace('_', ' ')}s.",
            f"Write {str(replace(cut, level='day', members=(name,)))!r}.",
        )
    within = days.meet(reached) if reached else None
    periods = calendar.periods(cut.level, within) if within else []
    return [calendar.period_id(cut.level, code) for code, _ in periods]


def _days(calendar: Calendar, name: str, end: int) -> Days:
    period = parse_relative(name)
    assert period, name
    return period.days(calendar, end)


def _is_whole(calendar: Calendar, level: str, days: Days, end: int) -> bool:
    """Whether days are periods of a level from the first day on to the last, or to where the data end."""
    first, last = (calendar.days_of(level, calendar.period_at(level, day)) for day in (days.first, days.last))
    return days.first == first.first and days.last in (last.last, end)


def _end(profile: Profile, fact: str, name: str) -> int:
    last = profile.extents[fact].last_day
    if last is None:
        raise BadRequest(f"There is no {fact} yet, and so no {name}.", "Load some, or name the dates.")
    return day_key(last)
