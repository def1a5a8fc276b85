"""All pages of the portal, and what follows once something was said there."""

from __future__ import annotations

from pathlib import Path

from starlette.background import BackgroundTask

from data.operational.statement_rows import publish_now
from data.store.publication import CONSENTS_SAID
from pages.web.portal.customer_pages import CUSTOMER_PAGES
from pages.web.portal.partner_pages import PARTNER_PAGES
from pages.web.portal.portal_visit import PortalPage

PAGES: tuple[PortalPage, ...] = (*CUSTOMER_PAGES, *PARTNER_PAGES)


def follow(word: str, path: Path) -> BackgroundTask | None:
    """A consent that is taken back is published once the answer is sent: campaigns read it in the snapshot."""
    return BackgroundTask(publish_now, path, CONSENTS_SAID) if word == "consent-withdrawn" else None
