"""What each person would pay at most, as far as they said: one voice a person, and persons drawn anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mining.pricing.person_draws import person_draws
from mining.retention.wilson_interval import Numbers

Places = npt.NDArray[np.int64]
HAIR = 1e-9  # by which a price may differ from itself once it was divided


@dataclass(frozen=True, slots=True, eq=False)
class PriceSample:
    """`prices` in rising order, the `persons` who named them (numbered from 0) and their `weights`, which make 1 of
    each of so many `people`: who named a price of three products speaks with a third at each."""

    prices: Numbers
    weights: Numbers
    persons: Places
    people: int

    def shares(self, at: Numbers, weights: Numbers | None = None) -> Numbers:
        """The share of persons (0 to 1) who named at least each price; NaN where there is nobody."""
        own = self.weights if weights is None else weights
        above = np.append(np.cumsum(own[::-1])[::-1], 0.0)
        found = np.searchsorted(self.prices, at - HAIR * np.abs(at), side="left")
        return above[found] / above[0] if above[0] > 0 else np.full(len(at), np.nan)

    def drawn(self, draws: int, seed: int = 0) -> Iterator[Numbers]:
        """The weights of so many bootstrap samples of persons: who is drawn brings all that they named."""
        for times in person_draws(self.people, draws, seed):
            yield self.weights * times[self.persons]


def price_sample(prices: Numbers, persons: npt.NDArray[np.generic]) -> PriceSample:
    """A sample of prices (any order, above 0) by the persons who named them (any labels)."""
    _, places, times = np.unique(persons, return_inverse=True, return_counts=True)
    order = np.argsort(prices, kind="stable")
    weights = 1.0 / times[places]
    return PriceSample(
        np.asarray(prices, dtype=float)[order], weights[order], places[order].astype(np.int64), len(times)
    )
