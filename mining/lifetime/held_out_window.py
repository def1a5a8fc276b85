"""Which model told best what came: all of them on one window that none has seen, the same customers, the same rows.

In-sample figures are not in it, so that none can be read beside those of the window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.lifetime.fitted_purchases import FittedPurchases
from mining.lifetime.purchase_forecast import PurchaseForecast, forecast
from mining.lifetime.purchase_histories import Counts, DistinctHistories, Numbers
from mining.lifetime.purchase_model import PurchaseModel

PARTS = 10


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutWindow:
    """What came in the `days` after the histories that the models were fitted to, and what each had told.

    `table`: a row a model, best first: model, log_score (mean logarithm of the probability that the model gave to the
    count that came; nearer 0 is better), log_score_error (the standard error of its difference from the best; null
    for that), purchases (expected in all), purchases_fewest and purchases_most (the outcome's interval), bias (expected
    over came, less 1), buyers (expected), correlation of expected and came.
    `deciles`: model, decile (1 to 10 by the probability to buy, equal ones together), customers, bought (share
    expected), came (share that did), came_low and came_high (Wilson), purchases and purchases_came (a customer).
    `naive`: the purchases that the same rate as so far would bring. `came` and `buyers` did.
    """

    days: int
    customers: int
    came: int
    buyers: int
    naive: float
    table: pl.DataFrame
    deciles: pl.DataFrame


def hold_out(fits: Sequence[FittedPurchases[PurchaseModel]], coming: Counts, days: int) -> HeldOutWindow:
    """Measure models fitted to the same histories by `coming`, each customer's days of purchase in the `days` after.

    Raises BadRequest for no models, models of different histories, or a count for each of other customers.
    """
    _check(fits, coming, days)
    histories = fits[0].histories
    told = [forecast(each, days) for each in fits]
    scores = [_log_scores(each, coming) for each in told]
    best = max(range(len(fits)), key=lambda at: float(scores[at].mean()))
    table = pl.DataFrame([
        _line(each, score, scores[best] if at != best else None, coming)
        for at, (each, score) in enumerate(zip(told, scores, strict=True))
    ])  # fmt: skip
    known = histories.age > 0
    rates = histories.repeats[known] / histories.age[known]
    return HeldOutWindow(
        days,
        len(histories),
        int(coming.sum()),
        int((coming > 0).sum()),
        float(rates.sum() * days / histories.unit.value),
        table.sort("log_score", descending=True),
        pl.concat([_deciles(each, coming) for each in told]),
    )


def _check(fits: Sequence[FittedPurchases[PurchaseModel]], coming: Counts, days: int) -> None:
    if not fits:
        raise BadRequest("There is no model to measure.", "Fit one or more.")
    if any(each.histories is not fits[0].histories for each in fits):
        raise BadRequest("The models were fitted to different histories.", "Fit all to the same.")
    if len(coming) != len(fits[0].histories) or (len(coming) and coming.min() < 0) or days < 1:
        raise BadRequest(
            "What came is not of the same customers, or of no days.",
            "Give one count of purchase days a customer.",
        )


def _log_scores(told: PurchaseForecast, coming: Counts) -> Numbers:
    """The logarithm of the probability of each customer's count: P(Y >= y) - P(Y >= y + 1)."""
    model, histories = told.fitted.model, told.fitted.histories
    horizon = told.horizon_days / model.unit.value
    base = int(coming.max()) + 1
    codes, place = np.unique(histories.row_of * base + coming, return_inverse=True)
    chances = _chances(model, horizon, histories.distinct.take(codes // base), codes % base)
    found: Numbers = np.log(np.maximum(chances, 1e-300))[place]
    return found


def _chances(model: PurchaseModel, horizon: float, rows: DistinctHistories, counts: Counts) -> Numbers:
    at_least, more = np.ones(len(rows)), np.zeros(len(rows))
    for count, tail in enumerate(model.tails(horizon, rows, 0.0), 1):
        at_least = np.where(counts == count, tail, at_least)
        more = np.where(counts == count - 1, tail, more)
        if count > counts.max():
            break
    return at_least - more


def _line(
    told: PurchaseForecast, scores: Numbers, best: Numbers | None, coming: Counts
) -> dict[str, str | float | None]:
    histories = told.fitted.histories
    total = told.groups(pl.Series(np.zeros(len(histories), dtype=np.int64))).row(0, named=True)
    expected = told.purchases.value[histories.row_of]
    varies = coming.std() > 0 and expected.std() > 0
    return {
        "model": told.fitted.model.NAME,
        "log_score": float(scores.mean()),
        "log_score_error": None if best is None else float((scores - best).std() / len(scores) ** 0.5),
        "purchases": total["purchases"],
        "purchases_fewest": total["purchases_fewest"],
        "purchases_most": total["purchases_most"],
        "bias": total["purchases"] / int(coming.sum()) - 1 if coming.any() else None,
        "buyers": total["buyers"],
        "correlation": float(np.corrcoef(expected, coming)[0, 1]) if varies else None,
    }


def _deciles(told: PurchaseForecast, coming: Counts) -> pl.DataFrame:
    """Calibration: customers by the probability to buy, a tenth at a time; equal probabilities share a tenth."""
    row_of = told.fitted.histories.row_of
    each = pl.DataFrame({
        "bought": told.buyers.value[row_of],
        "purchases": told.purchases.value[row_of],
        "came": (coming > 0).astype(np.float64),
        "purchases_came": coming.astype(np.float64),
    })  # fmt: skip
    middle = (pl.col("bought").rank("min") + pl.col("bought").rank("max") - 1) / 2
    decile = (1 + (PARTS * (middle - 0.5) / pl.len()).floor()).cast(pl.Int64)
    share, count = pl.col("came"), pl.col("customers")
    square = 3.841458820694124 / count  # the 0.95 quantile of chi-squared
    centre = (share + square / 2) / (1 + square)
    half = (square * share * (1 - share) + square**2 / 4).sqrt() / (1 + square)
    return (
        each.group_by(decile.alias("decile"))
        .agg(pl.len().cast(pl.Int64).alias("customers"), pl.all().mean())
        .sort("decile")
        .with_columns(came_low=centre - half, came_high=centre + half)
        .select(pl.lit(told.fitted.model.NAME).alias("model"), pl.all())
    )
