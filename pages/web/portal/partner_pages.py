"""What a partner reads and sends at the portal: how it does beside the others, its orders, its stock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from data.errors import BadRequest
from data.portal import partner_orders, told_stock
from data.service.firm_moments import ZONE, place_of, zone_of
from mining.partners.beside_others import LEAST_OTHERS, beside_others
from pages.web.portal.portal_visit import PortalPage, PortalVisit, Typed


def scorecard(visit: PortalVisit) -> dict[str, Any]:
    orders, first, last = partner_orders.district_orders(visit.rows)
    figures = beside_others(orders) if orders.height else ()
    opened = partner_orders.partner_orders(visit.rows, open_ones=True)
    return {"figures": figures, "first": first, "last": last, "least": LEAST_OTHERS, "opened": opened}


def orders(visit: PortalVisit) -> dict[str, Any]:
    opened, closed = (partner_orders.partner_orders(visit.rows, each) for each in (True, False))
    return {"opened": opened, "closed": closed, "most": partner_orders.MOST}


def stock(visit: PortalVisit) -> dict[str, Any]:
    return {"products": told_stock.own_products(visit.rows), "today": today(visit)}


def tell_stock(visit: PortalVisit, typed: Typed) -> str:
    told_stock.tell_stock(
        visit.rows, typed.get("product", ""), number_of(typed.get("pieces", ""), "pieces"),
        day_of(typed.get("day", "")), today(visit),
    )  # fmt: skip
    return "stock-told"


def today(visit: PortalVisit) -> date:
    """The day that it is where the firm is."""
    return place_of(datetime.now(UTC).replace(tzinfo=None), zone_of(visit.rows.warehouse.rows(ZONE)))[0]


def number_of(text: str, what: str) -> Decimal:
    """A number as people write it: 1234.5 or 1234,5. Errors: BadRequest.

    >>> number_of(" 1234,5 ", "price")
    Decimal('1234.5')
    """
    try:
        return Decimal(text.strip()[:40].replace(" ", "").replace(",", "."))
    except InvalidOperation:
        raise BadRequest(f"{text.strip()[:40]!r} is no number.", f"Write the {what} in digits, such as 12.50.") from None  # fmt: skip


def day_of(text: str) -> date:
    """A day as a form sends it. Errors: BadRequest."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadRequest(f"{text.strip()[:40]!r} is no day.", "Write it as 2026-03-31.") from None


PARTNER_PAGES: tuple[PortalPage, ...] = (
    PortalPage("", "How you do", "partner_home", "partner", scorecard),
    PortalPage("orders", "Your orders", "partner_orders", "partner", orders),
    PortalPage("stock", "Your stock", "partner_stock", "partner", stock, {"tell-stock": tell_stock}),
)
