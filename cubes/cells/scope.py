"""The cuts of a question in the warehouse's own terms: runs of days, and codes of members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cubes.query import Cut
from data.model.calendar import Days, day_key

FOREVER = Days(day_key(date(1, 1, 1)), day_key(date(9998, 12, 31)))


@dataclass(frozen=True, slots=True)
class Filter:
    """The codes of one level that a question keeps, or leaves out."""

    level: str
    codes: tuple[int, ...]
    exclude: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """All lines of a question hold a value from `first` to `last` in a column of their own."""

    column: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A run of days whose facts stand in the periods of the days so many days `later`."""

    days: Days
    later: int

    @property
    def own(self) -> Days:
        """The days in whose periods they stand."""
        return self.days.later(self.later)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Days of which the lines of some batches are left out."""

    batches: tuple[int, ...]
    days: tuple[Days, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """The cuts of a question in the warehouse's own terms: runs of days (None is all time), and codes.

    `time_level` is how its time is compared as a whole, see `time_grain`. `as_of` is the day as of which members are
    described; None is each fact's own. `days` are the facts' own; those that are `moved` stand in the periods of
    other days, as comparisons need it, and what a source did not deliver of the one period is `left_out` of the
    other. `spans` say again where the lines lie, for a scan to skip the others. Only lines of batches after
    `after_batch` count (None: all).
    """

    days: tuple[Days, ...] | None
    filters: tuple[Filter, ...]
    cuts: tuple[Cut, ...]
    time_level: str | None = None
    as_of: date | None = None
    moved: tuple[Moved, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    spans: tuple[Span, ...] = ()
    after_batch: int | None = None
