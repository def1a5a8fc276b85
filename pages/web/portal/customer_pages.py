"""What a customer reads and sends at the portal: what they allow, and what they ask for of their own data."""

from __future__ import annotations

from typing import Any

from data.operational import operational_store
from data.portal import own_consents, privacy_requests
from data.portal.privacy_requests import DATA, ERASURE
from data.service.said_consents import GIVEN
from pages.web.portal.portal_visit import PortalPage, PortalVisit, Typed

ASKED_WORDS = {DATA: "What is held of you", ERASURE: "To be forgotten"}


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
    PortalPage("", "Overview", "customer_home", "customer", own_data),
    PortalPage(
        "consents", "What you allow", "consents", "customer", consents, {"say-consent": say_consent}
    ),
    PortalPage(
        "data", "Your data", "own_data", "customer", own_data,
        {"ask-for": ask_for, "withdraw-request": withdraw_request},
    ),
)  # fmt: skip
