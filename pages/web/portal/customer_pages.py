"""What a customer reads and sends at the portal: proposals, prices, what they allow, what is held of them."""

from __future__ import annotations

from typing import Any

from data.collaborate.bid_deeds import LONGEST_REASON
from data.collaborate.proposal_board import proposal_board
from data.collaborate.proposal_deeds import LONGEST_TEXT, LONGEST_TITLE
from data.errors import BadRequest
from data.operational import operational_store
from data.operational.plain_names import LONGEST_TEXT as LONGEST_NOTE
from data.portal import own_consents, own_offers, own_proposals, privacy_requests
from data.portal.privacy_requests import DATA, ERASURE
from data.service.said_consents import GIVEN
from pages.collaborate.similar_now import similar_now
from pages.web.portal.form_values import Leaf, day_of, number_of, skipped, today
from pages.web.portal.portal_visit import NeedsLook, PortalPage, PortalVisit, Typed

ASKED_WORDS = {DATA: "What is held of you", ERASURE: "To be forgotten"}
MOST, ALIKE, MOST_ALIKE = 20, 0.3, 3
LONGEST = {"title": LONGEST_TITLE, "text": LONGEST_TEXT, "note": LONGEST_NOTE, "reason": LONGEST_REASON}


def home(visit: PortalVisit) -> dict[str, Any]:
    day = today(visit)
    proposals = own_proposals.shown_proposals(visit.rows, day)
    return {
        "offers": own_offers.own_offers(visit.rows, day),
        "mine": [each for each in proposals if each.is_mine],
        "to_try": sum(one.score is None for each in proposals if each.is_open for one in each.prototypes),
        "open_proposals": sum(each.is_open for each in proposals),
        "currency": visit.rows.warehouse.profile.currency,
    }


def proposals(visit: PortalVisit) -> dict[str, Any]:
    every = own_proposals.shown_proposals(visit.rows, today(visit))
    sought = visit.asked.get("sought", "")[:80]
    words = sought.casefold().split()
    found = [each for each in every if all(word in f"{each.title} {each.text}".casefold() for word in words)]
    skip = skipped(visit, "from")
    return {
        "shown": found[skip : skip + MOST],
        "found": len(found),
        "leaf": Leaf("from", skip, MOST, len(found) - skip),
        "sought": sought,
        "bought": own_proposals.bought_products(visit.rows),
        "longest": LONGEST,
    }


def propose(visit: PortalVisit, typed: Typed) -> str:
    """Those that say the same are shown first; whoever sends it all the same is sure."""
    title, text, place = (typed.get(name, "") for name in ("title", "text", "place"))
    if typed.get("sure") != "yes" and (alike := _alike(visit, title, text, place)):
        raise NeedsLook("This may be proposed already. Support that one, or send yours all the same.", alike)
    own_proposals.propose(visit.rows, title, text, typed.get("product", ""), place)
    return "proposed"


def _alike(visit: PortalVisit, title: str, text: str, place: str) -> tuple[own_proposals.ShownProposal, ...]:
    """The open proposals that are most like what is typed."""
    warehouse = visit.rows.warehouse
    if not title.strip() or len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT:
        return ()
    found = similar_now(title, proposal_board(warehouse), text, place, warehouse=warehouse)
    near = [each.number.key for each in found if each.exact or each.score >= ALIKE]
    shown = {each.key: each for each in own_proposals.shown_proposals(visit.rows, today(visit))}
    return tuple(shown[key] for key in near if key in shown and shown[key].is_open)[:MOST_ALIKE]


def support(visit: PortalVisit, typed: Typed) -> str:
    own_proposals.support(visit.rows, typed.get("proposal", ""))
    return "supported"


def withdraw_support(visit: PortalVisit, typed: Typed) -> str:
    own_proposals.withdraw_support(visit.rows, typed.get("proposal", ""))
    return "support-withdrawn"


def feedback(visit: PortalVisit, typed: Typed) -> str:
    score, price = typed.get("score", ""), typed.get("would_pay", "")
    if score not in ("1", "2", "3", "4", "5"):
        raise BadRequest("Say how good it is, from 1 to 5.", "Choose one of the five.")
    own_proposals.give_feedback(
        visit.rows, typed.get("proposal", ""), typed.get("version", ""), int(score),
        number_of(price, "price") if price.strip() else None, typed.get("note", ""), today(visit),
    )  # fmt: skip
    return "feedback-given"


def prices(visit: PortalVisit) -> dict[str, Any]:
    day = today(visit)
    offers, skip = own_offers.own_offers(visit.rows, day), skipped(visit, "from")
    return {
        "offers": offers[skip : skip + MOST],
        "leaf": Leaf("from", skip, MOST, len(offers) - skip),
        "bought": own_proposals.bought_products(visit.rows),
        "currency": visit.rows.warehouse.profile.currency,
        "today": day,
        "longest": LONGEST,
    }


def name_price(visit: PortalVisit, typed: Typed) -> str:
    product = typed.get("other", "").strip() or typed.get("product", "")
    until = typed.get("until", "").strip()
    own_offers.name_price(
        visit.rows, product, number_of(typed.get("price", ""), "price"),
        number_of(typed.get("quantity", "") or "1", "number of pieces"), typed.get("requirements", ""),
        day_of(until) if until else None, today(visit),
    )  # fmt: skip
    return "price-named"


def take_counter(visit: PortalVisit, typed: Typed) -> str:
    taken = own_offers.take_counter(visit.rows, typed.get("offer", ""), today(visit))
    return "counter-taken" if taken else "as-it-was"


def consents(visit: PortalVisit) -> dict[str, Any]:
    return {"consents": own_consents.own_consents(visit.rows)}


def say_consent(visit: PortalVisit, typed: Typed) -> str:
    verdict = typed.get("verdict", "")
    said = own_consents.say_consent(visit.rows, typed.get("channel", ""), typed.get("purpose", ""), verdict)
    if not said:
        return "as-it-was"
    return "consent-given" if verdict == GIVEN else "consent-withdrawn"


def own_data(visit: PortalVisit) -> dict[str, Any]:
    store = operational_store.of(visit.rows.warehouse)
    asked = privacy_requests.privacy_requests(store, visit.rows.numbers)
    waiting = {each.what for each in asked if not each.answer}
    return {"requests": asked, "waiting": waiting, "asked_words": ASKED_WORDS}


def ask_for(visit: PortalVisit, typed: Typed) -> str:
    what = typed.get("what", "")
    return f"{what}-asked" if privacy_requests.ask_for(visit.rows, what) else "as-it-was"


def withdraw_request(visit: PortalVisit, typed: Typed) -> str:
    said = privacy_requests.ask_for(visit.rows, typed.get("what", ""), privacy_requests.WITHDRAWN)
    return "request-withdrawn" if said else "as-it-was"


CUSTOMER_PAGES = (
    PortalPage("", "Overview", "customer_home", "customer", home),
    PortalPage(
        "proposals", "Proposals", "proposals", "customer", proposals,
        {"propose": propose, "support": support, "withdraw-support": withdraw_support, "feedback": feedback},
    ),
    PortalPage(
        "prices", "Your prices", "prices", "customer", prices,
        {"name-price": name_price, "take-counter": take_counter},
    ),
    PortalPage("consents", "What you allow", "consents", "customer", consents, {"say-consent": say_consent}),
    PortalPage(
        "data", "Your data", "own_data", "customer", own_data,
        {"ask-for": ask_for, "withdraw-request": withdraw_request},
    ),
)  # fmt: skip
