"""What customers are worth from here on: the discounted margin to be expected of purchases to come, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.linalg import block_diag

from data.errors import BadRequest
from mining.lifetime.delta_estimate import DeltaEstimate, group_codes, slopes
from mining.lifetime.fitted_purchases import FittedPurchases
from mining.lifetime.gamma_gamma import FittedSpend
from mining.lifetime.purchase_histories import Counts, Numbers, PurchaseHistories
from mining.lifetime.purchase_model import PurchaseModel

LONGEST_OUTCOME_DAYS = 3 * 366


@dataclass(frozen=True, slots=True)
class ValueTerms:
    """`horizon_days` from the last day of the histories (None: all that is left, DERT), and the rate of a year at which
    later money counts less: 0.15 is 15%."""

    horizon_days: int | None
    annual_rate: float

    def __post_init__(self) -> None:
        if self.horizon_days is not None and self.horizon_days < 1:
            raise BadRequest(f"A horizon of {self.horizon_days} days holds nothing.", "Give one day or more.")
        if not 0 <= self.annual_rate < 10:
            raise BadRequest(f"{self.annual_rate} is no rate of a year.", "Try 0.15, which is 15%.")
        if self.horizon_days is None and self.annual_rate == 0:
            raise BadRequest(
                "All that is left, undiscounted, has no end.", "Give a horizon or a rate above 0."
            )


@dataclass(frozen=True, slots=True, eq=False)
class CustomerValue:
    """`worth` has a row a customer, its noise that of the money that will come (infinite where it has no end).

    `is_margin`: margin, else revenue, as no margin is known. `margin_assumed` customers lack one and take the mean of
    the others. The noise is scaled from undiscounted money by the ratio of expectations.
    """

    terms: ValueTerms
    histories: PurchaseHistories
    worth: DeltaEstimate
    is_margin: bool
    margin_assumed: int

    @property
    def customers(self) -> pl.DataFrame:
        """customer, value, value_low, value_high: the interval of the expectation (delta method)."""
        interval = self.worth.expectation()
        return self.histories.frame.select("customer").with_columns(
            value=pl.Series(self.worth.value),
            value_low=pl.Series(interval.low),
            value_high=pl.Series(interval.high),
        )

    def groups(self, group: pl.Series) -> pl.DataFrame:
        """One row a group of customers (`group` has each customer's, in the order of the histories): group, customers,
        value with value_low and value_high (expectation: how sure the models are), value_least and value_most (outcome:
        what 95 of 100 such horizons bring, chance included; null beyond three years, or where the noise has no end)."""
        names, codes = group_codes(group)
        total = self.worth.totals(codes, len(names))
        expected, outcome = total.expectation(), total.amount_outcome()
        found: Mapping[str, Numbers | Counts] = {
            "customers": np.bincount(codes, minlength=len(names)),
            "value": total.value,
            "value_low": expected.low,
            "value_high": expected.high,
            "value_least": outcome.low,
            "value_most": outcome.high,
        }
        columns = {name: pl.Series(each) for name, each in found.items()}
        return pl.DataFrame({"group": names}).with_columns(**columns).fill_nan(None)


def value(purchases: FittedPurchases[PurchaseModel], spend: FittedSpend, terms: ValueTerms) -> CustomerValue:
    """Margin share x mean spend x discounted expected purchases (Fader, Hardie & Lee, "RFM and CLV", 2005), each
    model's error held apart. Raises BadRequest where the two are of different histories."""
    histories = purchases.histories
    if spend.histories is not histories:
        raise BadRequest("Purchases and spend were fitted to different histories.", "Fit both to the same.")
    share, assumed = _margin_shares(histories)
    times, each = _discounted(purchases, terms), spend.expected
    worth = share * times.value * each.value
    return CustomerValue(
        terms,
        histories,
        DeltaEstimate(
            worth,
            np.concatenate([share * each.value * times.slopes, share * times.value * each.slopes]),
            share**2 * _noise(purchases, spend, terms, times.value),
            block_diag(times.covariance, each.covariance),
        ),
        "margin_share" in histories.frame.columns,
        assumed,
    )


def _discounted(purchases: FittedPurchases[PurchaseModel], terms: ValueTerms) -> DeltaEstimate:
    """Discounted expected purchases, one entry a customer."""
    model, histories = purchases.model, purchases.histories
    rows, row_of = histories.distinct, histories.row_of
    horizon = None if terms.horizon_days is None else terms.horizon_days / model.unit.value

    def discounted(logs: Numbers) -> Numbers:
        return model.with_logs(logs).discounted(terms.annual_rate, horizon, rows)

    changes = slopes(discounted, model.logs)[:, row_of]
    return DeltaEstimate(discounted(model.logs)[row_of], changes, np.zeros(0), purchases.found.robust)


def _noise(
    purchases: FittedPurchases[PurchaseModel], spend: FittedSpend, terms: ValueTerms, discounted: Numbers
) -> Numbers:
    """The variance of the money of a customer: of how often, of what kind of customer, and of each day."""
    if terms.horizon_days is None or terms.horizon_days > LONGEST_OUTCOME_DAYS:
        return np.full(len(discounted), np.inf)
    model, rows, row_of = purchases.model, purchases.histories.distinct, purchases.histories.row_of
    horizon = terms.horizon_days / model.unit.value
    expected, squares = model.expected(horizon, rows)[row_of], model.squares(horizon, rows)[row_of]
    of_means, of_days = spend.squares
    noise = squares * of_means + expected * of_days - (expected * spend.expected.value) ** 2
    found: Numbers = np.maximum(noise, 0) * (discounted / np.maximum(expected, 1e-300)) ** 2
    return found


def _margin_shares(histories: PurchaseHistories) -> tuple[Numbers, int]:
    """Of each customer, and for how many the mean of the others stands in; 1 where nobody's is known."""
    if "margin_share" not in histories.frame.columns:
        return np.ones(len(histories)), 0
    share = histories.frame["margin_share"]
    if share.null_count() == len(share):
        raise BadRequest("No customer's margin is known.", "Leave the margin out to value revenue.")
    return share.fill_null(strategy="mean").to_numpy(), share.null_count()
