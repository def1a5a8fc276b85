"""A whole table of counts that add up, for tests of what is withheld."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from cubes.withholding.counted_space import CountedSpace, Family, space


def table_space(counts: np.ndarray) -> CountedSpace:
    """A table of counts that add up, with all its margins: first its cells in their order, then each margin.

    `table_margins` tells the order of the margins of a table of k levels.
    """
    shape = counts.shape
    places = np.indices(shape).reshape(len(shape), -1)
    amounts = counts.reshape(-1).astype(float)
    totals, families = [], []
    start = 0
    for kept in table_margins(len(shape)):
        cells = _cells_of_margin(places, shape, kept)
        totals.append(np.bincount(cells, weights=amounts))
        if start:
            families.append(Family(start + cells, np.arange(cells.size)))
        start += len(totals[-1])
    return space(np.concatenate(totals), families)


def table_margins(levels: int) -> list[tuple[bool, ...]]:
    """Which levels each set of cells of a table keeps, all of them first.

    >>> table_margins(2)
    [(True, True), (True, False), (False, True), (False, False)]
    """
    return list(product((True, False), repeat=levels))


def _cells_of_margin(places: np.ndarray, shape: Sequence[int], kept: Sequence[bool]) -> np.ndarray:
    """The cell of a margin that each cell of the table stands in."""
    size = [length if keep else 1 for length, keep in zip(shape, kept, strict=True)]
    own = [at if keep else np.zeros_like(at) for at, keep in zip(places, kept, strict=True)]
    found: np.ndarray = np.ravel_multi_index(own, size)
    return found
