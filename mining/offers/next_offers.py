"""Next best offers from purchases: models tried on held-out days, then fitted on all, and two lists a customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.offers.bought_products import BoughtProducts, bought_products
from mining.offers.cold_offers import cold_offers
from mining.offers.eligibility import RULES, Barred, Bars
from mining.offers.offer_chance import OfferChance, fit_chance
from mining.offers.offer_models import RecentFrequency, fit_ease
from mining.offers.product_pace import product_pace
from mining.offers.ranked_offers import RankedOffers, again_offers, new_offers
from mining.offers.repurchase import OwnModel, RepurchaseLine, fit_repurchase
from mining.offers.scoreboard import OfferList, Scoreboard, scoreboard, time_split

UNSOLD_DAYS = 180
MOST_OFFERS = 50


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """Until the close of which day (days since 1970-01-01) purchases are known, over how many days chances are told,
    and how many offers a list has."""

    until: int
    horizon_days: int = 30
    offers: int = 5

    def __post_init__(self) -> None:
        if not 1 <= self.offers <= MOST_OFFERS:
            raise BadRequest(f"{self.offers} offers are no list.", f"Ask for 1 to {MOST_OFFERS}.")
        if not 1 <= self.horizon_days <= 365:
            raise BadRequest(f"No chance is told over {self.horizon_days} days.", "Take 1 to 365 days.")

    def by(self, until: int) -> OfferTerms:
        """The same by the close of another day."""
        return replace(self, until=until)


@dataclass(frozen=True, slots=True, eq=False)
class NextOffers:
    """Both lists of all customers with purchases, the list of those without, and how the models fared.

    `models` are the names of those that the lists are by; `pace` is as `product_pace` gives it; `assumed` counts
    products whose margin is not known and taken as the mean rate of the others; `by_revenue` where none is known.
    """

    terms: OfferTerms
    board: Scoreboard
    bought: BoughtProducts
    models: Mapping[OfferList, str]
    chances: Mapping[OfferList, OfferChance]
    lists: Mapping[OfferList, RankedOffers]
    cold: pl.DataFrame
    pace: pl.DataFrame
    assumed: int
    by_revenue: bool

    def of(self, customer: int) -> NextOffers:
        """The same of one customer (code) alone."""
        one = pl.col("customer") == customer
        lists = {
            which: replace(each, frame=each.frame.filter(one), counts=each.counts.filter(one))
            for which, each in self.lists.items()
        }
        return replace(self, lists=lists, cold=self.cold.filter(one))


def find_offers(
    frame: pl.DataFrame,
    terms: OfferTerms,
    barred: Barred,
    segments: pl.DataFrame,
    done: Callable[[float], None] = lambda share: None,
) -> NextOffers:
    """`frame` has a row a customer, product (codes), day and `returned`, with `revenue` and `margin` (null where not
    known) of that day; `segments` a row a known customer (code) with its `segment`. `done` gets 0 to 1 after each step
    and may raise to stop. Raises BadRequest.
    """
    bought, pace = bought_products(frame, terms.until), product_pace(frame, terms.until)
    done(0.1)
    split, line = time_split(frame, terms.until, terms.horizon_days), _line(frame, terms)
    done(0.2)
    own, ease = _own(line, split.known, product_pace(frame, split.known.until)), fit_ease(split.known)
    done(0.35)
    board = scoreboard(split, [ease] if line is None else [own, ease])
    done(0.5)
    chances = {
        OfferList.AGAIN: fit_chance(split, own, OfferList.AGAIN),
        OfferList.NEW: fit_chance(split, ease, OfferList.NEW),
    }
    done(0.6)
    models = {OfferList.AGAIN: own.NAME, OfferList.NEW: ease.NAME}
    del own, ease
    margin, assumed, by_revenue = product_margin(frame, bought)
    barred = with_learnt(barred, frame, bought, pace)
    again = again_offers(_own(line, bought, pace), chances[OfferList.AGAIN], margin, barred, terms.offers)
    done(0.75)
    new = new_offers(fit_ease(bought), chances[OfferList.NEW], margin, barred, terms.offers)
    done(0.95)
    lists = {OfferList.AGAIN: again, OfferList.NEW: new}
    cold = cold_offers(bought, segments, margin, barred, terms.offers)
    return NextOffers(terms, board, bought, models, chances, lists, cold, pace, assumed, by_revenue)


def _line(frame: pl.DataFrame, terms: OfferTerms) -> RepurchaseLine | None:
    """What one held-out period before the one that models are tried on teaches; None where history is too short."""
    until = terms.until - terms.horizon_days
    try:
        before = time_split(frame, until, terms.horizon_days)
    except BadRequest:
        return None
    return fit_repurchase(before, product_pace(frame, before.known.until))


def _own(line: RepurchaseLine | None, bought: BoughtProducts, pace: pl.DataFrame) -> OwnModel:
    return RecentFrequency(bought) if line is None else line.of(bought, pace)


def product_margin(frame: pl.DataFrame, bought: BoughtProducts) -> tuple[np.ndarray, int, bool]:
    """The mean margin of a day on which a customer bought the product, by column of `bought`; how many are assumed;
    whether it is revenue, as no margin is known."""
    sold = frame.lazy().filter(~pl.col("returned"), pl.col("day") <= bought.until)
    found = (
        sold.group_by("product")
        .agg(
            revenue=pl.col("revenue").mean(),
            margin=pl.col("margin").mean(),
            known=pl.col("revenue").filter(pl.col("margin").is_not_null()).sum(),
            earned=pl.col("margin").sum(),
        )
        .sort("product")
        .collect()
    )
    if not found["margin"].is_not_null().any():
        return found["revenue"].fill_null(0.0).to_numpy(), 0, True
    known = float(found["known"].sum())
    rate = float(found["earned"].sum()) / known if known else 0.0
    assumed = found["margin"].null_count()
    return (
        found.select(pl.coalesce("margin", pl.col("revenue") * rate)).to_series().to_numpy(),
        assumed,
        False,
    )


def with_learnt(barred: Barred, frame: pl.DataFrame, bought: BoughtProducts, pace: pl.DataFrame) -> Barred:
    """With the rules that purchases tell: returned, not sold lately, hardly bought twice."""
    last = np.zeros(len(bought.products), dtype=np.int64)
    np.maximum.at(last, bought.indices, bought.last)
    unsold = bought.products[last <= bought.until - UNSOLD_DAYS]
    back = (
        frame.filter(pl.col("returned"), pl.col("day") <= bought.until).select("customer", "product").unique()
    )
    once = pace.filter(~pl.col("replenishable"))["product"].to_numpy()
    products = {**barred.products, "once": once}
    products["delisted"] = np.union1d(products.get("delisted", unsold), unsold)
    return replace(barred, products=products, pairs={**barred.pairs, "returned": back.to_numpy()})


def removed_told(found: NextOffers) -> pl.DataFrame:
    """How much each rule took away, by list: list, rule, of (customers or offers), removed."""
    rows = [
        (
            which.value,
            RULES[place].words,
            "customers" if RULES[place].bars is Bars.CUSTOMER else "offers",
            count,
        )
        for which, offers in found.lists.items()
        for place, count in sorted(offers.removed.items())
    ]
    schema = {"list": pl.String, "rule": pl.String, "of": pl.String, "removed": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")
