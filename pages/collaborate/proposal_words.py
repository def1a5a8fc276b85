"""What is said of proposals on their page: which are shown, in which order, and their sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.proposal_board import ProposalBoard
from data.model.bare_letters import bare
from data.operational.statement_kinds import PROPOSAL_STATUSES
from pages.collaborate.proposals_view import CATEGORY, NEWEST, OLDEST, PRODUCT, UNSURE, ProposalsView
from pages.ui.style.formats import count_text, format_day, number_text

HEADS = {"new": "New", "under review": "Under review", "planned": "Planned", "prototype": "Prototype", "done": "Done",
         "declined": "Declined", "withdrawn": "Withdrawn"}  # fmt: skip
WITHOUT_TITLE = "(without a title)"
LONGEST_SHOWN = 110


def shown_ones(view: ProposalsView, board: ProposalBoard) -> list[CustomerProposal]:
    """Those that stand for themselves and meet the filters, in the order that is asked."""
    words = bare(view.text).split()
    kind, _, ware = view.ware.partition(":")
    found = [
        each
        for each in board.standing
        if (not view.status or each.status == view.status)
        and (not ware or ware == {CATEGORY: each.category, PRODUCT: each.product_id}.get(kind))
        and (not view.place or each.place == view.place)
        and (not view.language or (each.language or UNSURE) == view.language)
        and (not words or holds(each, words))
    ]
    return in_wanted_order(found, view.order)


def holds(each: CustomerProposal, words: Sequence[str]) -> bool:
    """Whether a proposal holds all of these words, in small letters without accents."""
    told = bare(f"{each.number.id} {each.title} {each.product} {each.place} {each.text}")
    return all(word in told for word in words)


def in_wanted_order(found: Iterable[CustomerProposal], order: str) -> list[CustomerProposal]:
    if order == OLDEST:
        return sorted(found, key=lambda each: each.at)
    newest = sorted(found, key=lambda each: each.at, reverse=True)
    return newest if order == NEWEST else sorted(newest, key=lambda each: -weight(each))


def weight(each: CustomerProposal) -> float:
    """By how much it is supported: its persons, or the total that its source tells where it tells no voters."""
    return max(each.persons, each.told_supports or 0)


def statuses_shown(found: Iterable[CustomerProposal]) -> tuple[str, ...]:
    """The columns of the board: what a source alone calls so stands only where there is any."""
    there = {each.status for each in found}
    return tuple(each for each in PROPOSAL_STATUSES if each != "withdrawn" or each in there)


def title_of(each: CustomerProposal) -> str:
    return each.title.strip() or WITHOUT_TITLE


def short_title(each: CustomerProposal) -> str:
    """Its title, cut where a card has no room for more."""
    title = title_of(each)
    return title if len(title) <= LONGEST_SHOWN else f"{title[: LONGEST_SHOWN - 1].rstrip()}…"


def supports_told(each: CustomerProposal) -> str:
    """Who supports it, in a few words; a source's total stands beside the persons, never in them."""
    persons = count_text(each.persons, "person")
    if each.told_supports is None:
        return persons
    told = f"{count_text(round(each.told_supports), 'support')} told by the source"
    return f"{persons}, {told}" if each.persons else told


def supports_short(each: CustomerProposal) -> str:
    """The same where there is little room."""
    if each.told_supports is None or each.persons:
        return count_text(each.persons, "person")
    return f"{number_text(each.told_supports)} as told"


def board_fact(board: ProposalBoard, shown: int) -> str:
    """How many there are, and what is to be known of all of them."""
    standing = len(board.standing)
    merged = len(board.proposals) - standing
    told = f"{count_text(shown, 'proposal')} of {number_text(standing)}" if shown != standing else (
        count_text(standing, "proposal"))  # fmt: skip
    more = f", {number_text(merged)} merged into them" if merged else ""
    voters = board.supports["person"].n_unique()
    persons = f", supported by {count_text(voters, 'person')}" if voters else ""
    return f"{told}{more}{persons}."


def board_notes(board: ProposalBoard) -> list[str]:
    """What does not count as it stands, a sentence each."""
    found = []
    if board.strays:
        found.append(f"{count_text(board.strays, 'vote')} on proposals that nothing tells of count for none.")
    totals = [each.told_supports for each in board.standing if each.told_supports is not None]
    if totals:
        found.append(
            f"{number_text(sum(totals))} supports are told by sources as totals of"
            f" {count_text(len(totals), 'proposal')}, without voters: they are never added to persons."
        )
    unknown = sum(each.unknown_votes for each in board.proposals.values())
    if unknown:
        found.append(f"{count_text(unknown, 'vote')} of nobody who is known count for no person.")
    for code in list(board.by_author)[:1]:
        if told := board.told_of_author(code):
            found.append(told)
    return found


def status_fact(each: CustomerProposal, day: date) -> str:
    """Where it stands, since when, and who said why."""
    now = each.now
    days = (day - now.at.date()).days
    since = f"since {format_day(now.at.date())} ({count_text(max(days, 0), 'day')})"
    by = f", said by {now.by}" if now.by else ""
    reason = f": {now.reason}" if now.reason else "."
    return f"{HEADS[each.status]} {since}{by}{reason}"


def supports_fact(each: CustomerProposal) -> str:
    """How many persons support it; of a merged one, with those of the others."""
    told = supports_told(each)
    if not each.members:
        return (
            f"Supported by {told}."
            if each.persons or each.told_supports is None
            else f"{told}, without voters."
        )
    both = f"{count_text(each.own_persons, 'person')} by itself"
    others = count_text(len(each.members), "merged one")
    return f"Supported by {told} together with {others} ({both}; each counts once)."


def merge_fact(each: CustomerProposal) -> str:
    """Into what it is merged, by whom, when and why."""
    merge = each.merge
    if merge is None:
        return ""
    when = f" on {format_day(merge.at.date())}" if isinstance(merge.at, datetime) else ""
    return f"Merged into {merge.into.id} by {merge.by}{when}: {merge.reason} Its supporters count there, each once."
