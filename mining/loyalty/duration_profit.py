"""Whether long customers are profitable ones: the correlation of duration and profit, with what chance leaves of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from data.errors import BadRequest
from mining.loyalty.loyalty_cells import durations

Numbers = npt.NDArray[np.float64]

FEWEST = 10
RESAMPLES = 200
ENDS = (0.025, 0.975)
METHOD = f"percentile bootstrap of customers, {RESAMPLES} resamples"


@dataclass(frozen=True, slots=True)
class Correlation:
    """From -1 to 1, with the ends of its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DurationProfit:
    """Of ranks (Spearman) and of the amounts themselves (Pearson, which a few large customers decide)."""

    customers: int
    spearman: Correlation
    pearson: Correlation
    method: str = METHOD


def duration_profit(
    frame: pl.DataFrame, seed: int = 0, done: Callable[[float], None] = lambda share: None
) -> DurationProfit:
    """Both correlations of `duration_days` and `profit` over customers (the frame of `loyalty_cells`).

    `done` gets 0 to 1 with each resample and may raise to stop.

    Raises BadRequest for fewer than ten customers, and where all are alike in either: a correlation is of differences.
    """
    x = durations(frame).cast(pl.Float64).to_numpy()
    y = frame["profit"].cast(pl.Float64).to_numpy()
    if len(x) < FEWEST:
        raise BadRequest(
            f"Fewer than {FEWEST} customers are here, and no correlation is told of so few.",
            "Choose a longer period or fewer filters.",
        )
    if (x == x[0]).all() or (y == y[0]).all():
        same = "have bought for equally long" if (x == x[0]).all() else "brought the same"
        raise BadRequest(
            f"All customers {same}, so nothing goes with it.", "Choose a longer period or fewer filters."
        )
    ranked = _Ranks(x), _Ranks(y)
    random = np.random.default_rng(seed)
    drawn = np.empty((RESAMPLES, 2))
    for at in range(RESAMPLES):
        done(at / RESAMPLES)
        drawn[at] = _both(x, y, ranked, _resample(len(x), random))
    low, high = np.nanquantile(drawn, ENDS, axis=0).tolist()
    spearman, pearson = _both(x, y, ranked, np.ones(len(x)))
    return DurationProfit(
        len(x), Correlation(spearman, low[0], high[0]), Correlation(pearson, low[1], high[1])
    )


def _resample(size: int, random: np.random.Generator) -> Numbers:
    """How often each is drawn of as many draws with replacement."""
    return np.bincount(random.integers(0, size, size), minlength=size).astype(np.float64)


def _both(x: Numbers, y: Numbers, ranked: tuple[_Ranks, _Ranks], times: Numbers) -> tuple[float, float]:
    return _weighted(ranked[0].of(times), ranked[1].of(times), times), _weighted(x, y, times)


class _Ranks:
    """Mid-ranks of values of which each counts several times, without sorting them again."""

    def __init__(self, values: Numbers) -> None:
        self.place = np.unique(values, return_inverse=True)[1].reshape(-1)

    def of(self, times: Numbers) -> Numbers:
        each = np.bincount(self.place, weights=times)
        middle = np.cumsum(each) - each / 2
        ranks: Numbers = middle[self.place]
        return ranks


def _weighted(x: Numbers, y: Numbers, times: Numbers) -> float:
    """Pearson's correlation of values that count so many times; not a number where either does not differ."""
    total = times.sum()
    across, along = x - times @ x / total, y - times @ y / total
    spread = float(np.sqrt((times @ across**2) * (times @ along**2)))
    return float(times @ (across * along) / spread) if spread > 0 else float("nan")
