"""Which sets of customers are stored: a grain is one time level, or none, and a few levels not of customers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product
from math import prod

from cubes.aggregates.lattice import Lattice
from cubes.aggregates.likely_questions import Shapes
from cubes.cells.grain import ALL_TIME, Grain
from cubes.model import Cube, Kind, Level, Measure

LONG = ("year", ALL_TIME)
FROM_MONTHS = ("month", *LONG)
CUSTOMER = "customer"
FEW, MANY, MOST = 32, 300, 5000
PAIR = 0.3  # how often customers are asked for by two such levels, of what would be likely if each were chosen alone
DEAR = 300  # cells that cost twice as much to be counted from the lines as one
OF_MONTHS = 0.3  # what the lines cost where no set answers a question about months, of one about years


def counted(cube: Cube) -> tuple[Measure, ...]:
    """The measures of a cube that count customers: those that bitmaps answer."""
    column = f"{cube.fact}.{CUSTOMER}_code"
    return tuple(
        each
        for each in cube.measures
        if each.kind is Kind.DISTINCT and each.column == column and not each.joins
    )


def names_every_cell(cube: Cube, measure: Measure) -> bool:
    """Whether a measure leaves out no line but those without a known customer: its sets hold the keys of these as well,
    and so tell a cell that counts nobody from one that has no lines."""
    return measure.condition in ("", f"{cube.fact}.{CUSTOMER}_code > 0")


def has_sets(grain: Grain, members: Mapping[str, int]) -> bool:
    """Whether sets are stored; those of all time of many members, and of two levels, are only counted, as they unite
    those of years."""
    few = len(grain.levels) < 2 and all(members.get(name, 0) <= MANY for name in grain.levels)
    return few or grain.period != ALL_TIME


@dataclass(frozen=True, slots=True)
class SetCandidates:
    """The grains of a lattice as sets of customers see them.

    `tells` says whether each member of a level lies in one of another.
    """

    lattice: Lattice
    tells: Callable[[Level, Level], bool]
    _answers: dict[tuple[str, ...], set[frozenset[str]]] = field(default_factory=dict, repr=False)

    def every(self) -> list[tuple[str, ...]]:
        """Sets of levels that may be worth keeping: one of not too many members, or two of different dimensions.

        Not a single level above one of few members, which answers as well.
        """
        levels = [
            each for each in self.lattice.cube.levels if may_be_kept(each) and 1 < self._size(each) <= MOST
        ]
        few = [each for each in levels if self._size(each) <= FEW]
        above = {name for each in few for name in self._at_or_above(each) - {each.name}}
        pairs = ((one, other) for one, other in combinations(few, 2) if one.dimension != other.dimension)
        alone = [(each.name,) for each in levels if each.name not in above]
        return [*alone, *((one.name, other.name) for one, other in pairs)]

    def many(self, levels: tuple[str, ...]) -> bool:
        """Whether there are so many cells that they are kept for whole years alone."""
        return any(self.lattice.members.get(name, 0) > MANY for name in levels)

    def cells(self, levels: Iterable[str]) -> int:
        """How many cells these levels could have."""
        return prod(max(self.lattice.members.get(name, 1), 1) for name in levels)

    def _size(self, level: Level) -> int:
        return self.lattice.members.get(level.name, 0)

    def _at_or_above(self, level: Level) -> set[str]:
        """The level and those that its members roll up into."""
        cube = self.lattice.cube
        above = (name for name in self.lattice.above(level.name) if name != level.name)
        return {level.name, *(name for name in above if self.tells(level, cube.level(name)))}

    def answered(self, levels: tuple[str, ...]) -> set[frozenset[str]]:
        """The sets of levels that are told apart where these are; many cells, slow to unite, answer for themselves."""
        if levels not in self._answers:
            self._answers[levels] = self._answered(levels)
        return self._answers[levels]

    def _answered(self, levels: tuple[str, ...]) -> set[frozenset[str]]:
        if self.many(levels):
            return {frozenset(levels)}
        each = [[*self._at_or_above(self.lattice.cube.level(name)), None] for name in levels]
        return {frozenset(name for name in some if name) for some in product(*each)}


def may_be_kept(level: Level) -> bool:
    """Whether stored cells may be told by a level, beside their time."""
    return not level.is_time and level.dimension != CUSTOMER


@dataclass
class Choice:
    """The grains kept so far within a budget of bytes, and what they answer.

    A set of levels is kept for years and all time, and then perhaps by month too, where no finer set is. `rates`
    tells, by month and by year, how often questions tell apart each set of levels.
    """

    candidates: SetCandidates
    bytes_of: Callable[[Grain], float]
    room: float
    rates: Mapping[str, Mapping[frozenset[str], float]]
    kept: dict[Grain, float] = field(default_factory=dict)
    every: list[tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.every = self.candidates.every()

    def keep(self, grain: Grain) -> None:
        self.kept[grain] = self.bytes_of(grain)
        self.room -= self.kept[grain]

    def keep_in_place_of_coarser(self, grains: list[Grain]) -> None:
        """Keep the grains of some levels; the months of as many levels that theirs answer as well are given up."""
        for each in grains:
            self.keep(each)
        finer = grains[0].levels
        months = [each.levels for each in self.kept if each.period == "month"]
        for levels in months if finer in months else ():
            if levels != finer and len(levels) == len(finer) and self._tells(finer, levels):
                self.room += self.kept.pop(Grain("month", levels))

    def _tells(self, finer: tuple[str, ...], levels: tuple[str, ...]) -> bool:
        return frozenset(levels) in self.candidates.answered(finer)

    def missing(self, levels: tuple[str, ...], times: tuple[str, ...]) -> list[Grain]:
        return [each for each in (Grain(time, levels) for time in times) if each not in self.kept]

    def need(self, grains: list[Grain]) -> float:
        return sum(map(self.bytes_of, grains))

    def answered(self, time: str) -> set[frozenset[str]]:
        """The sets of levels that are told apart by month, or by year."""
        each = [self.candidates.answered(grain.levels) for grain in self.kept if grain.period == time]
        return {frozenset(), *(some for answers in each for some in answers)}

    def worth(self, grains: list[Grain]) -> float:
        """What the questions would cost that these answer and none kept does: more where there are more members."""
        found = 0.0
        for grain in grains:
            if grain.period != ALL_TIME:
                new = self.candidates.answered(grain.levels) - self.answered(grain.period)
                rates = self.rates[grain.period]
                found += sum(rates.get(each, 0.0) * (1 + self.candidates.cells(each) / DEAR) for each in new)
        return found

    def _only_long(self, levels: tuple[str, ...], few: Iterable[tuple[str, ...]]) -> bool:
        """Whether months are not kept: of many cells, and of those that finer ones tell, whose months are kept.

        `few` are the levels kept that have no many cells.
        """
        return self.candidates.many(levels) or any(
            each != levels and self._tells(each, levels) for each in few
        )

    def best(self) -> list[Grain]:
        """The grains of the levels that answer most a byte and fit; none where nothing does."""
        kept = {each.levels for each in self.kept}
        few = [levels for levels in kept if not self.candidates.many(levels)]
        steps = [
            grains
            for levels in self.every
            for times in (LONG, FROM_MONTHS)[: 1 if self._only_long(levels, few) else 2]
            if (grains := self.missing(levels, times)) and self.need(grains) <= self.room
        ]
        worth = [self.worth(grains) / max(self.need(grains), 1) for grains in steps]
        return steps[worth.index(max(worth))] if any(worth) else []


def rates(cube: Cube, asked: Shapes) -> dict[str, dict[frozenset[str], float]]:
    """How often each set of levels that sets are told by is asked for, with months or finer and with years or none."""
    found: dict[str, dict[frozenset[str], float]] = {"month": {}, "year": {}}
    for shape, rate in asked.items():
        levels = [cube.level(name) for name in shape]
        times = {level.name for level in levels if level.is_time}
        told = frozenset(level.name for level in levels if not level.is_time and level.dimension != CUSTOMER)
        own = found["year" if times <= {"year"} else "month"]
        worth = (PAIR if len(told) > 1 else 1) * (1 if times <= {"year"} else OF_MONTHS)
        own[told] = own.get(told, 0.0) + rate * worth
    return found


def chosen(
    candidates: SetCandidates, bytes_of: Callable[[Grain], float], budget: float, asked: Shapes
) -> tuple[Grain, ...]:
    """The grains kept within a budget of bytes: all of no level, then greedily what answers most a byte.

    `asked` weighs the sets of levels that questions touch. Days are kept without any other level: they answer weeks and
    days and runs that begin within a month.
    """
    choice = Choice(candidates, bytes_of, budget, rates(candidates.lattice.cube, asked))
    for time in FROM_MONTHS:
        choice.keep(Grain(time))
    if bytes_of(Grain("day")) <= choice.room:
        choice.keep(Grain("day"))
    while grains := choice.best():
        choice.keep_in_place_of_coarser(grains)
    return tuple(choice.kept)
