"""What a partner reads and sends at the portal: how it does beside the others, its orders, its stock."""

from __future__ import annotations

from typing import Any

from data.portal import own_stock, partner_orders, partner_suggestions
from mining.partners.beside_others import LEAST_OTHERS, beside_others
from pages.web.portal.form_values import Leaf, day_of, number_of, skipped, today
from pages.web.portal.portal_visit import PortalPage, PortalVisit, Typed


def scorecard(visit: PortalVisit) -> dict[str, Any]:
    orders, first, last = partner_orders.district_orders(visit.rows)
    figures = beside_others(orders) if orders.height else ()
    opened, late = partner_orders.open_counts(visit.rows)
    return {
        "figures": figures,
        "first": first,
        "last": last,
        "least": LEAST_OTHERS,
        "opened": opened,
        "late": late,
    }


def orders(visit: PortalVisit) -> dict[str, Any]:
    lists = []
    for name, title, open_ones in (("open", "Open", True), ("closed", "Whole or ended", False)):
        skip = skipped(visit, name)
        found = partner_orders.partner_orders(visit.rows, open_ones, skip)
        lists.append((title, found, Leaf(name, skip, partner_orders.MOST, len(found))))
    return {"lists": lists}


def stock(visit: PortalVisit) -> dict[str, Any]:
    products, skip = own_stock.own_products(visit.rows), skipped(visit, "from")
    leaf = Leaf("from", skip, partner_orders.MOST, len(products) - skip)
    shown = products[skip : skip + leaf.most]
    return {"products": products, "shown": shown, "leaf": leaf, "today": today(visit)}


def tell_stock(visit: PortalVisit, typed: Typed) -> str:
    own_stock.tell_stock(
        visit.rows, typed.get("product", ""), number_of(typed.get("pieces", ""), "pieces"),
        day_of(typed.get("day", "")), today(visit),
    )  # fmt: skip
    return "stock-told"


def questions(visit: PortalVisit) -> dict[str, Any]:
    asked, skip = partner_suggestions.open_questions(visit.rows, today(visit)), skipped(visit, "from")
    leaf = Leaf("from", skip, partner_orders.MOST, len(asked) - skip)
    return {
        "questions": asked[skip : skip + leaf.most],
        "leaf": leaf,
        "currency": visit.rows.warehouse.profile.currency,
        "longest": partner_suggestions.LONGEST_NOTE,
    }


def suggest(visit: PortalVisit, typed: Typed) -> str:
    about, number, verdict, note = (typed.get(each, "") for each in partner_suggestions.FIELDS)
    partner_suggestions.suggest(visit.rows, about, number, verdict, note, today(visit))
    return "suggested"


PARTNER_PAGES: tuple[PortalPage, ...] = (
    PortalPage("", "How you do", "partner_home", "partner", scorecard),
    PortalPage("orders", "Your orders", "partner_orders", "partner", orders),
    PortalPage("stock", "Your stock", "partner_stock", "partner", stock, {"tell-stock": tell_stock}),
    PortalPage("questions", "Customers ask", "partner_questions", "partner", questions, {"suggest": suggest}),
)
