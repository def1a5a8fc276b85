"""Milliseconds on the wall and of the processor, all threads of this process together."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from statistics import median
from time import perf_counter, process_time
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Clocked:
    """What one call took, or the medians of what many took."""

    wall_ms: float
    cpu_ms: float


def clocked(call: Callable[[], Result]) -> tuple[Result, Clocked]:
    """The result of a call and what it took."""
    cpu, wall = process_time(), perf_counter()
    result = call()
    wall, cpu = perf_counter() - wall, process_time() - cpu
    return result, Clocked(round(wall * 1000, 3), round(cpu * 1000, 3))


@contextmanager
def settled() -> Iterator[None]:
    """The garbage collector as the dashboard has it after its warm-up: what is there already is left alone."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def typical(runs: Sequence[Clocked]) -> Clocked:
    """The medians."""
    return Clocked(median(run.wall_ms for run in runs), median(run.cpu_ms for run in runs))


def spread(runs: Sequence[Clocked], shares: Sequence[int] = (50, 95)) -> dict[str, float]:
    """Median and 95th percentile, or other shares in a hundred, of each clock."""
    clocks = {"wall": [run.wall_ms for run in runs], "cpu": [run.cpu_ms for run in runs]}
    return {
        f"{clock}_p{share}": percentile(values, share / 100)
        for clock, values in clocks.items()
        for share in shares
    }


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the least value that `share` of them do not exceed.

    >>> percentile([4, 3, 2, 1], 0.5), percentile([4, 3, 2, 1], 0.95)
    (2, 4)
    """
    return sorted(values)[max(ceil(share * len(values)), 1) - 1]
