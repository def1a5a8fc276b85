"""Persons drawn anew: what chance does to a figure that is told of persons."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mining.retention.wilson_interval import Numbers


def person_draws(people: int, draws: int, seed: int = 0) -> Iterator[Numbers]:
    """How many times each of so many people stands in each bootstrap sample (Efron, Annals of Statistics 7, 1979)."""
    random = np.random.default_rng(seed)
    for _ in range(draws):
        yield np.bincount(random.integers(0, people, people), minlength=people).astype(float)
