"""What a campaign is expected to change in each customer, by models that never saw the customer they score.

Cross-fitted on trees (scikit-learn's histogram gradient boosting), arms having been drawn at random. T-learner: two
models, one an arm. X-learner: Kunzel, Sekhon, Bickel and Yu, "Metalearners for estimating heterogeneous treatment
effects", PNAS 116 (2019), equations 4 to 7. Doubly robust: Kennedy, "Towards optimal doubly robust estimation of
heterogeneous causal effects", Electronic Journal of Statistics 17 (2023), algorithm 1, with the share treated as the
propensity.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import ThreadpoolController

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
FOLDS, FOLDS_OF_MANY, MANY = 5, 3, 200_000  # with many customers, two thirds of them teach as much
MOST_MEMBERS = 250  # different texts that a column is told apart by, the most frequent first
FEWEST = 200
THREADS = ThreadpoolController()


class Learner(StrEnum):
    """How the expected change is learned."""

    T = "t"
    X = "x"
    DOUBLY_ROBUST = "dr"


@dataclass(frozen=True, slots=True, eq=False)
class UpliftScores:
    """`score`: the expected change of each customer in the unit of the measure, in the order of the frame."""

    score: Numbers
    learner: Learner


def uplift_scores(
    features: pl.DataFrame,
    value: Numbers,
    treated: Flags,
    learner: Learner = Learner.DOUBLY_ROBUST,
    seed: int = 0,
    done: Callable[[float], None] = lambda done: None,
) -> UpliftScores:
    """From what was known of customers before they were reached: columns of numbers or texts, a row a customer.

    `done` is told how far it is, from 0 to 1, after each part of the customers; what it raises stops the learning.
    Raises ValueError for an arm of fewer than 200 customers, and where no column tells customers apart.
    """
    if min(int(treated.sum()), int((~treated).sum())) < FEWEST:
        raise ValueError(f"An arm has fewer than {FEWEST} customers.")
    known, is_text = _numbered(features)
    if not known.shape[1]:
        raise ValueError("No column tells customers apart.")
    score = np.empty(len(value))
    learn = LEARNERS[learner]
    with THREADS.limit(limits=1):  # small trees: on a busy machine threads wait for each other thirtyfold
        many = FOLDS if len(value) < MANY else FOLDS_OF_MANY
        folds = StratifiedKFold(many, shuffle=True, random_state=seed).split(known, treated)
        for at, (train, rest) in enumerate(folds):
            done(at / many)
            fit = _Fit(is_text, seed)
            score[rest] = learn(fit, known[train], value[train], treated[train])(known[rest])
    return UpliftScores(score, learner)


Model = Callable[[Numbers], Numbers]


@dataclass(frozen=True, slots=True)
class _Fit:
    """Fits trees of columns, some of which are texts."""

    is_text: tuple[bool, ...]
    seed: int

    def __call__(self, known: Numbers, value: Numbers) -> Model:
        trees = HistGradientBoostingRegressor(
            max_iter=60, learning_rate=0.08, max_leaf_nodes=15, min_samples_leaf=max(20, len(value) // 200),
            categorical_features=list(self.is_text), random_state=self.seed, early_stopping=False,
        )  # fmt: skip
        predict: Model = trees.fit(known, value).predict
        return predict


def _t_learner(fit: _Fit, known: Numbers, value: Numbers, treated: Flags) -> Model:
    one, other = fit(known[treated], value[treated]), fit(known[~treated], value[~treated])
    return lambda rows: one(rows) - other(rows)


def _x_learner(fit: _Fit, known: Numbers, value: Numbers, treated: Flags) -> Model:
    one, other = fit(known[treated], value[treated]), fit(known[~treated], value[~treated])
    of_treated = fit(known[treated], value[treated] - other(known[treated]))
    of_held = fit(known[~treated], one(known[~treated]) - value[~treated])
    share = float(treated.mean())
    return lambda rows: share * of_held(rows) + (1 - share) * of_treated(rows)


def _doubly_robust(fit: _Fit, known: Numbers, value: Numbers, treated: Flags) -> Model:
    share, change = float(treated.mean()), np.empty(len(value))
    for train, rest in StratifiedKFold(2, shuffle=True, random_state=fit.seed).split(known, treated):
        reached = treated[train]
        one = fit(known[train][reached], value[train][reached])(known[rest])
        other = fit(known[train][~reached], value[train][~reached])(known[rest])
        off = np.where(treated[rest], (value[rest] - one) / share, -(value[rest] - other) / (1 - share))
        change[rest] = one - other + off
    return fit(known, change)


LEARNERS = {Learner.T: _t_learner, Learner.X: _x_learner, Learner.DOUBLY_ROBUST: _doubly_robust}


def _numbered(features: pl.DataFrame) -> tuple[Numbers, tuple[bool, ...]]:
    """Columns as numbers, texts by how frequent they are, without those that are one value; and which were texts."""
    columns, is_text = [], []
    for column in features.iter_columns():
        if column.drop_nulls().n_unique() < 2:
            continue
        text = not (column.dtype.is_numeric() or column.dtype == pl.Boolean)
        columns.append(_codes(column) if text else column.cast(pl.Float64).to_numpy())
        is_text.append(text)
    known = np.column_stack(columns) if columns else np.empty((features.height, 0))
    return known.astype(np.float64), tuple(is_text)


def _codes(column: pl.Series) -> Numbers:
    """0 for the most frequent text; those beyond `MOST_MEMBERS`, and nothing, are missing."""
    counted = (
        column.drop_nulls()
        .value_counts(sort=True, name="many")
        .sort("many", column.name, descending=[True, False])
    )
    code = {member: float(at) for at, member in enumerate(counted[column.name].head(MOST_MEMBERS))}
    return np.array([code.get(each, np.nan) for each in column], dtype=np.float64)
