"""A customer at a glance: stage, value, share and segments, each with where it is from and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from data.errors import BadRequest
from data.model.scoring import TIER
from data.review.customer_consents import customer_consents
from data.review.customer_standing import CampaignArm, SaidScore, belongs_to, last_scores, stage_now
from data.review.time_line import orders_by_number
from pages.manage.shared.coloured_notes import note
from pages.manage.shared.html_tables import TableCell, table
from pages.service.consents_card import consents_told
from pages.ui import session
from pages.ui.page_states import card, section
from pages.ui.sought_work import found_already
from pages.ui.style.formats import count_text, format_day, format_value, share_text
from pages.ui.style.told_sentences import in_language
from pages.value.found_lifetime import FoundLifetime, customers
from pages.value.sought_lifetime import asked_value

Line = tuple[TableCell, ...]
SCORE_NAMES = {
    "value": "Value to come",
    "head_room": "Head-room",
    "spend": "Spend with us",
    "chance": "Chance to buy",
    "expected_purchases": "Purchases expected",
}
NO_SCORE = "No model has said anything of this customer: save scores on the page Lifetime or Customer share."


def tests_told(arms: tuple[CampaignArm, ...]) -> None:
    """What must not be offered, before anything else."""
    for each in arms:
        if each.is_held_out:
            note(f"In a test: do not offer “{each.name}”.", held_words(each), "look", "in-a-test")


def held_words(arm: CampaignArm) -> str:
    """Why a customer is not to be offered something.

    >>> from datetime import date
    >>> held_words(CampaignArm("C1", "Spring", "held out", date(2026, 3, 1), None))
    'Held out since 1 Mar 2026, to see what happens without it. Nobody planned it here: it may have ended.'
    """
    known = "" if arm.runs else " Nobody planned it here: it may have ended."
    return f"Held out since {format_day(arm.day)}, to see what happens without it.{known}"


def glance_card(code: int, customer_id: str, arms: tuple[CampaignArm, ...]) -> None:
    """Where the customer stands."""
    with card("glance", "stretch"):
        section("At a glance", "Each with where it is from, and how sure it is.")
        lines = [
            *_stage(code),
            *_bought(code),
            *_scores(code),
            *_lifetime(customer_id),
            *_segments(code),
            *_arms(arms),
            *_consents(code),
        ]
        table(("What", "Is", "From, and how sure"), lines, "glance", "Where this customer stands")


def _line(what: str, value: str, source: str, tone: str = "") -> Line:
    return (TableCell(what, "quiet"), TableCell(value, tone), TableCell(source, "quiet"))


def _stage(code: int) -> Iterator[Line]:
    stood = stage_now(session.warehouse(), code)
    if stood is None:
        yield _line("Stage", "None", "The rules of the life cycle tell none.")
    else:
        yield _line(
            "Stage",
            f"{stood.stage}, since {format_day(stood.since)}",
            f"Rules of the life cycle: {stood.cause}",
        )


def _bought(code: int) -> Iterator[Line]:
    bought = orders_by_number(session.warehouse(), code).values()
    many, last = sum(orders for orders, _, _ in bought), max((day for _, _, day in bought), default=None)
    if last is None:
        yield _line("Bought", "Nothing", "No order line of theirs is loaded.")
        return
    amount = format_value(sum(revenue for _, revenue, _ in bought), "money", session.currency())
    told = f"{count_text(many, 'order or return', 'orders and returns')}, {amount}, last {format_day(last)}"
    yield _line("Bought", told, "All order lines that are loaded, returns taken off; counted")


def _scores(code: int) -> Iterator[Line]:
    said = last_scores(session.warehouse(), code)
    for each in said:
        yield _line(SCORE_NAMES[each.name], score_text(each), score_source(each))
    if not said and found_already(asked_value()) is None:
        yield _line("Value", "Not known", NO_SCORE)


def score_text(score: SaidScore) -> str:
    """A score in its unit."""
    if score.name == "chance":
        return share_text(score.value)
    unit = "ratio" if score.name == "expected_purchases" else "money"
    return format_value(score.value, unit, session.currency())


def score_source(score: SaidScore) -> str:
    """Which model said a score when, and that it is one number of a model."""
    scoring = score.scoring.scoring
    tier = f", tier: {scoring.parameters[TIER]}" if TIER in scoring.parameters else ""
    return f"{in_language(scoring.made)}, {format_day(scoring.scored_on)}{tier}; the mean that is expected"


def _lifetime(customer_id: str) -> Iterator[Line]:
    """The value with its interval, where the page Lifetime has found it already."""
    found = found_already(asked_value())
    if found is None:
        return
    yield from _of_lifetime(found, customer_id)


def _of_lifetime(found: FoundLifetime, customer_id: str) -> Iterator[Line]:
    row = next(customers(found).filter(pl.col("customer") == customer_id).iter_rows(named=True), None)
    if row is None:
        yield _line("Value, with interval", "Not known", "Lifetime: bought nothing that its model looks at")
        return
    told = "The page Lifetime, all customers together"
    money = session.currency()
    if not isinstance(found.worth, BadRequest):
        low, value, high = (
            format_value(row[each], "money", money) for each in ("value_low", "value", "value_high")
        )
        yield _line("Value, with interval", f"{value} ({low} to {high})", f"{told}, 95% of the expectation")
    low, buys, high = (share_text(row[each]) for each in ("buys_low", "buys", "buys_high"))
    yield _line("Buys again", f"{buys} ({low} to {high})", f"{told}, 95% of the chance")


def _segments(code: int) -> Iterator[Line]:
    for each in belongs_to(session.warehouse(), code):
        when = (
            f"{each.formed.method}, formed {format_day(each.formed.formed_on)}"
            if each.formed
            else "A saved finding"
        )
        yield _line(each.label, each.member, when)


def _arms(arms: tuple[CampaignArm, ...]) -> Iterator[Line]:
    for each in arms:
        runs = "runs now" if each.runs else "not known whether it runs"
        told = "held out: do not offer it" if each.is_held_out else f"reached ({each.arm})"
        yield _line(
            f"Campaign {each.name}",
            told,
            f"Contact of {format_day(each.day)}; {runs}",
            "look" if each.is_held_out else "",
        )


def _consents(code: int) -> Iterator[Line]:
    store = session.warehouse()
    if store.profile.extents["consent"].last_day is not None:
        said = customer_consents(store, code)
        yield _line("Consent", consents_told(said).partition(";")[0], "What they said last, by channel")
