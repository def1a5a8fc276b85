"""What the page Service insight finds: contacts and purchases of the cubes handed to the miners, results remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from cubes.analysis.customer_spend import described_customers
from cubes.analysis.segments_of_customers import levels_of_segments
from cubes.analysis.service_events import ServiceEvents, bought_by_member, service_events, subject_counts
from cubes.members.coded_customers import coded_customers
from cubes.query import TIME_LEVELS, Cut, Query
from data.errors import BadRequest, did_you_mean
from data.model.calendar import day_key
from data.model.canonical_tables import UNKNOWN
from mining.service.after_contact import AfterContact, after_contact
from mining.service.bad_contacts import BadContact, marked_contacts
from mining.service.contact_moments import beside_quiet, contact_moments, moments_of, quiet_moments
from mining.service.contacts_per_order import contacts_per_order, of_last_order, single_orders
from mining.service.cost_to_serve import cost_groups, served_customers, with_parts
from mining.service.matched_moments import MomentMatching
from mining.service.rising_subjects import RisingSubjects, rising_subjects
from pages.service.insight_view import FIFTHS, InsightView
from pages.ui import session

ORDER_DAYS = 30  # a contact is about the customer's last order, where that is no older
CATEGORIES = ("category", "department")
NOT_TOLD, NOT_KNOWN = "Not told", "Worth not known"
PARTS = {
    1: "First fifth: bring most",
    2: "Second fifth",
    3: "Third fifth",
    4: "Fourth fifth",
    5: "Last fifth",
}
MOST_GROUPS = 200


@dataclass(frozen=True, slots=True, eq=False)
class FoundInsight:
    """`events` of the slice; contacts per order `by_channel`, `by_subject` and `by_category` (of `category_level`, None
    where no such is told apart; `placed` of `incoming` contacts tell theirs)."""

    events: ServiceEvents
    incoming: int
    orders: int
    by_channel: pl.DataFrame
    by_subject: pl.DataFrame
    by_category: pl.DataFrame | None
    category_level: str
    placed: int


@dataclass(frozen=True, slots=True, eq=False)
class FoundCosts:
    """`served` customers of the slice, and `groups` of them; `brings` is what they bring, and `untold` contacts tell no
    time of handling."""

    served: pl.DataFrame
    groups: pl.DataFrame
    brings: str
    untold: int
    contacts: int


@dataclass(frozen=True, slots=True, eq=False)
class FoundAfter:
    """What customers did after a bad contact, or why that is not known; `unripe` moments are too near to the end of the
    data, `without_past` of customers who had never bought."""

    after: AfterContact | None
    unripe: int = 0
    without_past: int = 0
    problem: str = ""
    remedy: str = ""


def found_insight(view: InsightView) -> FoundInsight:
    """Contacts per order. Raises BadRequest where nothing is known, NotAllowed where small counts are withheld."""
    return _found(session.warehouse().version, session.sets_read(view.cuts))


def offered_brings(found: FoundInsight) -> tuple[str, ...]:
    """What can be told that customers bring: the first is the usual one."""
    has_margin = found.events.bought["margin"].null_count() < found.events.bought.height
    has_value = bool(session.warehouse().profile.extents["customer_score"].lines)
    return (*(["margin"] if has_margin else []), "revenue", *(["value"] if has_value else []))


def offered_parts() -> tuple[str, ...]:
    """By what customers can be parted: fifths, and levels that describe them."""
    profile = session.warehouse().profile
    levels = (
        each for each in levels_of_segments(session.cube()) if 1 < profile.known.get(each, 0) <= MOST_GROUPS
    )
    return (FIFTHS, *levels)


def found_costs(view: InsightView, found: FoundInsight) -> FoundCosts:
    """Cost to serve beside what customers bring. Raises BadRequest for what is not told of them."""
    offered = offered_brings(found)
    brings = view.brings or offered[0]
    if brings not in offered:
        raise BadRequest(
            "No value of customers is saved yet." if brings == "value" else "No margin is known here.",
            "Save scores on the page Lifetime, or take revenue." if brings == "value" else "Take revenue.",
        )
    within = found.events.within
    absent = None if brings == "value" else 0.0
    served = served_customers(within, _worth(view, found, brings), view.prices, absent)
    groups = cost_groups(_parted(view, served), "group")
    return FoundCosts(served, groups, brings, within["seconds"].null_count(), within.height)


def found_rising(view: InsightView, found: FoundInsight) -> RisingSubjects:
    """Subjects that rise, of all that is known until the end of the slice. Raises BadRequest."""
    return _rising(session.warehouse().version, session.sets_read(view.cuts), found.events.span[1])


def found_after(view: InsightView, found: FoundInsight) -> FoundAfter:
    """What customers did after a bad contact."""
    cuts = session.sets_read(view.cuts)
    return _after(
        session.warehouse().version,
        cuts,
        view.bad,
        view.waited,
        view.days,
        view.beside,
        view.match,
        found.events,
    )


def _worth(view: InsightView, found: FoundInsight, brings: str) -> pl.DataFrame:
    if brings != "value":
        known = pl.when(pl.col(brings).is_not_null().all()).then(pl.col(brings).sum())
        return found.events.bought.group_by("customer").agg(brought=known)
    cuts = tuple(cut for cut in session.sets_read(view.cuts) if _is_of_customers(cut))
    until = Cut("day", until=found.events.span[1].isoformat())
    told = session.ask_whole(
        Query(("customer_value",), ("customer",), cuts=(*cuts, until), cube="scores")
    ).plain()
    of_id = told.select(id="customer.id", brought=pl.col("customer_value").cast(pl.Float64))
    customers = pl.concat([found.events.bought["customer"], found.events.within["customer"]]).unique()
    named = coded_customers(session.warehouse(), customers)
    return named.join(of_id, on="id", how="left").select("brought", customer="code")


def _is_of_customers(cut: Cut) -> bool:
    return cut.level not in TIME_LEVELS and session.cube().level(cut.level).dimension == "customer"


def _parted(view: InsightView, served: pl.DataFrame) -> pl.DataFrame:
    """The customers with their `group`, in the order in which groups are shown. Raises BadRequest."""
    if view.by not in (offered := offered_parts()):
        raise BadRequest(f"Customers are not parted by {view.by[:20]!r}.", did_you_mean(view.by, offered))
    if view.by == FIFTHS:
        told = pl.col("part").replace_strict(PARTS, default=NOT_KNOWN, return_dtype=pl.String)
        return with_parts(served).sort("part", nulls_last=True).with_columns(group=told)
    cuts = tuple(cut for cut in session.sets_read(view.cuts) if _is_of_customers(cut))
    described = described_customers(session.ask_whole, Query(("revenue",), cuts=cuts), [view.by])
    labels = described.select(pl.col("customer").alias("id"), group=pl.col(view.by).cast(pl.String))
    named = coded_customers(session.warehouse(), served["customer"]).join(labels, on="id", how="left")
    group = pl.when(pl.col("group").fill_null(UNKNOWN) != UNKNOWN).then("group").otherwise(pl.lit(NOT_TOLD))
    parted = served.join(named.select(group, customer="code"), on="customer", how="left")
    most = parted.group_by("group").len().sort("len", "group", descending=[True, False])
    return parted.join(most, on="group").sort("len", "group", descending=[True, False])


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Cut: repr})
def _found(version: str, cuts: tuple[Cut, ...]) -> FoundInsight:
    store, asked = session.warehouse(), Query(cuts=cuts)
    events = service_events(store, asked)
    incoming, bought = events.within.filter(~pl.col("outgoing")), events.bought
    orders = bought.select("customer", "orders")
    level = next((each for each in CATEGORIES if store.profile.known.get(each, 0) > 1), "")
    by_category, placed = None, 0
    if level:
        lines = bought_by_member(store, asked, level, events.known_until)
        placing = of_last_order(incoming, lines, "member", ORDER_DAYS)
        alone = single_orders(lines, "member").filter(pl.col("day").is_between(*events.days))
        by_category = contacts_per_order(placing, alone.select("customer", "member", "orders"), "member")
        placed = placing.height - placing["member"].null_count()
    return FoundInsight(
        events,
        incoming.height,
        int(orders["orders"].sum()),
        contacts_per_order(incoming, orders, "channel"),
        contacts_per_order(incoming, orders, "subject"),
        by_category,
        level,
        placed,
    )


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Cut: repr})
def _rising(version: str, cuts: tuple[Cut, ...], until: date) -> RisingSubjects:
    counts = subject_counts(session.warehouse(), Query(cuts=cuts), until)
    if counts.is_empty():
        raise BadRequest("No contact tells a subject here.", "Load calls or tickets with their subject.")
    first = counts["day"].min()
    assert isinstance(first, date)
    return rising_subjects(counts, first, until)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Cut: repr})
def _after(
    version: str,
    cuts: tuple[Cut, ...],
    bad: BadContact,
    waited: int,
    days: int,
    beside: str,
    match: MomentMatching,
    _events: ServiceEvents,
) -> FoundAfter:
    marked = marked_contacts(_events.contacts, _events.reopenings, bad, waited)
    until = day_key(_events.known_until)
    moments = contact_moments(marked, _events.purchases, _events.days, until, days)
    if beside == "customers":
        quiet = quiet_moments(marked, _events.purchases, _events.days, days)
        moments = beside_quiet(moments, moments_of(quiet, _events.purchases, until, days))
    try:
        found = after_contact(moments, match)
    except BadRequest as error:
        return FoundAfter(None, moments.unripe, moments.without_past, error.problem, error.remedy or "")
    return FoundAfter(found, moments.unripe, moments.without_past)
