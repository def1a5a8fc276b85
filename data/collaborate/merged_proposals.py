"""Proposals that say the same, linked: one stands for all, none is moved, and taking a link back leaves no trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from data.collaborate.proposal_course import ProposalNumber
from data.errors import BadRequest


@dataclass(frozen=True, slots=True)
class ProposalMerge:
    """That `member` says the same as `into`, which stands for both: by whom, when (UTC), why; `said` says so."""

    member: ProposalNumber
    into: ProposalNumber
    reason: str = ""
    by: str = ""
    at: datetime | None = None
    said: str = ""


def roots_of(merges: Iterable[ProposalMerge]) -> dict[ProposalNumber, ProposalNumber]:
    """Of each merged proposal the one that stands for it, through all links; one that would close a circle counts for
    nothing, the later ones last."""
    into: dict[ProposalNumber, ProposalNumber] = {}
    for each in merges:
        if each.member not in _way(into, each.into):
            into[each.member] = each.into
    return {member: _way(into, member)[-1] for member in into}


def _way(into: Mapping[ProposalNumber, ProposalNumber], number: ProposalNumber) -> list[ProposalNumber]:
    """A proposal, into which it is merged, into which that is, up to the one that stands for all."""
    way = [number]
    while way[-1] in into:
        way.append(into[way[-1]])
    return way


def check_merge(merges: Iterable[ProposalMerge], new: ProposalMerge) -> None:
    """Whether a proposal can be merged beside the merges that hold. Errors: BadRequest, a sentence each."""
    held = {each.member: each for each in merges}
    if new.member == new.into:
        raise BadRequest("A proposal cannot be merged into itself.", "Choose another one.")
    if not new.reason.strip():
        raise BadRequest(
            "Proposals are merged with a reason.", "Write why they say the same: voters will read it."
        )
    if new.into in held:
        root = held[new.into].into
        raise BadRequest(
            f"{new.into.name} is merged into {root.id} itself.", f"Merge {new.member.id} into {root.id}."
        )
    if new.member in held:
        raise BadRequest(
            f"{new.member.name} is merged into {held[new.member].into.id} already.", "Unmerge it first."
        )
    inside = next((each.member for each in held.values() if each.into == new.member), None)
    if inside is not None:
        raise BadRequest(
            f"{new.member.name} stands for others, {inside.id} among them.",
            f"Merge {new.into.id} into {new.member.id}, or unmerge those first.",
        )
