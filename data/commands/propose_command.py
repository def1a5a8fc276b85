"""The command that proposes a mapping: `propose`."""

from __future__ import annotations

import argparse
from pathlib import Path

from data.access.deed import Deed
from data.commands.asking_person import CommandNeeds
from data.commands.common_options import Commands, say_json, shared, warn, with_json
from data.errors import BadInput
from data.load import evidence
from data.load.evidence.notice import Notice
from data.load.proposal.propose_mapping import Proposal, propose_all


def add(commands: Commands) -> None:
    proposing = commands.add_parser(
        "propose",
        parents=[shared(where=False)],
        help="print a mapping for files that nobody described yet, and what was noticed in them",
    )
    proposing.add_argument("files", type=Path, nargs="+", metavar="FILE", help="files that belong together")
    proposing.add_argument("--source", help="what to call their source")
    with_json(proposing).set_defaults(run=_propose, needs=CommandNeeds((Deed.LOAD,)))


def _propose(args: argparse.Namespace) -> int:
    found = propose_all(args.files, args.source)
    if args.json:
        say_json(_plain(found))
        return 0
    print(found.mapping.to_toml(), end="")
    if not args.quiet:
        for line in _told(found):
            warn(line)
    return 0


def _told(found: Proposal) -> list[str]:
    """What is to be known of a proposal, a line each."""
    lines = found.in_words()
    for part in found.mapping.parts:
        for notice in found.notices.get(part.subject, ()):
            lines += [f"[{part.subject}] {notice.words} {notice.asks}".rstrip()]
            lines += [f"    {way}" for way in evidence.ways(notice, part)]
    try:
        found.mapping.check()
    except BadInput as error:
        lines.append(f"Not whole yet: {error}")
    return lines


def _plain(found: Proposal) -> dict[str, object]:
    notices = {part.subject: [_notice(each) for each in found.notices.get(part.subject, ())]
               for part in found.mapping.parts}  # fmt: skip
    return {"mapping": found.mapping.to_toml(), "remarks": found.in_words(), "notices": notices}


def _notice(notice: Notice) -> dict[str, object]:
    return {"name": notice.name, "words": notice.words, "asks": notice.asks, "stops": notice.stops,
            "choices": [each.label for each in notice.choices]}  # fmt: skip
