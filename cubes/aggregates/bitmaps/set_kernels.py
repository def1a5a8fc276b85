"""Loops over the words of sets of customers, compiled by Numba: four times as fast as by array."""

from __future__ import annotations

import numpy as np

from cubes.lines.line_kernels import compiled, index

ODD, PAIRS, NIBBLES = (
    np.uint64(each) for each in (0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F)
)
ONE, TWO, FOUR, BYTES, TOP = (np.uint64(each) for each in (1, 2, 4, 0x0101010101010101, 56))
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


@compiled
def ones(words: np.ndarray, first: int, stop: int) -> np.int64:
    """How many bits of the words from one to before another are set (Warren, Hacker's Delight, figure 5-2)."""
    found = np.uint64(0)
    for at in range(index(first), index(stop)):
        word = words[at]
        word -= (word >> ONE) & ODD
        word = (word & PAIRS) + ((word >> TWO) & PAIRS)
        found += (((word + (word >> FOUR)) & NIBBLES) * BYTES) >> TOP
    return np.int64(found)


@compiled
def ones_between(words: np.ndarray, keys: np.ndarray, last: np.ndarray, found: np.ndarray) -> None:
    """How many bits lie from each of `keys` (ascending) to before the next, or the end; `last` is a word of room."""
    for at in range(len(keys)):
        begin = keys[at]
        end = keys[at + 1] if at + 1 < len(keys) else 64 * len(words)
        first, stop = begin >> 6, end >> 6
        found[at] = ones(words, first, stop)
        if begin & 63:
            last[0] = words[first] & ~(ALL << np.uint64(begin & 63))
            found[at] -= ones(last, 0, 1)
        if end & 63:
            last[0] = words[stop] & ~(ALL << np.uint64(end & 63))
            found[at] += ones(last, 0, 1)


@compiled
def set_bits(words: np.ndarray, keys: np.ndarray) -> None:
    """Set the bit of each key."""
    for at in range(len(keys)):
        key = index(keys[at])
        words[key >> index(6)] |= ONE << (key & index(63))
