"""Lifetime found: histories of the cube handed to the models, remembered for every session until the next snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import streamlit as st

from cubes.analysis.cohort_cells import first_members
from cubes.analysis.purchase_history import CustomerHistories, purchase_histories
from cubes.analysis.whole_history import described
from cubes.members.member_names import names_of
from cubes.query import Query
from data.errors import BadRequest
from data.store.warehouse import Profile
from mining.lifetime.billed_histories import BilledHistories, billed_histories
from mining.lifetime.cnbd import MbgCnbd
from mining.lifetime.customer_outlook import CustomerOutlook, outlook
from mining.lifetime.customer_value import CustomerValue, ValueTerms, value
from mining.lifetime.fitted_purchases import FittedPurchases
from mining.lifetime.gamma_gamma import FittedSpend, fit_spend
from mining.lifetime.held_out_window import HeldOutWindow, hold_out
from mining.lifetime.model_refusals import Doubt, RegularBuyers
from mining.lifetime.purchase_forecast import PurchaseForecast, forecast
from mining.lifetime.purchase_histories import PurchaseHistories, TimeUnit
from mining.lifetime.purchase_model import PurchaseModel
from mining.lifetime.purchase_stories import BY_CHANCE, Story, fit_story
from mining.lifetime.regularity import Regularity, fit_each_k, likeliest_k, likelihood_by_k, regularity
from mining.lifetime.value_at_risk import ValueAtRisk, value_at_risk
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work
from pages.value.lifetime_view import LifetimeView

MOST_MEASURED = 5_000
USUALLY_HELD = 180
ALIKE = 1e-4
MOST_REGULAR = (
    2_000  # different pairs of repeats and age, of which regular buyers' value is found in half a minute
)
Fit = FittedPurchases[PurchaseModel]


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredModels:
    """Models on days that none has seen: `window`, of `measured` customers of `known` evenly drawn; by a model's name
    its story, what is in doubt, and the mean of P(alive) on `fitted_until`."""

    window: HeldOutWindow
    fitted_until: date
    measured: int
    known: int
    stories: Mapping[str, Story]
    doubts: Mapping[str, tuple[Doubt, ...]]
    alive: Mapping[str, float]

    @property
    def best(self) -> str:
        """The name of the best by the log score; of equals, to the fourth decimal, the first of `Story`."""
        scores: dict[str, float] = dict(self.window.table.select("model", "log_score").iter_rows())
        equal = [name for name, score in scores.items() if score > max(scores.values()) - ALIKE]
        return min(equal, key=lambda name: list(Story).index(self.stories[name]))


@dataclass(frozen=True, slots=True, eq=False)
class FoundLifetime:
    """What the page tells. `models` were compared, or why they were not; `by_events` are log-likelihoods by k, where a
    model of regular buyers answers; `spend`, `worth` (within the horizon), what of that is `at_risk` and `residual`
    (all that is left) are told, or why they are not."""

    told: CustomerHistories
    billed: BilledHistories
    regular: Regularity | None
    models: MeasuredModels | BadRequest
    story: Story
    fitted: Fit
    by_events: Mapping[int, float]
    expected: PurchaseForecast
    spend: FittedSpend | BadRequest
    worth: CustomerValue | BadRequest
    at_risk: ValueAtRisk | BadRequest
    residual: CustomerValue | BadRequest

    @property
    def histories(self) -> PurchaseHistories:
        return self.fitted.histories

    @property
    def events(self) -> int:
        """Events to a purchase of the model that answers; 0 where it knows no such thing."""
        return self.fitted.model.k if isinstance(self.fitted.model, MbgCnbd) else 0

    @property
    def rhythm(self) -> RegularBuyers | None:
        """Whether buyers are too regular for models of chance."""
        return self.regular.doubt if self.regular else None


@dataclass(frozen=True, slots=True, eq=False)
class FittedMoney:
    """Purchases, of regular buyers with the log-likelihood by k, and spend of the same histories."""

    purchases: Fit
    by_events: Mapping[int, float]
    spend: FittedSpend | BadRequest


def question(view: LifetimeView, until: date, level: str = "") -> Query:
    """What is asked of the cube, of groups by a level too."""
    return described(session.warehouse(), Query(cuts=session.sets_read(view.cuts)), until, level)


def last_day(view: LifetimeView, profile: Profile) -> date:
    """The last day that is looked at. Raises BadRequest where nothing was sold yet."""
    if profile.last_day is None:
        raise BadRequest("Nobody has bought anything yet.", "Load order lines on the page Data first.")
    return view.until or profile.last_day


def held_days(view: LifetimeView, told: CustomerHistories) -> int:
    """The days held out: those asked for, else 180 or a third of all there are."""
    first: date = told.frame["first_day"].min()  # type: ignore[assignment]
    return view.held_days or max(1, min(USUALLY_HELD, (told.until - first).days // 3))


def measured_models(view: LifetimeView, done: Progress = lambda share: None) -> MeasuredModels | BadRequest:
    """The models on the days held out, or why they were not compared. Raises BadRequest where nobody bought."""
    version, until = session.warehouse().version, last_day(view, session.warehouse().profile)
    asked = question(view, until)
    billed = _billed(version, asked, until)
    return _models_or_why(view, asked, billed.histories, _regular(_told(version, asked, until).frame), done)


def asked_lifetime(view: LifetimeView) -> AskedWork[FoundLifetime]:
    """All that a view shows, sought when somebody waits for it; finding it raises BadRequest."""
    asked = replace(view, cuts=session.sets_read(view.cuts), level="", customer="")
    return asked_work("lifetime", asked, lambda done: found_lifetime(view, done))


def found_lifetime(view: LifetimeView, done: Progress = lambda share: None) -> FoundLifetime:
    """All that a view shows; `done` gets 0 to 1 after each step, and may raise to stop. Raises BadRequest."""
    version, until = session.warehouse().version, last_day(view, session.warehouse().profile)
    asked = question(view, until)
    told, billed = _told(version, asked, until), _billed(version, asked, until)
    done(0.1)
    regular, models = _regular(told.frame), measured_models(view, lambda share: done(0.1 + 0.4 * share))
    done(0.5)
    story = chosen(view, models)
    key = (version, asked, until, story, view.events)
    fit = _fitted(*key, billed.histories)
    done(0.7)
    expected = _expected(*key, view.days, fit.purchases)
    done(0.85)
    worth, residual = (
        _worth_or_why(key, ValueTerms(days, view.annual_rate), fit) for days in (view.horizon_days, None)
    )
    at_risk = worth if isinstance(worth, BadRequest) else _at_risk(*key, worth.terms, fit, worth)
    return FoundLifetime(
        told, billed, regular, models, story, fit.purchases, fit.by_events, expected, fit.spend, worth, at_risk,
        residual,
    )  # fmt: skip


def chosen(view: LifetimeView, models: MeasuredModels | BadRequest) -> Story:
    """The story that answers: that asked for, else the best on the days held out."""
    return view.story or (Story.BGNBD if isinstance(models, BadRequest) else models.stories[models.best])


def customers(found: FoundLifetime) -> pl.DataFrame:
    """One row a customer, the most valuable first: `customer`, `name`, `value`, `buys`, `purchases` with their
    intervals, `last_purchase`, `purchase_days`."""
    names = found.told.frame.select(
        "customer",
        pl.col("customer_name").alias("name"),
        last_purchase="last_day",
        purchase_days="purchase_days",
    )
    rows = found.expected.customers.with_columns(
        pl.col("purchases", "purchases_low", "purchases_high").round(3)
    )
    if not isinstance(found.worth, BadRequest):
        rows = found.worth.customers.join(rows, on="customer")
    order = "value" if "value" in rows.columns else "purchases"
    joined = (
        names.select("customer", "name").join(rows, on="customer").join(names.drop("name"), on="customer")
    )
    return joined.sort(order, descending=True)


def groups(view: LifetimeView, found: FoundLifetime, level: str) -> pl.DataFrame:
    """One row a member of a level: `id`, `label`, `customers`, `value` (the horizon's; of purchases where there is
    none) with its intervals, and what of it is `at_risk`, with its own. Who bought in several belongs to where the
    first purchase was greatest."""
    until = found.told.until
    own = _members(session.warehouse().version, question(view, until, level), level, until)
    member = (
        found.histories.frame.select("customer")
        .join(own, on="customer", how="left", maintain_order="left")["member"]
        .fill_null(0)
    )
    told = found.worth if not isinstance(found.worth, BadRequest) else found.expected
    table = told.groups(member).rename({"purchases": "value"} if told is found.expected else {})
    if told is found.expected:
        table = table.rename({f"purchases_{each}": f"value_{to}" for each, to in _ENDS.items()})
    if not isinstance(found.at_risk, BadRequest):
        table = table.join(found.at_risk.groups(member), on="group", maintain_order="left")
    labels, ids = names_of(session.warehouse()).of(level, table["group"].to_numpy())
    return table.select(
        pl.Series("id", ids),
        pl.Series("label", labels),
        "customers",
        "value",
        *(f"value_{each}" for each in _ENDS.values()),
        pl.col("^at_risk.*$"),
    ).sort("value", descending=True)


_ENDS = {"low": "low", "high": "high", "fewest": "least", "most": "most"}


def opened(found: FoundLifetime, customer: str, days: int) -> CustomerOutlook:
    """The days ahead of one customer. Raises BadRequest for one who is not among those looked at."""
    return outlook(found.fitted, customer, days)


def _is_quick(histories: PurchaseHistories) -> bool:
    """Whether a model of regular buyers tells the future of so many in a time that people wait."""
    return len(histories.distinct.pairs) <= MOST_REGULAR


def _models_or_why(
    view: LifetimeView, asked: Query, whole: PurchaseHistories, regular: Regularity | None, done: Progress
) -> MeasuredModels | BadRequest:
    suits = regular is not None and regular.doubt is not None and _is_quick(whole)
    stories = (*BY_CHANCE, *([Story.CNBD] if view.story is Story.CNBD or suits else []))
    told = _told(session.warehouse().version, asked, whole.until)
    try:
        return _models(
            session.warehouse().version,
            asked,
            told.until,
            held_days(view, told),
            stories,
            view.events,
            told,
            done,
        )
    except BadRequest as error:
        return error


def _worth_or_why(
    key: tuple[str, Query, date, Story, int], terms: ValueTerms, fit: FittedMoney
) -> CustomerValue | BadRequest:
    if isinstance(fit.spend, BadRequest):
        return fit.spend
    if key[3] is Story.CNBD and not _is_quick(fit.purchases.histories):
        return BadRequest(
            "The value of so many regular buyers takes many minutes with this model.",
            "Filter to fewer customers, or take another model.",
        )
    try:
        return _worth(*key, terms, fit)
    except BadRequest as error:
        return error


def _regular(frame: pl.DataFrame) -> Regularity | None:
    """Of the waits between the first three days of purchase; None where too few have them."""
    first, second, third = (pl.col(f"{each}_day") for each in ("first", "second", "third"))
    waits = frame.filter(third.is_not_null()).select(
        "customer",
        wait=(second - first).dt.total_days(),
        next_wait=(third - second).dt.total_days(),
    )
    try:
        return regularity(waits)
    except BadRequest:
        return None


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Query: repr})
def _told(version: str, asked: Query, until: date) -> CustomerHistories:
    found = purchase_histories(session.warehouse(), asked, until)
    if found.frame.is_empty():
        raise BadRequest("There are no customers with a purchase.", "Widen the filter or the period.")
    return found


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Query: repr})
def _billed(version: str, asked: Query, until: date) -> BilledHistories:
    told = _told(version, asked, until)
    return billed_histories(told.frame, TimeUnit.DAYS, told.until)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Query: repr})
def _models(
    version: str,
    asked: Query,
    until: date,
    held: int,
    stories: tuple[Story, ...],
    events: int,
    _all: CustomerHistories,
    _done: Progress,
) -> MeasuredModels:
    fitted_until = until - timedelta(days=held)
    before = _told(version, asked, fitted_until)
    billed = billed_histories(before.frame, TimeUnit.DAYS, fitted_until)
    fits = {}
    for at, story in enumerate(stories):
        _done(at / (len(stories) + 1))
        fits[story] = fit_story(story, billed.histories, events or None)
    _done(len(stories) / (len(stories) + 1))
    came = before.frame.join(
        _all.frame.select("customer", in_all="purchase_days"),
        on="customer",
        how="left",
        maintain_order="left",
    ).select((pl.col("in_all") - pl.col("purchase_days")).fill_null(0))
    drawn = np.unique(np.linspace(0, came.height - 1, min(came.height, MOST_MEASURED)).astype(np.int64))
    some = replace(billed.histories, frame=billed.histories.frame[drawn])
    measured = [replace(each, histories=some) for each in fits.values()]
    names = {story: each.model.NAME for story, each in fits.items()}
    return MeasuredModels(
        hold_out(measured, came.to_series().to_numpy()[drawn], held),
        fitted_until,
        len(some),
        came.height,
        {name: story for story, name in names.items()},
        {names[story]: each.doubts for story, each in fits.items()},
        {names[story]: mean_alive(each) for story, each in fits.items()},
    )


def mean_alive(fit: Fit) -> float:
    """P(alive), the mean over customers."""
    rows = fit.histories.distinct
    return float(fit.model.alive(rows) @ rows.weights / rows.weights.sum())


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Query: repr})
def _fitted(
    version: str, asked: Query, until: date, story: Story, events: int, _histories: PurchaseHistories
) -> FittedMoney:
    fit, by_events = _story(story, events, _histories)
    try:
        return FittedMoney(fit, by_events, fit_spend(_histories))
    except BadRequest as error:
        return FittedMoney(fit, by_events, error)


def _story(story: Story, events: int, histories: PurchaseHistories) -> tuple[Fit, Mapping[int, float]]:
    """The fitted story, of regular buyers with so many `events` (0: the likeliest), and their log-likelihood by k."""
    if story is not Story.CNBD:
        return fit_story(story, histories), {}
    fits = fit_each_k(histories)
    by_k = likelihood_by_k(fits)
    k = events or likeliest_k(by_k)
    return fits[k] if k in fits else fit_story(story, histories, k), by_k


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Query: repr})
def _expected(
    version: str, asked: Query, until: date, story: Story, events: int, days: int, _fit: Fit
) -> PurchaseForecast:
    return forecast(_fit, days)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Query: repr, ValueTerms: repr})
def _worth(
    version: str, asked: Query, until: date, story: Story, events: int, terms: ValueTerms, _fit: FittedMoney
) -> CustomerValue:
    assert not isinstance(_fit.spend, BadRequest)
    return value(_fit.purchases, _fit.spend, terms)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Query: repr, ValueTerms: repr})
def _at_risk(
    version: str, asked: Query, until: date, story: Story, events: int, terms: ValueTerms, _fit: FittedMoney,
    _worth: CustomerValue,
) -> ValueAtRisk:  # fmt: skip
    return value_at_risk(_fit.purchases, _worth)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs={Query: repr})
def _members(version: str, asked: Query, level: str, until: date) -> pl.DataFrame:
    return first_members(session.warehouse(), asked, level, until)
