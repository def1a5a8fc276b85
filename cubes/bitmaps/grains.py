"""Which sets of customers are stored: a grain is one time level, or none, and a few levels not of customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations, product

from cubes.bitmaps.cover import ALL_TIME
from cubes.model import Cube, Kind, Level, Measure

TIMES = ("day", "month", "year", ALL_TIME)
FROM_MONTHS = ("month", "year", ALL_TIME)
CUSTOMER = "customer"
FEW, MANY = 32, 300
PAIR = 0.1


@dataclass(frozen=True, slots=True)
class Grain:
    """What the cells of one kind of stored sets are told by; `time` is "" for all time."""

    time: str
    levels: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ",".join((self.time, *self.levels) if self.time else self.levels)


def parsed(text: str) -> Grain:
    """The grain that was written as `str` writes it.

    >>> parsed("month,category")
    Grain(time='month', levels=('category',))
    """
    first, *others = text.split(",") if text else ("",)
    return Grain(first, tuple(others)) if first in TIMES else Grain(ALL_TIME, (first, *others))


def counted(cube: Cube) -> tuple[Measure, ...]:
    """The measures of a cube that count customers: those that bitmaps answer."""
    column = f"{cube.fact}.{CUSTOMER}_code"
    return tuple(
        each
        for each in cube.measures
        if each.kind is Kind.DISTINCT and each.column == column and not each.joins
    )


@dataclass(frozen=True, slots=True)
class Lattice:
    """The levels of a cube as sets of customers see them.

    `members` counts those of each level; `tells` says whether each member of a level lies in one of another.
    """

    cube: Cube
    members: Mapping[str, int]
    tells: Callable[[Level, Level], bool]

    def candidates(self) -> list[tuple[str, ...]]:
        """Sets of levels that may be worth keeping: one of not too many members, or two of different dimensions.

        Not a level above one of few members, which answers as well.
        """
        levels = [each for each in self.cube.levels if _may_be_kept(each) and 1 < self._size(each) <= MANY]
        few = [each for each in levels if self._size(each) <= FEW]
        above = {name for each in few for name in self._at_or_above(each) - {each.name}}
        levels, few = ([each for each in some if each.name not in above] for some in (levels, few))
        pairs = ((one, other) for one, other in combinations(few, 2) if one.dimension != other.dimension)
        return [*((each.name,) for each in levels), *((one.name, other.name) for one, other in pairs)]

    def _size(self, level: Level) -> int:
        return self.members.get(level.name, 0)

    def _at_or_above(self, level: Level) -> set[str]:
        """The level and those that its members roll up into."""
        paths = [each.levels for each in self.cube.dimension(level.dimension).hierarchies]
        above = {name for path in paths if level.name in path for name in path[: path.index(level.name)]}
        return {level.name, *(name for name in above if self.tells(level, self.cube.level(name)))}

    def answered(self, levels: tuple[str, ...]) -> set[frozenset[str]]:
        """The sets of levels that are told apart where these are."""
        each = [[*self._at_or_above(self.cube.level(name)), None] for name in levels]
        return {frozenset(name for name in some if name) for some in product(*each)}


def _may_be_kept(level: Level) -> bool:
    return not level.is_time and level.dimension != CUSTOMER


def chosen(lattice: Lattice, bytes_of: Callable[[Grain], float], budget: float) -> tuple[Grain, ...]:
    """The grains kept within a budget of bytes: all of no level, then greedily what answers most a byte.

    A set of levels is kept by month, year and for all time, since the longer periods are made of months. Days are
    kept without any other level: they answer weeks and days and runs that begin within a month. A question by two
    levels is worth PAIR of one by one level.
    """
    kept = [Grain(time) for time in FROM_MONTHS]
    room = budget - sum(map(bytes_of, kept))
    if bytes_of(Grain("day")) <= room:
        kept.append(Grain("day"))
        room -= bytes_of(Grain("day"))
    need = {each: sum(bytes_of(Grain(time, each)) for time in FROM_MONTHS) for each in lattice.candidates()}
    answered: set[frozenset[str]] = {frozenset()}
    while fitting := [each for each, size in need.items() if size <= room]:
        worth = {each: _worth(lattice.answered(each) - answered) / max(need[each], 1) for each in fitting}
        best = max(fitting, key=lambda each: worth[each])
        if not worth[best]:
            break
        kept += [Grain(time, best) for time in FROM_MONTHS]
        answered |= lattice.answered(best)
        room -= need.pop(best)
    return tuple(kept)


def _worth(questions: set[frozenset[str]]) -> float:
    return sum(1 if len(each) == 1 else PAIR for each in questions)
