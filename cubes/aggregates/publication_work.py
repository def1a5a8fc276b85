"""What a publication changed of a fact, month by month: made anew, added to, or read once more beside those."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """Why lines of a month are read: all of them are made anew, some were added, or its year is made anew."""

    ANEW = "anew"
    ADDED = "added"
    REST = "rest"


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its code, and its days since 1970-01-01."""

    code: int
    first: int
    last: int

    @property
    def year(self) -> int:
        return self.code // 12


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be followed: months made `anew` of all their lines, months that lines were `added` to, and the
    untouched `rest` of the years of the first, for what keeps no month."""

    anew: tuple[Month, ...]
    added: tuple[Month, ...]
    rest: tuple[Month, ...]

    def __bool__(self) -> bool:
        return bool(self.anew or self.added or self.rest)

    @property
    def years(self) -> set[int]:
        """The years made anew."""
        return {month.year for month in self.anew}

    def months(self, change: Change) -> tuple[Month, ...]:
        """Those of one change."""
        return {Change.ANEW: self.anew, Change.ADDED: self.added, Change.REST: self.rest}[change]


@dataclass(frozen=True, slots=True)
class TouchedSpan:
    """Neighbouring months whose lines are read together, and why."""

    months: tuple[Month, ...]
    change: Change
