"""Numbers as a reader sees them: one unit a table, so that $0.9M stands beside $1.0M, or 0,9M $ beside 1,0M $.

Signs and their places are those of `locales.current()`; letters are English words (thousand, million), as all words.
Minus is the plain hyphen: `st.metric` paints a U+2212 green, and spreadsheets read it as text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from data.model.calendar import to_date
from pages.ui.style import locales

NUMBERS = (Path(__file__).parent / "numbers.js").read_text(encoding="utf-8")
ABSENT = "–"
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "KRW": "₩", "BRL": "R$",
           "RUB": "₽"}  # fmt: skip
WITHOUT_CENTS = frozenset({"JPY", "KRW"})
SUFFIXES = {"days": " days", "seconds": " s"}
PERCENT = 0.01
WRITTEN_DAY = re.compile(r"(?<![\w=.-])\d{4}-\d\d-\d\d(?![\w-]|\.\.)")
MOST_UNITS = 100_000
ROUNDS_UP = 1.00005
STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How numbers are written: divided, with so many decimals, a letter for what divides them, and the unit's signs.

    Exact numbers are divided by `unit_divisor` alone. A `day` is a date, its number the days since 1970.
    """

    divisor: float = 1.0
    decimals: int = 0
    letter: str = ""
    prefix: str = ""
    suffix: str = ""
    unit_divisor: float = 1.0
    exact_decimals: int = 0
    day: bool = False

    def sent(self) -> list[float | str]:
        """As `numbers.js` takes it."""
        return [*astuple(self)[:-1], int(self.day)]


@dataclass(frozen=True, slots=True)
class Scale:
    """What a table's values are divided by, the letter that says so, and how many decimals remain."""

    divisor: float = 1.0
    letter: str = ""
    decimals: int = 0


def scale_of(values: Iterable[Any], unit: str, currency: str = "") -> Scale:
    """One scale for all values of a table or an axis, chosen by what is shown.

    The greatest unit that suits most values and prints the smallest as more than 0; where the largest would be too
    long to read in it, the one that suits most. What that leaves too small is written as less than the last digit.
    """
    sizes = sorted(abs(float(each)) for each in values if _is_number(each) and each)
    if not sizes:
        return _plain_scale(0.0, 0.0, unit, currency)
    smallest, middle, largest = sizes[0], sizes[len(sizes) // 2], sizes[-1]
    plain = _plain_scale(smallest, largest, unit, currency)
    suiting = [each for each in _steps(largest, unit) if middle >= each.divisor * 0.15]
    for scale in suiting:
        if smallest >= scale.divisor * 10.0**-scale.decimals and largest < scale.divisor * MOST_UNITS:
            return scale
    return plain if largest < MOST_UNITS and not _vanishes(smallest, plain) else next(iter(suiting), plain)


def _steps(largest: float, unit: str) -> list[Scale]:
    """The letters in which the largest value may be written, the greatest first."""
    if unit not in ("money", "count", "units"):
        return []
    return [
        Scale(divisor, letter, 1 if largest * ROUNDS_UP < divisor * 1000 else 0)
        for divisor, letter in STEPS
        if largest * ROUNDS_UP >= divisor * (10 if letter == "K" and unit != "money" else 1)
    ]


def _plain_scale(smallest: float, largest: float, unit: str, currency: str) -> Scale:
    """Written out: the unit's usual decimals, or as many as its smallest value takes."""
    divisor = PERCENT if unit == "percent" else 1.0
    usual = Scale(divisor, "", _plain_decimals(largest, unit, currency))
    more = (Scale(divisor, "", each) for each in range(usual.decimals, _most_decimals(unit, currency) + 1))
    enough = next((each for each in more if not _vanishes(smallest, each)), None)
    if enough is None and _vanishes(largest, usual):
        return Scale(divisor, "", max(usual.decimals, _most_decimals(unit, currency)))
    return enough or usual


def _vanishes(size: float, scale: Scale) -> bool:
    """Whether a value that is not zero would be printed as 0."""
    return size != 0 and float(f"{size / scale.divisor:.{scale.decimals}f}") == 0


def format_value(value: Any, unit: str, currency: str = "", compact: Scale | bool = False) -> str:
    """A value as text; `compact` takes the table's scale, True the value's own, False writes it out.

    Units: money, count, units, percent (1.0 is 100%), days, seconds, points, rank, ratio, index, date (a date, or
    its days since 1970).
    """
    if isinstance(value, date | datetime):
        return format_day(value)
    if not _is_number(value):
        return ABSENT if value is None or isinstance(value, float) else str(value)
    number = float(value)
    if unit == "date":
        return format_day(to_date(round(number)))
    scale = compact if isinstance(compact, Scale) else _scale_alone(number, unit, currency, compact)
    scale = replace(scale, divisor=PERCENT) if unit == "percent" else scale
    below = _vanishes(abs(number), scale)
    size = 10.0**-scale.decimals if below else abs(number) / scale.divisor
    text = f"{number_text(size, scale.decimals)}{scale.letter}"
    negative = "-" if number < 0 and any(digit in text for digit in "123456789") else ""
    sign = f"{'>' if number < 0 else '<'}{negative}" if below else negative
    if unit == "money":
        before, after = _around(currency)
        return f"{sign}{before}{text}{after}"
    if unit == "percent":
        return f"{sign}{text}{locales.current().percent}"
    return f"{sign}{text}{SUFFIXES.get(unit, '') if not isinstance(compact, Scale) else ''}"


def money_text(amount: Any, currency: str) -> str:
    """€1,234.50: an amount to the cent."""
    return format_value(amount, "money", currency, Scale(decimals=0 if currency in WITHOUT_CENTS else 2))


def number_form(values: Iterable[Any], unit: str, currency: str) -> NumberForm:
    """How the browser writes numbers of a table, by one scale that suits all of them."""
    scale = scale_of(values, unit, currency)
    percent = unit == "percent"
    cents = unit == "money" and currency not in WITHOUT_CENTS
    before, after = _around(currency) if unit == "money" else ("", "")
    return NumberForm(
        divisor=scale.divisor,
        decimals=scale.decimals,
        letter=scale.letter,
        prefix=before,
        suffix=locales.current().percent if percent else after,
        unit_divisor=PERCENT if percent else 1.0,
        exact_decimals=2 if cents or percent else 0,
        day=unit == "date",
    )


def delta_text(now: Any, before: Any, unit: str = "money", decimals: int = 1) -> str:
    """Growth as signed text: percent of the earlier value, points for percentages; empty when there is none."""
    change = growth(now, before, unit)
    if change is None:
        return ""
    sign = ("", "+", "-")[trend(now, before, unit, decimals)]
    return f"{sign}{number_text(abs(change) * 100, decimals)}{growth_unit(unit)}"


def growth_unit(unit: str) -> str:
    """What follows a growth: points for percentages, else the sign of percent."""
    return " pt" if unit == "percent" else locales.current().percent


def growth(now: Any, before: Any, unit: str = "money") -> float | None:
    """The change as a share of the earlier value, a difference for percentages; None where it has no meaning."""
    if not (_is_number(now) and _is_number(before)) or unit == "date":
        return None
    if unit == "percent":
        return float(now) - float(before)
    return None if float(before) <= 0 else float(now) / float(before) - 1


def trend(now: Any, before: Any, unit: str = "money", decimals: int = 1) -> int:
    """1, 0 or -1: which way the arrow beside `delta_text` points, nowhere where that is 0 as it is rounded."""
    change = growth(now, before, unit)
    if change is None or round(abs(change) * 100, decimals) == 0:
        return 0
    return 1 if change > 0 else -1


def number_text(number: float, decimals: int = 0) -> str:
    """1,234.5, or 1.234,5: the number alone, with its groups."""
    here = locales.current()
    return f"{number:,.{decimals}f}".translate({ord(","): here.group, ord("."): here.decimal})


def chance_text(p: float) -> str:
    """0.042, or below 0.001: a p value or what is like one."""
    return f"below {number_text(0.001, 3)}" if p < 0.001 else number_text(p, 3)


def share_text(share: float, decimals: int = 0) -> str:
    """12.3%, or 12,3 %: a share of 1, however small."""
    return f"{number_text(share * 100, decimals)}{locales.current().percent}"


def format_day(day: date) -> str:
    """22 Nov 2026."""
    return _dated(locales.current().day, day)


def days_named(sentence: str) -> str:
    """A sentence of the cube, which has days as 2026-11-22, with days as people read them; addresses stay."""
    return WRITTEN_DAY.sub(lambda found: _named(found[0]), sentence)


def _named(written: str) -> str:
    try:
        return format_day(date.fromisoformat(written))
    except ValueError:
        return written


def format_month(day: date) -> str:
    """Nov 2026."""
    return _dated(locales.current().month, day)


def format_day_of_year(day: date) -> str:
    """22 Nov."""
    return _dated(locales.current().day_of_year, day)


def _dated(pattern: str, day: date) -> str:
    here, at = locales.current(), day.month - 1
    return pattern.format(day=day.day, month=here.months[at], name=here.names[at], year=f"{day.year:04}")


def format_span(first: date, last: date) -> str:
    """1 Jan – 22 Nov 2026, with the first year only where it differs."""
    start = format_day_of_year(first) if first.year == last.year else format_day(first)
    return f"{start} – {format_day(last)}"


def count_text(number: int, one: str, many: str = "") -> str:
    """1 customer, 2 customers."""
    return f"{number_text(number)} {one if number == 1 else many or one + 's'}"


def _scale_alone(number: float, unit: str, currency: str, compact: bool) -> Scale:
    size = abs(number)
    if compact or unit in ("points", "seconds", "percent"):
        return scale_of([number], unit, currency)
    cents = unit == "money" and currency not in WITHOUT_CENTS and number != round(number)
    usual = Scale(
        decimals=2 if cents or unit == "ratio" else 1 if unit in ("days", "units") and number % 1 else 0
    )
    return _plain_scale(size, size, unit, currency) if _vanishes(size, usual) else usual


def _plain_decimals(largest: float, unit: str, currency: str) -> int:
    if unit == "ratio":
        return 2
    if unit == "percent":
        return 1
    if unit == "money":
        return 2 if largest < 100 and currency not in WITHOUT_CENTS else 0
    if unit == "points":
        return 2 if largest < 10 else 1 if largest < 1000 else 0
    return 1 if unit in ("days", "units", "seconds") and largest < 100 else 0


def _most_decimals(unit: str, currency: str) -> int:
    """How many decimals are worth reading, where small values ask for more than usual."""
    if unit == "money":
        return 0 if currency in WITHOUT_CENTS else 2
    return 3


def _around(currency: str) -> tuple[str, str]:
    """What stands before and after an amount: the currency's sign, its code where it has none, on one of the sides."""
    sign = SYMBOLS.get(currency, currency)
    if sign and locales.current().currency_after:
        return "", f"\N{NO-BREAK SPACE}{sign}"
    return (sign if currency in SYMBOLS or not sign else f"{sign}\N{NO-BREAK SPACE}"), ""


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return math.isfinite(value)
