"""Numbers as a reader sees them: one unit a table, so that $0.9M stands beside $1.0M.

Minus is the plain hyphen: `st.metric` paints a U+2212 green, and spreadsheets read it as text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

ABSENT = "–"
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "KRW": "₩", "BRL": "R$"}
WITHOUT_CENTS = frozenset({"JPY", "KRW"})
SUFFIXES = {"days": " days", "seconds": " s"}
STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


@dataclass(frozen=True, slots=True)
class Scale:
    """What a table's values are divided by, the letter that says so, and how many decimals remain."""

    divisor: float = 1.0
    letter: str = ""
    decimals: int = 0


def scale_of(values: Iterable[Any], unit: str, currency: str = "") -> Scale:
    """One scale for all values of a table or an axis: the largest's, or smaller where most would print as 0.0."""
    sizes = sorted(abs(float(each)) for each in values if _is_number(each) and each)
    largest = sizes[-1] if sizes else 0.0
    if unit in ("money", "count", "units"):
        middle = sizes[len(sizes) // 2] if sizes else 0.0
        for divisor, letter in STEPS:
            enough = divisor * (10 if letter == "K" and unit != "money" else 1)
            if largest >= enough and middle >= divisor * 0.15:
                return Scale(divisor, letter, 1 if largest < divisor * 1000 else 0)
    return Scale(decimals=_plain_decimals(largest, unit, currency))


def format_value(value: Any, unit: str, currency: str = "", compact: Scale | bool = False) -> str:
    """A value as text; `compact` takes the table's scale, True the value's own, False writes it out.

    Units: money, count, units, percent (1.0 is 100%), days, seconds, points, rank, ratio, index, date.
    """
    if isinstance(value, date | datetime):
        return format_day(value)
    if not _is_number(value):
        return ABSENT if value is None or isinstance(value, float) else str(value)
    number = float(value)
    scale = compact if isinstance(compact, Scale) else _scale_alone(number, unit, currency, compact)
    if unit == "percent":
        return f"{_fixed(number * 100, 1)}%"
    text = _fixed(abs(number) / scale.divisor, scale.decimals) + scale.letter
    negative = "-" if number < 0 and any(digit in text for digit in "123456789") else ""
    if unit == "money":
        return f"{negative}{_symbol(currency)}{text}"
    return f"{negative}{text}{SUFFIXES.get(unit, '') if not isinstance(compact, Scale) else ''}"


def delta_text(now: Any, before: Any, unit: str = "money", decimals: int = 1) -> str:
    """Growth as signed text: percent of the earlier value, points for percentages; empty when there is none."""
    change = growth(now, before, unit)
    if change is None:
        return ""
    text = f"{abs(change) * 100:,.{decimals}f}"
    sign = "" if float(text.replace(",", "")) == 0 else "+" if change > 0 else "-"
    return f"{sign}{text}{' pt' if unit == 'percent' else '%'}"


def growth(now: Any, before: Any, unit: str = "money") -> float | None:
    """The change as a share of the earlier value, a difference for percentages; None where it has no meaning."""
    if not (_is_number(now) and _is_number(before)):
        return None
    if unit == "percent":
        return float(now) - float(before)
    return None if float(before) <= 0 else float(now) / float(before) - 1


def trend(now: Any, before: Any, unit: str = "money") -> int:
    """1, 0 or -1: which way the arrow beside `delta_text` points."""
    text = delta_text(now, before, unit)
    return 1 if text.startswith("+") else -1 if text.startswith("-") else 0


def format_day(day: date) -> str:
    """22 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def format_span(first: date, last: date) -> str:
    """1 Jan – 22 Nov 2026, with the first year only where it differs."""
    start = f"{first.day} {first:%b}" if first.year == last.year else format_day(first)
    return f"{start} – {format_day(last)}"


def count_text(number: int, one: str, many: str = "") -> str:
    """1 customer, 2 customers."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _scale_alone(number: float, unit: str, currency: str, compact: bool) -> Scale:
    if compact:
        return scale_of([number], unit, currency)
    cents = unit == "money" and currency not in WITHOUT_CENTS and number != round(number)
    if unit in ("points", "seconds"):
        return Scale(decimals=_plain_decimals(abs(number), unit, currency))
    return Scale(
        decimals=2 if cents or unit == "ratio" else 1 if unit in ("days", "units") and number % 1 else 0
    )


def _plain_decimals(largest: float, unit: str, currency: str) -> int:
    if unit == "ratio":
        return 2
    if unit == "money":
        return 2 if largest < 100 and currency not in WITHOUT_CENTS else 0
    if unit == "points":
        return 2 if largest < 10 else 1 if largest < 1000 else 0
    return 1 if unit in ("days", "units", "seconds") and largest < 100 else 0


def _fixed(number: float, decimals: int) -> str:
    text = f"{number:,.{decimals}f}"
    return text[1:] if text.startswith("-") and not any(digit in text for digit in "123456789") else text


def _symbol(currency: str) -> str:
    return SYMBOLS.get(currency, f"{currency}\N{NO-BREAK SPACE}" if currency else "")


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return math.isfinite(value)
