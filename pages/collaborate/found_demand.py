"""What the page Demand finds: named prices and surveys handed to the miners of pricing, results remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
import streamlit as st

from cubes.analysis.offered_prices import CUBE, offered_prices, surveyed_prices
from cubes.analysis.segments_of_customers import levels_of_segments
from cubes.drill_through.product_rows import product_names
from cubes.query import Cut, Query
from data.errors import BadRequest, did_you_mean
from data.model.calendar import day_key
from mining.pricing.acceptance_curve import AcceptanceCurve, acceptance_curve
from mining.pricing.answer_rule import HeldOutBy, JudgedAnswers, RuleBase, judged_answers, usual_base
from mining.pricing.best_price import BestPrice, best_price, top_price
from mining.pricing.counter_answers import counter_answers
from mining.pricing.counter_offer import CounterOffer, counter_by_answers, counter_by_bids, counter_by_raises
from mining.pricing.demand_curve import DemandCurve, demand_curve
from mining.pricing.gabor_granger import BuyingCurve, buying_curve
from mining.pricing.group_demand import group_demand
from mining.pricing.named_prices import NamedPrices, named_prices
from mining.pricing.past_answers import decided
from mining.pricing.price_sensitivity import PriceSensitivity, price_sensitivity
from mining.pricing.survey_answers import asked_answers, limit_answers
from mining.pricing.trial_revenue import TrialRevenue, trial_revenue
from mining.pricing.usual_prices import most_asked, round_prices, usual_cost
from pages.collaborate.demand_view import ALL_PRODUCTS, DemandView
from pages.ui import session

MOST_GROUPS = 60


@dataclass(frozen=True, slots=True, eq=False)
class OfferedProducts:
    """The products of which prices were named or asked within the slice: `code`, `id`, `label`, `people` who named
    one, `asked` persons; most persons first."""

    frame: pl.DataFrame

    def chosen(self, product: str) -> dict[str, object] | None:
        """The product of a view; None where it is of all. Raises BadRequest for one that is not here."""
        if product == ALL_PRODUCTS:
            return None
        if not product:
            return self.frame.row(0, named=True)
        found = self.frame.filter(pl.col("id") == product)
        if found.is_empty():
            raise BadRequest(
                f"No price of a product {product[:40]!r} was named within the filters.",
                did_you_mean(product, self.frame["id"].head(500).to_list()),
            )
        return found.row(0, named=True)


@dataclass(frozen=True, slots=True, eq=False)
class FoundDemand:
    """Demand of one product or all: `best` is None where nothing earns, `cost` where nobody knows it, and
    `best_over_rows` the price that would seem best by counting rows. `at` are the prices of the table."""

    named: NamedPrices
    curve: DemandCurve
    cost: float | None
    best: BestPrice | None
    best_over_rows: float | None
    at: pl.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class FoundAnswers:
    """How often prices were accepted (`of_asked`: as shares of the price asked), and past answers judged, one for
    each way to hold some out; what is None has its reason."""

    curve: AcceptanceCurve | None
    of_asked: bool
    why_no_curve: str
    judged: tuple[JudgedAnswers, ...]
    why_not_judged: str
    base: RuleBase


@dataclass(frozen=True, slots=True, eq=False)
class FoundSurveys:
    """What was said when asked, of one product: each None with its reason, or without one where nobody was asked."""

    limits: PriceSensitivity | None
    why_no_limits: str
    trial: TrialRevenue | None
    buying: BuyingCurve | None
    why_no_buying: str


@dataclass(frozen=True, slots=True, eq=False)
class FoundCounters:
    """What asking more than a `bid` would earn, up to `most`, by each basis that can tell; `why` says what cannot."""

    bid: float
    most: float
    offers: tuple[CounterOffer, ...]
    why: tuple[str, ...]


def offered_products(view: DemandView) -> OfferedProducts:
    """Raises BadRequest for cuts that cannot be asked."""
    return _products(session.warehouse().version, session.sets_read(view.cuts))


def found_demand(view: DemandView, product: int | None) -> FoundDemand:
    """Raises BadRequest where no price is left to count."""
    read = _read(view)
    return _found(session.warehouse().version, read, product)


def found_groups(view: DemandView, product: int | None, found: FoundDemand) -> pl.DataFrame:
    """Demand by the view's level, at the best price of all. Raises BadRequest for a level that is not offered."""
    offered = group_levels()
    if view.by not in offered:
        raise BadRequest(f"Customers are not parted by {view.by[:40]!r}.", did_you_mean(view.by, offered))
    return _groups(session.warehouse().version, _read(view), product, found)


def found_answers(view: DemandView, product: int | None, found: FoundDemand) -> FoundAnswers:
    return _answers(session.warehouse().version, _read(view), product, found)


def found_counters(view: DemandView, product: int | None, found: FoundDemand) -> FoundCounters:
    return _counters(session.warehouse().version, _read(view), product, found)


def found_surveys(view: DemandView, product: int, cost: float) -> FoundSurveys:
    return _surveys(session.warehouse().version, product, view, cost)


def group_levels() -> tuple[str, ...]:
    """By what customers can be parted."""
    known = session.warehouse().profile.known
    levels = levels_of_segments(session.cube(CUBE))
    return tuple(each for each in levels if 1 < known.get(each, 0) <= MOST_GROUPS)


def _read(view: DemandView) -> DemandView:
    """The view with who stands in its sets by now."""
    return view.within(session.sets_read(view.cuts))


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Cut: repr})
def _offers(version: str, cuts: tuple[Cut, ...], level: str) -> pl.DataFrame:
    return offered_prices(session.warehouse(), Query((CUBE,), cuts=cuts, cube=CUBE), level)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Cut: repr})
def _products(version: str, cuts: tuple[Cut, ...]) -> OfferedProducts:
    named = _offers(version, cuts, "").group_by("product").agg(people=pl.col("customer").n_unique())
    asked = surveyed_prices(session.warehouse()).group_by("product").agg(asked=pl.col("customer").n_unique())
    both = named.join(asked, on="product", how="full", coalesce=True).with_columns(
        pl.col("people", "asked").fill_null(0).cast(pl.Int64)
    )
    names = product_names(session.warehouse()).select(pl.col("product").cast(pl.Int64), "id", "label")
    frame = names.join(both, on="product").rename({"product": "code"})
    return OfferedProducts(frame.sort("people", "asked", "id", descending=[True, True, False]))


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={DemandView: repr})
def _found(version: str, view: DemandView, product: int | None) -> FoundDemand:
    named = named_prices(_of(_offers(version, view.cuts, ""), product), view.terms)
    curve = demand_curve(named.highest)
    cost = usual_cost(named) if view.cost is None else view.cost
    prices = np.array(view.at) if view.at else round_prices(curve)
    at = curve.at(prices).with_columns(
        pl.Series("share_over_rows", named.by_rows.shares(prices)),
        profit=(pl.col("price") - (cost or 0.0)) * pl.col("share"),
    )
    return FoundDemand(
        named, curve, cost, best_price(named.highest, cost or 0.0), top_price(named.by_rows, cost or 0.0), at
    )


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={DemandView: repr})
def _groups(version: str, view: DemandView, product: int | None, _found: FoundDemand) -> pl.DataFrame:
    offers = _of(_offers(version, view.cuts, view.by), product)
    kept = named_prices(offers, view.terms).kept
    price = _found.best.price if _found.best else float(np.median(_found.curve.prices))
    return group_demand(kept, view.terms, price, _found.cost or 0.0)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={DemandView: repr})
def _answers(version: str, view: DemandView, product: int | None, _found: FoundDemand) -> FoundAnswers:
    told = decided(_found.named.kept)
    of_asked = told.height > 0 and told["asked"].drop_nulls().len() >= 0.9 * told.height
    base = view.base or usual_base(told)
    if view.cost is not None and product is not None:
        told = told.with_columns(cost=pl.lit(view.cost))
    curve, why_no_curve, judged, why = None, "", tuple[JudgedAnswers, ...](), ""
    try:
        curve = _accepted(told.filter(pl.col("asked") > 0) if of_asked else told, of_asked)
    except BadRequest as error:
        why_no_curve = str(error)
    try:
        judged = tuple(judged_answers(told, base, by) for by in HeldOutBy)
    except BadRequest as error:
        why = str(error)
    return FoundAnswers(curve, of_asked, why_no_curve, judged, why, base)


def _accepted(told: pl.DataFrame, of_asked: bool) -> AcceptanceCurve:
    prices = told["price"] / told["asked"] if of_asked else told["price"]
    return acceptance_curve(prices.to_numpy(), told["taken"].to_numpy(), told["customer"].to_numpy())


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={DemandView: repr})
def _counters(version: str, view: DemandView, product: int | None, _found: FoundDemand) -> FoundCounters:
    named, cost = _found.named, _found.cost or 0.0
    bid = (
        view.bid or float(_found.curve.prices[np.flatnonzero(_found.curve.share >= 0.75)[-1]]) * view.shading
    )
    most = most_asked(named)
    told = counter_answers(named.kept, day_key(session.warehouse().profile.last_day or date.min))
    raises, taken, persons = (told[name].to_numpy() for name in ("raise", "taken", "customer"))
    ways: tuple[Callable[[], CounterOffer], ...] = (
        lambda: counter_by_answers(bid, cost, most, raises, taken, persons),
        lambda: counter_by_raises(bid, cost, most, named.raises, view.shading),
        lambda: counter_by_bids(bid, cost, most, named.highest, view.shading),
    )
    offers, why = list[CounterOffer](), list[str]()
    for way in ways:
        try:
            offers.append(way())
        except BadRequest as error:
            why.append(str(error))
    return FoundCounters(bid, most, tuple(offers), tuple(dict.fromkeys(why)))


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={DemandView: repr})
def _surveys(version: str, product: int, view: DemandView, cost: float) -> FoundSurveys:
    answers = surveyed_prices(session.warehouse(), (product,))
    limits, trial, buying, why_no_limits, why_no_buying = None, None, None, "", ""
    told = limit_answers(answers)
    if told.height:
        try:
            limits = price_sensitivity(told, view.limits)
            trial = trial_revenue(limits.answers)
        except BadRequest as error:
            why_no_limits = str(error)
    asked = asked_answers(answers)
    if asked.height:
        try:
            buying = buying_curve(asked, cost)
        except BadRequest as error:
            why_no_buying = str(error)
    return FoundSurveys(limits, why_no_limits, trial, buying, why_no_buying)


def _of(offers: pl.DataFrame, product: int | None) -> pl.DataFrame:
    return offers if product is None else offers.filter(pl.col("product") == product)
