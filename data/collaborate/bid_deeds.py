"""What people do with offers of prices: say one, answer, approve, answer by rule, send to be ordered, take back.

Each deed is judged by all that was said until then, in the transaction that says it: two who answer one offer do not
both answer it, and nothing below the floor takes effect without a second person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from data import environment
from data.access.acting import acting
from data.access.policy import Policy
from data.collaborate.bid_terms import BidTerms
from data.collaborate.order_lines import line_values
from data.collaborate.price_bid import (
    ACCEPTED,
    APPROVED,
    AUTHORITY,
    COUNTERED,
    DECLINED,
    FLOOR,
    OWN,
    REFUSED,
    TAKEN,
    BidAnswer,
    BidNumber,
    PriceBid,
)
from data.collaborate.price_limits import is_beyond, limit_of, limits_among
from data.collaborate.price_rules import PriceRule, rule_for, rules_among, rules_of_others
from data.collaborate.rule_verdicts import HANDED_OVER, RuleVerdict
from data.collaborate.said_bids import answers_among, bid_of
from data.errors import BadRequest, ChangedMeanwhile, MeanwhileChange
from data.operational import statement_log
from data.operational.free_number import free_number
from data.operational.meanwhile_words import refusal
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import plain_text
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import (
    PRICE_ANSWER,
    PRICE_APPROVAL,
    PRICE_LIMIT,
    PRICE_OFFER_SAID,
    PRICE_REPLY,
    PRICE_RULE,
    PRICE_SENT,
    SourceNumber,
    Values,
)
from data.operational.statement_log import Statement, StatementLog

LEAST, MOST = Decimal("0.0001"), Decimal(10) ** 12
LOOK = "Look at the offer again."
LONGEST_REASON = 500
COST = "price.unit_cost"


@dataclass(frozen=True, slots=True)
class NamedPrice:
    """A price of one piece that a customer names, in `currency` ("" that of report), for so many pieces. `asked` is
    what the list asks on that day."""

    customer: SourceNumber
    product: SourceNumber
    price: Decimal
    quantity: Decimal = Decimal(1)
    currency: str = ""
    asked: Decimal | None = None
    requirements: str = ""
    expires_on: date | None = None


class SaidBid(NamedTuple):
    """An offer that was said just now, and the statement that says so."""

    bid: BidNumber
    said: str


class RuleRun(NamedTuple):
    """The answers (statements) that rules gave, and how many offers somebody else had answered meanwhile."""

    said: tuple[str, ...]
    overtaken: int


def name_price(
    store: OperationalStore, named: NamedPrice, today: date, reports_in: str = "", who: str = ""
) -> SaidBid:
    """Say what price a customer names; its number, once it is on the disk. Money is in the currency of report.

    Errors: BadRequest in a sentence where it cannot be; NotAllowed; WarehouseError.
    """
    _check_named(named, today, reports_in)
    with statement_log.writing(store) as log:
        taken = {str(each.told["offer"]) for each in log.history(PRICE_OFFER_SAID) if each.told}
        bid = BidNumber(OWN, free_number("P", taken))
        values: Values = {
            "offer": bid.id,
            "customer": named.customer,
            "product": named.product,
            "quantity": named.quantity,
            "price": named.price,
            "currency": named.currency or reports_in or None,
            "asked": named.asked,
            "requirements": _reason(named.requirements),
            "expires_on": named.expires_on,
        }
        return SaidBid(bid, log.say(PRICE_OFFER_SAID, values, who))


def _check_named(named: NamedPrice, today: date, reports_in: str) -> None:
    """Errors: BadRequest."""
    if not (named.price.is_finite() and LEAST <= named.price < MOST):
        raise BadRequest("An offer names a price above 0.", "Write what one piece is to cost.")
    if not (named.quantity.is_finite() and LEAST <= named.quantity < MOST):
        raise BadRequest("An offer wants at least one piece.", "Write how many.")
    if named.currency and reports_in and named.currency != reports_in:
        raise BadRequest(
            f"The offer is in {named.currency}, and prices here are in {reports_in}.",
            f"Say the price in {reports_in}.",
        )
    if named.expires_on is not None and named.expires_on < today:
        raise BadRequest(f"It expired on {named.expires_on} already.", "Write a later day, or none.")


def answer_bid(
    store: OperationalStore,
    bid: PriceBid,
    terms: BidTerms,
    new: BidAnswer,
    today: date,
    who: str = "",
    standing_on: StandingOn | None = None,
) -> str:
    """Answer an offer; the statement, once it is on the disk.

    Below the floor, or further below the price asked than the roles of whoever answers allow, it waits for a second
    person. Errors: ChangedMeanwhile where somebody answered it after the statements that it is `standing_on`;
    BadRequest where it cannot be answered so; NotAllowed; WarehouseError.
    """
    who = who or environment.who()
    new = _checked(bid, new, today)
    with statement_log.writing(store) as log:
        if overruled := _overruled(log, bid, new, who, standing_on):
            _take_back(log, overruled, who)
        return log.say(PRICE_ANSWER, _values(bid, _held_against(log, new, terms, who)), who)


def _checked(bid: PriceBid, new: BidAnswer, today: date) -> BidAnswer:
    """The answer as it is kept. Errors: BadRequest."""
    if bid.told:
        raise BadRequest(f"{bid.bid.source} says that it is answered: {bid.told}.", LOOK)
    if bid.is_expired(today):
        raise BadRequest(
            f"{bid.bid.name} expired on {bid.expires_on}: it cannot be answered.",
            "Ask the customer to name a price again.",
        )
    if new.answer == DECLINED:
        if not new.reason.strip():
            raise BadRequest("A customer who is declined is told why.", "Write a reason.")
        return replace(new, price=None, expires_on=None, reason=_reason(new.reason) or "")
    if bid.price is None or bid.price <= 0 or bid.pieces <= 0:
        lacks = "price" if bid.price is None or bid.price <= 0 else "piece"
        raise BadRequest(
            f"{bid.bid.name} names no {lacks}: it can only be declined.", "Decline it with that reason."
        )
    if new.answer == ACCEPTED:
        return replace(new, price=bid.price, expires_on=None, reason=_reason(new.reason) or "")
    return _checked_counter(bid, new, today)


def _checked_counter(bid: PriceBid, new: BidAnswer, today: date) -> BidAnswer:
    price = new.price
    if price is None or not (price.is_finite() and 0 < price < MOST):
        raise BadRequest("A counter-offer names a price.", "Write what one piece is to cost.")
    if bid.price is not None and price <= bid.price:
        raise BadRequest(
            f"{price:,.2f} is no more than the customer offers ({bid.price:,.2f}).",
            "Accept the offer, or ask more.",
        )
    if new.expires_on is None or new.expires_on < today:
        raise BadRequest("A counter-offer says until when it stands.", "Choose today or a later day.")
    return replace(new, reason=_reason(new.reason) or "")


def _reason(text: str) -> str | None:
    return plain_text(text, LONGEST_REASON) if text.strip() else None


def _overruled(
    log: StatementLog, bid: PriceBid, new: BidAnswer, who: str, standing_on: StandingOn | None
) -> list[str]:
    """The answer that gives way to what is said now, where somebody looked at it.

    Errors: BadRequest where it is answered already; ChangedMeanwhile where nobody looked at that answer.
    """
    told = next((each for each in log.current(PRICE_ANSWER) if bid_of(each) == bid.bid), None)
    if told is None:
        return []
    held = answers_among([told], log.current(PRICE_APPROVAL))[bid.bid]
    if held.is_refused:
        return []
    if standing_on is not None and told.id in standing_on.overruled:
        return [told.id]
    if standing_on is None or told.id in standing_on.seen:
        waits = "" if held.is_effective else ", and waits for a second person"
        raise BadRequest(
            f"{bid.bid.name} was {held.answer} already by {held.by}{waits}.", "Take that back first."
        )
    change = MeanwhileChange(
        bid.bid.name, "answer", answer_words(held), answer_words(new), told.said_by, told.said_at
    )
    raise ChangedMeanwhile(*refusal([change], who), [change], standing_on.over(told.id))


def answer_words(each: BidAnswer) -> str:
    """An answer in a few words.

    >>> answer_words(BidAnswer("countered", Decimal("12.5"), date(2026, 3, 1)))
    'countered at 12.50 until 2026-03-01'
    """
    at = f" at {each.price:,.2f}" if each.price is not None else ""
    until = f" until {each.expires_on}" if each.expires_on else ""
    return f"{each.answer}{at}{until}{f': {each.reason}' if each.reason else ''}"


def _held_against(log: StatementLog, new: BidAnswer, terms: BidTerms, who: str) -> BidAnswer:
    """The answer with what it is held against, and why it waits for a second person, if it does."""
    limit = own_limit(log.current(PRICE_LIMIT))
    floor = _floor_for(rules_of_others(log.history(PRICE_RULE), who), terms)
    second = "" if new.price is None else needs_second(new.price, floor, terms.asked, limit)
    if new.price is not None and floor is None and hides_costs(acting().policy):
        second = FLOOR
    if second and not new.reason:
        below = (
            "It is further below the price asked than you may go"
            if second == AUTHORITY
            else "It is below the floor"
            if floor is not None
            else "What it costs is not shown to you"
        )
        raise BadRequest(f"{below}: a second person decides.", "Write a reason for them.")
    return replace(new, floor=floor, asked=terms.asked, second=second)


def hides_costs(policy: Policy) -> bool:
    """Whether costs may be hidden from somebody: then no floor that they see is no word that there is none."""
    return bool(policy.rows) or COST in policy.masked


def needs_second(price: Decimal, floor: Decimal | None, asked: Decimal | None, limit: Decimal | None) -> str:
    """Why a second person looks at an answer at a price; empty where none has to. `limit` is how far (percent) below
    the price asked whoever answers may go."""
    if floor is not None and price < floor:
        return FLOOR
    return AUTHORITY if is_beyond(price, asked, limit) else ""


def _floor_for(others: Sequence[PriceRule], terms: BidTerms) -> Decimal | None:
    """The floor for somebody: nobody lowers for themselves what others had declared."""
    theirs = replace(terms, rule=rule_for(others, terms.places)).floor
    return terms.floor if theirs is None or terms.floor is None else max(terms.floor, theirs)


def own_limit(told: Iterable[Statement]) -> Decimal | None:
    """How far below the price asked (percent) whoever acts may go by themselves; None without a limit."""
    return limit_of(limits_among(told), acting().policy.roles)


def approve(
    store: OperationalStore, bid: PriceBid, verdict: str, reason: str, today: date, who: str = ""
) -> str:
    """Say as a second person that the answer to an offer takes effect (`approved`), or not (`refused`); the statement.

    Errors: BadRequest where it does not wait, for one's own answer, where one may not go so far, and where the offer
    expired meanwhile; NotAllowed; WarehouseError.
    """
    who = who or environment.who()
    with statement_log.writing(store) as log:
        told, held = _answer_now(log, bid)
        _check_second(log, held, verdict, who)
        if verdict == REFUSED and not reason.strip():
            raise BadRequest("Whoever answered is told why it is refused.", "Write a reason.")
        if verdict == APPROVED and bid.is_expired(today):
            raise BadRequest(
                f"{bid.bid.name} expired on {bid.expires_on}.", "Refuse it, and ask for a price again."
            )
        values = {"answer": told.id, "customer": bid.number, "verdict": verdict, "reason": _reason(reason)}
        return log.say(PRICE_APPROVAL, values, who)


def reply(store: OperationalStore, bid: PriceBid, verdict: str, today: date, who: str = "") -> str:
    """Say that the customer takes a counter-offer (`taken`), or leaves it (`left`); the statement.

    Errors: BadRequest where none stands, or they said so already; NotAllowed; WarehouseError.
    """
    with statement_log.writing(store) as log:
        told, held = _answer_now(log, bid)
        if held.answer != COUNTERED or not held.is_effective:
            raise BadRequest(f"{bid.bid.name} has no counter-offer that stands.", LOOK)
        if held.reply is not None:
            raise BadRequest(f"The counter-offer was {held.reply.verdict} already.", LOOK)
        if verdict == TAKEN and held.expires_on is not None and held.expires_on < today:
            raise BadRequest(f"The counter-offer stood until {held.expires_on}.", "Make it again.")
        return log.say(PRICE_REPLY, {"answer": told.id, "customer": bid.number, "verdict": verdict}, who)


def _answer_now(log: StatementLog, bid: PriceBid) -> tuple[Statement, BidAnswer]:
    """The answer that holds by now. Errors: BadRequest where it is another than the one that was looked at."""
    told = next((each for each in log.current(PRICE_ANSWER) if bid_of(each) == bid.bid), None)
    if told is None or bid.answer is None or told.id != bid.answer.said:
        raise BadRequest("That answer was taken back, or is another by now.", LOOK)
    return told, answers_among([told], log.current(PRICE_APPROVAL), log.current(PRICE_REPLY))[bid.bid]


def _check_second(log: StatementLog, held: BidAnswer, verdict: str, who: str) -> None:
    """Errors: BadRequest."""
    if not held.second:
        raise BadRequest("That answer needs no second person.", LOOK)
    if held.approval is not None:
        raise BadRequest(f"It was {held.approval.verdict} already by {held.approval.by}.", LOOK)
    if held.by == who:
        raise BadRequest(
            "You answered it yourself: a second person decides.", "Ask somebody else who answers offers."
        )
    if verdict == APPROVED and held.floor is None and hides_costs(acting().policy):
        raise BadRequest(
            "What it costs is not shown to you.", "Ask somebody who answers offers and sees costs."
        )
    limit = own_limit(log.current(PRICE_LIMIT))
    if verdict == APPROVED and held.price is not None and is_beyond(held.price, held.asked, limit):
        raise BadRequest(
            f"It is further below the price asked than the {limit:f}% that you may go.",
            "Ask somebody who may go further.",
        )


def answer_by_rule(
    store: OperationalStore, found: Sequence[RuleVerdict], today: date, who: str = ""
) -> RuleRun:
    """Answer those offers that rules answer, together or not at all; what they hand over stays open.

    Errors: BadRequest where a rule is another by now than the one that was looked at, or no offer is answered;
    NotAllowed; WarehouseError.
    """
    who = who or environment.who()
    with statement_log.writing(store) as log:
        _check_rules(log, found)
        answers = answers_among(log.current(PRICE_ANSWER), log.current(PRICE_APPROVAL))
        limit = own_limit(log.current(PRICE_LIMIT))
        others = rules_of_others(log.history(PRICE_RULE), who)
        meant = [
            each for each in found if each.verdict != HANDED_OVER and not _needs_more(each, others, limit)
        ]
        free = [each for each in meant if (held := answers.get(each.bid.bid)) is None or held.is_refused]
        if not free:
            raise BadRequest("No offer is answered by rule.", "Change a rule, or answer them one by one.")
        said = log.say_all(PRICE_ANSWER, [_values(each.bid, _by_rule(each, today)) for each in free], who)
    return RuleRun(tuple(said), len(meant) - len(free))


def _needs_more(each: RuleVerdict, others: Sequence[PriceRule], limit: Decimal | None) -> bool:
    """Whether it takes a second person: then it stays open."""
    floor = _floor_for(others, each.terms)
    return each.price is not None and bool(needs_second(each.price, floor, each.terms.asked, limit))


def _check_rules(log: StatementLog, found: Sequence[RuleVerdict]) -> None:
    """Errors: BadRequest where a rule is another by now than the one that was looked at."""
    now = {each.rule: each.said for each in rules_among(log.current(PRICE_RULE))}
    for rule in {each.terms.rule for each in found if each.terms.rule}:
        if now.get(rule.rule) != rule.said:
            raise BadRequest(
                f"The rule of {rule.of} was changed meanwhile.",
                "Look at what it answers now, and do it again.",
            )


def _by_rule(each: RuleVerdict, today: date) -> BidAnswer:
    rule = each.terms.rule
    until = today + timedelta(days=rule.counter_days) if rule and each.verdict == COUNTERED else None
    return BidAnswer(
        answer=each.verdict,
        price=each.price,
        expires_on=until,
        reason=each.why if each.verdict == DECLINED else "",
        floor=each.terms.floor,
        asked=each.terms.asked,
        rule=rule.rule if rule else "",
        version=rule.version if rule else None,
    )


def send_orders(
    store: OperationalStore, bids: Collection[PriceBid], reports_in: str = "", who: str = ""
) -> int:
    """Say that these accepted offers go out to be ordered; the number of their file. From then on their answers stand.

    Those that went out already, or whose answer is another by now, are passed by. Errors: BadRequest where nothing
    is to go; NotAllowed; WarehouseError.
    """
    with statement_log.writing(store) as log:
        sent = {str(each.told["answer"]) for each in log.current(PRICE_SENT)}
        holding = (log.current(kind) for kind in (PRICE_ANSWER, PRICE_APPROVAL, PRICE_REPLY))
        answers = answers_among(*holding)
        ready = [
            replace(each, answer=held)
            for each in sorted(bids, key=lambda each: each.bid)
            if (held := answers.get(each.bid)) and held.is_sold and held.said not in sent
        ]
        if not ready:
            raise BadRequest("No accepted offer waits to be ordered.", "Accept one first.")
        files = (int(each.told["order_file"]) for each in log.history(PRICE_SENT) if each.told)
        number = 1 + max(files, default=0)
        log.say_all(PRICE_SENT, [line_values(each, number, reports_in) for each in ready], who)
    return number


def take_back(store: OperationalStore, statement: str, who: str = "") -> None:
    """Take an answer back, with what others said of it; or a reply; or an offer that was said here and nobody answered.

    Errors: BadRequest where it went out to be ordered, or is taken back already; NotAllowed; WarehouseError.
    """
    take_back_all(store, [statement], who)


def take_back_all(store: OperationalStore, statements: Sequence[str], who: str = "") -> None:
    """The same of several, together or not at all."""
    with statement_log.writing(store) as log:
        _take_back(log, statements, who)


def _take_back(log: StatementLog, statements: Sequence[str], who: str) -> None:
    meant = set(statements)
    replies = {str(each.told.get("answer")) for each in log.current(PRICE_REPLY) if each.id in meant}
    bound = meant | replies
    sent = next((each.told for each in log.current(PRICE_SENT) if each.told.get("answer") in bound), None)
    if sent is not None:
        raise BadRequest(
            f"Offer {sent['offer']} went out to be ordered in file {sent['order_file']}.",
            "Cancel the order where it is kept.",
        )
    said = {bid_of(each) for each in log.current(PRICE_OFFER_SAID) if each.id in meant}
    if said & {bid_of(each) for each in log.current(PRICE_ANSWER) if each.id not in meant}:
        raise BadRequest("The offer is answered.", "Take the answer back first.")
    sayings = (*log.current(PRICE_APPROVAL), *log.current(PRICE_REPLY))
    beside = [each.id for each in sayings if each.told.get("answer") in meant and each.id not in meant]
    for id in (*beside, *statements):
        log.take_back(id, who)


def _values(bid: PriceBid, each: BidAnswer) -> Values:
    return {
        "source": bid.bid.source or None,
        "offer": bid.bid.id,
        "customer": bid.number,
        "answer": each.answer,
        "price": each.price,
        "expires_on": each.expires_on,
        "reason": each.reason or None,
        "floor": each.floor,
        "asked": each.asked,
        "second": each.second or None,
        "rule": each.rule or None,
        "version": each.version,
    }
