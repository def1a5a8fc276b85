"""What every model of purchases tells of a customer: how likely alive, how many purchases to come, how likely one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from scipy.special import expit, log_expit

from mining.lifetime.purchase_histories import DistinctHistories, KnownFor, Numbers, TimeUnit
from mining.lifetime.quadrature import legendre

DAYS_A_YEAR = 365.25
LONGEST_YEARS = 100.0
UNLIKELY = 1e-10


@dataclass(frozen=True, slots=True)
class Lives:
    """Drawn customers: purchases come every `clicks` events of a Poisson process of rate `rates`, until `purchases`
    after the first were made or until the time `ends`."""

    rates: Numbers
    clicks: int
    purchases: Numbers
    ends: Numbers


@dataclass(frozen=True)
class PurchaseModel(ABC):
    """A story of who buys when and who leaves, with its parameters, whose time counts in `unit`.

    The future of a living customer hangs on `KnownFor` alone, phase by phase: most models have one phase; where
    purchases come regularly, the phase is how far the next one has ripened. Horizons are in `unit`.
    """

    unit: TimeUnit

    ESTIMATED: ClassVar[tuple[str, ...]]
    TIMES: ClassVar[tuple[str, ...]]
    NAME: ClassVar[str]
    DISCOUNT_NODES: ClassVar[int] = 20

    @classmethod
    @abstractmethod
    def start(cls, rows: DistinctHistories) -> Self:
        """Where the search for the likeliest one begins."""

    @abstractmethod
    def scores(self, rows: DistinctHistories) -> tuple[Numbers, Numbers]:
        """The log-likelihood of each row, and its derivatives by the logarithms of `ESTIMATED` (parameters x rows)."""

    @abstractmethod
    def phases(self, rows: DistinctHistories) -> Numbers:
        """The probability to be alive and in each phase (phases x rows)."""

    @abstractmethod
    def coming(self, horizon: float, pairs: KnownFor) -> Numbers:
        """Expected purchases within `horizon` of who is alive (phases x pairs)."""

    @abstractmethod
    def at_least(self, count: int, horizon: float, pairs: KnownFor) -> Numbers:
        """The probability of `count` purchases or more within `horizon` of who is alive (phases x pairs)."""

    @abstractmethod
    def draw(self, size: int, random: np.random.Generator) -> Lives:
        """So many customers by this story."""

    @abstractmethod
    def log_prior(self, start: Self) -> tuple[float, Numbers]:
        """The logarithm of a prior, even in how much customers differ, and its derivatives by the logarithms of
        `ESTIMATED`; of scales it knows nothing, or where they lie about `start`."""

    def summed(self, rows: DistinctHistories) -> tuple[float, Numbers]:
        """The sums of `scores` over customers."""
        found, slopes = self.scores(rows)
        return float((rows.weights * found).sum()), np.einsum("ij,j->i", slopes, rows.weights)

    def log_likelihood(self, rows: DistinctHistories) -> Numbers:
        """One value a row, up to what does not depend on parameters."""
        return self.scores(rows)[0]

    def alive(self, rows: DistinctHistories) -> Numbers:
        """The probability that the customer has not left for good by T."""
        found: Numbers = self.phases(rows).sum(axis=0)
        return found

    def expected(self, horizon: float, rows: DistinctHistories) -> Numbers:
        """Expected purchases in (T, T + horizon]."""
        return self._mixed(self.coming(horizon, rows.pairs), rows)

    def buys_within(self, horizon: float, rows: DistinctHistories) -> Numbers:
        """The probability of one purchase or more in (T, T + horizon]."""
        return self._mixed(self.at_least(1, horizon, rows.pairs), rows)

    def discounted(self, annual_rate: float, horizon: float | None, rows: DistinctHistories) -> Numbers:
        """Expected purchases in (T, T + horizon], each worth 1 / (1 + annual_rate) ** years after T.

        Without `horizon`, those of 100 years: the discounted expected residual transactions (DERT) of Fader,
        Hardie & Lee 2005. By parts, integral of e^(-ds) dE(s) = e^(-dh) E(h) + d integral of e^(-ds) E(s) ds.
        """
        end = horizon or LONGEST_YEARS * DAYS_A_YEAR / self.unit.value
        force = np.log1p(annual_rate) * self.unit.value / DAYS_A_YEAR
        found = np.exp(-force * end) * self.coming(end, rows.pairs)
        shift = end / 400 if horizon is None else end / 4
        at, weights = legendre(self.DISCOUNT_NODES)
        moved = shift * (end / shift + 1) ** at
        for later, weight in zip(moved, weights * np.log1p(end / shift) * moved, strict=True):
            found += (
                weight * force * np.exp(-force * (later - shift)) * self.coming(later - shift, rows.pairs)
            )
        return self._mixed(found, rows)

    def squares(self, horizon: float, rows: DistinctHistories) -> Numbers:
        """The mean square of the purchases in (T, T + horizon]: the sum of (2n - 1) P(n or more)."""
        found = np.zeros((1, len(rows.pairs)))
        for at, tail in enumerate(self._tails(horizon, rows.pairs, UNLIKELY)):
            found = found + (2 * at + 1) * tail
        return self._mixed(found, rows)

    def tails(self, horizon: float, rows: DistinctHistories, unlikely: float = UNLIKELY) -> Iterator[Numbers]:
        """The probabilities of one purchase or more, of two or more, and so on, until all are `unlikely`."""
        phases = self.phases(rows)
        for tail in self._tails(horizon, rows.pairs, unlikely):
            yield self._mixed(tail, rows, phases)

    def _tails(self, horizon: float, pairs: KnownFor, unlikely: float) -> Iterator[Numbers]:
        """Of who is alive (phases x pairs); pairs that reached `unlikely` are 0 from there on."""
        going, count = np.arange(len(pairs)), 1
        while len(going):
            some = self.at_least(count, horizon, pairs.take(going))
            found = np.zeros((len(some), len(pairs)))
            found[:, going] = some
            yield found
            going, count = going[some.max(axis=0) > unlikely], count + 1

    def with_logs(self, logs: Numbers) -> Self:
        """The same story with other parameters, as logarithms in the order of `ESTIMATED`."""
        moved: dict[str, Any] = dict(zip(self.ESTIMATED, np.exp(logs).tolist(), strict=True))
        return replace(self, **moved)

    @property
    def logs(self) -> Numbers:
        return np.log([getattr(self, name) for name in self.ESTIMATED])

    def counting(self, unit: TimeUnit) -> Self:
        """The same model, its time counted in another unit."""
        times = self.unit.value / unit.value
        return replace(self, unit=unit, **{name: getattr(self, name) * times for name in self.TIMES})

    def _mixed(self, by_pair: Numbers, rows: DistinctHistories, phases: Numbers | None = None) -> Numbers:
        chances = self.phases(rows) if phases is None else phases
        found: Numbers = sum(
            chance * each[rows.pair_of] for chance, each in zip(chances, by_pair, strict=True)
        )
        return found


def even_share(log: float) -> tuple[float, float]:
    """Of e^log / (1 + e^log) even from 0 to 1: the log density of `log`, and its derivative."""
    share = float(expit(log))
    return float(log_expit(log) + log_expit(-log)), 1 - 2 * share
