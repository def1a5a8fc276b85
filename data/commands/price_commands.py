"""`price-offers`: offers that wait for an answer and what they are held against; `price-limit`: how far a role goes."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from data import environment
from data.access.deed import Deed
from data.collaborate.bid_desk import bid_desk
from data.collaborate.bid_surroundings import BidSurroundings, bid_surroundings
from data.collaborate.bid_terms import doubts
from data.collaborate.price_bid import PriceBid
from data.collaborate.price_limits import check_role, set_limit
from data.commands.asking_person import CommandNeeds, opened, place
from data.commands.common_options import Commands, say, say_json, shared
from data.commands.look_commands import print_table
from data.errors import BadInput
from data.operational import operational_store
from data.people import audit_log
from data.people.audit_event import AuditEvent

TOLD = (
    "offer",
    "source",
    "day",
    "customer",
    "product",
    "pieces",
    "price",
    "asked",
    "floor",
    "expires_on",
    "state",
)


def add(commands: Commands) -> None:
    listing = commands.add_parser(
        "price-offers", parents=[shared()], help="offers of prices that wait for an answer, the newest first"
    )
    listing.add_argument("--format", choices=("table", "json"), default="table", help="(%(default)s)")
    listing.set_defaults(run=_offers, needs=CommandNeeds(pages=("price-offers",)))
    limit = commands.add_parser(
        "price-limit",
        parents=[shared()],
        help="how far below the price asked people of a role go by themselves",
    )
    limit.add_argument("role", metavar="ROLE", help="such as marketing")
    limit.add_argument(
        "below", metavar="PERCENT", help="below the price asked, 0 to 100, or none for no limit"
    )
    limit.set_defaults(run=_limit, needs=CommandNeeds(deeds=(Deed.ADMINISTER,)))


def _offers(args: argparse.Namespace) -> int:
    today, found = datetime.now(UTC).date(), opened(args)
    try:
        desk = bid_desk(found)
        bids = [each for each in desk.unanswered if not each.is_expired(today)]
        beside = bid_surroundings(found, bids, desk.rules, today)
    finally:
        found.close()
    audit_log.note(AuditEvent.ASKED, detail="price_offers", amount=len(bids), at=place(args))
    rows = [_told(each, beside[each.bid], today) for each in bids]
    if args.format == "json":
        say_json(rows)
    elif rows:
        print_table(pl.DataFrame(rows, infer_schema_length=None).select(TOLD))
    else:
        print("No offer waits for an answer.")
    return 0


def _told(bid: PriceBid, beside: BidSurroundings, today: date) -> dict[str, Any]:
    """An offer as it is told; money is that of one piece, in the currency of report."""
    terms = beside.terms
    return {
        "offer": bid.bid.id,
        "source": bid.bid.source,
        "day": bid.day,
        "customer": bid.shown,
        "name": bid.called,
        "product": beside.product.id,
        "pieces": float(bid.pieces),
        "price": _float(bid.price),
        "asked": _float(terms.asked),
        "cost": _float(terms.cost),
        "floor": _float(terms.floor),
        "on_hand": _float(beside.on_hand),
        "persons": beside.persons,
        "as_much": beside.as_much,
        "requirements": bid.requirements,
        "expires_on": bid.expires_on,
        "state": bid.state(today),
        "doubts": list(doubts(bid, terms)),
    }


def _float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


def _limit(args: argparse.Namespace) -> int:
    share = None if args.below.casefold() == "none" else _percent(args.below)
    check_role(place(args), args.role, share)
    set_limit(operational_store.ready(place(args)), args.role, share, environment.who())
    told = "no limit but the floor" if share is None else f"{share:f}% below the price asked"
    say(
        args,
        f"{args.role} goes by itself as far as {told}." if share is not None else f"{args.role} has {told}.",
    )
    return 0


def _percent(text: str) -> Decimal:
    """Errors: BadInput."""
    try:
        return Decimal(text.removesuffix("%"))
    except InvalidOperation as error:
        raise BadInput(f"{text!r} is no percentage.", "Write a number from 0 to 100, or none.") from error
