"""From a score to a chance: how often products with such a score were bought in the days that were held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import IsotonicRegression

from mining.offers.offer_models import OfferModel
from mining.offers.scoreboard import CHUNK, OfferList, TimeSplit, first_of, truth_of

MOST_CUSTOMERS = 5_000
SHORTLIST = 50


@dataclass(frozen=True, slots=True, eq=False)
class OfferChance:
    """Chance to be bought within the horizon by score, never falling (isotonic regression, Zadrozny & Elkan 2002).

    `scores` and `chances` are the corners of the line; `of` the pairs that it was learnt from.
    """

    scores: np.ndarray
    chances: np.ndarray
    of: int

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        """Chances from 0 to 1 (float32)."""
        found: np.ndarray = np.interp(scores, self.scores, self.chances).astype(np.float32)
        return found


def fit_chance(
    split: TimeSplit, model: OfferModel, which: OfferList, shortlist: int = SHORTLIST
) -> OfferChance:
    """Learn it from the shortlists of all who were known, those who bought nothing included (5,000 at most)."""
    known = split.known
    customers = np.arange(len(known.customers))
    if len(customers) > MOST_CUSTOMERS:
        customers = np.sort(np.random.default_rng(1).choice(customers, MOST_CUSTOMERS, replace=False))
    told = [
        _outcomes(split, model, which, customers[start : start + CHUNK], shortlist)
        for start in range(0, len(customers), CHUNK)
    ]
    scores, bought = (np.concatenate(each) for each in zip(*told, strict=True))
    if not len(scores):
        return OfferChance(np.zeros(1), np.zeros(1), 0)
    line = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(scores, bought)
    return OfferChance(line.X_thresholds_, line.y_thresholds_, len(scores))


def _outcomes(
    split: TimeSplit, model: OfferModel, which: OfferList, rows: np.ndarray, shortlist: int
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of a list's candidates, and whether they were bought."""
    scores = model.scores(rows)
    own = split.known.matrix()[rows].toarray() > 0
    scores[own if which is OfferList.NEW else ~own] = -np.inf
    first = first_of(scores, shortlist)
    held = first >= 0
    truth = np.take_along_axis(truth_of(split, rows), np.maximum(first, 0), 1)
    return np.take_along_axis(scores, np.maximum(first, 0), 1)[held], truth[held].astype(float)
