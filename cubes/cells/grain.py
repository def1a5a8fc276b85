"""The grain of what is counted beforehand: one level of time, or all of it, and some levels of other dimensions."""

from __future__ import annotations

from dataclasses import dataclass

ALL_TIME = ""
PERIODS = ("day", "month", "year")


@dataclass(frozen=True, slots=True)
class Grain:
    """What cells are told by: `period`, which is "" for all time, and the other levels."""

    period: str
    levels: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " x ".join(self.all)

    @property
    def all(self) -> tuple[str, ...]:
        """Every level, that of time first."""
        return (self.period, *self.levels) if self.period else self.levels

    @property
    def written(self) -> str:
        """Its text in the warehouse, which `parsed` reads."""
        return ",".join(self.all)


def parsed(text: str) -> Grain:
    """The grain that was `written`.

    >>> parsed("month,category")
    Grain(period='month', levels=('category',))
    """
    first, *others = text.split(",")
    return Grain(first, tuple(others)) if first in (*PERIODS, ALL_TIME) else Grain(ALL_TIME, (first, *others))
