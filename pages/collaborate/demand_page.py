"""Demand: who would pay which price by what persons named, the price that earns most, past answers, and surveys."""

from __future__ import annotations

from html import escape

import streamlit as st

from cubes.analysis.offered_prices import CUBE
from cubes.members.single_customers import tells_single_customers
from data.errors import BadRequest
from mining.pricing.demand_cautions import demand_cautions
from mining.pricing.named_prices import PriceUnit
from pages.collaborate import demand_words as words
from pages.collaborate.best_price_card import best_price_card, drawn_prices_card
from pages.collaborate.counter_offers_card import counter_offers_card
from pages.collaborate.demand_card import at_card, demand_card
from pages.collaborate.demand_choices import demand_choices
from pages.collaborate.demand_groups_card import demand_groups_card
from pages.collaborate.demand_view import DemandView, parse_demand
from pages.collaborate.found_demand import (
    FoundDemand,
    OfferedProducts,
    found_answers,
    found_counters,
    found_demand,
    found_surveys,
    offered_products,
)
from pages.collaborate.past_answers_card import past_answers_card
from pages.collaborate.price_surveys_card import price_surveys_cards
from pages.discover.finding_footer import finding_footer
from pages.discover.mined_slice import slice_bar
from pages.ui import session
from pages.ui.kpi_row import kpi_strip
from pages.ui.page_record import told_words
from pages.ui.page_states import empty_state, page_title

TITLE = "Demand"
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
        demand_choices(view, products, product, None, go)
        st.html(f'<p role="alert">{escape(told_words(str(error)))}</p>')
        surveys = found_surveys(view, code, view.cost or 0.0) if code is not None else None
        price_surveys_cards(view, surveys, go)
        ready("surveys")
        return
    demand_choices(view, products, product, found, go)
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
    counter_offers_card(view, found_counters(view, code, found), price, go)
    past_answers_card(view, found_answers(view, code, found), go)
    in_money = found.cost or 0.0 if view.terms.unit is PriceUnit.MONEY else 0.0
    price_surveys_cards(view, found_surveys(view, code, in_money) if code is not None else None, go)


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
