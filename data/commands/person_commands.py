"""Commands for a customer's rights: `access` and `forget`."""

from __future__ import annotations

import argparse
from pathlib import Path

from data.access.deed import Deed
from data.commands.asking_person import CommandNeeds, place
from data.commands.common_options import Commands, reasoned, say, shared
from data.errors import BadRequest
from data.privacy import rights


def add(commands: Commands) -> None:
    telling = commands.add_parser(
        "access", parents=[shared(), reasoned()], help="all that is held of a customer, as a zip file"
    )
    telling.add_argument("customer", metavar="CUSTOMER_ID")
    telling.add_argument("file", type=Path, metavar="FILE.zip")
    telling.add_argument("--by", default="", metavar="NAME", help="who does it, for the record")
    telling.set_defaults(run=_access, needs=CommandNeeds((Deed.ERASE, Deed.EXPORT), bare=True, signs=True))
    erasing = commands.add_parser(
        "forget", parents=[shared()], help="erase a customer's personal data for good"
    )
    erasing.add_argument("customer", metavar="CUSTOMER_ID")
    erasing.add_argument("--yes", action="store_true", help="needed: what is erased cannot come back")
    erasing.add_argument("--by", default="", metavar="NAME", help="who does it, for the record")
    erasing.set_defaults(run=_forget, needs=CommandNeeds((Deed.ERASE,), whole=True, signs=True))


def _access(args: argparse.Namespace) -> int:
    rights.tell(place(args), args.customer, args.file, args.by)
    say(
        args,
        f"All that is held of the customer is in {args.file}. Keep it safe, and delete it when it was handed over.",
    )
    return 0


def _forget(args: argparse.Namespace) -> int:
    if not args.yes:
        raise BadRequest("What is erased cannot come back.", "Say --yes if that is what you want.")
    erasure = rights.forget(place(args), args.customer, args.by)
    say(args, f"The customer is forgotten, and stands as {erasure.id}; totals are as they were.")
    for each in erasure.told:
        say(args, each)
    return 0
