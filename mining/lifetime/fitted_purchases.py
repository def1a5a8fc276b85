"""A purchase model fitted to histories: its parameters, how sure they are, and what of it is in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from mining.lifetime.maximum_likelihood import Likeliest, Likelihood, Near, likeliest, near_to
from mining.lifetime.model_refusals import (
    FEWEST_REPEAT_BUYERS,
    AllOfOneDay,
    Doubt,
    NoLifetimeModel,
    NotConverged,
    OneCohort,
    ParameterAtBorder,
    TooFewRepeatBuyers,
    WhyNoModel,
)
from mining.lifetime.purchase_histories import Counts, DistinctHistories, Numbers, PurchaseHistories
from mining.lifetime.purchase_model import PurchaseModel
from mining.lifetime.purchase_simulation import simulate

SHORTEST_SPAN_DAYS = 28
ROUGH_ROWS = 6_000

Model = TypeVar("Model", bound=PurchaseModel)
Model_co = TypeVar("Model_co", bound=PurchaseModel, covariant=True)


@dataclass(frozen=True, slots=True, eq=False)
class FittedPurchases(Generic[Model_co]):
    """The likeliest `model`, the point `found`, and the `histories` it was fitted to; `doubts` are for the reader."""

    model: Model_co
    found: Likeliest
    histories: PurchaseHistories
    doubts: tuple[Doubt, ...]

    @property
    def log_likelihood(self) -> float:
        """Up to what does not depend on parameters; with time in the unit of the histories."""
        return self.found.log_likelihood


def why_no_model(histories: PurchaseHistories) -> WhyNoModel | None:
    """What forbids a fit, if anything."""
    ages = histories.frame["age_days"]
    youngest, oldest = int(ages.min()), int(ages.max())  # type: ignore[arg-type]
    if histories.repeat_buyers < FEWEST_REPEAT_BUYERS:
        return TooFewRepeatBuyers(histories.repeat_buyers, len(histories))
    if youngest == oldest:
        return AllOfOneDay(oldest)
    if oldest - youngest < SHORTEST_SPAN_DAYS:
        return OneCohort(oldest - youngest + 1, oldest)
    return None


def fit(story: type[Model], histories: PurchaseHistories) -> FittedPurchases[Model]:
    """The likeliest model of this story. Raises NoLifetimeModel for histories that cannot tell one."""
    return fit_from(story.start(histories.distinct), histories)


def fit_from(start: Model, histories: PurchaseHistories) -> FittedPurchases[Model]:
    """As `fit`, from a model to begin with; what it does not estimate stays as it is there."""
    if reason := why_no_model(histories):
        raise NoLifetimeModel(reason)
    found = search(start, histories.distinct)
    doubts: list[Doubt] = []
    if not found.converged:
        doubts.append(NotConverged(start.NAME))
    if found.at_border:
        doubts.append(ParameterAtBorder(start.NAME, found.at_border))
    return FittedPurchases(start.with_logs(found.logs), found, histories, tuple(doubts))


def search(start: PurchaseModel, rows: DistinctHistories, near: Near | None = None) -> Likeliest:
    """The likeliest parameters, whatever the rows; beyond 12,000 rows, a sample of them shows the way first."""
    if near is None and len(rows) > 2 * ROUGH_ROWS:
        sample = rows.take(np.arange(0, len(rows), len(rows) // ROUGH_ROWS))
        times = float(rows.weights.sum() / sample.weights.sum())
        near = near_to(likelihood_of(start, sample), start.logs, times)
    return likeliest(likelihood_of(start, rows), start.logs, start.ESTIMATED, near)


def bootstrap(fitted: FittedPurchases[Model], draws: int, seed: int = 0) -> Numbers:
    """Parametric: the logarithms of parameters (draws x parameters) of firms told by the fitted model and fitted
    again, each customer known for as long as it is. Draws whose search did not converge are left out."""
    random, model = np.random.default_rng(seed), fitted.model
    near = Near(model.logs, fitted.found.information)
    ages = fitted.histories.frame["age_days"].to_numpy()
    found = [search(model, _told(model, ages, random), near) for _ in range(draws)]
    return np.stack([each.logs for each in found if each.converged])


def _told(model: PurchaseModel, ages: Counts, random: np.random.Generator) -> DistinctHistories:
    told = simulate(model, ages, 0, random)
    return DistinctHistories.counted(told.repeats, told.recency_days, told.age_days, model.unit)[0]


def likelihood_of(start: PurchaseModel, rows: DistinctHistories) -> Likelihood:
    """Of the logarithms of what a model estimates, on these rows."""
    return Likelihood(
        lambda logs: start.with_logs(logs).scores(rows),
        rows.weights.astype(np.float64),
        lambda logs: start.with_logs(logs).summed(rows),
    )
