"""What a measure is, in words that people read: its subject, formula, unit, and what an empty cell of it says."""

from __future__ import annotations

import re

from cubes.catalogue import CUBES
from cubes.model import Cube, Kind, Measure

SUBJECTS = {
    "money": "Money",
    "count": "Counts",
    "percent": "Rates",
    "days": "Time",
    "seconds": "Time",
    "date": "Time",
    "points": "Scores",
    "units": "Quantities",
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
ADDED = {"sum": "Sum of {}", "min": "Least {}", "max": "Greatest {}"}
OF_DAYS = {"min": "Earliest {}", "max": "Latest {}"}
IN_PERIOD = {
    "last": "{} at the last count of the period",
    "first": "{} at the first count of the period",
    "average": "{} on average over the counts of the period",
}
NEWS = {1: "More is good news.", -1: "More is bad news.", 0: "More is neither good nor bad."}
PLAIN = re.compile(r"-?\w+\.\w+(?: [-+*/] \w+\.\w+)*")
COLUMN = re.compile(r"\w+\.(\w+?)(?:_code|_key)?\b")
SIGNS = {"-": "−", "*": "×", "/": "÷"}


def subject_of(measure: Measure) -> str:
    """What kind of number it is: Money, Counts, Rates, Time, Scores or Quantities."""
    return SUBJECTS[measure.unit]


def formula_of(measure: Measure, cube: Cube) -> str:
    """How it is counted, in a few words; a ratio by the labels of its parts, those of other cubes with their cube's."""
    match measure.kind:
        case Kind.RATIO:
            return f"{_part(measure.numerator, cube)} ÷ {_part(measure.denominator, cube)}"
        case Kind.DISTINCT:
            return f"How many different {_plural(_spoken(measure.column))}"
        case Kind.HOLISTIC:
            return f"{_quantile(measure.quantile)} of {_spoken(measure.column)}"
        case Kind.SEMI_ADDITIVE if measure.of:
            days = f"over the {measure.window_days} days that end with the period"
            return f"{formula_of(cube.measure(measure.of), cube)}, {days}"
        case Kind.SEMI_ADDITIVE:
            counted = IN_PERIOD[measure.over_time].format(_spoken(measure.column))
            return f"{counted[0].upper()}{counted[1:]}, added up over all that is counted{_carried(measure)}"
    return _added(measure)


def unit_of(measure: Measure, currency: str = "") -> str:
    """What its values are in."""
    return UNIT_WORDS.get(measure.unit) or currency or "money"


def empty_of(measure: Measure) -> str:
    """The null policy: what a cell says that holds nothing to count."""
    return f"An empty cell says {'0' if measure.zero_when_empty else 'that it is not known'}."


def news_of(measure: Measure) -> str:
    """Whether more of it is good news."""
    return NEWS[measure.rising]


def _part(name: str, cube: Cube) -> str:
    other, _, own = name.rpartition(".")
    if not other or other == cube.name:
        return cube.measure(own).label
    declared = CUBES[other]
    label = next(each.label for each in declared.measures if each.name == own)
    return label if label == declared.label else f"{label} ({declared.label})"


def _added(measure: Measure) -> str:
    if measure.aggregate == "count":
        return "Count of the rows that are meant" if measure.condition else "Count of rows"
    words = OF_DAYS if measure.unit == "date" else ADDED
    return words[measure.aggregate].format(_spoken(measure.column))


def _carried(measure: Measure) -> str:
    days = measure.carried_days
    return f"; without one, at the last of the {days} days before its end" if days else ""


def _quantile(share: float) -> str:
    return "Median" if share == 0.5 else f"The {share:.0%} quantile"


def _spoken(column: str) -> str:
    """A column, or columns put together, by their names; what is longer the measure's own sentence tells."""
    if not PLAIN.fullmatch(column):
        return "what is worked out for each row"
    named = COLUMN.sub(lambda found: found[1].replace("_", " "), column)
    return "".join(SIGNS.get(each, each) for each in named)


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if re.search(r"[^aeiou]y$", noun) else f"{noun}s"
