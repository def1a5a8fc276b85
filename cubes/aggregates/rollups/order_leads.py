"""The first line of each order in each category, product and so on: it stands for the order there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cubes.aggregates import line_chunk

SPREAD = 16  # times as many order numbers as lines that are told apart by a flag each


def firsts(order: np.ndarray, codes: Mapping[str, np.ndarray]) -> np.ndarray:
    """For each line the levels at which it is the first of its order with its code: a bit each, the lowest first.

    Order -1 is none, and its lines are the first of nothing. `codes` are those of each line by level.

    >>> firsts(np.array([7, 7, 7, 8]), {"category": np.array([1, 2, 1, 1]), "brand": np.array([5, 5, 5, 5])}).tolist()
    [3, 1, 0, 3]
    """
    if (
        len(order) >= line_chunk.MANY_LINES
        and (compiled := _compiled(order, list(codes.values()))) is not None
    ):
        return compiled
    known = np.flatnonzero(order >= 0)
    seen = _seen(order[known], [code[known] for code in codes.values()])
    found = np.zeros(len(order), seen.dtype)
    found[known] = ~seen & seen.dtype.type((1 << len(codes)) - 1)
    return found


def _seen(order: np.ndarray, codes: Sequence[np.ndarray]) -> np.ndarray:
    """The levels at which an earlier line of the order has the code of each line, a bit each."""
    kind = _kind(codes)
    found: np.ndarray = np.zeros(len(order), kind)
    if not _are_together(order):
        sorting = np.argsort(order, kind="stable")
        found[sorting] = _seen(order[sorting], [code[sorting] for code in codes])
        return found
    back, later = 1, np.flatnonzero(order[1:] == order[:-1]) + 1
    while len(later):
        earlier = later - back
        same: np.ndarray = np.zeros(len(later), kind)
        for at, code in enumerate(codes):
            same |= (code.take(later) == code.take(earlier)).astype(kind) << kind(at)
        found[later] |= same
        back += 1
        later = later[later >= back]
        later = later[order.take(later) == order.take(later - back)]
    return found


def _compiled(order: np.ndarray, codes: Sequence[np.ndarray]) -> np.ndarray | None:
    """The same by a loop, which takes a second to be loaded and a tenth of the time; None where lines of an order do
    not stand side by side."""
    from cubes.aggregates import build_kernels

    low, high = int(order.min(where=order >= 0, initial=np.iinfo(order.dtype).max)), int(order.max())
    if high - low > SPREAD * len(order):
        return None
    if not build_kernels.are_together(order, low, np.zeros(max(high - low + 1, 0), np.uint8)):
        return None
    found: np.ndarray = np.zeros(len(order), _kind(codes))
    for at, code in enumerate(codes):
        build_kernels.mark_firsts(order, code, found.dtype.type(1 << at), found)
    return found


def _kind(codes: Sequence[np.ndarray]) -> type[np.unsignedinteger[Any]]:
    """A number with a bit for each level."""
    return np.uint8 if len(codes) <= 8 else np.uint32


def _are_together(order: np.ndarray) -> bool:
    """Whether the lines of each order stand side by side."""
    if not len(order):
        return True
    begins = order[np.append(0, np.flatnonzero(order[1:] != order[:-1]) + 1)]
    low, high = int(begins.min()), int(begins.max())
    if high - low > SPREAD * len(order):
        return len(np.unique(begins)) == len(begins)
    seen = np.zeros(high - low + 1, np.bool_)
    seen[begins - low] = True
    return int(np.count_nonzero(seen)) == len(begins)
