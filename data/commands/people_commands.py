"""`people`: who may sign in, where there are local accounts."""

from __future__ import annotations

import argparse
import sys
from getpass import getpass

from data.access.deed import Deed
from data.commands.asking_person import CommandNeeds, place
from data.commands.common_options import Commands, say, say_json, shared, with_json
from data.errors import BadInput
from data.people import accounts, sessions

LONGEST_LINE = 4096
ADMINISTERS = CommandNeeds((Deed.ADMINISTER,), ("people",), whole=True)


def add(commands: Commands) -> None:
    parser = commands.add_parser("people", help="who may sign in: local accounts")
    deeds = parser.add_subparsers(required=True, metavar="DEED", dest="deed")
    adding = _deed(deeds, "add", "a new account; the first is an administrator's", _add, secret=True)
    _roles(adding, "a role beside those of the policies; several by saying it again")
    _deed(deeds, "password", "another password: ends the sessions of the old one", _password, secret=True)
    changing = _deed(deeds, "roles", "other roles: ends the sessions of the old ones", _change_roles)
    _roles(changing, "a role beside those of the policies; none where it is not said")
    _deed(deeds, "remove", "take an account away, and end its sessions", _remove)
    _deed(deeds, "sign-out", "end somebody's sessions, whichever way they signed in", _sign_out)
    listing = with_json(deeds.add_parser("list", parents=[shared()], help="all accounts"))
    listing.set_defaults(run=_list, needs=ADMINISTERS)


def _deed(
    deeds: Commands, name: str, words: str, run: object, secret: bool = False
) -> argparse.ArgumentParser:
    parser = deeds.add_parser(name, parents=[shared()], help=words)
    parser.add_argument("name", metavar="NAME")
    if secret:
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from the first line of stdin"
        )
    parser.set_defaults(run=run, needs=ADMINISTERS)
    return parser


def _roles(parser: argparse.ArgumentParser, words: str) -> None:
    parser.add_argument("--role", action="append", default=[], dest="roles", metavar="ROLE", help=words)


def _add(args: argparse.Namespace) -> int:
    name = accounts.known_as(args.name)
    account = accounts.add(place(args), name, _secret(args), args.roles)
    held = f" as {', '.join(account.roles)}" if account.roles else ""
    say(args, f"{account.name} can sign in{held}.")
    if len(accounts.listed(place(args))) == 1:
        say(args, "From now on nobody uses the dashboard without signing in.")
    if account.roles == (accounts.ADMINISTRATOR,):
        say(
            args, "An administrator sees no customers: people roles NAME --role administrator --role analyst."
        )
    return 0


def _change_roles(args: argparse.Namespace) -> int:
    account = accounts.change_roles(place(args), args.name, args.roles)
    say(
        args,
        f"{account.name} has {', '.join(account.roles) or 'the roles of the policies alone'} from now on.",
    )
    return 0


def _password(args: argparse.Namespace) -> int:
    accounts.change_password(place(args), args.name, _secret(args))
    say(args, "The password is changed; who was signed in with the old one is signed out.")
    return 0


def _remove(args: argparse.Namespace) -> int:
    accounts.remove(place(args), args.name)
    say(args, f"{args.name} cannot sign in any longer, and is signed out everywhere.")
    return 0


def _sign_out(args: argparse.Namespace) -> int:
    ended = sessions.end_all(place(args), args.name)
    say(args, f"{ended:,} session{'s' * (ended != 1)} of {args.name} ended.")
    return 0


def _list(args: argparse.Namespace) -> int:
    found = accounts.listed(place(args))
    if args.json:
        say_json([{"name": each.name, "roles": each.roles} for each in found])
    elif not found:
        say(args, "There are no accounts. Add the first: python -m data people add NAME.")
    for each in () if args.json else found:
        say(args, f"{each.name}  {', '.join(each.roles) or 'the roles of the policies alone'}")
    return 0


def _secret(args: argparse.Namespace) -> str:
    """A password, never of the arguments, which everybody on the machine can read. Errors: BadInput."""
    if args.password_stdin:
        return sys.stdin.readline(LONGEST_LINE).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadInput(
            "There is no terminal to ask for the password.", "Say --password-stdin, and send it there."
        )
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        raise BadInput("The two are not the same.", "Try again.")
    return password
