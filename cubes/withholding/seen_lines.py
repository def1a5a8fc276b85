"""Seen lines: what one person was shown of the lines of a fact, question after question, as one system of counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from cubes.withholding.complementary_cells import is_small, withhold
from cubes.withholding.counted_lines import NOBODY, CountedLines, different, unique_pairs
from cubes.withholding.counted_space import Family, space

MOST_ATOMS = 20_000


def _no_members() -> sparse.csr_array:
    return sparse.csr_array((0, 0))


def _none(kind: type) -> np.ndarray:
    return np.zeros(0, kind)


@dataclass(frozen=True, slots=True, eq=False)
class SeenLines:
    """Lines that stood in cells of answers, each once, and those cells.

    Of the lines (in the order of `lines`, what tells each): how many are `alike`, the `customers` they are of, and
    their `atoms`: the lines that stand in the same cells are one atom. Of the cells: their `regions`, which tell equal
    ones of different questions, `members` (cells x atoms, 1 where the cell holds the atom), `people`, how many
    different customers each has, and which are `shown`. `families` are cells within others of one question.
    """

    lines: np.ndarray = field(default_factory=lambda: _none(np.uint64))
    alike: np.ndarray = field(default_factory=lambda: _none(float))
    customers: np.ndarray = field(default_factory=lambda: _none(np.int64))
    atoms: np.ndarray = field(default_factory=lambda: _none(np.int64))
    regions: np.ndarray = field(default_factory=lambda: _none(np.uint64))
    members: sparse.csr_array = field(default_factory=_no_members)
    people: np.ndarray = field(default_factory=lambda: _none(float))
    shown: np.ndarray = field(default_factory=lambda: _none(bool))
    families: tuple[Family, ...] = ()

    def with_read(self, counted: CountedLines, hidden: np.ndarray) -> SeenLines:
        """With the cells of a read, a mask of which says which are `hidden`."""
        finer, (groups, atoms) = self._parted(counted)
        own = counted.cells_of_finest[groups]
        rows, columns = unique_pairs(own.ravel(), np.repeat(atoms, own.shape[1]))
        shape = (len(hidden), finer.members.shape[1])
        added = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
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
            members=sparse.csr_array(sparse.vstack([finer.members, added[fresh]])),
            people=np.concatenate([finer.people, counted.people[fresh]]),
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
        many, customers = np.zeros(len(every)), np.zeros(len(every), np.int64)
        many[old], customers[old] = self.alike, self.customers
        many[new], customers[new] = alike, counted.customers[first]
        keys, atoms = np.unique((before + 1 << 32) | finest + 1, return_inverse=True)
        parents, groups = (keys >> 32) - 1, (keys & 0xFFFFFFFF) - 1
        columns = np.where(parents < 0, self.members.shape[1], parents)
        wider = sparse.csr_array(sparse.hstack([self.members, sparse.csr_array((len(self.regions), 1))]))
        found = replace(
            self, lines=every, alike=many, customers=customers, atoms=atoms, members=wider[:, columns]
        )
        inside = np.flatnonzero(groups >= 0)
        return found, (groups[inside], inside)

    def leaks(self, before: SeenLines, smallest: int) -> tuple[bool, frozenset[int]]:
        """What all that is shown tells of small counts, where nothing can be done about what was shown `before`.

        Whether any is told whatever is withheld, and the regions of cells that have to be withheld for none to be.
        Small counts are those of cells, of atoms, and of what is left of a cell without another one within it.
        """
        counts, amounts, families = self._system()
        rest = self._small_rests(before, smallest)
        people = np.concatenate([counts, [each[1] for each in rest]])
        amounts = np.concatenate([amounts, [each[2] for each in rest]])
        families += self._of_rests([each[0] for each in rest], len(counts))
        cells = len(self.regions)
        shown = np.zeros(len(people), bool)
        shown[:cells] = self.shown
        fixed = np.zeros(len(people), bool)
        fixed[: len(before.regions)] = before.shown
        small = is_small(people, smallest)
        spaces = [space(people, families), space(amounts, families)]
        found = withhold(spaces, small & ~fixed, smallest, fixed=fixed, hidden=~shown)
        told = found.hidden[:cells] & self.shown
        return bool(found.exposed), frozenset(self.regions[told].tolist())

    @property
    def is_too_large(self) -> bool:
        """Whether there are too many atoms to tell what they tell."""
        return self.members.shape[1] > MOST_ATOMS

    def _system(self) -> tuple[np.ndarray, np.ndarray, list[Family]]:
        """How many customers and lines the cells, then the atoms have, and how these hang together."""
        atoms, cells = self.members.shape[1], len(self.regions)
        known = self.customers != NOBODY
        _, at = unique_pairs(self.customers[known], self.atoms[known])
        people = np.bincount(at, minlength=atoms).astype(float)
        lines = np.bincount(self.atoms, weights=self.alike, minlength=atoms)
        rows, columns = self.members.nonzero()
        families = [*self.families, Family(rows.astype(np.int64), cells + columns.astype(np.int64))]
        return np.concatenate([self.people, people]), np.concatenate([self.members @ lines, lines]), families

    def _small_rests(self, before: SeenLines, smallest: int) -> list[tuple[np.ndarray, float, float]]:
        """What is left of a shown cell without a shown one within it, of few customers: atoms, customers, lines."""
        rests = (self._rest(outer, inner) for outer, inner in self._nested(before, smallest))
        return [each for each in rests if 0 < each[1] < smallest]

    def _nested(self, before: SeenLines, smallest: int) -> Iterator[tuple[int, int]]:
        """Shown cells within others that have hardly more customers, one of both not shown `before`."""
        lines = np.bincount(self.atoms, weights=self.alike, minlength=self.members.shape[1])
        weighed = self.members @ sparse.diags_array(lines) @ self.members.T
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

    def _rest(self, outer: int, inner: int) -> tuple[np.ndarray, float, float]:
        """The atoms of a cell that another one lacks, their customers and their lines."""
        atoms = np.setdiff1d(self.members[[outer]].indices, self.members[[inner]].indices)
        own = np.isin(self.atoms, atoms)
        people = different(self.customers[own & (self.customers != NOBODY)])
        return atoms, float(len(people)), float(self.alike[own].sum())

    def _of_rests(self, rests: list[np.ndarray], first: int) -> list[Family]:
        """The atoms within each rest."""
        if not rests:
            return []
        parents = np.repeat(np.arange(len(rests)) + first, [len(each) for each in rests])
        return [Family(parents, np.concatenate(rests) + len(self.regions))]
