"""How many different numbers stand in each of some cells."""

from __future__ import annotations

import numpy as np

FLAGS = 1 << 25  # how many pairs there could be that are told by a flag each


def unique_pairs(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different pairs of two columns of numbers from 0 to 2^31, sorted.

    >>> [each.tolist() for each in unique_pairs(np.array([2, 1, 2]), np.array([5, 7, 5]))]
    [[1, 2], [7, 5]]
    """
    wide = int(other.max()) + 1 if len(other) else 1
    keys = one.astype(np.int64) * wide + other
    bound = int(keys.max()) + 1 if len(keys) else 0
    if bound <= FLAGS:
        there = np.zeros(bound, bool)
        there[keys] = True
        keys = np.flatnonzero(there)
    else:
        keys = different(keys)
    return np.divmod(keys, wide)


def different(values: np.ndarray) -> np.ndarray:
    """The different values, sorted: `np.unique` hashes them, which takes many times as long for many."""
    ordered = np.sort(values)
    found: np.ndarray = ordered[
        np.concatenate([np.ones(min(len(ordered), 1), bool), ordered[1:] != ordered[:-1]])
    ]
    return found


def different_of(numbers: np.ndarray, cells: np.ndarray, many: int) -> np.ndarray:
    """How many different numbers (above 0 and below 2^31) stand in each of so `many` cells.

    >>> different_of(np.array([4, 4, 9]), np.array([1, 1, 1]), 3).tolist()
    [0.0, 2.0, 0.0]
    """
    known = numbers > 0
    _, own = unique_pairs(numbers[known], cells[known])
    return np.bincount(own, minlength=many).astype(float)
