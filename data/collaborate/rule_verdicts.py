"""What a declared rule would answer to an offer: accept, counter, decline, or hand it over to a person. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal

from data.collaborate.bid_terms import CENT, BidTerms, doubts
from data.collaborate.price_bid import ACCEPTED, COUNTERED, DECLINED, BidNumber, PriceBid
from data.collaborate.price_limits import is_beyond
from data.collaborate.price_rules import COUNTER

HANDED_OVER = "handed over"
VERDICTS = (ACCEPTED, COUNTERED, DECLINED, HANDED_OVER)


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """What a rule makes of an offer, at which `price`, and `why` in a sentence."""

    bid: PriceBid
    terms: BidTerms
    verdict: str
    price: Decimal | None
    why: str


def verdicts(
    bids: Iterable[PriceBid], terms: Mapping[BidNumber, BidTerms], today: date, limit: Decimal | None = None
) -> tuple[RuleVerdict, ...]:
    """Of each offer that is open still; `limit` is how far (percent) below the price asked one may go."""
    return tuple(rule_verdict(each, terms[each.bid], limit) for each in bids if not each.is_expired(today))


def rule_verdict(bid: PriceBid, terms: BidTerms, limit: Decimal | None = None) -> RuleVerdict:
    """What the rule of an offer answers; whatever a rule cannot tell is handed over to a person."""
    verdict, price, why = _verdict(bid, terms)
    if price is not None and is_beyond(price, terms.asked, limit):
        verdict, price, why = (
            HANDED_OVER,
            None,
            f"Further below the price asked than the {limit:f}% that you may go.",
        )
    return RuleVerdict(bid, terms, verdict, price, why)


def _verdict(bid: PriceBid, terms: BidTerms) -> tuple[str, Decimal | None, str]:
    rule, asked, floor, price = terms.rule, terms.asked, terms.floor, bid.price
    if odd := doubts(bid, terms):
        return HANDED_OVER, None, odd[0]
    if rule is None:
        return HANDED_OVER, None, "No rule is of it."
    if not asked or floor is None or price is None:
        return HANDED_OVER, None, f"Its {'cost' if asked else 'list price'} is not known."
    share = 100 * price / asked
    if share < rule.decline_below:
        return DECLINED, None, f"Below {rule.decline_below:f}% of the price asked."
    if share >= rule.accept_at:
        if price < floor:
            return HANDED_OVER, None, "The rule accepts it, and it is below the floor."
        return ACCEPTED, price, f"At least {rule.accept_at:f}% of the price asked."
    if rule.between != COUNTER:
        return (
            HANDED_OVER,
            None,
            f"Between {rule.decline_below:f} and {rule.accept_at:f}% of the price asked.",
        )
    counter = max((asked * rule.counter_at / 100).quantize(CENT, ROUND_CEILING), floor)
    if counter > asked:
        return HANDED_OVER, None, "What it would ask is above the price asked."
    return COUNTERED, counter, f"Between {rule.decline_below:f} and {rule.accept_at:f}% of the price asked."
