"""Offers of prices in words: queues, what is odd, what stands beside them, how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from data.collaborate.bid_desk import BidDesk
from data.collaborate.bid_surroundings import BidSurroundings
from data.collaborate.bid_terms import BidTerms
from data.collaborate.price_bid import FLOOR, WAITS, BidAnswer, PriceBid
from data.collaborate.price_rules import COUNTER, PriceRule
from data.collaborate.rule_verdicts import VERDICTS, RuleVerdict
from mining.retention.kaplan_meier import SurvivalCurve, kaplan_meier
from mining.retention.wilson_interval import wilson
from pages.collaborate.price_offers_view import ANSWERED, APPROVAL, EXPIRED, EXPIRING, OPEN, ORDERS, RULES
from pages.ui.style.formats import count_text, format_day, money_text, number_text, share_text

NAMES = {
    OPEN: "Open",
    EXPIRING: "Expiring",
    APPROVAL: "For a second person",
    ANSWERED: "Answered",
    EXPIRED: "Expired",
    ORDERS: "Orders",
    RULES: "Rules",
}
SENTENCES = {
    OPEN: "Offers that nobody answered and that have not expired, the newest first.",
    EXPIRING: "Open offers that expire within three days, the first first.",
    APPROVAL: "Answers below the floor, or further below the price asked than who answered may go alone.",
    ANSWERED: "What was answered here, the latest first.",
    EXPIRED: "Offers that nobody answered in time: they cannot be answered any more.",
    ORDERS: "What both sides agree on goes out to be ordered in files; from then on the answers stand.",
    RULES: "Rules answer what they can tell, and hand over the rest. They never go below the floor.",
}
NOTHING = {
    OPEN: "No offer waits for an answer.",
    EXPIRING: "No open offer expires within three days.",
    APPROVAL: "No answer waits for a second person.",
    ANSWERED: "Nothing was answered here yet.",
    EXPIRED: "No offer expired without an answer.",
}
SOON = timedelta(days=3)
FLOOD, FLOOD_SHARE = 10, 0.2  # from so many offers, and this share of the queue, one customer is named
FEW = 10  # persons
LEVEL_NAMES = {
    "everything": "Everything",
    "category": "A category",
    "product": "A product",
    "customer_kind": "A kind of customer",
}


def in_queue(desk: BidDesk, queue: str, today: date) -> tuple[PriceBid, ...]:
    """The offers of a queue, in its order."""
    if queue == APPROVAL:
        return tuple(each for each in desk.bids if each.waits)
    if queue == ANSWERED:
        found = [each for each in desk.bids if each.is_answered]
        return tuple(sorted(found, key=lambda each: str(each.answer and each.answer.at), reverse=True))
    if queue == EXPIRED:
        return tuple(each for each in desk.unanswered if not each.waits and each.is_expired(today))
    waiting = tuple(each for each in desk.unanswered if not each.waits and not each.is_expired(today))
    if queue == EXPIRING:
        soon = [each for each in waiting if each.expires_on is not None and each.expires_on <= today + SOON]
        return tuple(sorted(soon, key=lambda each: (each.expires_on or date.max, each.bid)))
    return waiting if queue == OPEN else ()


def to_order(desk: BidDesk) -> tuple[PriceBid, ...]:
    """Offers on which both sides agree, and which did not go out yet."""
    return tuple(
        each for each in desk.bids if each.answer and each.answer.is_sold and each.answer.order_file is None
    )


def queue_name(desk: BidDesk, queue: str, today: date) -> str:
    """What a queue is called, with how much stands in it."""
    many = {ORDERS: len(to_order(desk)), RULES: len(desk.rules)}
    return (
        f"{NAMES[queue]} {number_text(many[queue] if queue in many else len(in_queue(desk, queue, today)))}"
    )


def narrowed(bids: Sequence[PriceBid], of: str, products: Mapping[int, str]) -> tuple[PriceBid, ...]:
    """Those whose number, customer or product is called so, or has it in its name."""
    sought = of.casefold()
    if not sought:
        return tuple(bids)
    return tuple(
        each
        for each in bids
        if sought in (each.bid.id.casefold(), each.shown.casefold())
        or sought in each.called.casefold()
        or sought in products.get(each.product, "").casefold()
    )


def flood_words(bids: Sequence[PriceBid]) -> str:
    """That one customer named much of a queue; empty where none did.

    Offers of one person are one voice, however many.
    """
    counted = Counter(each.shown for each in bids if each.shown).most_common(1)
    if not counted or counted[0][1] < max(FLOOD, FLOOD_SHARE * len(bids)):
        return ""
    who, many = counted[0]
    return f"{number_text(many)} of these {number_text(len(bids))} offers are of one customer, {who}: one person."


def price_text(price: Decimal | None, currency: str) -> str:
    return money_text(price, currency) if price is not None else "Not known"


def of_asked(bid: PriceBid, terms: BidTerms) -> str:
    """The share of the price asked that is offered; empty where that is not known."""
    if bid.price is None or not terms.asked:
        return ""
    return share_text(float(bid.price / terms.asked))


def expiry_words(bid: PriceBid, today: date) -> str:
    """When an offer expires; empty where nothing is said.

    >>> from data.collaborate.price_bid import BidNumber
    >>> day = date(2026, 3, 4)
    >>> expiry_words(PriceBid(BidNumber("", "P"), day, None, expires_on=day), day)
    'today'
    """
    if bid.expires_on is None:
        return ""
    if bid.expires_on < today:
        return f"expired {format_day(bid.expires_on)}"
    return "today" if bid.expires_on == today else format_day(bid.expires_on)


def lead_words(beside: BidSurroundings) -> tuple[str, str]:
    """How long goods take to come, orders that are open counted (Kaplan and Meier), and of how many orders that is."""
    curve = waits_of(beside.lead_days, beside.lead_done)
    if curve is None:
        return "Not known", "No order to a supplier of it is loaded"
    half = (
        f"Half within {count_text(round(curve.median), 'day')}"
        if curve.median is not None
        else "Under half came yet"
    )
    by = f"{beside.supplier}’s own: " if beside.supplier else ""
    n = f"{count_text(curve.finished, 'order')} received, {number_text(curve.spells - curve.finished)} open and counted"
    return half, f"{by}{n}"


def waits_of(days: Sequence[int], done: Sequence[bool]) -> SurvivalCurve | None:
    return kaplan_meier(np.array(days, float), np.array(done)) if len(days) else None


def answer_time_words(curve: SurvivalCurve | None) -> str:
    """How soon offers are answered, in a sentence."""
    if curve is None:
        return ""
    n = f"{count_text(curve.finished, 'offer')} answered, {number_text(curve.spells - curve.finished)} waiting counted"
    if curve.median is None:
        return f"Fewer than half of the offers were answered yet ({n})."
    low, high = _median_interval(curve)
    band = f" (95% {number_text(low)} to {number_text(high)})" if low is not None and high is not None else ""
    return f"Half of the offers are answered within {count_text(round(curve.median), 'day')}{band}: {n}."


def _median_interval(curve: SurvivalCurve) -> tuple[float | None, float | None]:
    """Where the interval of the curve crosses a half (Brookmeyer and Crowley, Biometrics 38, 1982)."""
    ends = []
    for side in ("low", "high"):
        under = curve.frame.filter(curve.frame[side] <= 0.5)
        ends.append(float(under["time"][0]) if under.height else None)
    return ends[0], ends[1]


def as_much_words(beside: BidSurroundings) -> tuple[str, str]:
    """How many persons named as much for the product, one voice each; and within which interval that share lies."""
    if not beside.persons:
        return "Not known", "Nobody whom sources tell of named a price for this product"
    low, high = wilson(np.array(beside.as_much), np.array(beside.persons))
    few = ", few persons" if beside.persons < FEW else ""
    share = share_text(beside.as_much / beside.persons)
    told = f"{number_text(beside.as_much)} of {count_text(beside.persons, 'person')} ({share})"
    return told, f"95% {share_text(float(low))} to {share_text(float(high))}{few}; the highest price of each"


def earlier_words(beside: BidSurroundings) -> str:
    """What the customer offered all in all, as far as sources tell."""
    if not beside.offers:
        return "This is the first that is known"
    return f"{count_text(beside.offers, 'offer')} all in all, {number_text(beside.accepted)} accepted"


def floor_words(terms: BidTerms, currency: str) -> str:
    """The floor and where it is from."""
    if terms.floor is None:
        return "Not known, since the cost is not: nothing is held against it"
    rule = terms.rule
    least = (
        f"cost and {rule.least_margin:f}%, rule of {rule.of}"
        if rule
        else "the cost: no rule says a least margin"
    )
    return f"{money_text(terms.floor, currency)} ({least})"


def answered_words(answer: BidAnswer, currency: str) -> str:
    """An answer in a line: what, at which price, until when, by whom."""
    at = f" at {money_text(answer.price, currency)}" if answer.price is not None else ""
    until = f", stands until {format_day(answer.expires_on)}" if answer.expires_on else ""
    rule = f", by rule (version {answer.version})" if answer.rule else ""
    reply = f", {answer.reply.verdict}" if answer.reply else ""
    sent = f", in order file {answer.order_file}" if answer.order_file is not None else ""
    return f"{answer.answer.capitalize()}{at}{until}{reply}{rule}{sent}"


def waits_words(answer: BidAnswer, currency: str) -> str:
    """Why an answer waits for a second person."""
    if answer.second == FLOOR and answer.floor is None:
        return f"What it costs is not shown to {answer.by}."
    if answer.second == FLOOR:
        return f"It is below the floor of {price_text(answer.floor, currency)}."
    return f"It is further below the price asked ({price_text(answer.asked, currency)}) than {answer.by} may go alone."


def state_words(bid: PriceBid, today: date) -> str:
    state = bid.state(today)
    return "waits for a second person" if state == WAITS else state


def rule_words(rule: PriceRule) -> str:
    """A rule in a sentence."""
    between = (
        f"asks {rule.counter_at:f}% for {count_text(rule.counter_days, 'day')}"
        if rule.between == COUNTER
        else "hands over"
    )
    return (
        f"Accepts from {rule.accept_at:f}% of the price asked on, declines below {rule.decline_below:f}%,"
        f" {between} between. Floor: cost and {rule.least_margin:f}%."
    )


def verdict_words(found: Sequence[RuleVerdict]) -> str:
    """How many a rule would accept, counter, decline and hand over."""
    counted = Counter(each.verdict for each in found)
    told = ", ".join(f"{number_text(counted[each])} {each}" for each in VERDICTS)
    return f"{count_text(len(found), 'open offer')}: {told}."
