"""How a measure is counted, in words that people read: pages that offer or explain measures all say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cubes.catalogue import CUBES
from cubes.catalogue.ratios import RATIO
from cubes.model import Kind, Measure

COLUMN = re.compile(r"\w+\.(\w+?)(?:_code|_key)?\b")
PLAIN = re.compile(r"-?\w+\.\w+(?: [-+*/] \w+\.\w+)*")
SIGNS = {"-": "−", "*": "×", "/": "÷"}
AGGREGATES = {"sum": "Sum of {}", "min": "Least {}", "max": "Greatest {}"}
OF_DAYS = {"min": "Earliest {}", "max": "Latest {}"}
OVER_TIME = {
    "last": "Last of the period: {}",
    "first": "First of the period: {}",
    "average": "Average over the days of the period: {}",
}

UNIT_WORDS = {
    "count": "a number",
    "percent": "percent",
    "days": "days",
    "seconds": "seconds",
    "date": "a day",
    "points": "points",
    "units": "pieces",
}
NEWS = {1: "More is good news.", -1: "More is bad news.", 0: "More is neither good nor bad."}


def unit_of(measure: Measure, currency: str = "") -> str:
    """What its values are in."""
    return UNIT_WORDS.get(measure.unit) or currency or "money"


def empty_of(measure: Measure) -> str:
    """The null policy: what a cell says that holds nothing to count."""
    return f"An empty cell says {'0' if measure.zero_when_empty else 'that it is not known'}."


def news_of(measure: Measure) -> str:
    """Whether more of it is good news."""
    return NEWS[measure.rising]


def formula(measure: Measure, cube: str = "") -> str:
    """Numerator ÷ denominator by their labels; of what is no ratio how it is counted. `cube` is "" between cubes.

    >>> formula(CUBES["sales"].measures[0], "sales")
    'Sum of revenue'
    """
    return _formula(measure, _known(cube))


def _known(cube: str) -> Mapping[str, Measure]:
    """The measures of a cube by their names; of all by the names that ratios between them use."""
    if cube:
        return {each.name: each for each in CUBES[cube].measures}
    return RATIO | {f"{name}.{each.name}": each for name, other in CUBES.items() for each in other.measures}


def _formula(measure: Measure, known: Mapping[str, Measure]) -> str:
    if measure.kind is Kind.RATIO:
        return f"{known[measure.numerator].label} ÷ {known[measure.denominator].label}"
    if measure.kind is Kind.DISTINCT:
        return f"Distinct count of {_plural(_spoken(measure.column))}"
    if measure.kind is Kind.HOLISTIC:
        return f"{_quantile(measure.quantile)} of {_spoken(measure.column)}"
    if measure.of:
        counted = _formula(known[measure.of], known).lower()
        return f"{counted.capitalize()} in the {measure.window_days} days up to the period's end"
    if measure.kind is Kind.SEMI_ADDITIVE:
        return OVER_TIME[measure.over_time].format(_added(measure).lower())
    return _added(measure)


def _added(measure: Measure) -> str:
    if measure.aggregate == "count":
        return "Count of records"
    words = OF_DAYS if measure.unit == "date" else AGGREGATES
    return words[measure.aggregate].format(_spoken(measure.column))


def _quantile(share: float) -> str:
    return "Median" if share == 0.5 else f"{share:.0%} quantile"


def _spoken(column: str) -> str:
    """A column, or columns that are added or multiplied; what is longer its measure's own sentence explains."""
    if not PLAIN.fullmatch(column):
        return "values worked out for each record"
    named = COLUMN.sub(lambda found: found[1].replace("_", " "), column)
    return "".join(SIGNS.get(each, each) for each in named)


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if re.search(r"[^aeiou]y$", noun) else f"{noun}s"
