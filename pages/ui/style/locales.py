"""How a reader's language writes numbers and days, as Babel knows it. The interface's own words stay English."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import babel
from babel.dates import get_month_names, get_quarter_names

from data.environment import LANGUAGES

DAY_FIRST = {"en": "en_GB"}
YEAR = "{year}"
PLACES = {
    "d": "{day}",
    "MMM": "{month}",
    "LLL": "{name}",
    "QQQ": "{quarter}",
    "w": "{week}",
    "y": YEAR,
    "Y": YEAR,
}


@dataclass(frozen=True, slots=True)
class Locale:
    """Signs and names of one language. Of months, `months` stand beside a day and `names` alone; `called` are all that
    a month is called in full.

    `day`, `day_of_year`, `month`, `quarter` and `week` are patterns with the places {day}, {month}, {name}, {quarter},
    {week} and {year}.
    """

    language: str
    decimal: str
    group: str
    percent: str
    currency_after: bool
    months: tuple[str, ...]
    names: tuple[str, ...]
    called: tuple[tuple[str, ...], ...]
    quarters: tuple[str, ...]
    day: str
    day_of_year: str
    month: str
    quarter: str
    week: str

    @property
    def delimiter(self) -> str:
        """What parts the columns of a CSV file, so that a spreadsheet of this language opens it by itself."""
        return ";" if self.decimal == "," else ","

    def sent(self) -> dict[str, Any]:
        """As `numbers.js` takes it."""
        taken = ("decimal", "group", "percent", "months", "day")
        return {name: value for name, value in asdict(self).items() if name in taken}


@cache
def locale_of(code: str) -> Locale:
    """What is written where a browser says `code`, such as it-IT; English for languages that are not known yet."""
    language = code.replace("_", "-").split("-")[0].lower()
    return _read(language if language in LANGUAGES else LANGUAGES[0])


def _read(language: str) -> Locale:
    known = babel.Locale.parse(language)
    signs = known.number_symbols["latn"]
    percent = known.percent_formats[None].pattern
    months, names = (get_month_names("abbreviated", each, known) for each in ("format", "stand-alone"))
    in_full = [get_month_names("wide", each, known) for each in ("stand-alone", "format")]
    quarters = get_quarter_names("abbreviated", "format", known)
    return Locale(
        language=language,
        decimal=signs["decimal"],
        group=signs["group"],
        percent=percent.rpartition("0")[2].replace("%", signs["percentSign"]),
        currency_after=not known.currency_formats["standard"].pattern.startswith("\N{CURRENCY SIGN}"),
        months=tuple(months[each] for each in range(1, 13)),
        names=tuple(names[each] for each in range(1, 13)),
        called=tuple(tuple(dict.fromkeys(of[each] for of in in_full)) for each in range(1, 13)),
        quarters=tuple(quarters[each] for each in range(1, 5)),
        day=_pattern(language, "yMMMd"),
        day_of_year=_pattern(language, "MMMd"),
        month=_heading(language, "yMMM"),
        quarter=_heading(language, "yQQQ"),
        week=_heading(language, "yw"),
    )


def _pattern(language: str, skeleton: str) -> str:
    """Days stand before months in every language, in English as the British write them."""
    known = babel.Locale.parse(DAY_FIRST.get(language, language))
    return str(known.datetime_skeletons[skeleton].format % PLACES)


def _heading(language: str, skeleton: str) -> str:
    """Periods longer than a day head narrow columns: they end with the year, without a word for it, and begin large
    where a word of the pattern begins them."""
    before, year, _ = _pattern(language, skeleton).partition(YEAR)
    return before[:1].upper() + before[1:] + year


ENGLISH = locale_of("en")
_current: ContextVar[Locale | None] = ContextVar("locale", default=None)
_readers: list[Callable[[], Locale]] = []


def current() -> Locale:
    """How whoever looks at this run reads numbers and days: as `use` said, else as a reader finds, else English."""
    found = _current.get()
    return found if found is not None else next((read() for read in _readers), ENGLISH)


def read_by(reader: Callable[[], Locale]) -> None:
    """Who is asked where nobody has said it yet: what a click calls runs before its page does."""
    _readers[:] = [reader]


def use(locale: Locale) -> None:
    """From now on in this run, or this thread, texts are written so."""
    _current.set(locale)
