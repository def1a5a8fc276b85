"""Demand: who would pay which price by what persons named, the price that earns most, past answers, and surveys."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from cubes.analysis.offered_prices import CUBE
from cubes.members.single_customers import tells_single_customers
from data.errors import BadRequest
from mining.pricing.demand_cautions import demand_cautions
from mining.pricing.named_prices import PriceUnit
from pages.collaborate import demand_words as words
from pages.collaborate.best_price_card import best_price_card, drawn_prices_card
from pages.collaborate.demand_card import at_card, demand_card
from pages.collaborate.demand_groups_card import demand_groups_card
from pages.collaborate.demand_view import ALL_PRODUCTS, MOST, SHADINGS, SLIPS, DemandView, parse_demand
from pages.collaborate.found_demand import (
    FoundDemand,
    OfferedProducts,
    found_answers,
    found_demand,
    found_surveys,
    offered_products,
)
from pages.collaborate.past_answers_card import past_answers_card
from pages.collaborate.price_surveys_card import price_surveys_cards
from pages.discover.finding_footer import finding_footer
from pages.discover.mined_slice import period_choice, slice_bar
from pages.ui import session
from pages.ui.controls import as_plain, chooser
from pages.ui.kpi_row import kpi_strip
from pages.ui.page_record import told_words
from pages.ui.page_states import empty_state, page_title
from pages.ui.style.formats import count_text, share_text

TITLE = "Demand"
MOST_OFFERED = 500
START = "Start afresh"


def go(view: DemandView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def demand() -> None:
    try:
        view = parse_demand(session.read_url())
    except BadRequest as error:
        page_title(TITLE)
        refused(error)
        return
    if not tells_single_customers(session.warehouse().policy):
        page_title(TITLE)
        withheld()
        return
    if not slice_bar(TITLE, view.cuts, lambda cuts: go(view.within(cuts)), session.cube(CUBE)):
        ready("refused")
        return
    try:
        products = offered_products(view)
        if products.frame.is_empty():
            nothing(view)
            return
        product = products.chosen(view.product)
    except BadRequest as error:
        refused(error)
        return
    show(view, products, product)


def show(view: DemandView, products: OfferedProducts, product: dict[str, object] | None) -> None:
    code = int(str(product["code"])) if product else None
    try:
        with st.spinner("Counting persons by price …"):
            found = found_demand(view, code)
    except BadRequest as error:
        choices(view, products, product, None)
        st.html(f'<p role="alert">{escape(told_words(str(error)))}</p>')
        surveys = found_surveys(view, code, view.cost or 0.0) if code is not None else None
        price_surveys_cards(view, surveys, go)
        ready("surveys")
        return
    choices(view, products, product, found)
    draw(view, code, found)
    finding_footer("demand", view.to_parameters())
    ready("found", found)


def draw(view: DemandView, code: int | None, found: FoundDemand) -> None:
    price = words.price_quantity(view, session.currency())
    fact = told_words(words.main_fact(found, price))
    st.html(f'<p class="clientela-verdict" data-testid="main-fact"><b>{escape(fact)}</b></p>')
    for each in demand_cautions(found.named):
        st.html(f'<p class="clientela-quiet" data-testid="caution">{escape(told_words(each))}</p>')
    kpi_strip(words.tiles(found, price), "demand-tiles")
    left, right = st.columns(2, gap="small")
    with left:
        demand_card(view, found, price)
    with right:
        best_price_card(view, found, price)
    left, right = st.columns([3, 2], gap="small")
    with left:
        at_card(view, found, price, go)
    with right:
        drawn_prices_card(view, found, price)
    demand_groups_card(view, code, found, price, go)
    past_answers_card(view, found_answers(view, code, found), go)
    in_money = found.cost or 0.0 if view.terms.unit is PriceUnit.MONEY else 0.0
    price_surveys_cards(view, found_surveys(view, code, in_money) if code is not None else None, go)


def choices(
    view: DemandView,
    products: OfferedProducts,
    product: dict[str, object] | None,
    found: FoundDemand | None,
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
            lambda unit: go(replace(view, unit=unit, cost=None, at=())), 250,
        )  # fmt: skip
        chooser(
            "Shading", "demand-shading", sorted({*SHADINGS, view.shading}, reverse=True), view.shading,
            shading_text, lambda shading: go(replace(view, shading=shading)), 250,
        )  # fmt: skip
        cost_popover(view, found)
        slip_popover(view)


def people_text(people: object, asked: object) -> str:
    named = count_text(int(str(people)), "person")
    return named if int(str(people)) else f"{count_text(int(str(asked)), 'person')} asked"


def shading_text(shading: float) -> str:
    return "Bids as named" if shading == 1 else f"Named {share_text(shading)} of their limit"


def cost_popover(view: DemandView, found: FoundDemand | None) -> None:
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


def slip_popover(view: DemandView) -> None:
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


def refused(error: BadRequest) -> None:
    empty_state(
        error.problem, error.remedy, START, on_click=lambda: go(DemandView()), key="refused", drawing="filter"
    )
    ready("refused")


def withheld() -> None:
    empty_state(
        "Small counts are withheld from you",
        "Each step of demand is a price that a single customer named. Explore shows price offers by month and by"
        " product instead.",
        key="withheld",
        drawing="closed",
    )
    ready("withheld")


def nothing(view: DemandView) -> None:
    empty_state(
        "Nobody has named a price here",
        "Load price offers on the page Data: a row an offer with customer, product, date and offered_price, and where"
        " they are known asked_price, quantity and answer. Or surveys of prices.",
        START if view != DemandView() else "",
        on_click=lambda: go(DemandView()),
        key="no-prices",
        drawing="empty",
    )
    ready("nothing")


def ready(state: str, found: FoundDemand | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    people = found.named.people if found else 0
    version = session.warehouse().version
    st.html(
        f'<p class="clientela-quiet" data-testid="demand-ready" data-state="{state}" data-people="{people}"'
        f' data-version="{escape(str(version))}"></p>'
    )


demand()
