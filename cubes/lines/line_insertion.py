"""The loops that put added lines between those in memory, compiled once a machine by Numba and kept on its disk."""

from __future__ import annotations

import numpy as np

from cubes.lines.line_kernels import compiled


@compiled
def places(
    starts: np.ndarray, stops: np.ndarray, key: np.ndarray, code: np.ndarray, wanted: np.ndarray, at: np.ndarray
) -> None:  # fmt: skip
    """Where each added line goes: behind the lines from `starts` to `stops` whose customers' codes are not greater than
    the `wanted` one. Lines of a run stand by code, and so do the added ones."""
    run, low = -1, 0
    for each in range(len(wanted)):
        if starts[each] != run:
            run = low = starts[each]
        high = stops[each]
        while low < high:
            middle = (low + high) // 2
            if code[key[middle]] <= wanted[each]:
                low = middle + 1
            else:
                high = middle
        at[each] = low


@compiled
def insert(old: np.ndarray, at: np.ndarray, came: np.ndarray, into: np.ndarray) -> None:
    """Write `old` with each of `came` before the line at its place, in order, all of one type."""
    done = 0
    for each in range(len(at)):
        for line in range(done, at[each]):
            into[line + each] = old[line]
        done = at[each]
        into[done + each] = came[each]
    for line in range(done, len(old)):
        into[line + len(at)] = old[line]
