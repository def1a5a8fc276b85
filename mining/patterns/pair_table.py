"""In how many baskets two items stand together, for all pairs at once: what every longer look begins with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BATCH = 1 << 22
PART = 1 << 18


def pair_table(items: np.ndarray, starts: np.ndarray, width: int) -> np.ndarray:
    """Baskets with both of two items (width x width, symmetric, noughts on its diagonal, int32).

    Basket b holds the numbers `items[starts[b]:starts[b + 1]]`, each once and below `width`.
    """
    found = np.zeros((width + 1) ** 2, dtype=np.int32)
    for keys in _pair_keys(items, starts, width):
        np.add(found, np.bincount(keys, minlength=len(found)), out=found, casting="unsafe")
    one_way = found.reshape(width + 1, -1)[:-1, :-1]
    return one_way + one_way.T


def _pair_keys(items: np.ndarray, starts: np.ndarray, width: int) -> Iterator[np.ndarray]:
    """One number a pair of entries of a basket, in batches: baskets of about one length at once, the shorter ones
    filled up with an item that is none."""
    buffer, filled = np.empty(min(BATCH, _most_pairs(starts)), dtype=np.int64), 0
    for length, rows in _by_length(np.diff(starts)):
        for part in np.array_split(rows, max(len(rows) * length // PART, 1)):
            columns = _filled_up(items, starts, part, length, width)
            left = columns * (width + 1)
            for at in range(length - 1):
                many = (length - 1 - at) * len(part)
                if filled + many > len(buffer):
                    yield buffer[:filled]
                    filled = 0
                if many > len(buffer):
                    yield (left[at] + columns[at + 1 :]).ravel()
                    continue
                keys = buffer[filled : filled + many].reshape(-1, len(part))
                np.add(left[at], columns[at + 1 :], out=keys)
                filled += many
    yield buffer[:filled]


def _most_pairs(starts: np.ndarray) -> int:
    lengths = np.diff(starts).astype(float)
    return int((lengths * lengths).sum())


def _by_length(lengths: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Lengths of two and more with the baskets of that length, or of up to an eighth less from 16 on."""
    each = np.arange(int(lengths.max(initial=0)) + 1)
    steps = np.where(each < 16, 1, 1 << np.maximum(np.log2(np.maximum(each, 1)).astype(int) - 3, 0))
    rounded = (-(-each // steps) * steps).astype(np.uint16 if len(each) < 1 << 15 else np.int64)
    rows = np.flatnonzero(lengths > 1)
    of = rounded[lengths[rows]]
    order = rows[np.argsort(of, kind="stable")]  # of 16 bits numpy sorts by counting
    many = np.bincount(of)
    found = np.flatnonzero(many)
    yield from zip(found.tolist(), np.split(order, np.cumsum(many[found])[:-1]), strict=False)


def _filled_up(items: np.ndarray, starts: np.ndarray, rows: np.ndarray, length: int, none: int) -> np.ndarray:
    """Items by place (length x baskets), `none` beyond a basket's end."""
    column = np.arange(length)[:, None]
    at = starts[rows] + column
    beyond = at >= starts[rows + 1]
    found: np.ndarray = items[np.minimum(at, max(len(items) - 1, 0))].astype(np.int64)
    if beyond.any():
        found[beyond] = none
    return found
