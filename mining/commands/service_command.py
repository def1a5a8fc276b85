"""`python -m mining service`. Contacts an order, cost to serve, subjects that rise, and what came after a bad one."""

from __future__ import annotations

import argparse
from datetime import date

import polars as pl

from cubes.analysis.service_events import ServiceEvents, bought_by_member, service_events, subject_counts
from cubes.query import Query
from data.errors import BadRequest
from data.model.calendar import day_key
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, amount, days_ahead, question_within, seed_number
from mining.service.after_contact import OBSERVATIONAL, after_contact
from mining.service.bad_contacts import WAITED_FROM, BadContact, marked_contacts
from mining.service.contact_moments import (
    ContactMoments,
    beside_quiet,
    contact_moments,
    moments_of,
    quiet_moments,
)
from mining.service.contacts_per_order import contacts_per_order, of_last_order, single_orders
from mining.service.cost_to_serve import (
    ASSUMED_CONTACTS,
    ASSUMED_MINUTE,
    ServicePrices,
    cost_groups,
    losing_customers,
    served_customers,
    with_parts,
)
from mining.service.matched_moments import MomentMatching
from mining.service.rising_subjects import rising_subjects
from mining.trends.trend_table import trend_rows

MONTHS, ORDER_DAYS = 12, 30
TABLES = ("per_order", "cost", "subjects", "after", "balance")


def _service_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--table", choices=TABLES, default="per_order", help="which table is told; JSON has all of them"
    )
    parser.add_argument(
        "--minute", type=_price, metavar="PRICE",
        help=f"what a minute of handling costs; {ASSUMED_MINUTE:g} is assumed if left away",
    )  # fmt: skip
    parser.add_argument(
        "--cost", type=_contact_price, action="append", default=[], metavar="KIND=PRICE",
        help=f"what a contact of a kind costs: {', '.join(f'{k}={v:g}' for k, v in ASSUMED_CONTACTS.items())} if left"
        " away",
    )  # fmt: skip
    parser.add_argument(
        "--bring",
        choices=("margin", "revenue"),
        default="",
        help="what customers bring; margin where it is known",
    )
    parser.add_argument(
        "--bad", choices=[each.value for each in BadContact], default=BadContact.ANY.value,
        help="what makes a contact a bad one",
    )  # fmt: skip
    parser.add_argument(
        "--waited",
        type=days_ahead,
        default=WAITED_FROM,
        metavar="SECONDS",
        help="from when on one waited long",
    )
    parser.add_argument("--days", type=days_ahead, default=90, help="how long is watched after it")
    parser.add_argument(
        "--beside", choices=("contacts", "customers"), default="contacts",
        help="others: contacts that were not bad, or customers who were not in touch",
    )  # fmt: skip
    parser.add_argument(
        "--match", choices=[each.value for each in MomentMatching], default=MomentMatching.NEAREST.value,
        help="how near others must be",
    )  # fmt: skip
    parser.add_argument("--seed", type=seed_number, default=0, help="what fixes all chance")


def _price(text: str) -> float:
    found = amount(text)
    if found < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no price; write one like 0.7")
    return found


def _contact_price(text: str) -> tuple[str, float]:
    kind, _, price = text.partition("=")
    if kind not in ASSUMED_CONTACTS:
        raise argparse.ArgumentTypeError(
            f"{kind!r} is no kind of contact; take {', '.join(ASSUMED_CONTACTS)}"
        )
    return kind, _price(price)


def _service(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """The table asked for; all of them in JSON."""
    asked, _, _ = question_within(warehouse, options, MONTHS)
    events = service_events(warehouse, asked)
    notes = [OBSERVATIONAL, *events.notes]
    costs, figures = _costs(events, options)
    tables = {"per_order": _per_order(warehouse, asked, events), "cost": costs}
    tables["subjects"], said = _subjects(warehouse, asked, events.span[1])
    effects, balance, more, why = _after(events, options)
    tables |= {"after": effects, "balance": balance}
    figures = {
        "since": events.span[0].isoformat(), "until": events.span[1].isoformat(),
        "contacts": events.within.height, "contacts_of_unknown_customers": events.unknown, **figures, **more,
    }  # fmt: skip
    assumed = [] if options.minute is not None and len(dict(options.cost)) == len(ASSUMED_CONTACTS) else [
        "Prices that nobody stated are assumed."
    ]  # fmt: skip
    rest = {name: table for name, table in tables.items() if name != options.table}
    return Finding(tables[options.table], figures, (*notes, *assumed, *filter(None, (said, why))), rest)


def _per_order(warehouse: Warehouse, asked: Query, events: ServiceEvents) -> pl.DataFrame:
    """A row each subject, channel and category."""
    incoming = events.within.filter(~pl.col("outgoing"))
    orders = events.bought.select("customer", "orders")
    parts = {by: contacts_per_order(incoming, orders, by) for by in ("subject", "channel")}
    if warehouse.profile.known.get("category", 0) > 1:
        lines = bought_by_member(warehouse, asked, "category", events.known_until)
        alone = single_orders(lines, "member").filter(pl.col("day").is_between(*events.days))
        placed = of_last_order(incoming, lines, "member", ORDER_DAYS)
        parts["category"] = contacts_per_order(placed, alone.select("customer", "member", "orders"), "member")
    return pl.concat(
        frame.rename({frame.columns[0]: "name"}).select(pl.lit(by).alias("by"), pl.all())
        for by, frame in parts.items()
    )


def _costs(events: ServiceEvents, options: argparse.Namespace) -> tuple[pl.DataFrame, dict[str, object]]:
    """Cost to serve by fifth of what customers bring."""
    minute = ASSUMED_MINUTE if options.minute is None else options.minute
    prices = ServicePrices(minute, {**ASSUMED_CONTACTS, **dict(options.cost)})
    brings = options.bring or ("margin" if events.bought["margin"].drop_nulls().len() else "revenue")
    known = pl.when(pl.col(brings).is_not_null().all()).then(pl.col(brings).sum())
    served = served_customers(
        events.within, events.bought.group_by("customer").agg(brought=known), prices, 0.0
    )
    losing = losing_customers(served)
    figures = {
        "brings": brings, "cost_in_all": round(float(served["cost"].sum()), 2), "customers": served.height,
        "customers_who_cost_more": losing.height, "price_of_a_minute": minute,
        **{f"price_of_a_{kind}": price for kind, price in prices.contacts.items()},
    }  # fmt: skip
    return cost_groups(with_parts(served).sort("part", nulls_last=True), "part").rename(
        {"part": "fifth"}
    ), figures


def _subjects(warehouse: Warehouse, asked: Query, until: date) -> tuple[pl.DataFrame, str]:
    """All changes of subjects, and why there are none."""
    counts = subject_counts(warehouse, asked, until)
    first = counts["day"].min()
    if not isinstance(first, date):
        return pl.DataFrame(), "No contact tells a subject."
    try:
        return trend_rows(rising_subjects(counts, first, until).trends), ""
    except BadRequest as error:
        return pl.DataFrame(), str(error)


def _after(
    events: ServiceEvents, options: argparse.Namespace
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, object], str]:
    """What customers did after a bad contact, how alike both sides were, figures, and why that is not known."""
    moments = _moments(events, options)
    try:
        found = after_contact(moments, MomentMatching(options.match), options.seed)
    except BadRequest as error:
        return pl.DataFrame(), pl.DataFrame(), {}, str(error)
    cause = found.cause
    figures: dict[str, object] = {
        "bad": options.bad, "bad_customers": found.bad, "pairs": found.pairs, "days": found.within_days,
        "days_at_risk": found.days_at_risk, "risk_ratio": cause.ratio, "risk_ratio_low": cause.low,
        "risk_ratio_high": cause.high, "e_value": cause.e_value, "e_value_of_the_end": cause.e_value_end,
        "rosenbaum_gamma": cause.gamma, "unripe": moments.unripe,
    }  # fmt: skip
    return found.effects, found.matched.balance, figures, ""


def _moments(events: ServiceEvents, options: argparse.Namespace) -> ContactMoments:
    marked = marked_contacts(events.contacts, events.reopenings, BadContact(options.bad), options.waited)
    until, days = day_key(events.known_until), options.days
    moments = contact_moments(marked, events.purchases, events.days, until, days)
    if options.beside == "contacts":
        return moments
    quiet = quiet_moments(marked, events.purchases, events.days, days, options.seed)
    return beside_quiet(moments, moments_of(quiet, events.purchases, until, days))


SERVICE = Command(
    "contacts an order, what serving costs beside what customers bring, subjects that rise, what came after a bad one",
    "service-insight",
    _service_options,
    _service,
)
