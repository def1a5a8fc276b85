"""`python -m mining offers`. What to offer each customer next: what they buy again, and what is new to them."""

from __future__ import annotations

import argparse
from functools import partial

import polars as pl

from cubes.analysis.offer_purchases import OfferQuestion, members_by_code, offer_purchases
from cubes.ask import answer_cache
from cubes.query import parse_cut
from data.model.calendar import day_key
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, question
from mining.offers.eligibility import Barred
from mining.offers.next_offers import OfferTerms, find_offers, removed_told
from mining.offers.offer_words import CAUTION, fewer_told, notes_told, told_offers
from mining.offers.scoreboard import OfferList


def _offers_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--offers", type=int, default=5, help="offers of each list (%(default)s)")
    parser.add_argument(
        "--horizon",
        type=int,
        default=30,
        metavar="DAYS",
        help="days over which chances are told, and which models are tried on (%(default)s)",
    )
    parser.add_argument(
        "--list", choices=[each.value for each in OfferList], default="", help="one list alone"
    )
    parser.add_argument(
        "--consent", default="", metavar="LEVEL=MEMBER", help="who may be reached, such as newsletter=yes"
    )
    parser.add_argument(
        "--cap", type=int, default=0, help="leave out whom campaigns reached so often in the last 30 days"
    )


def _offers(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row a customer and offer, with chance, expected margin and why; the scoreboard and exclusions beside it."""
    terms = OfferTerms(0, options.horizon, options.offers)
    consent = parse_cut(options.consent) if options.consent else None
    asked = OfferQuestion(question(options), options.until, consent, options.cap)
    told = offer_purchases(warehouse, partial(answer_cache.shared().ask, warehouse), asked)
    barred = Barred(told.customers, told.products)
    found = find_offers(told.frame, terms.by(day_key(told.until)), barred, told.segments)
    customers, products = members_by_code(warehouse, "customer"), members_by_code(warehouse, "product")
    lists = [each for each in OfferList if options.list in ("", each.value)]
    rows = pl.concat([told_offers(found, each, customers, products) for each in lists])
    names = customers.select(customer="code", id="id")
    fewer = [
        fewer_told(found, each)
        .join(names, on="customer")
        .select(pl.lit(each.value).alias("list"), customer="id", offers="offers", reason="reason")
        for each in lists
    ]
    figures = {
        "until": told.until.isoformat(),
        "horizon_days": terms.horizon_days,
        "offers": terms.offers,
        "customers": len(found.bought.customers),
        "cold_customers": found.cold["customer"].n_unique(),
    }
    more = {"scoreboard": found.board.frame, "removed": removed_told(found), "fewer": pl.concat(fewer)}
    return Finding(rows, figures, (CAUTION, *notes_told(found), *told.notes), more)


OFFERS = Command(
    "what to offer each customer next: what they buy again, and what is new to them",
    "offers",
    _offers_options,
    _offers,
)
