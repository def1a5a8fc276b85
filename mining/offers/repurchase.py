"""Whether a customer buys a product again: a logistic regression learnt from one held-out period, for the next.

Personal frequency, recency, popularity and a product's own pace, weighed as the firm's purchases say: where habits
change the recent days count, where they do not all days do, and a fixed half-life is wrong for one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression

from mining.offers.bought_products import BoughtProducts
from mining.offers.offer_models import OfferModel, ties
from mining.offers.scoreboard import TimeSplit

FEATURES = ("days", "recent days", "days since the last", "buyers", "recent buyers", "share who buy twice",
            "gap passed", "customer's recent days", "days since the customer's last")  # fmt: skip
MOST_PAIRS = 500_000
FEWEST_AGAIN = 20
ALIKE = 5.0
HALF_A_YEAR = 182


class OwnModel(OfferModel, Protocol):
    """A model of what was bought before, with a score of each pair of `bought`."""

    @property
    def bought(self) -> BoughtProducts: ...

    @property
    def values(self) -> np.ndarray: ...


@dataclass(frozen=True, slots=True, eq=False)
class Repurchase:
    """`values` is the chance of each pair of `bought` by the regression; products never bought stand below, by
    popularity."""

    NAME: ClassVar[str] = "Repurchase"
    bought: BoughtProducts
    values: np.ndarray

    def scores(self, rows: np.ndarray) -> np.ndarray:
        own: np.ndarray = self.bought.matrix(self.values)[rows].toarray()
        return np.where(own > 0, own, ties(self.bought) - np.float32(1))


@dataclass(frozen=True, slots=True, eq=False)
class RepurchaseLine:
    """The regression: an intercept, and a weight a feature."""

    intercept: float
    weights: np.ndarray

    def of(self, bought: BoughtProducts, pace: pl.DataFrame) -> Repurchase:
        """Chances of all pairs by the close of another day; `pace` is of the same."""
        odds = np.full(len(bought.indices), self.intercept, dtype=np.float32)
        for weight, feature in zip(self.weights, _features(bought, pace), strict=True):
            odds += np.float32(weight) * feature
        return Repurchase(bought, np.maximum(1 / (1 + np.exp(-odds)), np.float32(1e-9)))


def fit_repurchase(split: TimeSplit, pace: pl.DataFrame) -> RepurchaseLine | None:
    """Learn from what was bought again after a split (500,000 pairs at most, drawn with a seed).

    None where fewer than 20 pairs were: there is nothing to learn from.
    """
    known = split.known
    width = len(known.products)
    again = np.isin(
        known.rows.astype(np.int64) * width + known.indices,
        split.truth[:, 0].astype(np.int64) * width + split.truth[:, 1],
    )
    drawn = np.arange(len(again))
    if len(drawn) > MOST_PAIRS:
        drawn = np.sort(np.random.default_rng(2).choice(drawn, MOST_PAIRS, replace=False))
    bought = int(again[drawn].sum())
    if not FEWEST_AGAIN <= bought < len(drawn):
        return None
    features = np.column_stack([each[drawn] for each in _features(known, pace)])
    line = LogisticRegression(C=10, max_iter=500).fit(features, again[drawn])
    return RepurchaseLine(float(line.intercept_[0]), line.coef_[0])


def _features(bought: BoughtProducts, pace: pl.DataFrame) -> Iterator[np.ndarray]:
    """A column a feature, float32, in the order of FEATURES; a pair's place is that in `bought`."""
    rows, columns = bought.rows, bought.indices
    since = (bought.until - bought.last).astype(np.float32)
    yield np.log(bought.days, dtype=np.float32)
    yield np.log(bought.weight + np.float32(0.01))
    yield np.log1p(since)
    yield np.log(bought.buyers / len(bought.customers)).astype(np.float32)[columns]
    recent = np.bincount(columns, weights=bought.weight, minlength=len(bought.products))
    yield np.log(recent + 0.1).astype(np.float32)[columns]
    yield _share_odds(pace)[columns]
    usual = pace["gap_days"].fill_null(pace["gap_days"].median() or HALF_A_YEAR).to_numpy()
    yield np.log((since + 1) / (usual + 1).astype(np.float32)[columns])
    active = np.bincount(rows, weights=bought.weight, minlength=len(bought.customers))
    yield np.log(active + 0.1).astype(np.float32)[rows]
    latest = np.maximum.reduceat(bought.last, bought.indptr[:-1])
    yield np.log1p((bought.until - latest).astype(np.float32))[rows]


def _share_odds(pace: pl.DataFrame) -> np.ndarray:
    """Log odds of the share who buy a product twice, few buyers leaning on that of all products."""
    twice, buyers = pace["twice"].to_numpy(), pace["buyers"].to_numpy()
    share = (twice + ALIKE * (twice.sum() + 0.5) / (buyers.sum() + 1)) / (buyers + ALIKE)
    found: np.ndarray = np.log(share / (1 - share)).astype(np.float32)
    return found
