"""What a ranking hangs on: who is dominated, which places turn round when one is left out, whether methods agree."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from mining.partners.decision_matrix import DecisionMatrix, Numbers
from mining.partners.ranking_methods import ROUNDED, RankingMethod, scores

MOST_REVERSALS = 1_000


def dominated(matrix: DecisionMatrix) -> pl.DataFrame:
    """Partners to whom another is as good by every criterion that weighs and better by one: `partner`, `by` (the first
    such). Only among those of whom all of these are known: what is unknown could be better."""
    weighed = matrix.weights > 0
    towards = np.array([each.towards for each in matrix.criteria])[weighed]
    values = matrix.values[:, weighed] * towards
    rows = []
    for at, own in enumerate(values):
        as_good, better = (values >= own).all(axis=1), (values > own).any(axis=1)
        if (by := np.flatnonzero(as_good & better)).size:
            rows.append((matrix.partners[at], matrix.partners[by[0]]))
    return pl.DataFrame(rows, {"partner": pl.String, "by": pl.String}, orient="row")


def reversals(matrix: DecisionMatrix, method: RankingMethod) -> pl.DataFrame:
    """Pairs that change places when somebody else is left out: `without`, `overtakes`, `overtaken`; at most 1,000 rows.
    Unknown values lie in the middle of what is known of all."""
    many = len(matrix.partners)
    schema = {"without": pl.String, "overtakes": pl.String, "overtaken": pl.String}
    if many < 3:
        return pl.DataFrame(schema=schema)
    values, towards = matrix.filled(), [each.towards for each in matrix.criteria]
    bounds = np.nan_to_num(matrix.bounds)
    kept = np.array([[each for each in range(many) if each != gone] for gone in range(many)])
    whole = _scored(method, values, matrix.weights, towards, bounds, np.arange(many)[None, :])[0]
    parts = _scored(method, values, matrix.weights, towards, bounds, kept)
    rows: list[tuple[str, str, str]] = []
    for gone in range(many):
        before, after, names = whole[kept[gone]], parts[gone], kept[gone]
        turned = (before[:, None] > before) & (after[:, None] < after)
        for ahead, behind in np.argwhere(turned)[:MOST_REVERSALS]:
            rows.append(tuple(matrix.partners[each] for each in (gone, names[behind], names[ahead])))  # type: ignore[arg-type]
    return pl.DataFrame(rows[:MOST_REVERSALS], schema, orient="row")


def agreement(places: Mapping[RankingMethod, NDArray[np.int32]]) -> pl.DataFrame:
    """How alike two methods rank: `one`, `other`, `spearman`, `kendall` (tau-b) from -1 to 1; null where one of them
    tells nobody apart, or there are fewer than two partners."""
    rows = [
        (str(one), str(other), *_alike(places[one], places[other])) for one, other in combinations(places, 2)
    ]
    kinds = {"one": pl.String, "other": pl.String, "spearman": pl.Float64, "kendall": pl.Float64}
    return pl.DataFrame(rows, kinds, orient="row")


def _alike(one: NDArray[np.int32], other: NDArray[np.int32]) -> tuple[float | None, float | None]:
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None, None
    return float(stats.spearmanr(one, other).statistic), float(stats.kendalltau(one, other).statistic)


def _scored(
    method: RankingMethod, values: Numbers, weights: Numbers, towards: list[int], bounds: Numbers,
    rows: NDArray[np.int64],
) -> Numbers:  # fmt: skip
    """The scores of several choices of partners (`rows` of the table)."""
    columns = (column[rows] for column in values.T)
    repeated = np.broadcast_to(weights, (len(rows), len(weights)))
    return np.round(scores(method, columns, repeated, towards, bounds), ROUNDED)
