"""What files are proposed to be, before anybody says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data.errors import BadInput
from data.load import head, propose
from data.load.proposal.propose_mapping import Proposal, propose_all

UNKNOWN = "nothing in it tells what it holds"


def proposed(paths: Sequence[Path]) -> tuple[Proposal, dict[str, str]]:
    """A mapping of these files of one folder, and why some of them are not used, by their names.

    One that cannot be read keeps no other out. Errors: BadInput where none of them can be.
    """
    reasons: dict[str, str] = {}
    readable = []
    for path in paths:
        try:
            head(path, rows=1)
            readable.append(path)
        except BadInput as error:
            reasons[path.name] = error.problem.rstrip(".")
            refused = error
    if not readable:
        raise refused
    try:
        found = propose_all(readable)
    except BadInput:  # nothing tells what they are about: somebody has to
        found = Proposal(propose(readable[0]), {})
    return found, dict.fromkeys((path.name for path in readable), UNKNOWN) | reasons
