"""Value, chance to buy and purchases of each customer, as the page Lifetime saves them."""

from __future__ import annotations

import polars as pl

from cubes.query import Query
from data import environment
from data.errors import BadRequest
from data.model.scoring import Scoring
from mining.lifetime.customer_scores import customer_scores
from pages.value.found_lifetime import FoundLifetime
from pages.value.lifetime_view import LifetimeView
from pages.value.save_scores import ScoresOffered

WORDS = (
    "Value, chance to buy and purchases of each customer, as of this day, for Explore to drill, by bands too"
)
EXPLORED = Query(("customer_value", "value_at_risk", "chance_to_buy"), ("country",), cube="scores")


def offered(view: LifetimeView, found: FoundLifetime) -> ScoresOffered:
    def made() -> tuple[pl.DataFrame, Scoring]:
        return score_frame(view, found), scoring_of(view, found)

    return ScoresOffered("chance", WORDS, EXPLORED, made)


def score_frame(view: LifetimeView, found: FoundLifetime) -> pl.DataFrame:
    """customer, chance and expected_purchases within the horizon of value, and value where that is told."""
    worth = None if isinstance(found.worth, BadRequest) else found.worth
    return customer_scores(found.fitted, view.horizon_days, worth)


def scoring_of(view: LifetimeView, found: FoundLifetime) -> Scoring:
    """When, by which model and with what settings; the settings are the page's address."""
    settings = {name: values for name, values in view.closed().to_parameters().items() if values}
    return Scoring(
        found.told.until, found.fitted.model.NAME, view.horizon_days, settings, by=environment.who()
    )
