"""Customers by what they are worth: the list of the page Lifetime, and the one that a click opens."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from cubes.query import Cut
from data.errors import BadRequest
from pages.discover.customer_list import customer_list
from pages.discover.mined_slice import explore_link, explore_parameters
from pages.ui import noted_looks, session
from pages.ui.chart_clicks import chart
from pages.ui.figures import age_curves
from pages.ui.open_pages import link_to
from pages.ui.opened_panel import BESIDE, opened_panel
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text
from pages.value import lifetime_words as words
from pages.value.found_lifetime import FoundLifetime, customers, opened
from pages.value.lifetime_scores import offered
from pages.value.lifetime_view import LifetimeView
from pages.value.save_scores import saving

CUSTOMER_PAGE = "service/customer_page.py"
UNITS = {
    "value": "money", "value_low": "money", "value_high": "money", "buys": "percent", "buys_low": "percent",
    "buys_high": "percent", "purchases": "ratio", "purchases_low": "ratio", "purchases_high": "ratio",
}  # fmt: skip
USUAL = (
    "customer", "name", "value", "value_low", "value_high", "buys", "purchases", "last_purchase", "purchase_days",
)  # fmt: skip
BEGUN = "lifetime-lists-begun"
Go = Callable[[LifetimeView], None]


def customers_card(view: LifetimeView, found: FoundLifetime, go: Go) -> None:
    """The list; beside it whom it has open."""
    if not view.customer:
        the_list(view, found, go)
        return
    left, right = st.columns(BESIDE, gap="small")
    with left:
        the_list(view, found, go)
    with right:
        one_customer(view, found, go)


def the_list(view: LifetimeView, found: FoundLifetime, go: Go) -> None:
    with card("lifetime-customers"):
        kind = words.basis(found.worth)
        ahead = f"value is {kind} over {count_text(view.horizon_days, 'day')}, buys and purchases within {view.days}"
        section("Customers", f"The most valuable first; {ahead}. A row opens one of them.")
        frame = customers(found)

        def picked(customer: str) -> None:
            go(view.open(customer) if customer else view.closed())

        begun = st.session_state.get(BEGUN, 0)
        customer_list(frame, "clientela-lifetime", f"lifetime-{begun}", UNITS, USUAL, picked,
                      audience=f"Customers by {kind}")  # fmt: skip
        saving(offered(view, found))


def one_customer(view: LifetimeView, found: FoundLifetime, go: Go) -> None:
    def close() -> None:
        st.session_state[BEGUN] = st.session_state.get(BEGUN, 0) + 1
        go(view.closed())

    name = found.told.frame.filter(customer=view.customer)["customer_name"].to_list()
    noted_looks.saw_customer(view.customer)
    title = name[0] if name and name[0] else view.customer
    with opened_panel(title, "one-customer", close, {"customer": view.customer}):
        try:
            seen = opened(found, view.customer, view.days)
        except BadRequest as error:
            st.html(f'<p class="clientela-quiet">{escape(error.problem)} {escape(error.remedy or "")}</p>')
            return
        st.html(f'<p data-testid="outlook">{escape(words.outlook_words(seen, view.days))}</p>')
        figure = age_curves(
            words.outlook_frame(seen), session.colours(), age_name="Days from the last day seen", height=300
        )
        alt = f"Chances of one customer by day. {words.outlook_words(seen, view.days)}"
        chart(figure, f"outlook-{view.to_parameters()}", alt)
        st.caption(
            f"What the model knows: x = {seen.repeats} repeat days, t_x = {seen.recency_days} days from the first to "
            f"the last, T = {seen.age_days} days from the first to the last day seen."
        )
        with st.container(horizontal=True, gap="small"):
            link_to(
                CUSTOMER_PAGE,
                label="The customer's page",
                icon=":material/person_search:",
                query_params={"who": view.customer},
            )
            cut = Cut("customer", (view.customer,))
            explore_link(
                "In Explore", explore_parameters((cut,), session.cube(), session.warehouse().profile)
            )
