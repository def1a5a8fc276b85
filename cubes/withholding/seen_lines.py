"""Seen lines: what one person was shown of the lines of a fact, question after question, as one system of counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import scipy  # its parts are read when they are used first: most questions need none

from cubes.withholding.complementary_cells import is_small, withhold
from cubes.withholding.counted_lines import CountedLines, different, unique_pairs
from cubes.withholding.counted_space import Family, spaces

MANY_ATOMS, MOST_ATOMS = 4_000, 20_000


@dataclass(frozen=True, slots=True, eq=False)
class CellRest:
    """What is left of a cell without another one: its atoms, and how many customers, lines and orders they have."""

    atoms: np.ndarray
    counts: tuple[float, float, float]


def _no_members() -> scipy.sparse.csr_array:
    return scipy.sparse.csr_array((0, 0))


def _none(kind: type) -> np.ndarray:
    return np.zeros(0, kind)


@dataclass(frozen=True, slots=True, eq=False)
class SeenLines:
    """Lines that stood in cells of answers, each once, and those cells.

    Of the lines (in the order of `lines`, what tells each): how many are `alike`, the `customers` and `orders` they are
    of, and their `atoms`: the lines that stand in the same cells are one atom. Of the cells: their `regions`, which
    tell equal ones of different questions, `members` (cells x atoms, 1 where the cell holds the atom), `people` and
    `ordered`, how many different customers and orders each has, and which are `shown`. `families` are cells within
    others of one question.
    """

    lines: np.ndarray = field(default_factory=lambda: _none(np.uint64))
    alike: np.ndarray = field(default_factory=lambda: _none(float))
    customers: np.ndarray = field(default_factory=lambda: _none(np.int64))
    orders: np.ndarray = field(default_factory=lambda: _none(np.int64))
    atoms: np.ndarray = field(default_factory=lambda: _none(np.int64))
    regions: np.ndarray = field(default_factory=lambda: _none(np.uint64))
    members: scipy.sparse.csr_array = field(default_factory=_no_members)
    people: np.ndarray = field(default_factory=lambda: _none(float))
    ordered: np.ndarray = field(default_factory=lambda: _none(float))
    shown: np.ndarray = field(default_factory=lambda: _none(bool))
    families: tuple[Family, ...] = ()

    def with_read(self, counted: CountedLines, hidden: np.ndarray) -> SeenLines:
        """With the cells of a read, a mask of which says which are `hidden`."""
        finer, (groups, atoms) = self._parted(counted)
        own = counted.cells_of_finest[groups]
        rows, columns = unique_pairs(own.ravel(), np.repeat(atoms, own.shape[1]))
        shape = (len(hidden), finer.members.shape[1])
        added = scipy.sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
        place = finer._places(counted.regions)
        new = place >= len(finer.regions)
        _, first = np.unique(place[new], return_index=True)
        fresh = np.flatnonzero(new)[first]
        shown = np.concatenate([finer.shown, np.zeros(len(fresh), bool)])
        np.logical_or.at(shown, place, ~hidden)
        families = [
            Family(*unique_pairs(place[each.parents], place[each.children])) for each in counted.families()
        ]
        return replace(
            finer,
            regions=np.concatenate([finer.regions, counted.regions[fresh]]),
            members=scipy.sparse.csr_array(scipy.sparse.vstack([finer.members, added[fresh]])),
            people=np.concatenate([finer.people, counted.people[fresh]]),
            ordered=np.concatenate([finer.ordered, counted.order_counts[fresh]]),
            shown=shown,
            families=(*finer.families, *families),
        )

    def _places(self, regions: np.ndarray) -> np.ndarray:
        """Where among the cells each region is; new ones behind them, in the order in which they come."""
        known = {region: at for at, region in enumerate(self.regions.tolist())}
        return np.array([known.setdefault(each, len(known)) for each in regions.tolist()], np.int64)

    def _parted(self, counted: CountedLines) -> tuple[SeenLines, tuple[np.ndarray, np.ndarray]]:
        """The same with the lines of a read as well, no atom in more than one of its finest cells; and these pairs."""
        lines, first, alike = np.unique(counted.lines, return_index=True, return_counts=True)
        every = different(np.concatenate([self.lines, lines]))
        old, new = np.searchsorted(every, self.lines), np.searchsorted(every, lines)
        before, finest = np.full(len(every), -1), np.full(len(every), -1)
        before[old], finest[new] = self.atoms, counted.finest.of_rows[first]
        many = np.zeros(len(every))
        customers, orders = np.zeros((2, len(every)), np.int64)
        many[old], customers[old], orders[old] = self.alike, self.customers, self.orders
        many[new], customers[new], orders[new] = alike, counted.customers[first], counted.orders[first]
        keys, atoms = np.unique((before + 1 << 32) | finest + 1, return_inverse=True)
        parents, groups = (keys >> 32) - 1, (keys & 0xFFFFFFFF) - 1
        columns = np.where(parents < 0, self.members.shape[1], parents)
        wider = scipy.sparse.csr_array(
            scipy.sparse.hstack([self.members, scipy.sparse.csr_array((len(self.regions), 1))])
        )
        found = replace(
            self,
            lines=every,
            alike=many,
            customers=customers,
            orders=orders,
            atoms=atoms,
            members=wider[:, columns],
        )
        inside = np.flatnonzero(groups >= 0)
        return found, (groups[inside], inside)

    def leaks(self, before: SeenLines, smallest: int) -> tuple[bool, frozenset[int]]:
        """What all that is shown tells of small counts, where nothing can be done about what was shown `before`.

        Whether any is told whatever is withheld, and the regions of cells that have to be withheld for none to be.
        Small counts are those of cells, of atoms, and of what is left of a cell without another one within it.
        """
        rests = self._small_rests(before, smallest)
        counts = [
            np.concatenate([own, [each.counts[at] for each in rests]])
            for at, own in enumerate(self._counts())
        ]
        people = counts[0]
        families = [*self.families, self._of_atoms(), *self._of_rests([each.atoms for each in rests])]
        cells = len(self.regions)
        shown = np.zeros(len(people), bool)
        shown[:cells] = self.shown
        fixed = np.zeros(len(people), bool)
        fixed[: len(before.regions)] = before.shown
        small = is_small(people, smallest)
        found = withhold(spaces(counts, families), small & ~fixed, smallest, fixed=fixed, hidden=~shown)
        told = found.hidden[:cells] & self.shown
        return bool(found.exposed), frozenset(self.regions[told].tolist())

    @property
    def is_large(self) -> bool:
        """Whether it takes long to tell what so many atoms tell."""
        return bool(self.members.shape[1] > MANY_ATOMS)

    @property
    def is_too_large(self) -> bool:
        """Whether there are too many atoms to tell what they tell."""
        return bool(self.members.shape[1] > MOST_ATOMS)

    def _counts(self) -> tuple[np.ndarray, ...]:
        """How many customers, lines and orders the cells, then the atoms have."""
        atoms = self.members.shape[1]
        lines = np.bincount(self.atoms, weights=self.alike, minlength=atoms)
        people, ordered = (self._different_by_atom(each) for each in (self.customers, self.orders))
        own = (self.people, people), (self.members @ lines, lines), (self.ordered, ordered)
        return tuple(np.concatenate(each) for each in own)

    def _different_by_atom(self, numbers: np.ndarray) -> np.ndarray:
        """How many different numbers above 0 the lines of each atom have."""
        _, at = unique_pairs(numbers[numbers > 0], self.atoms[numbers > 0])
        return np.bincount(at, minlength=self.members.shape[1]).astype(float)

    def _of_atoms(self) -> Family:
        """The atoms within each cell."""
        rows, columns = self.members.nonzero()
        return Family(rows.astype(np.int64), len(self.regions) + columns.astype(np.int64))

    def _small_rests(self, before: SeenLines, smallest: int) -> list[CellRest]:
        """What is left of a shown cell without a shown one within it, where that is of few customers."""
        rests = (self._rest(outer, inner) for outer, inner in self._nested(before, smallest))
        return [each for each in rests if 0 < each.counts[0] < smallest]

    def _nested(self, before: SeenLines, smallest: int) -> Iterator[tuple[int, int]]:
        """Shown cells within others that have hardly more customers, one of both not shown `before`."""
        lines = np.bincount(self.atoms, weights=self.alike, minlength=self.members.shape[1])
        weighed = self.members @ scipy.sparse.diags_array(lines) @ self.members.T
        size = self.members @ lines
        outer, inner = weighed.nonzero()
        both = np.asarray(weighed[outer, inner]).ravel()
        new = np.arange(len(self.regions)) >= len(before.regions)
        new[: len(before.regions)] = ~before.shown
        within = (
            (both == size[inner]) & (size[outer] > size[inner]) & (new[outer] | new[inner])
            & self.shown[outer] & self.shown[inner] & (self.people[outer] - self.people[inner] < smallest)
        )  # fmt: skip
        yield from zip(outer[within].tolist(), inner[within].tolist(), strict=True)

    def _rest(self, outer: int, inner: int) -> CellRest:
        """What a cell has that another one lacks."""
        atoms = np.setdiff1d(self.members[[outer]].indices, self.members[[inner]].indices)
        own = np.isin(self.atoms, atoms)
        people, ordered = (different(each[own & (each > 0)]) for each in (self.customers, self.orders))
        return CellRest(atoms, (float(len(people)), float(self.alike[own].sum()), float(len(ordered))))

    def _of_rests(self, rests: list[np.ndarray]) -> list[Family]:
        """The atoms within each rest; rests stand behind cells and atoms."""
        if not rests:
            return []
        cells, atoms = self.members.shape
        parents = np.repeat(np.arange(len(rests)) + cells + atoms, [len(each) for each in rests])
        return [Family(parents, np.concatenate(rests) + cells)]
