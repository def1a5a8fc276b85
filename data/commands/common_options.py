"""What all commands share: the options that cron needs, and how they speak."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Protocol

from data.commands.asking_person import as_person
from data.commands.asking_person import place as place
from data.commands.command_arguments import Parser
from data.errors import NotAllowed
from data.people import audit_log
from data.people.audit_event import AuditEvent
from data.store import older_warehouse, write_moments
from data.store.schema_release import EarlierRelease


class Commands(Protocol):
    """Where a command is added: the subparsers of argparse."""

    def add_parser(self, name: str, **how: Any) -> argparse.ArgumentParser: ...


def shared(where: bool = True) -> argparse.ArgumentParser:
    """The options of every command; `where` the warehouse lies is among them unless the command has its own."""
    parser = Parser(add_help=False)
    parser.add_argument("--quiet", "-q", action="store_true", help="say nothing unless something is wrong")
    parser.add_argument(
        "--wait",
        type=float,
        metavar="SECONDS",
        default=write_moments.WAIT_SECONDS.get(),
        help="how long to wait for another writer (%(default)g)",
    )
    if where:
        parser.add_argument("--warehouse", type=Path, help="the file to work on (CLIENTELA_WAREHOUSE)")
    return parser


def reasoned() -> argparse.ArgumentParser:
    """The option of commands by which something leaves."""
    return with_reason(Parser(add_help=False))


def with_reason(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--reason", default="", metavar="WHY", help="why it is exported, for the audit")
    return parser


def with_json(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--json", action="store_true", help="say it as JSON")
    return parser


def run_up_to_date(args: argparse.Namespace) -> int:
    """Run a command as the person that it names; what an earlier release made is brought up to date first.

    Told on stderr, where it does not mix with what a command gives, also where --quiet is said: it happens once.
    """
    with as_person(args), audit_log.because(getattr(args, "reason", "")):
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    try:
        return int(args.run(args) or 0)
    except NotAllowed:
        audit_log.note(AuditEvent.REFUSED, detail="command", at=place(args))
        raise
    except EarlierRelease:
        done = older_warehouse.bring_up_to_date(place(args), to_terminal)
        if done:
            warn(str(done))
        return int(args.run(args) or 0)


def say(args: argparse.Namespace, text: str) -> None:
    if not args.quiet:
        print(text)


def warn(text: str) -> None:
    """What is to be seen in any case."""
    print(text, file=sys.stderr)


def say_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def to_terminal(fraction: float, words: str) -> None:
    """Progress, where somebody watches."""
    if sys.stderr.isatty():
        end = "\n" if fraction == 1 else ""
        print(f"\r{fraction:4.0%}  {words:<48}", end=end, file=sys.stderr, flush=True)
