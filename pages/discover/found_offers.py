"""Offers found: what the cubes know of purchases handed to the miner, the result remembered."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from cubes.analysis.offer_purchases import OfferQuestion, members_by_code, offer_purchases
from cubes.query import Cut, Query
from data.model.calendar import day_key
from mining.offers.eligibility import Barred
from mining.offers.next_offers import NextOffers, OfferTerms, find_offers
from mining.offers.offer_words import fewer_told, told_offers
from mining.offers.scoreboard import OfferList
from pages.discover.offers_view import OffersView
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work


@dataclass(frozen=True, slots=True, eq=False)
class FoundOffers:
    """What the miner found, the names of customers and products by code, and what is to be known beside."""

    found: NextOffers
    customers: pl.DataFrame
    products: pl.DataFrame
    level: str
    notes: tuple[str, ...]

    def told(self, which: OfferList, who: str = "") -> pl.DataFrame:
        """The offers of a list as `told_offers` gives them, of one customer (id) where named."""
        if not who:
            return told_offers(self.found, which, self.customers, self.products)
        return told_offers(self.found.of(self.code(who)), which, self.customers, self.products)

    def products_of(self, which: OfferList) -> pl.DataFrame:
        """The products of a list (`product`, an id, and `product_name`) by how many `customers` they are offered to."""
        told = (
            self.told(which).group_by("product", "product_name").agg(customers=pl.col("customer").n_unique())
        )
        return told.sort("customers", "product", descending=[True, False])

    def offered_to(self, which: OfferList, product: str) -> tuple[str, ...]:
        """The ids of those whom a product (its id) is offered to."""
        return tuple(self.told(which).filter(pl.col("product") == product)["customer"].unique().sort())

    def why_fewer(self, which: OfferList, who: str) -> str:
        """Why a customer has fewer offers than asked for; empty where they have all."""
        few = fewer_told(self.found.of(self.code(who)), which)
        return str(few["reason"][0]) if few.height else ""

    def code(self, who: str) -> int:
        """The code of a customer; -1 where nobody is called so."""
        found = self.customers.filter(pl.col("id") == who)["code"]
        return int(found[0]) if len(found) else -1


def found_offers(view: OffersView) -> FoundOffers:
    """The offers of a view, waiting for them. Raises BadRequest."""
    return asked_offers(view).found()


def asked_offers(view: OffersView) -> AskedWork[FoundOffers]:
    """The offers of a view, sought when somebody waits for them. Raises BadRequest."""
    consent = session.sets_read((view.consent,))[0] if view.consent else None
    asked = (session.sets_read(view.cuts), view.terms, consent, view.cap)
    return asked_work("offers", asked, lambda done: _found(*asked, done), most=3)


def _found(
    cuts: tuple[Cut, ...], terms: OfferTerms, consent: Cut | None, cap: int, done: Progress
) -> FoundOffers:
    store = session.warehouse()
    told = offer_purchases(store, session.ask_whole, OfferQuestion(Query(cuts=cuts), None, consent, cap))
    barred = Barred(told.customers, told.products)
    found = find_offers(told.frame, terms.by(day_key(told.until)), barred, told.segments, done)
    customers, products = members_by_code(store, "customer"), members_by_code(store, "product")
    return FoundOffers(found, customers, products, told.level, told.notes)
