"""The days of a slice: those that its cuts on time leave of a fact, and those of ordinary traffic."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cubes.ask.relative_dates import dated_cuts
from cubes.query import Cut
from data.errors import BadRequest
from data.model.calendar import GRAINS, to_date
from data.model.canonical_tables import MAIN_FACT
from data.store.warehouse import Profile


def span_of(cuts: Iterable[Cut], profile: Profile, fact: str = MAIN_FACT.name) -> tuple[date, date] | None:
    """The first and last day that cuts on time leave of the data; None where nothing is left."""
    first, last = profile.extents[fact].first_day, profile.extents[fact].last_day
    if first is None or last is None:
        return None
    return narrowed(cuts, profile, (first, last), fact)


def narrowed(
    cuts: Iterable[Cut], profile: Profile, span: tuple[date, date], fact: str = MAIN_FACT.name
) -> tuple[date, date] | None:
    """What cuts on time leave of days; None where that is nothing."""
    calendar, (first, last) = profile.calendar, span
    for cut in dated_cuts(cuts, profile, fact):
        if cut.level not in GRAINS or cut.exclude:
            continue
        begin, end = (min(cut.members), max(cut.members)) if cut.members else (cut.since, cut.until)
        if begin:
            first = max(first, to_date(calendar.days_written(cut.level, begin).first))
        if end:
            last = min(last, to_date(calendar.days_written(cut.level, end).last))
    return (first, last) if first <= last else None


def check_known(day: date, known: tuple[date, date], what: str) -> None:
    """Raises BadRequest for a day before `what` (such as sales) begins or after it ends."""
    if not known[0] <= day <= known[1]:
        raise BadRequest(
            f"{day} is not known: {what} begin on {known[0]} and end on {known[1]}.", "Take a day between."
        )


def within_traffic(cuts: tuple[Cut, ...], profile: Profile) -> tuple[Cut, ...]:
    """The same cuts on the days of ordinary traffic, where any order lines are dated years from those."""
    span = span_of(cuts, profile)
    if not profile.extents[MAIN_FACT.name].outliers or span is None or any(_is_named(cut) for cut in cuts):
        return cuts
    rest = tuple(cut for cut in cuts if cut.level != "day")
    return (*rest, Cut("day", since=span[0].isoformat(), until=span[1].isoformat()))


def _is_named(cut: Cut) -> bool:
    """Whether a cut names days one by one, to keep or to leave out."""
    return cut.level == "day" and bool(cut.members)


def last_months(
    profile: Profile, count: int = 12, fact: str = MAIN_FACT.name, until: date | None = None
) -> tuple[Cut, ...]:
    """A cut to the last months that the data reach into, by the end of `until`; none where there are no data."""
    found = profile.extents[fact]
    if found.last_day is None or found.first_day is None:
        return ()
    last = min(until or found.last_day, found.last_day)
    first = last.year * 12 + last.month - count
    since = max(date(first // 12, first % 12 + 1, 1), found.first_day)
    return (Cut("day", since=since.isoformat(), until=last.isoformat()),)
