"""What people do with proposals: record, support, decide, merge, comment, make prototypes and hear what they are like.

Each deed is judged by all that was said until then, in the transaction that says it; each is taken back by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from data.collaborate import proposal_statements as read
from data.collaborate.customer_proposal import CustomerProposal
from data.collaborate.merged_proposals import ProposalMerge, check_merge
from data.collaborate.proposal_board import KINDS, ProposalBoard, proposal_board
from data.collaborate.proposal_course import HERE, ProposalNumber, check_status, in_order
from data.collaborate.proposal_supports import SUPPORTS, WITHDRAWS
from data.errors import BadRequest
from data.operational import operational_store, statement_log
from data.operational.free_number import free_number
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import is_seen, plain_text
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import (
    PROPOSAL_COMMENT,
    PROPOSAL_MERGE,
    PROPOSAL_SAID,
    PROPOSAL_STATUS,
    PROPOSAL_VOTE,
    PROTOTYPE,
    PROTOTYPE_FEEDBACK,
    SourceNumber,
    StatementKind,
    Values,
)
from data.operational.statement_log import StatementLog
from data.service.case_deeds import AHEAD, now, short
from data.service.case_list import CasePerson, persons_among
from data.store.warehouse import Warehouse

LONGEST_TITLE, LONGEST_TEXT, LONGEST_VERSION = 80, 10_000, 20
SCORES = range(1, 6)
NUMBERS = """SELECT numbering, id FROM customer_identity WHERE customer_code IN (
    SELECT customer_code FROM customer_identity WHERE numbering = ? AND id = ?)"""
MOST_PAID = Decimal("99999999999999")


@dataclass(frozen=True, slots=True)
class NewProposal:
    """What a customer proposes, as a form says it: `product` is an id, `at` (UTC) now where None."""

    title: str
    text: str = ""
    customer: SourceNumber | None = None
    product: str = ""
    place: str = ""
    language: str = ""
    at: datetime | None = None

    def of(self, customer: SourceNumber | None) -> NewProposal:
        """The same, of that customer."""
        return replace(self, customer=customer)


class RecordedProposal(NamedTuple):
    """A proposal that was recorded just now, and the statement that says so."""

    number: ProposalNumber
    said: str


def record_proposal(warehouse: Warehouse, new: NewProposal, who: str = "") -> RecordedProposal:
    """Record a proposal; its number, once it is on the disk. Errors: BadRequest, NotAllowed, WarehouseError."""
    title, text = _title(new.title), _text(new.text)
    if new.customer is not None:
        _person(warehouse, new.customer)
    at = _past(new.at)
    with statement_log.writing(_store(warehouse)) as log:
        taken = {str(each.told["proposal"]) for each in log.history(PROPOSAL_SAID) if each.told}
        number = ProposalNumber(HERE, free_number("W", taken))
        values: Values = {
            "proposal": number.id,
            "customer": new.customer,
            "at": at,
            "title": title,
            "text": text or None,
            "product": new.product or None,
            "place": short(new.place) or None,
            "language": short(new.language) or None,
        }
        said = log.say(PROPOSAL_SAID, values, who)
    return RecordedProposal(number, said)


def support(
    warehouse: Warehouse,
    number: ProposalNumber,
    customer: SourceNumber,
    at: datetime | None = None,
    who: str = "",
) -> str:
    """Say that a customer supports a proposal, since `at` (UTC, now); the statement. Errors: BadRequest for nobody who
    is known, who supports it already, and a day before it was made; NotAllowed; WarehouseError."""
    board = proposal_board(warehouse)
    seen, person, at = _seen(board, number), _person(warehouse, customer), _past(at)
    if at.date() < seen.at.date():
        raise BadRequest(
            f"{number.name} was made on {seen.at:%Y-%m-%d}: nobody supported it before.",
            "Choose a later day.",
        )
    if person.code in _own_supporters(board, number):
        raise BadRequest(f"{_called(person)} supports {number.id} already.", "Each person counts once.")
    return _vote(warehouse, number, customer, at, SUPPORTS, who)


def withdraw_support(
    warehouse: Warehouse, number: ProposalNumber, customer: SourceNumber, who: str = ""
) -> str:
    """Say that a customer supports a proposal no longer; the statement. Errors: as `support`."""
    board = proposal_board(warehouse)
    _seen(board, number)
    person = _person(warehouse, customer)
    if person.code not in _own_supporters(board, number):
        merged = (each for each, root in board.roots.items() if root == number)
        by = next((each for each in merged if person.code in _own_supporters(board, each)), None)
        raise BadRequest(
            f"{_called(person)} does not support {number.id}{' itself' if by else ''}.",
            f"They support {by.id}, which is merged into it: say it of that one."
            if by
            else "Look at who does.",
        )
    return _vote(warehouse, number, customer, now(), WITHDRAWS, who)


def _vote(
    warehouse: Warehouse, number: ProposalNumber, customer: SourceNumber, at: datetime, verdict: str, who: str
) -> str:
    numbers = _numbers_of(warehouse, customer)
    with statement_log.writing(_store(warehouse)) as log:
        held = [each for each in log.current(PROPOSAL_VOTE) if read.proposal_of(each) == number]
        own = [each for each in held if read.customer_said(each) in numbers]
        last = max(own, key=lambda each: each.seq, default=None)
        if last is not None and last.told["verdict"] == verdict:
            raise BadRequest(
                f"That {customer.id} {verdict} {number.id} is said already.", "Each person counts once."
            )
        values = read.values_of(number) | {"customer": customer, "at": at, "verdict": verdict}
        return log.say(PROPOSAL_VOTE, values, who)


def change_status(
    warehouse: Warehouse,
    number: ProposalNumber,
    status: str,
    reason: str = "",
    who: str = "",
    standing_on: StandingOn | None = None,
) -> str:
    """Say what becomes of a proposal; the statement. Errors: ChangedMeanwhile where somebody said otherwise since the
    statements that it is `standing_on`; BadRequest for declining without a reason, and for one that is merged."""
    seen = _seen(proposal_board(warehouse), number)
    if seen.merge:
        raise BadRequest(f"{number.name} is merged into {seen.merge.into.id}.", "Say it of that one.")
    reason = plain_text(reason) if reason.strip() else ""
    with statement_log.writing(_store(warehouse)) as log:
        told = read.not_taken_back(log.history(PROPOSAL_STATUS))
        mine = [each for each in told if read.proposal_of(each) == number]
        steps = [each for each in seen.steps if not each.said]
        steps += [
            read.status_step(each) for each in mine if standing_on is None or each.id in standing_on.seen
        ]
        check_status(in_order(steps)[-1], status, reason, number.name)
        values = read.values_of(number) | {"status": status, "reason": reason or None}
        return log.say(PROPOSAL_STATUS, values, who, standing_on)


def merge(
    warehouse: Warehouse,
    member: ProposalNumber,
    into: ProposalNumber,
    reason: str,
    who: str = "",
    standing_on: StandingOn | None = None,
) -> str:
    """Say that a proposal says the same as another, which stands for both from then on; the statement. Nothing is
    moved: taken back, both are as they were. Errors: ChangedMeanwhile; BadRequest for no reason, itself, and one that
    is merged or stands for others; NotAllowed; WarehouseError."""
    board = proposal_board(warehouse)
    for each in (member, into):
        _seen(board, each)
    new = ProposalMerge(member, into, reason)
    with statement_log.writing(_store(warehouse)) as log:
        held = [read.merge_of(each) for each in log.current(PROPOSAL_MERGE)]
        check_merge((each for each in held if _counts(each, new, standing_on)), new)
        values = read.values_of(member) | {
            "into_source": into.source or None,
            "into": into.id,
            "reason": plain_text(reason),
        }
        return log.say(PROPOSAL_MERGE, values, who, standing_on)


def _counts(each: ProposalMerge, new: ProposalMerge, standing_on: StandingOn | None) -> bool:
    """Whether a merge that holds stands in the way of a new one: of the same proposal, where whoever says it saw it."""
    return each.member != new.member or standing_on is None or each.said in standing_on.seen


def comment(
    warehouse: Warehouse,
    number: ProposalNumber,
    text: str,
    customer: SourceNumber | None = None,
    who: str = "",
) -> str:
    """Remark something on a proposal; the statement. Errors: BadRequest, NotAllowed, WarehouseError."""
    _seen(proposal_board(warehouse), number)
    if customer is not None:
        _person(warehouse, customer)
    values = read.values_of(number) | {"customer": customer, "text": plain_text(text)}
    return statement_log.say(_store(warehouse), PROPOSAL_COMMENT, values, who)


def add_prototype(
    warehouse: Warehouse, number: ProposalNumber, version: str, what: str, starts: date, who: str = ""
) -> str:
    """Say that a version can be tried from a day on; the statement. Errors: BadRequest for one that is there."""
    _seen(proposal_board(warehouse), number)
    version, what = short(version), short(what)
    if not version or len(version) > LONGEST_VERSION:
        raise BadRequest(
            "The prototype has no version.",
            f"Write a short one, such as 1 or 2b ({LONGEST_VERSION} letters).",
        )
    if not what:
        raise BadRequest("Nothing says what the prototype is.", "Write it in a few words.")
    with statement_log.writing(_store(warehouse)) as log:
        if version in _versions(log, number):
            raise BadRequest(f"Version {version} of {number.id} is there already.", "Give it another number.")
        values = read.values_of(number) | {"version": version, "what": what, "starts": starts}
        return log.say(PROTOTYPE, values, who)


def record_feedback(
    warehouse: Warehouse,
    number: ProposalNumber,
    version: str,
    customer: SourceNumber,
    score: int,
    would_pay: Decimal | None = None,
    note: str = "",
    who: str = "",
) -> str:
    """Record what a customer says of a version that they tried; said again, the last word holds. Errors: BadRequest."""
    seen = _seen(proposal_board(warehouse), number)
    _person(warehouse, customer)
    if score not in SCORES:
        raise BadRequest(f"{score} is no score.", "Give 1 (bad) to 5 (very good).")
    if would_pay is not None and not (would_pay.is_finite() and 0 <= would_pay <= MOST_PAID):
        raise BadRequest(f"{would_pay} is no price.", "Write what they would pay for one, or nothing.")
    told = {each.version for each in seen.prototypes} | {each.version for each in seen.tests}
    with statement_log.writing(_store(warehouse)) as log:
        if version not in told | _versions(log, number):
            raise BadRequest(f"{number.name} has no version {version!r}.", "Say first what can be tried.")
        values = read.values_of(number) | {
            "version": version,
            "customer": customer,
            "score": score,
            "would_pay": would_pay,
            "note": plain_text(note) if note.strip() else None,
        }
        return log.say(PROTOTYPE_FEEDBACK, values, who)


def _versions(log: StatementLog, number: ProposalNumber) -> set[str]:
    return {str(each.told["version"]) for each in log.current(PROTOTYPE) if read.proposal_of(each) == number}


def take_back(store: OperationalStore, statement: str, who: str = "") -> None:
    """Take something back that was said of a proposal, by a counter-entry. Errors: BadRequest where what was said since
    could not stand without it."""
    with statement_log.writing(store) as log:
        told = {kind: log.current(kind) for kind in KINDS}
        meant = next((each for held in told.values() for each in held if each.id == statement), None)
        if meant is not None and meant.kind == PROPOSAL_SAID.name:
            _refuse_stranded(told, read.proposal_of(meant))
        if meant is not None and meant.kind == PROTOTYPE.name:
            _refuse_untold(told, read.proposal_of(meant), str(meant.told["version"]))
        log.take_back(statement, who)


def _refuse_stranded(
    told: dict[StatementKind, tuple[statement_log.Statement, ...]], number: ProposalNumber
) -> None:
    about = [each for kind, held in told.items() if kind is not PROPOSAL_SAID for each in held]
    bound = sum(number in (read.proposal_of(each), _into(each)) for each in about)
    if bound:
        raise BadRequest(
            f"{bound:,} things were said of {number.id} since, such as supports.",
            "Take those back first, or decline it.",
        )


def _into(each: statement_log.Statement) -> ProposalNumber | None:
    return read.merge_of(each).into if each.kind == PROPOSAL_MERGE.name else None


def _refuse_untold(
    told: dict[StatementKind, tuple[statement_log.Statement, ...]], number: ProposalNumber, version: str
) -> None:
    tests = [each for each in told[PROTOTYPE_FEEDBACK] if read.proposal_of(each) == number]
    bound = sum(each.told["version"] == version for each in tests)
    if bound:
        raise BadRequest(f"{bound:,} customers said what they think of it.", "Take that back first.")


def _store(warehouse: Warehouse) -> OperationalStore:
    return operational_store.ready(warehouse.path)


def _seen(board: ProposalBoard, number: ProposalNumber) -> CustomerProposal:
    found = board.proposals.get(number)
    if found is None:
        raise BadRequest(f"There is no proposal {number.id!r}.", "Look at the list again.")
    return found


def _person(warehouse: Warehouse, customer: SourceNumber) -> CasePerson:
    found = persons_among(warehouse, [customer]).get(customer)
    if found is None:
        raise BadRequest(
            f"No customer is known as {customer.id!r}.", "Bring them with a load first, or find them by name."
        )
    return found


def _numbers_of(warehouse: Warehouse, customer: SourceNumber) -> set[SourceNumber]:
    """All numbers of the customer in the sources."""
    return {customer, *(SourceNumber(*each) for each in warehouse.rows(NUMBERS, [*customer]))}


def _called(person: CasePerson) -> str:
    return person.name or person.id


def _own_supporters(board: ProposalBoard, number: ProposalNumber) -> set[int]:
    votes = board.votes
    return set(votes.filter(votes["proposal"] == number.key)["person"].to_list())


def _past(at: datetime | None) -> datetime:
    if at is not None and at > now() + AHEAD:
        raise BadRequest("That moment is still to come.", "Say what happened once it has.")
    return at or now()


def _title(text: str) -> str:
    kept = " ".join(text.split())
    if not is_seen(kept):
        raise BadRequest("The proposal has no title.", "Say in a few words what is proposed.")
    if len(kept) > LONGEST_TITLE:
        raise BadRequest(
            f"That title has {len(kept):,} letters.", f"Write {LONGEST_TITLE} at most, and the rest below."
        )
    return short(kept)


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:  # before each letter is looked at
        raise BadRequest(f"That text has {len(text):,} letters.", f"Write {LONGEST_TEXT:,} at most.")
    return plain_text(text, LONGEST_TEXT) if text.strip() else ""
