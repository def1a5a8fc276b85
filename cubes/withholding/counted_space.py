"""Counts of cells and how they hang together: all that small counts are withheld and attacked by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are read when they are used first: most questions need none


@dataclass(frozen=True, slots=True)
class Family:
    """Cells that lie within others: the parent of each child. No two families share a child with one parent."""

    parents: np.ndarray
    children: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class CountedSpace:
    """The `counts` of cells, and what anyone knows of them: `sums` @ counts is 0, `bounds` @ counts is at most 0.

    Where the children of a cell add up to it they are taken to do so by nature, as customers do along their own
    attributes. Else (a customer buys in several months) no child has more than the cell, and all together no fewer.
    """

    counts: np.ndarray
    sums: scipy.sparse.csr_array
    bounds: scipy.sparse.csr_array


def space(counts: np.ndarray, families: Iterable[Family]) -> CountedSpace:
    """The space of counts, a number a cell, that hang together by these families."""
    sums: list[scipy.sparse.csr_array] = [scipy.sparse.csr_array((0, len(counts)))]
    bounds = list(sums)
    for each in families:
        together = np.bincount(each.parents, weights=counts[each.children], minlength=len(counts))
        adds = (together == counts)[each.parents]
        sums.append(_children_less_parent(each.parents[adds], each.children[adds], len(counts)))
        parents, children = each.parents[~adds], each.children[~adds]
        bounds.append(-_children_less_parent(parents, children, len(counts)))
        bounds.append(_each_less_parent(parents, children, len(counts)))
    return CountedSpace(
        counts,
        scipy.sparse.csr_array(scipy.sparse.vstack(sums)),
        scipy.sparse.csr_array(scipy.sparse.vstack(bounds)),
    )


def spaces(countings: Iterable[np.ndarray], families: Sequence[Family]) -> list[CountedSpace]:
    """The space of each counting of the same cells; none of what is not counted, or counted before."""
    told = {each.tobytes(): each for each in countings if each.any()}
    return [space(each, families) for each in told.values()]


def _children_less_parent(parents: np.ndarray, children: np.ndarray, cells: int) -> scipy.sparse.csr_array:
    """A row for each parent: 1 for its children, -1 for itself."""
    found, rows = np.unique(parents, return_inverse=True)
    own = np.arange(len(found))
    values = np.concatenate([np.ones(len(children)), -np.ones(len(found))])
    places = np.concatenate([rows, own]), np.concatenate([children, found])
    return scipy.sparse.csr_array((values, places), shape=(len(found), cells))


def _each_less_parent(parents: np.ndarray, children: np.ndarray, cells: int) -> scipy.sparse.csr_array:
    """A row for each child: 1 for it, -1 for its parent."""
    own = np.arange(len(children))
    values = np.repeat([1.0, -1.0], len(children))
    return scipy.sparse.csr_array(
        (values, (np.tile(own, 2), np.concatenate([children, parents]))), shape=(len(children), cells)
    )
