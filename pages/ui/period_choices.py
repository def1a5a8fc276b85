"""The periods that people choose from, as cuts on the days of the fact that a question asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from cubes import catalogue
from cubes.analysis.slice_days import last_months, span_of
from cubes.ask import drill_across
from cubes.ask.comparison_periods import baseline
from cubes.ask.relative_dates import dated_cuts
from cubes.ask.resolve_cuts import time_grain
from cubes.cells.scope import Scope
from cubes.query import Against, Comparison, Cut, Period, Query
from data.model.calendar import GRAINS, Calendar, Days, to_date
from data.model.canonical_tables import MAIN_FACT
from data.store.warehouse import Profile
from pages.ui.style.period_names import written_name

ALL_TIME = "All time"
LAST_YEAR = "Last 12 months"
LAST_MONTHS = "Last 3 months"
NO_COMPARISON = "no comparison"
BASELINES = {
    Comparison.YEAR: "year before",
    Comparison.WEEKDAYS: "same weekdays",
    Comparison.PREVIOUS: "previous period",
}
COMPARISONS: dict[str, Comparison | None] = {
    NO_COMPARISON: None,
    **{f"vs {name}": comparison for comparison, name in BASELINES.items()},
}
RELATIVE = (
    "last 30 days",
    "last 90 days",
    "last complete month",
    "this quarter to date",
    "this year to date",
)
USUAL = (Comparison.YEAR, Comparison.PREVIOUS)


def fact_of(query: Query, profile: Profile) -> str:
    """The fact table that the first measure of a question is read from, whose days its periods are."""
    return catalogue.load(drill_across.cube_of(query), profile).fact


def comparison_name(comparison: Against | None) -> str:
    """How a comparison is offered to people."""
    return f"vs {baseline_name(comparison)}" if comparison else NO_COMPARISON


def baseline_name(comparison: Against) -> str:
    """What a comparison holds the period against."""
    if isinstance(comparison, Period):
        return written_name(comparison.value)
    return BASELINES[comparison]


def period_before(cuts: Iterable[Cut], profile: Profile, fact: str = MAIN_FACT.name) -> Period | None:
    """As many days as the cuts leave, right before them, as far as the data reach back; None where there are none."""
    span, begin = span_of(cuts, profile, fact), profile.extents[fact].first_day
    if span is None or begin is None:
        return None
    last = max(span[0] - timedelta(days=1), begin)
    return Period(f"{max(last - (span[1] - span[0]), begin)}..{last}")


def presets(profile: Profile, fact: str = MAIN_FACT.name) -> dict[str, tuple[Cut, ...]]:
    """Names and cuts: all time, the last twelve and three months, each year and fiscal year that the data touch."""
    named: dict[str, tuple[Cut, ...]] = {ALL_TIME: ()}
    extent = profile.extents[fact].ordinary
    if extent is None:
        return named
    named[LAST_YEAR] = last_months(profile, fact=fact)
    named[LAST_MONTHS] = last_months(profile, 3, fact)
    named |= {words[:1].upper() + words[1:]: (Cut("day", (words,)),) for words in RELATIVE}
    for year in range(to_date(extent.last).year, to_date(extent.first).year - 1, -1):
        named[str(year)] = (Cut("day", since=f"{year}-01-01", until=f"{year}-12-31"),)
    return named | _fiscal_years(profile.calendar, extent)


def _fiscal_years(calendar: Calendar, extent: Days) -> dict[str, tuple[Cut, ...]]:
    """The latest first; none where they are the years of the calendar."""
    if "fiscal_year" not in calendar.levels:
        return {}
    codes = [code for code, _ in calendar.periods("fiscal_year", extent)]
    years = {code: calendar.days_of("fiscal_year", code) for code in reversed(codes)}
    return {
        calendar.period_id("fiscal_year", code): (
            Cut("day", since=to_date(days.first).isoformat(), until=to_date(days.last).isoformat()),
        )
        for code, days in years.items()
    }


def default_comparison(
    profile: Profile, cuts: Iterable[Cut], fact: str = MAIN_FACT.name
) -> Comparison | None:
    """What to compare with unless told: the year before or else the period before, as far as the data reach back."""
    timed = [cut for cut in dated_cuts(cuts, profile, fact) if cut.level in GRAINS and not cut.exclude]
    days = days_named(profile.calendar, timed)
    if days is None:
        return None
    asked = Scope((days,), (), tuple(timed), time_grain(cut.level for cut in timed))
    return next((each for each in USUAL if baseline(profile, asked, (), each, fact).days), None)


def days_named(calendar: Calendar, cuts: Iterable[Cut]) -> Days | None:
    """From the first to the last day that cuts on time name together, whatever the data hold; None for all time."""
    since, until = [], []
    for cut in cuts:
        begin, end = (min(cut.members), max(cut.members)) if cut.members else (cut.since, cut.until)
        since += [calendar.days_written(cut.level, begin).first] if begin else []
        until += [calendar.days_written(cut.level, end).last] if end else []
    return Days(max(since), min(until)) if since and until and max(since) <= min(until) else None
