"""The order of many rows by two whole numbers, found by sorting one."""

from __future__ import annotations

import numpy as np

BITS = 63  # of a whole number that cannot be less than none


def packed_order(first: np.ndarray, second: np.ndarray) -> np.ndarray | None:
    """Where the rows stand that are to lie one behind the other, by `first`, then `second`, then as they lie now.

    Neither may be less than none. None where both and the place of a row do not go into one number of 64 bits.

    >>> packed_order(np.array([1, 0, 1]), np.array([5, 9, 2])).tolist()
    [1, 2, 0]
    """
    of_place, of_second = len(first).bit_length(), int(second.max(initial=0)).bit_length()
    if int(first.max(initial=0)).bit_length() + of_second + of_place > BITS:
        return None
    packed = first.astype(np.int64) << of_second
    packed |= second
    packed <<= of_place
    packed |= np.arange(len(first))
    packed.sort()
    packed &= (1 << of_place) - 1
    return packed


def in_order(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The same for numbers of any size."""
    found = packed_order(first, second)
    return np.lexsort((second, first)) if found is None else found
