"""Van Westendorp's four questions: between which prices a product is neither too cheap nor too expensive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.pricing.person_draws import person_draws
from mining.retention.wilson_interval import Numbers

LIMITS = ("too_cheap", "cheap", "expensive", "too_expensive")
POINTS = ("lowest", "optimal", "indifference", "highest")
# Which rising curve meets which falling one at each point.
CROSSING = {
    "lowest": ("not_cheap", "too_cheap"),
    "optimal": ("too_expensive", "too_cheap"),
    "indifference": ("expensive", "cheap"),
    "highest": ("too_expensive", "not_expensive"),
}
DRAWS = 300


class FallingCurves(StrEnum):
    """Whom the curves of cheap and too cheap count at a price: those whose limit lies over it, as R's
    pricesensitivitymeter does, or at it or over it."""

    OVER = "over"
    FROM = "from"


class Crossing(StrEnum):
    """Which price stands for a crossing where the curves stay level after it."""

    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    MEDIAN = "median"


@dataclass(frozen=True, slots=True)
class SensitivityTerms:
    """The conventions: R's are the default (van Westendorp, ESOMAR 1976, leaves them open)."""

    falling: FallingCurves = FallingCurves.OVER
    crossing: Crossing = Crossing.MIN
    interpolated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PriceSensitivity:
    """`points` has a row each of POINTS: `price` (NaN where curves do not meet), `low` and `high` (95%, persons drawn
    anew). `curves` has a row a price and the share of each curve of LIMITS.

    Of so many `people`; beside them `intransitive` ones, whose four limits do not rise, and `incomplete` ones, of
    whom a limit is missing or not above 0, are left out. `answers` are the limits that count, with `weight`.
    """

    points: pl.DataFrame
    curves: pl.DataFrame
    answers: pl.DataFrame
    people: int
    intransitive: int
    incomplete: int

    def price(self, point: str) -> float:
        return float(self.points.filter(pl.col("point") == point)["price"][0])


def price_sensitivity(
    answers: pl.DataFrame, terms: SensitivityTerms | None = None, draws: int = DRAWS, seed: int = 0
) -> PriceSensitivity:
    """From a row a person: LIMITS (money) and, if there is one, `weight`. Raises BadRequest where no row has four
    limits that rise."""
    terms = terms or SensitivityTerms()
    if "weight" not in answers.columns:
        answers = answers.with_columns(weight=pl.lit(1.0))
    whole = answers.filter(pl.all_horizontal(pl.col(each).fill_null(0) > 0 for each in LIMITS))
    rising = (pl.col(low) < pl.col(high) for low, high in pairwise(LIMITS))
    kept = whole.filter(pl.all_horizontal(rising))
    if kept.is_empty():
        raise BadRequest(
            f"Nobody of {answers.height} named four limits that rise from too cheap to too expensive.",
            "Load answers with all four limits.",
        )
    prices = np.unique(kept.select(LIMITS).to_numpy())
    weights = kept["weight"].to_numpy().astype(float)
    curves = _curves(kept, prices, weights, terms)
    found = _points(prices, curves, terms)
    drawn = np.array([
        _points(prices, _curves(kept, prices, weights * times, terms), terms)
        for times in person_draws(kept.height, draws, seed)
    ])  # fmt: skip
    drawn = drawn.reshape(-1, len(POINTS))
    with np.errstate(all="ignore"):
        ends = [np.nanpercentile(drawn, q, axis=0) if len(drawn) else np.full(4, np.nan) for q in (2.5, 97.5)]
    return PriceSensitivity(
        pl.DataFrame({"point": POINTS, "price": found, "low": ends[0], "high": ends[1]}),
        pl.DataFrame({"price": prices, **{name: curves[name] for name in LIMITS}}),
        kept.select(*LIMITS, "weight"),
        kept.height,
        whole.height - kept.height,
        answers.height - whole.height,
    )


def _curves(
    kept: pl.DataFrame, prices: Numbers, weights: Numbers, terms: SensitivityTerms
) -> dict[str, Numbers]:
    """The share of weights that each curve counts at each price."""
    found: dict[str, Numbers] = {}
    whole = weights.sum()
    for name in LIMITS:
        places = np.searchsorted(prices, kept[name].to_numpy())
        here = np.bincount(places, weights, len(prices)) / whole
        upto = np.cumsum(here)
        if name in ("expensive", "too_expensive"):
            found[name] = upto
        else:
            found[name] = 1 - upto + (here if terms.falling is FallingCurves.FROM else 0)
    return found | {"not_cheap": 1 - found["cheap"], "not_expensive": 1 - found["expensive"]}


def _points(prices: Numbers, curves: dict[str, Numbers], terms: SensitivityTerms) -> list[float]:
    return [_crossed(prices, curves[up], curves[down], terms) for up, down in CROSSING.values()]


def _crossed(prices: Numbers, rising: Numbers, falling: Numbers, terms: SensitivityTerms) -> float:
    """The first price at which the rising curve has reached the falling one; NaN where it never does."""
    gap = np.round(rising - falling, 12)
    reached = np.flatnonzero(gap >= 0)
    if not len(reached):
        return np.nan
    first = int(reached[0])
    if terms.interpolated:
        if first == 0 or gap[first] == 0:
            return float(prices[first])
        before = gap[first - 1]
        return float(
            prices[first - 1] + (prices[first] - prices[first - 1]) * -before / (gap[first] - before)
        )
    level = (np.abs(rising - rising[first]) < 1e-12) & (np.abs(falling - falling[first]) < 1e-12)
    here = prices[level]
    ways = {
        Crossing.MIN: here.min(), Crossing.MAX: here.max(), Crossing.MEAN: here.mean(),
        Crossing.MEDIAN: np.median(here),
    }  # fmt: skip
    return float(ways[terms.crossing])
