"""`portal`: links by which one customer or partner comes to the portal, made, listed and ended."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from data.access.deed import Deed
from data.commands.asking_person import CommandNeeds, opened
from data.commands.common_options import Commands, say, say_json, shared, with_json
from data.commands.look_commands import print_table
from data.people import portal_links
from data.people.portal_links import (
    MOST_DAYS,
    MOST_OPENINGS,
    USUAL_DAYS,
    USUAL_OPENINGS,
    PortalLink,
    portal_place,
)
from data.portal.link_subjects import LinkSubject, subject_for, subjects_of

GIVES_OUT = CommandNeeds((Deed.PARTNER,), ("portal-links",))


def add(commands: Commands) -> None:
    parser = commands.add_parser("portal", help="links to the portal of customers and partners")
    deeds = parser.add_subparsers(required=True, metavar="DEED", dest="deed")
    making = deeds.add_parser("link", parents=[shared()], help="a new link; it is printed this once")
    making.add_argument("kind", choices=("customer", "partner"))
    making.add_argument("number", metavar="NUMBER", help="as cubes show it")
    making.add_argument(
        "--days", type=int, default=USUAL_DAYS, help=f"that it holds, 1 to {MOST_DAYS} (%(default)s)"
    )
    making.add_argument(
        "--browsers", type=int, default=USUAL_OPENINGS, help=f"1 to {MOST_OPENINGS} (%(default)s)"
    )
    making.add_argument(
        "--at",
        type=_address,
        default="",
        metavar="ADDRESS",
        help="where people reach it, such as https://crm.example.com",
    )
    making.set_defaults(run=_link, needs=GIVES_OUT)
    listing = with_json(deeds.add_parser("list", parents=[shared()], help="all links, not the tokens"))
    listing.set_defaults(run=_list, needs=GIVES_OUT)
    ending = deeds.add_parser("revoke", parents=[shared()], help="end a link at once, in every browser")
    ending.add_argument("link", metavar="LINK", help="its id, as listed")
    ending.set_defaults(run=_revoke, needs=GIVES_OUT)


def _address(text: str) -> str:
    """Where the dashboard is reached: a link to anything else opens nothing."""
    at = text.strip().rstrip("/")
    try:
        told = urlsplit(at)
        is_one = (
            told.scheme in ("http", "https")
            and bool(told.hostname)
            and at == f"{told.scheme}://{told.netloc}"
        )
    except ValueError:
        is_one = False
    if not is_one and at:
        raise argparse.ArgumentTypeError(f"{text!r} is no address; write one such as https://crm.example.com")
    return at


def _link(args: argparse.Namespace) -> int:
    warehouse = opened(args)
    try:
        subject = subject_for(warehouse, args.kind, args.number)
        link, token = portal_links.make(
            portal_place(warehouse), args.kind, subject.member, args.days, args.browsers
        )
    finally:
        warehouse.close()
    print(f"{args.at}/portal/open/{token}")
    say(
        args,
        f"For {subject.name} ({subject.id}) until {_moment(link.until):%Y-%m-%d}; it is not shown again.",
    )
    return 0


def _list(args: argparse.Namespace) -> int:
    warehouse = opened(args)
    try:
        links = portal_links.listed(portal_place(warehouse))
        subjects = subjects_of(warehouse, links)
    finally:
        warehouse.close()
    rows = [_told(each, subjects[each.id]) for each in links if each.id in subjects]
    if args.json:
        say_json(rows)
    elif rows:
        print_table(pl.DataFrame(rows))
    else:
        print("There are no links. Make one: python -m data portal link customer NUMBER.")
    return 0


def _revoke(args: argparse.Namespace) -> int:
    warehouse = opened(args)
    try:
        place = portal_place(warehouse)
        shown = subjects_of(warehouse, [each for each in portal_links.listed(place) if each.id == args.link])
        portal_links.revoke(place, args.link if shown else "")
    finally:
        warehouse.close()
    say(args, "Ended: it opens nothing any more.")
    return 0


def _told(link: PortalLink, subject: LinkSubject) -> dict[str, Any]:
    return {
        "link": link.id,
        "for": subject.name,
        "number": subject.id,
        "kind": link.kind,
        "until": str(_moment(link.until).date()),
        "browsers": link.opened,
        "last_used": str(_moment(link.used_at)) if link.used_at else "",
        "ended": bool(link.revoked_at),
    }


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
