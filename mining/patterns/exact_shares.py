"""Shares as people type them, compared as exact integer counts: floating point loses borderline cases."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Context, Decimal
from fractions import Fraction

from data.errors import BadRequest

Share = float | Decimal | Fraction | str


def exact(share: Share, name: str) -> Fraction:
    """The decimal as typed (0.1 is one tenth). Raises BadRequest unless it lies above 0 and at most at 1."""
    try:
        fraction = Fraction(str(share))
    except (ValueError, ZeroDivisionError):
        raise BadRequest(f"The {name} {share} is not a number.", "Try 0.01, which is 1%.") from None
    if not 0 < fraction <= 1:
        raise BadRequest(
            f"The {name} {share} is out of range.", "Give a number above 0 and at most 1: 0.01 is 1%."
        )
    return fraction


def count_at_least(share: Fraction, whole: int) -> int:
    """The least integer count that is `share` of `whole` or more."""
    return -(-share.numerator * whole // share.denominator)


def shortest_share(count: int, whole: int) -> Decimal:
    """The shortest decimal (two digits or more) that, as a threshold, asks for exactly `count` of `whole`."""
    digits = 2
    while True:
        rounded = Context(prec=digits, rounding=ROUND_FLOOR).divide(Decimal(count), Decimal(whole))
        if count_at_least(Fraction(rounded), whole) == count:
            return rounded.normalize()
        digits += 1
