"""What an answer says that it came from: lines, roll-ups, or something else made beforehand."""

from __future__ import annotations

LINES, ROLL_UP = " rows of ", "roll-up"


def is_scan(source: str) -> bool:
    """Whether an answer, or a part of it, came from the lines themselves."""
    return not source or LINES in source


def is_rolled_up(source: str) -> bool:
    """Whether an answer came from roll-ups alone, so that its SQL is what one would write over them by hand.

    >>> is_rolled_up("the roll-up year x region (7 cells) and the stored sets of customers, a bit each")
    False
    """
    return all(part.strip().removeprefix("the ").startswith(ROLL_UP) for part in source.split(" and "))
