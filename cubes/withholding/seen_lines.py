"""Seen lines: what one person was shown of the lines of a fact, question after question, as one system of counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import scipy  # its parts are read when they are used first: most questions need none

from cubes.cells.packed_codes import grouped
from cubes.withholding.complementary_cells import is_small, withhold
from cubes.withholding.counted_lines import CountedLines
from cubes.withholding.counted_space import Family, spaces
from cubes.withholding.different_numbers import different, different_of, unique_pairs
from cubes.withholding.fact_lines import FactLines

MANY_ATOMS, MOST_ATOMS = 4_000, 20_000
FEW = 500  # lines, among which many customers show soon


@dataclass(frozen=True, slots=True, eq=False)
class CellRest:
    """What is left of a cell without another one: its atoms, and how many customers, lines and orders they have."""

    atoms: np.ndarray
    counts: tuple[float, float, float]


def _no_members() -> scipy.sparse.csr_array:
    return scipy.sparse.csr_array((0, 0))


def _none(kind: type) -> np.ndarray:
    return np.zeros(0, kind)


def _known(numbers: np.ndarray) -> float:
    """How many different numbers above 0 there are."""
    return float(len(different(numbers[numbers > 0])))


@dataclass(frozen=True, slots=True, eq=False)
class SeenLines:
    """Lines that stood in cells of answers, each once, and those cells.

    Of each line of the `fact` its atom (-1: it was not seen): the lines that stand in the same cells are one atom. Of
    the cells: their `regions`, which tell equal ones of different questions, `members` (cells x atoms, 1 where the cell
    holds the atom), `people` and `ordered`, how many different customers and orders each has, and which are `shown`.
    `families` are cells within others of one question.
    """

    fact: FactLines
    atoms: np.ndarray
    regions: np.ndarray = field(default_factory=lambda: _none(np.uint64))
    members: scipy.sparse.csr_array = field(default_factory=_no_members)
    people: np.ndarray = field(default_factory=lambda: _none(float))
    ordered: np.ndarray = field(default_factory=lambda: _none(float))
    shown: np.ndarray = field(default_factory=lambda: _none(bool))
    families: tuple[Family, ...] = ()

    @classmethod
    def of(cls, fact: FactLines) -> SeenLines:
        """Nothing seen yet of a fact."""
        return cls(fact, np.full(len(fact.hashes), -1, np.int32))

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
        if not len(fresh) and finer.members.shape == self.members.shape and (shown == self.shown).all():
            return self
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
        lines, before = counted.lines, self.members.shape[1]
        parts = grouped((self.atoms[lines], counted.finest.of_rows), len(lines))
        atoms = self.atoms.astype(np.int64)
        atoms[lines] = before + parts.of_rows
        left = np.flatnonzero(np.bincount(atoms + 1, minlength=before + len(parts.places) + 1)[1:])
        number = np.full(before + len(parts.places) + 1, -1)
        number[left + 1] = np.arange(len(left))
        parents, groups = parts.codes
        every = np.concatenate([np.arange(before), np.where(parents < 0, before, parents)])
        wider = scipy.sparse.csr_array(
            scipy.sparse.hstack([self.members, scipy.sparse.csr_array((len(self.regions), 1))])
        )
        found = replace(self, atoms=number[atoms + 1].astype(np.int32), members=wider[:, every[left]])
        return found, (groups, np.searchsorted(left, before + np.arange(len(groups))))

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
        lines = self._lines_of_atoms()
        seen = np.flatnonzero(self.atoms >= 0)
        people, ordered = (
            different_of(each[seen], self.atoms[seen], len(lines))
            for each in (self.fact.customers, self.fact.orders)
        )
        own = (self.people, people), (self.members @ lines, lines), (self.ordered, ordered)
        return tuple(np.concatenate(each) for each in own)

    def _lines_of_atoms(self) -> np.ndarray:
        """How many lines each atom has."""
        many = self.members.shape[1]
        return np.bincount(self.atoms + 1, weights=self.fact.alike, minlength=many + 1)[1:]

    def _of_atoms(self) -> Family:
        """The atoms within each cell."""
        rows, columns = self.members.nonzero()
        return Family(rows.astype(np.int64), len(self.regions) + columns.astype(np.int64))

    def _small_rests(self, before: SeenLines, smallest: int) -> list[CellRest]:
        """What is left of a shown cell without a shown one within it, where that is of few customers."""
        found: list[CellRest] = []
        lines: np.ndarray | None = None
        for outer, inner in self._nested(before, smallest):
            lines = np.argsort(self.atoms, kind="stable") if lines is None else lines
            atoms = np.setdiff1d(self.members[[outer]].indices, self.members[[inner]].indices)
            ends = np.searchsorted(self.atoms, [atoms, atoms + 1], sorter=lines).T.tolist()
            own = np.concatenate([lines[start:end] for start, end in ends])
            people = _known(self.fact.customers[own[:FEW]])
            if people < smallest and 0 < (people := _known(self.fact.customers[own])) < smallest:
                counts = people, float(self.fact.alike[own].sum()), _known(self.fact.orders[own])
                found.append(CellRest(atoms, counts))
        return found

    def _nested(self, before: SeenLines, smallest: int) -> Iterator[tuple[int, int]]:
        """Shown cells within others that have hardly more customers, one of both not shown `before`."""
        lines = self._lines_of_atoms()
        weighed = (self.members @ scipy.sparse.diags_array(lines) @ self.members.T).tocoo()
        size = self.members @ lines
        (outer, inner), both = weighed.coords, weighed.data
        new = np.arange(len(self.regions)) >= len(before.regions)
        new[: len(before.regions)] = ~before.shown
        within = (
            (both == size[inner]) & (size[outer] > size[inner]) & (new[outer] | new[inner])
            & self.shown[outer] & self.shown[inner] & (self.people[outer] - self.people[inner] < smallest)
        )  # fmt: skip
        yield from zip(outer[within].tolist(), inner[within].tolist(), strict=True)

    def _of_rests(self, rests: list[np.ndarray]) -> list[Family]:
        """The atoms within each rest; rests stand behind cells and atoms."""
        if not rests:
            return []
        cells, atoms = self.members.shape
        parents = np.repeat(np.arange(len(rests)) + cells + atoms, [len(each) for each in rests])
        return [Family(parents, np.concatenate(rests) + cells)]
