"""What the page Demand says of answers: how often prices were accepted, rules beside them, and counter-offers."""

from __future__ import annotations

import math

import polars as pl

from mining.pricing.acceptance_curve import AcceptanceCurve
from mining.pricing.answer_rule import HeldOutBy, JudgedAnswers, RuleBase
from mining.pricing.counter_offer import CounterBasis, CounterDeed, CounterOffer
from pages.collaborate.demand_words import between, said
from pages.collaborate.found_demand import FoundAnswers, FoundCounters
from pages.ui.figures import Quantity
from pages.ui.style.formats import count_text, format_value, number_text, share_text

BASE_NAMES = {
    RuleBase.COST: "times the cost",
    RuleBase.ASKED: "of the price asked",
    RuleBase.MONEY: "in money",
}
HELD_OUT = {
    HeldOutBy.TIME: "Chosen on the first three fifths of the days, judged on those after",
    HeldOutBy.PERSON: "Chosen on half of the persons, judged on the others",
}
JUDGED_ON = {HeldOutBy.TIME: "Later days", HeldOutBy.PERSON: "Other persons"}
JUDGED_UNITS = dict.fromkeys(
    ("Given, a talk", "By the rule", "Regret", "From", "To", "Best in hindsight"), "money"
) | {
    "Accepted": "percent", "By the rule, accepted": "percent", "Talks that chose": "count",
    "Talks that judge": "count", "Persons": "count",
}  # fmt: skip
COUNTER_NAMES = {
    CounterBasis.ANSWERS: "By answers to counter-offers",
    CounterBasis.RAISES: "At least: as far as persons went unasked",
    CounterBasis.BIDS: "At most: as many as named more",
}


def acceptance_lines(curve: AcceptanceCurve) -> pl.DataFrame:
    low, high = curve.line.interval(curve.prices)
    ways = {
        "logistic": ("Logistic", curve.line.chance(curve.prices), low, high),
        "isotonic": ("Isotonic", curve.isotonic, curve.isotonic_low, curve.isotonic_high),
    }
    return pl.concat(
        pl.DataFrame({
            "id": [id] * len(value), "label": [name] * len(value), "price": curve.prices, "value": value,
            "low": below, "high": above,
        })
        for id, (name, value, below, above) in ways.items()
    )  # fmt: skip


def acceptance_told(curve: AcceptanceCurve, price: Quantity) -> str:
    """Where half are accepted, and which curve tells held-out answers better."""
    if curve.taken in (0, curve.answers):
        what = "accepted" if curve.taken else "declined"
        return (
            f"All of {count_text(curve.answers, 'answer')} {what}: no price is known at which that changes."
        )
    share = share_text(curve.taken / curve.answers)
    told = f"{number_text(curve.taken)} of {count_text(curve.answers, 'answer')} accepted ({share})."
    line = curve.line
    half = line.centre - line.scale * line.intercept / line.slope if line.slope else math.nan
    if curve.prices[0] <= half <= curve.prices[-1]:
        told += f" Half are accepted at {said(half, price)}."
    logistic, isotonic = curve.losses
    if math.isnan(logistic):
        return told
    near = abs(logistic - isotonic) < 0.005
    better = (
        "Both curves tell" if near else "The logistic tells" if logistic < isotonic else "The isotonic tells"
    )
    how = "answers that were held out alike" if near else "answers that were held out better"
    return f"{told} {better} {how} (log loss {number_text(logistic, 3)} and {number_text(isotonic, 3)})."


def judged_told(judged: JudgedAnswers, currency: str) -> str:
    gain = format_value(abs(judged.regret), "money", currency)
    low, high = (format_value(each, "money", currency) for each in (judged.regret_low, judged.regret_high))
    rule = f"accept from {threshold_text(judged, currency)}"
    if judged.regret == judged.regret_low == judged.regret_high == 0:
        told = f"The rule “{rule}” would have earned just what the answers that were given did"
    elif judged.regret_low > 0:
        told = f"The rule “{rule}” would have earned {gain} more a talk than the answers that were given"
    elif judged.regret_high < 0:
        told = f"The answers that were given earned {gain} more a talk than the rule “{rule}”"
    else:
        told = f"Between the answers that were given and the rule “{rule}” no difference is sure"
    of = f"{count_text(judged.held, 'talk')} of {count_text(judged.people, 'person')}"
    return f"{told} ({low} to {high}; {of} held out)."


def threshold_text(judged: JudgedAnswers, currency: str) -> str:
    match judged.base:
        case RuleBase.MONEY:
            return format_value(judged.threshold, "money", currency)
        case RuleBase.ASKED:
            return f"{share_text(judged.threshold, 1)} of the price asked"
    return f"{number_text(judged.threshold, 2)} times the cost"


def judged_table(found: FoundAnswers, currency: str) -> pl.DataFrame:
    return pl.DataFrame([
        {
            "Judged on": JUDGED_ON[each.by], "Accept from": threshold_text(each, currency),
            "Talks that chose": each.learnt,
            "Talks that judge": each.held, "Persons": each.people, "Given, a talk": each.given,
            "By the rule": each.by_rule, "Regret": each.regret, "From": each.regret_low, "To": each.regret_high,
            "Best in hindsight": each.hindsight, "Accepted": each.accepted[0],
            "By the rule, accepted": each.accepted[1],
        }
        for each in found.judged
    ])  # fmt: skip


SHORT_NAMES = {
    CounterBasis.ANSWERS: "By past answers",
    CounterBasis.RAISES: "At least",
    CounterBasis.BIDS: "At most",
}


def counter_lines(counters: FoundCounters) -> pl.DataFrame:
    """What each counter-offer earns on average, a line a basis."""
    return pl.concat(
        pl.DataFrame({
            "id": [each.basis.value] * len(each.prices), "label": [SHORT_NAMES[each.basis]] * len(each.prices),
            "price": each.prices, "value": each.expected, "low": each.expected_low, "high": each.expected_high,
        })
        for each in counters.offers
    )  # fmt: skip


def counter_told(offer: CounterOffer, price: Quantity) -> str:
    """What earns most by one basis, and how sure that is."""
    whose = f"{COUNTER_NAMES[offer.basis]} ({count_text(offer.people, 'person')})"
    accepting = said(offer.accepting, price)
    if offer.deed is CounterDeed.ACCEPT:
        return f"{whose}: accept; that earns {accepting} a piece, and asking more earns no more on average."
    if offer.deed is CounterDeed.DECLINE:
        return f"{whose}: decline; neither accepting ({accepting}) nor asking more earns anything."
    at = offer.best
    earns = between(float(offer.expected_low[at]), float(offer.expected_high[at]), price)
    than = "accepting" if offer.accepting > 0 else "nothing"
    return (
        f"{whose}: ask {said(offer.price, price)} ({between(offer.best_low, offer.best_high, price)}), taken with a"
        f" chance of {share_text(float(offer.chance[at]))}; that earns {said(float(offer.expected[at]), price)} a"
        f" piece on average ({earns}), accepting {accepting}. It beats {than} in {share_text(offer.beats)} of"
        " samples."
    )
