"""What the page Demand lets choose: product, period, unit, shading, cost, and from when on a price is a slip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from mining.pricing.named_prices import PriceUnit
from pages.collaborate import demand_words as words
from pages.collaborate.demand_view import ALL_PRODUCTS, MOST, SHADINGS, SLIPS, DemandView
from pages.collaborate.found_demand import FoundDemand, OfferedProducts
from pages.discover.mined_slice import period_choice
from pages.ui import session
from pages.ui.controls import as_plain, chooser
from pages.ui.style.formats import count_text, share_text

MOST_OFFERED = 500
Go = Callable[[DemandView], None]


def demand_choices(
    view: DemandView,
    products: OfferedProducts,
    product: dict[str, object] | None,
    found: FoundDemand | None,
    go: Go,
) -> None:
    """Product, period, unit, shading, cost and from when on a price is a slip."""
    frame = products.frame.head(MOST_OFFERED)
    labels = {
        each["id"]: f"{each['label']} · {people_text(each['people'], each['asked'])}"
        for each in frame.iter_rows(named=True)
    }
    now = str(product["id"]) if product else ALL_PRODUCTS
    if product and now not in labels:
        labels[now] = f"{product['label']} · {people_text(product['people'], product['asked'])}"
    labels[ALL_PRODUCTS] = f"All {count_text(products.frame.height, 'product')}"
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="demand-choices"):
        chooser(
            "Product", "demand-product", list(labels), now, lambda id: as_plain(labels[id]),
            lambda id: go(view.of_product(id)), 340,
        )  # fmt: skip
        with st.container(width=190):
            period_choice(view.cuts, lambda cuts: go(view.within(cuts)), "demand-period")
        chooser(
            "Unit", "demand-unit", list(PriceUnit), view.terms.unit, words.UNIT_NAMES.__getitem__,
            lambda unit: go(replace(view, unit=unit, cost=None, at=(), bid=None)), 250,
        )  # fmt: skip
        chooser(
            "Shading", "demand-shading", sorted({*SHADINGS, view.shading}, reverse=True), view.shading,
            shading_text, lambda shading: go(replace(view, shading=shading)), 250,
        )  # fmt: skip
        cost_popover(view, found, go)
        slip_popover(view, go)


def people_text(people: object, asked: object) -> str:
    named = count_text(int(str(people)), "person")
    return named if int(str(people)) else f"{count_text(int(str(asked)), 'person')} asked"


def shading_text(shading: float) -> str:
    return "Bids as named" if shading == 1 else f"Named {share_text(shading)} of their limit"


def cost_popover(view: DemandView, found: FoundDemand | None, go: Go) -> None:
    """What it costs: by the price list, or as somebody says; an emptied field takes the list's again."""
    price = words.price_quantity(view, session.currency())
    cost = found.cost if found else view.cost
    said = "not known" if cost is None else words.said(cost, price)
    with st.popover(f"Cost {as_plain(said)}", icon=":material/payments:", key="demand-cost-popover"):
        of_list = "Stated by you." if view.cost is not None else "By the price list."
        st.caption(of_list if cost is not None else "No price list says what it costs: 0 is taken.")
        st.session_state["demand-cost"] = cost
        st.number_input(
            "Cost of one piece" if view.terms.unit is PriceUnit.MONEY else "Cost, as a share of the price asked",
            0.0, MOST, value=None, step=None, format="%.4f", key="demand-cost",
            help="Empty: what the price list says.",
            on_change=lambda: go(replace(view, cost=st.session_state["demand-cost"])),
        )  # fmt: skip


def slip_popover(view: DemandView, go: Go) -> None:
    with st.popover("Slips", icon=":material/filter_alt:", key="demand-slip-popover"):
        st.caption(
            "A price of many times what was asked (else of the median named) is most likely a slip of the decimal"
            " point."
        )
        chooser(
            "Slips", "demand-slip", sorted({*SLIPS, view.slip}), view.slip,
            lambda times: f"Leave out from {times:g} times on" if times else "Count all",
            lambda times: go(replace(view, slip=times)),
        )  # fmt: skip
