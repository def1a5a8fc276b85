"""Writing down a price that a customer named, on the phone or in the shop."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

import streamlit as st

from data.access.deed import Deed
from data.collaborate import bid_deeds
from data.collaborate.bid_deeds import NamedPrice
from data.collaborate.bid_surroundings import product_of, products_of
from data.errors import BadRequest
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME
from data.review import customer_records
from data.service.service_choices import number_to_speak_of
from data.store.warehouse import Warehouse
from pages.explore.written_deeds import Standing
from pages.service.service_deeds import once, said, turn
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.local_time import today
from pages.ui.page_states import card, section

NAME = "named-price"
STEP = 0.01


@for_deed(Deed.PRICE)
def named_price_card() -> None:
    """Draw the form: nothing for whom may not answer prices."""
    at = turn(NAME)
    key = f"{NAME}-{at}"
    with card("named-price"):
        section("Write down an offer", "What a customer said on the phone, in the shop or by mail.")
        with st.form(key, border=False):
            with st.container(horizontal=True, gap="small"):
                st.text_input("Customer’s number", key=f"{key}-customer", max_chars=LONGEST_NAME, width=190)
                st.text_input(
                    "Product’s number or name", key=f"{key}-product", max_chars=LONGEST_NAME * 2, width=260
                )
                st.number_input(f"Price of one piece, {session.currency()}", 0.0, None, None, STEP, key=f"{key}-price",
                                width=190)  # fmt: skip
                st.number_input("Pieces", 0.0, None, 1.0, 1.0, "%g", key=f"{key}-pieces", width=120)
                st.date_input("Expires on", None, key=f"{key}-expires", width=150)
            st.text_input("Requirements", key=f"{key}-requirements", max_chars=bid_deeds.LONGEST_REASON,
                          placeholder="Such as: in blue, before Easter")  # fmt: skip
            save = partial(_save, key, today())
            st.form_submit_button("Save the offer", key=f"{key}-save", on_click=partial(once, NAME, at, save))


def _save(key: str, day: date) -> bool:
    typed, warehouse = st.session_state, session.warehouse()

    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        named = named_price(
            warehouse, typed[f"{key}-customer"], typed[f"{key}-product"], typed[f"{key}-price"], day
        )
        named = NamedPrice(
            named.customer, named.product, named.price, Decimal(str(typed[f"{key}-pieces"])), "", named.asked,
            typed[f"{key}-requirements"], typed[f"{key}-expires"],
        )  # fmt: skip
        return bid_deeds.name_price(store, named, day, warehouse.profile.currency, who).said

    return said("Saved: the offer stands in the queue.", deed, bid_deeds.take_back)


def named_price(
    warehouse: Warehouse, customer: str, product: str, price: float | None, day: date
) -> NamedPrice:
    """Of whom and what it is. Errors: BadRequest where that cannot be told."""
    codes = customer_records.codes_of(warehouse, customer.strip()) if customer.strip() else []
    if len(codes) != 1:
        many = "Several customers are" if codes else "No customer is"
        raise BadRequest(
            f"{many} called {customer.strip()!r}.", "Write the number that the page Customer shows."
        )
    number, code = product_of(warehouse, product)
    asked = products_of(warehouse, [code], day)[code].listed
    amount = Decimal(str(price)) if price is not None else Decimal(0)
    return NamedPrice(number_to_speak_of(warehouse, codes[0]), number, amount, asked=asked)
