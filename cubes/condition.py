"""A condition on a number: which members of a level a question keeps, by what a measure says of each."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation, Overflow
from enum import StrEnum

import numpy as np

from cubes.named_set import NamedSet
from data.errors import BadRequest
from data.model.calendar import day_key, level_written
from data.model.said import Said, SaidPeriod, joined, said

Value = float | date
EXAMPLE = "customer by revenue > 10000"


class Operator(StrEnum):
    """How a member's number is held against those of a condition, or ranked among the others."""

    AT_LEAST = ">="
    AT_MOST = "<="
    NOT = "!="
    OVER = ">"
    BELOW = "<"
    EXACTLY = "="
    BETWEEN = "between"
    TOP = "top"
    BOTTOM = "bottom"

    @property
    def ranks(self) -> bool:
        return self in (Operator.TOP, Operator.BOTTOM)


ALSO = {"≥": ">=", "≤": "<=", "≠": "!=", "<>": "!=", "==": "="}
SPOKEN = {
    Operator.AT_LEAST: "of at least",
    Operator.AT_MOST: "of at most",
    Operator.NOT: "other than",
    Operator.OVER: "over",
    Operator.BELOW: "below",
    Operator.EXACTLY: "of exactly",
    Operator.BETWEEN: "from",
}
SPOKEN_OF_DATES = {
    Operator.AT_LEAST: "on or after",
    Operator.AT_MOST: "on or before",
    Operator.NOT: "not on",
    Operator.OVER: "after",
    Operator.BELOW: "before",
    Operator.EXACTLY: "on",
    Operator.BETWEEN: "from",
}
BEGINS = re.compile(r"\s*(\w+)\s+by\s+(.*)", re.DOTALL)
WRITTEN = re.compile(
    r"([\w.]+(?::\w+)?)\s*(>=|<=|!=|<>|==|≥|≤|≠|>|<|=|between\b|top\b|bottom\b)\s*(.*?)"
    r"(?:\s+in\s+(?P<period>.+)|\s+within\s+(?P<within>.+))?",
    re.DOTALL | re.IGNORECASE,
)
DATE = re.compile(r"\d{4}-\d\d-\d\d")
EVERYTHING = "everything"
# A semicolon stands between the cuts that a condition is measured within.
INSIDE = (("%", "%25"), (";", "%3B"))


@dataclass(frozen=True, slots=True)
class Condition:
    """`measure` of each member is held against `values`: one number or date; two of `between`, both included.

    Where it is measured: within all other cuts of the question that are no conditions, its time included; with
    `period` (a period, or words as RelativePeriod reads them) within that instead of the question's time; with
    `within` (cuts as they are written) within those alone, whatever the question is cut to. Conditions never see each
    other, so that their order says nothing. `cube` is the one whose question names the measure. `read` are the
    sets that `within` names, by the text of the cut, once somebody read who stands in them.
    """

    measure: str
    operator: Operator
    values: tuple[Value, ...]
    period: str = ""
    within: tuple[str, ...] | None = None
    cube: str = ""
    read: tuple[tuple[str, NamedSet], ...] = ()

    def __str__(self) -> str:
        name = f"{self.cube}.{self.measure}" if self.cube else self.measure
        numbers = " and ".join(map(_text, self.values))
        return f"{name} {self.operator} {numbers}{self._place()}"

    @property
    def of_dates(self) -> bool:
        """Whether what it is held against are dates."""
        return all(isinstance(value, date) for value in self.values)

    @property
    def count(self) -> int:
        """How many members one that ranks keeps."""
        value = self.values[0]
        return 0 if isinstance(value, date) else int(value)

    def _place(self) -> str:
        if self.within is not None:
            return f" within {'; '.join(map(_encoded, self.within)) or EVERYTHING}"
        return f" in {self.period}" if self.period else ""

    def asked_of(self, cube: str) -> Condition:
        """With its measure named as questions to `cube` do, unless it says itself of which it is."""
        return self if self.cube else replace(self, cube=cube)

    def plain_in(self, cube: str) -> Condition:
        """As a question to `cube` writes it: without the cube's own name."""
        return replace(self, cube="") if self.cube == cube else self

    def measure_in(self, cube: str) -> str:
        """Its measure as a question to `cube` writes it."""
        return self.measure if self.cube in ("", cube) else f"{self.cube}.{self.measure}"

    def compared(self, numbers: np.ndarray) -> np.ndarray:
        """Which numbers, or days from 1970 on, meet it (bool), where it does not rank; NaN, not known, does not."""
        value, last = (
            day_key(each) if isinstance(each, date) else each for each in (self.values[0], self.values[-1])
        )
        match self.operator:
            case Operator.OVER:
                return np.asarray(numbers > value)
            case Operator.AT_LEAST:
                return np.asarray(numbers >= value)
            case Operator.BELOW:
                return np.asarray(numbers < value)
            case Operator.AT_MOST:
                return np.asarray(numbers <= value)
            case Operator.EXACTLY:
                return np.asarray(numbers == value)
            case Operator.NOT:
                return np.asarray((numbers != value) & ~np.isnan(numbers))
        return np.asarray((numbers >= value) & (numbers <= last))

    def words(self, level: str, measure: str, several: bool = True) -> Said:
        """Whom it keeps, by the labels of its level and measure: `customers with revenue over 10,000`."""
        many, what = plural(level.lower()) if several else level.lower(), measure.lower()
        if self.operator.ranks:
            told = said("the {} {} {} by {}", str(self.operator), _shown(self.values[0]), many, what)
        else:
            spoken = (SPOKEN_OF_DATES if self.of_dates else SPOKEN)[self.operator]
            told = said("{} with {} {} {}", many, what, spoken, joined(" to ", map(_shown, self.values)))
        if self.within is not None:
            return said("{} within {}", told, ", ".join(self.within) or EVERYTHING)
        the = "the " if self.period.casefold().startswith(("last ", "previous ")) else ""
        return said("{} in {}{}", told, the, _period(self.period)) if self.period else told


def parse_condition(text: str) -> tuple[str, Condition] | None:
    """The level and the condition of `customer by revenue > 10000 in last 12 months`; None for what is none.

    Raises BadRequest for what only begins like one.

    >>> parse_condition("product by margin top 100")[1].values
    (100.0,)
    """
    begun = BEGINS.fullmatch(text)
    if begun is None:
        return None
    found = WRITTEN.fullmatch(begun[2].strip())
    if found is None:
        raise BadRequest(
            f"{text!r} is no condition.",
            f"Write {EXAMPLE}, with one of >, >=, <, <=, =, !=, between 5 and 10, top 10 or bottom 10.",
        )
    sign = found[2].lower()
    operator = Operator(ALSO.get(sign, sign))
    cube, _, measure = found[1].rpartition(".")
    within = None if found["within"] is None else _cuts(found["within"])
    return begun[1], Condition(
        measure, operator, _values(text, operator, found[3]), (found["period"] or "").strip(), within, cube
    )


def _cuts(text: str) -> tuple[str, ...]:
    if text.strip().casefold() == EVERYTHING:
        return ()
    return tuple(_decoded(part.strip()) for part in text.split(";") if part.strip())


def _values(text: str, operator: Operator, written: str) -> tuple[Value, ...]:
    if operator is not Operator.BETWEEN:
        value = _value(text, written)
        if operator.ranks and (isinstance(value, date) or value < 1 or value % 1):
            raise BadRequest(f"The {operator} {written} is no number of members.", f"Write {operator} 10.")
        return (value,)
    parts = re.split(r"\s+and\s+", written, flags=re.IGNORECASE)
    if len(parts) != 2:
        raise BadRequest(f"{text!r} does not say between which numbers.", "Write between 5 and 10.")
    first, last = (_value(text, part.strip()) for part in parts)
    if isinstance(first, date) is not isinstance(last, date):
        raise BadRequest(f"Nothing lies between {written}.", "Write two numbers, or two dates.")
    if (day_key(first) if isinstance(first, date) else first) > (
        day_key(last) if isinstance(last, date) else last
    ):
        raise BadRequest(f"Nothing lies between {written}.", "Write the smaller number first.")
    return (first, last)


def _value(text: str, written: str) -> Value:
    """10000, 10,000, 1e4 or 25% as a number, 2025-03-31 as a date."""
    if DATE.fullmatch(written):
        return _date(written)
    plain = re.sub(r"(?<=\d)[,_](?=\d{3}(?:\D|$))", "", written)
    try:
        found = float(Decimal(plain.removesuffix("%").strip()) / (100 if plain.endswith("%") else 1))
    except (InvalidOperation, Overflow):
        found = math.nan
    if not math.isfinite(found):
        problem = (
            f"{written!r} is no number to hold a measure against."
            if written
            else f"{text!r} names no number."
        )
        raise BadRequest(problem, f"Write one, such as {EXAMPLE}, or a share as 25%.")
    return found


def _date(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise BadRequest(f"There is no {written}.", "Write a date like 2025-03-31.") from None


def _text(value: Value) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return str(int(value)) if _is_whole(value) else repr(value)


def _shown(value: Value) -> Said:
    if isinstance(value, date):
        return said("{}", value)
    return said("{:,}", int(value) if _is_whole(value) else value)


def _period(text: str) -> Said:
    """A period, or one to another, by their levels; other words as they are."""
    levels = [(level_written(each.strip()), each) for each in text.split("..")]
    return joined(
        "..", [said("{}", SaidPeriod(level, each.strip()) if level else each) for level, each in levels]
    )


def _is_whole(value: float) -> bool:
    return value == int(value) and abs(value) < 1e15


def _encoded(text: str) -> str:
    for sign, code in INSIDE:
        text = text.replace(sign, code)
    return text


def _decoded(text: str) -> str:
    for sign, code in reversed(INSIDE):
        text = text.replace(code, sign)
    return text


def plural(word: str) -> str:
    """Several of what a level's label names.

    >>> plural("country"), plural("day"), plural("branch")
    ('countries', 'days', 'branches')
    """
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"
