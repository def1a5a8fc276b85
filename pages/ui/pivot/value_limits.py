"""Limits of one's own for the numbers of a measure: those below one are marked low, those above the other high."""

from __future__ import annotations

import math
from dataclasses import dataclass

from data.errors import BadRequest

BETWEEN = ".."
EXAMPLE = "0.2..0.5, 0.2.. or ..0.5"


@dataclass(frozen=True, slots=True)
class ValueLimits:
    """`low`, `high` or both, in the measure's own unit: shares for percentages. A number equal to one is not marked.

    Raises BadRequest for none, for what is no number, and for a lower limit above the upper one.
    """

    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        known = [each for each in (self.low, self.high) if each is not None]
        if not known or not all(map(math.isfinite, known)):
            raise BadRequest("There is no number to mark by.", f"Write one limit or both: {EXAMPLE}.")
        if known != sorted(known):
            raise BadRequest(
                f"The lower limit, {self.low:g}, is above the upper one, {self.high:g}.",
                "Write the smaller number first.",
            )

    def __str__(self) -> str:
        return f"{_text(self.low)}{BETWEEN}{_text(self.high)}"


def parse_limits(text: str) -> ValueLimits:
    """What `str` wrote: `low..high`, either of which may be missing. Raises BadRequest.

    >>> parse_limits("..0.5").high
    0.5
    """
    low, dots, high = text.partition(BETWEEN)
    try:
        ends = [float(each) if each.strip() else None for each in (low, high)]
    except ValueError:
        ends = []
    if not dots or not ends:
        raise BadRequest(f"{text!r} are no limits.", f"Write one limit or both: {EXAMPLE}.")
    return ValueLimits(*ends)


def _text(value: float | None) -> str:
    return "" if value is None else repr(value).removesuffix(".0")
