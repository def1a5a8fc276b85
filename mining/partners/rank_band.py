"""How far a rank holds: the ranks of a thousand draws of weights and of what is known, and who cannot be told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from mining.partners.decision_matrix import DecisionMatrix, Numbers
from mining.partners.ranking_methods import RankingMethod, ranks, scores

DRAWS, BAND = 1_000, 0.90
FIRMNESS = 30.0  # of the weights: one of a fifth then moves by 7 points (its standard deviation)
TOLD_APART = 0.95  # of the draws, so that one is said to be ahead of another
MOST_PAIRED = 60  # partners of whom all pairs are compared: the best ones


@dataclass(frozen=True, slots=True, eq=False)
class RankBand:
    """`frame`, a row a partner in the order of the table: `partner`, `share_first` (of draws, a shared first place
    shared out; they add up to 1), `best`, `worst`, `low`, `high` (rank: a band of 90%), `middle` (median rank).
    `drawn`: the rank of each (draws x partners)."""

    frame: pl.DataFrame
    drawn: NDArray[np.int32]

    def ahead(self, one: int, other: int) -> float:
        """The share of draws in which one is ahead of the other; half of those in which they are level."""
        mine, theirs = self.drawn[:, one], self.drawn[:, other]
        return float((mine < theirs).mean() + (mine == theirs).mean() / 2)


def rank_band(
    matrix: DecisionMatrix,
    method: RankingMethod,
    draws: int = DRAWS,
    firmness: float = FIRMNESS,
    seed: int = 0,
) -> RankBand:
    """Of each draw weights from a Dirichlet distribution round the chosen ones (a weight w has the standard deviation
    sqrt(w (1 - w) / (firmness + 1)); 0 stays 0) and a resample of the data; what is unknown lies anywhere in its
    criterion's range. Butler, Jia & Dyer 1997 simulate weights so; Efron & Tibshirani 1993 the data."""
    random = np.random.default_rng(seed)
    weights = drawn_weights(matrix.weights, draws, firmness, random)
    towards = [each.towards for each in matrix.criteria]
    counted = matrix.weights > 0
    columns = (each for each, kept in zip(matrix.drawn(random, draws), counted, strict=True) if kept)
    kept_towards = [each for each, kept in zip(towards, counted, strict=True) if kept]
    bounds = np.nan_to_num(matrix.bounds)[counted]
    drawn = ranks(scores(method, columns, weights[:, counted], kept_towards, bounds))
    return RankBand(_frame(matrix.partners, drawn), drawn)


def drawn_weights(
    weights: Numbers, draws: int, firmness: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Draws x criteria; each row adds up to 1."""
    found = random.standard_gamma(np.broadcast_to(weights * firmness, (draws, len(weights))))
    whole = found.sum(axis=1, keepdims=True)
    told = np.divide(found, whole, out=np.broadcast_to(weights, found.shape).copy(), where=whole > 0)
    drawn: NDArray[np.float32] = told.astype(np.float32)
    return drawn


def undecided_pairs(band: RankBand, places: NDArray[np.int32]) -> pl.DataFrame:
    """Pairs of which neither is ahead in 95% of the draws: `one`, `other` (the better placed first) and `ahead`, the
    share of draws in which it is. `places` are the ranks that are shown; of many partners the best alone are paired."""
    names = band.frame["partner"].to_list()
    order = np.argsort(places, kind="stable")[:MOST_PAIRED]
    rows = []
    for at, one in enumerate(order):
        for other in order[at + 1 :]:
            share = band.ahead(one, other)
            if 1 - TOLD_APART < share < TOLD_APART:
                rows.append((names[one], names[other], share))
    return pl.DataFrame(
        rows, {"one": pl.String, "other": pl.String, "ahead": pl.Float64}, orient="row"
    )  # fmt: skip


def _frame(partners: tuple[str, ...], drawn: NDArray[np.int32]) -> pl.DataFrame:
    draws, many = drawn.shape
    places = drawn + np.arange(many, dtype=np.int32) * many - 1
    counts = np.bincount(places.ravel(), minlength=many * many).reshape(many, many)  # partners x ranks
    passed = counts.cumsum(axis=1)
    first = drawn == 1
    shared = (first / first.sum(axis=1, keepdims=True)).mean(axis=0)

    def quantile(share: float) -> NDArray[np.int64]:
        found: NDArray[np.int64] = (passed < share * draws - 1e-9).sum(axis=1) + 1
        return found

    return pl.DataFrame({
        "partner": partners, "share_first": shared, "best": quantile(1 / draws), "worst": quantile(1.0),
        "low": quantile((1 - BAND) / 2), "high": quantile((1 + BAND) / 2), "middle": quantile(0.5),
    })  # fmt: skip
