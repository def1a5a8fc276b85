"""What a partner reads and sends at the portal: how it does beside the others, its orders, its stock."""

from __future__ import annotations

from pages.web.portal.portal_visit import PortalPage

PARTNER_PAGES: tuple[PortalPage, ...] = (
    PortalPage("", "Overview", "partner_home", "partner", lambda visit: {}),
)
