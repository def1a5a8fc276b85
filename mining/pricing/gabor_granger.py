"""Gabor and Granger's question, would you buy at this price, as a curve that only falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.pricing.person_draws import person_draws
from mining.retention.wilson_interval import Numbers, wilson

DRAWS = 300


@dataclass(frozen=True, slots=True, eq=False)
class BuyingCurve:
    """`curve` has a row a price asked: `price`, `people` who answered or whose answer follows, `would_buy` of them,
    `raw` (their share), `share` (never rising), `low` and `high` (95%, persons drawn anew), `wilson_low` and
    `wilson_high` (of the raw share), `revenue` (price times share, a person asked).

    `best` earns most over the `cost`, between `best_low` and `best_high` in 95 of 100 samples; NaN where nothing
    earns. Of so many `people`, `contradictory` ones said no to a price and yes to a higher one; `followed` answers
    were not asked but follow, and `left_out` rows have no price above 0 or no answer.
    """

    curve: pl.DataFrame
    cost: float
    best: float
    best_low: float
    best_high: float
    people: int
    contradictory: int
    followed: int
    left_out: int


def buying_curve(answers: pl.DataFrame, cost: float = 0.0, draws: int = DRAWS, seed: int = 0) -> BuyingCurve:
    """From a row an answer: `customer`, `asked` (money), `would_buy` (Gabor & Granger, Economica 33, 1966).

    Of a person's answers to one price the last counts. Who would buy at a price would at each lower one, and who
    would not, not at a higher: that follows where it was not asked, but from whom contradicts himself. What remains
    uneven is pooled (Ayer et al., 1955), weighted by persons. Raises BadRequest where nothing was answered.
    """
    kept = answers.filter((pl.col("asked") > 0) & pl.col("would_buy").is_not_null())
    if kept.is_empty():
        raise BadRequest(
            "Nobody was asked whether they would buy at a price.",
            "Load a survey with a price asked and a yes or no.",
        )
    last = kept.unique(["customer", "asked"], keep="last", maintain_order=True)
    prices, answered = _answers(last)
    contradictory = _contradicts(answered)
    filled = np.where(contradictory[:, None], answered, _following(answered))
    share = _falling(filled, np.ones(len(filled)))
    drawn = np.array([_falling(filled, weights) for weights in person_draws(len(filled), draws, seed)])
    low, high = np.nanpercentile(drawn, [2.5, 97.5], axis=0)
    people, yes = (~np.isnan(filled)).sum(axis=0), np.nansum(filled, axis=0)
    near, far = wilson(yes, people.astype(float))
    curve = pl.DataFrame({
        "price": prices, "people": people, "would_buy": yes.astype(np.int64), "raw": yes / people, "share": share,
        "low": low, "high": high, "wilson_low": near, "wilson_high": far, "revenue": prices * share,
    })  # fmt: skip
    best, best_low, best_high = _best(prices, share, drawn, cost)
    followed = int((~np.isnan(filled)).sum() - (~np.isnan(answered)).sum())
    return BuyingCurve(
        curve, cost, best, best_low, best_high, len(filled), int(contradictory.sum()), followed,
        answers.height - kept.height,
    )  # fmt: skip


def _answers(last: pl.DataFrame) -> tuple[Numbers, Numbers]:
    """The prices asked, and persons by prices: 1 yes, 0 no, NaN not asked."""
    prices, column = np.unique(last["asked"].to_numpy(), return_inverse=True)
    persons, row = np.unique(last["customer"].to_numpy(), return_inverse=True)
    found = np.full((len(persons), len(prices)), np.nan)
    found[row, column] = last["would_buy"].to_numpy()
    return prices, found


def _contradicts(answered: Numbers) -> np.ndarray:
    """Who said no to a price and yes to a higher one."""
    refused = np.maximum.accumulate(answered == 0, axis=1)
    found: np.ndarray = ((answered == 1) & refused).any(axis=1)
    return found


def _following(answered: Numbers) -> Numbers:
    """Answers with what follows from them: yes below a yes, no above a no."""
    yes = np.maximum.accumulate((answered == 1)[:, ::-1], axis=1)[:, ::-1]
    no = np.maximum.accumulate(answered == 0, axis=1)
    return np.where(yes, 1.0, np.where(no, 0.0, np.nan))


def _falling(filled: Numbers, weights: Numbers) -> Numbers:
    from sklearn.isotonic import isotonic_regression

    known = ~np.isnan(filled)
    whole, part = weights @ known, weights @ np.nan_to_num(filled)
    share, held = np.full(len(whole), np.nan), whole > 0
    share[held] = isotonic_regression(part[held] / whole[held], sample_weight=whole[held], increasing=False)
    return share


def _best(prices: Numbers, share: Numbers, drawn: Numbers, cost: float) -> tuple[float, float, float]:
    profit = (prices - cost) * share
    if profit.max() <= 0:
        return np.nan, np.nan, np.nan
    many = prices[np.nan_to_num((prices - cost) * drawn, nan=-np.inf).argmax(axis=1)]
    low, high = np.percentile(many, [2.5, 97.5])
    return float(prices[profit.argmax()]), float(low), float(high)
