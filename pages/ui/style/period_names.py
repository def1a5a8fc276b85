"""What periods are called: the members of levels of time, whose ids the warehouse knows alone, by language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from data.model.calendar import GRAINS, WEEK_BY_DAY, WRITTEN, level_written
from pages.ui.style import formats, locales
from pages.ui.style.locales import ENGLISH, Locale

if TYPE_CHECKING:  # the server is there before it
    import polars as pl

MOST_KEPT = 50_000
WEEK = timedelta(days=6)
QUARTERS = ("quarter", "fiscal_quarter")


def member_name(level: str, identity: str, label: str) -> str:
    """How a member is shown: of a level of time by its id, else by its label.

    >>> member_name("month", "2025-01", "2025-01"), member_name("city", "it/rome", "Rome")
    ('Jan 2025', 'Rome')
    """
    return period_name(level, identity) if level in GRAINS else label


def period_name(level: str, identity: str) -> str:
    """A period as the reader's language writes it; what is no id of the level stays.

    >>> [period_name(*each) for each in (("quarter", "2025-Q1"), ("week", "2025-W05"), ("fiscal_quarter", "FY2025-Q1"))]
    ['Q1 2025', 'Week 5 of 2025', 'Q1 FY2025']
    >>> period_name("week", "W2025-01-26"), period_name("day", "2025-01-26"), period_name("year", "2025")
    ('26 Jan – 1 Feb 2025', '26 Jan 2025', '2025')
    """
    return _written(locales.current(), level, identity)


@lru_cache(MOST_KEPT)
def _written(here: Locale, level: str, identity: str) -> str:
    try:
        return _named(here, level, identity)
    except ValueError:  # such as (unknown), and days that no month has
        return identity


def _named(here: Locale, level: str, identity: str) -> str:
    if level == "week" and (found := WEEK_BY_DAY.fullmatch(identity)):
        first = date(*map(int, found.groups()))
        return formats.format_span(first, first + WEEK)
    found = WRITTEN[level].fullmatch(identity)
    parts = [int(each) for each in found.groups()] if found else []
    match parts:
        case [year, quarter] if level in QUARTERS:
            named = identity.partition("-")[0] if level == "fiscal_quarter" else f"{year:04}"
            return here.quarter.format(quarter=here.quarters[quarter - 1], year=named)
        case [year, week] if level == "week":
            return here.week.format(week=week, year=f"{year:04}")
        case [year, month]:
            return formats.format_month(date(year, month, 1))
        case [year, month, day]:
            return formats.format_day(date(year, month, day))
    return identity


def span_name(level: str, since: str, until: str) -> str:
    """From one period to another, `…` where either end is open."""
    return " – ".join(period_name(level, each) if each else "…" for each in (since, until))


def written_name(text: str) -> str:
    """A period of any level, or from one to another (2010-01..2010-03), by its name; other words stay.

    >>> written_name("2010-01..2010-03"), written_name("last 90 days")
    ('Jan 2010 – Mar 2010', 'last 90 days')
    """
    return " – ".join(
        period_name(level, each) if (level := level_written(each)) else each
        for each in map(str.strip, text.split(".."))
    )


def called(level: str, identity: str) -> Iterator[str]:
    """All that a period may be looked up by: its id, its name, and that with months in full and as English has them."""
    name = period_name(level, identity)
    yield from (identity, name)
    here, found = locales.current(), WRITTEN[level].fullmatch(identity)
    if not found or WEEK_BY_DAY.fullmatch(identity):
        return
    if level in QUARTERS:
        at = int(found[2]) - 1
        yield name.replace(here.quarters[at], ENGLISH.quarters[at])
    elif level in ("month", "day"):
        at = int(found[2]) - 1
        shown = here.months[at] if level == "day" else here.names[at]
        yield from (
            name.replace(shown, each) for each in (*here.called[at], *ENGLISH.called[at], ENGLISH.names[at])
        )


def periods_named(frame: pl.DataFrame, levels: Iterable[str]) -> pl.DataFrame:
    """The cells of an answer by these levels, periods called by their names in place of their ids."""
    import polars as pl

    for level in levels:
        if level in GRAINS and level in frame.columns:
            ids = frame[f"{level}.id"]
            names = {each: period_name(level, each) for each in ids.unique().drop_nulls()}
            found = ids.replace_strict(names, default=None, return_dtype=pl.String)
            frame = frame.with_columns(pl.coalesce(found, frame[level]).alias(level))
    return frame
