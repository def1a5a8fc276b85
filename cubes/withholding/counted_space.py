"""What is counted, by atom, and the cells that count it: all that small counts are withheld and attacked by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import sparse


@dataclass(frozen=True, slots=True, eq=False)
class CountedSpace:
    """Atoms that no cell parts, and which of them each cell adds up.

    `membership` is a sparse matrix of cells x atoms, 1 where the cell holds the atom; `amounts` how many each atom
    holds, 0 or more. Atoms of customers are those that stand in the same cells, and so counts of different customers
    add up here along every level; atoms of lines are the lines in the same cells.
    """

    membership: sparse.csr_array
    amounts: np.ndarray

    @property
    def totals(self) -> np.ndarray:
        """The count of each cell."""
        found: np.ndarray = self.membership @ self.amounts
        return found


def table_space(counts: np.ndarray) -> CountedSpace:
    """A table of counts that add up, with all its margins: first its cells in their order, then each margin.

    The cells of a table of k levels are told by `table_margins`.
    """
    shape = counts.shape
    places = np.indices(shape).reshape(len(shape), -1)
    parts = [_members(places, shape, kept) for kept in table_margins(len(shape))]
    return CountedSpace(sparse.csr_array(sparse.vstack(parts)), counts.reshape(-1).astype(float))


def table_margins(levels: int) -> list[tuple[bool, ...]]:
    """Which levels each set of cells of a table keeps, all of them first.

    >>> table_margins(2)
    [(True, True), (True, False), (False, True), (False, False)]
    """
    return list(product((True, False), repeat=levels))


def _members(places: np.ndarray, shape: Sequence[int], kept: Sequence[bool]) -> sparse.csr_array:
    """Which cells of a table each cell of a margin adds up."""
    size = [length if keep else 1 for length, keep in zip(shape, kept, strict=True)]
    own = [at if keep else np.zeros_like(at) for at, keep in zip(places, kept, strict=True)]
    cells = np.ravel_multi_index(own, size)
    ones = np.ones(cells.size)
    return sparse.csr_array((ones, (cells, np.arange(cells.size))), shape=(int(np.prod(size)), cells.size))
