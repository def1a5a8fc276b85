"""What to offer one customer next, and why: out of everybody's purchases, worked out once when somebody asks."""

from __future__ import annotations

import streamlit as st

from data.review.customer_standing import CampaignArm
from mining.offers.offer_words import CAUTION
from mining.offers.scoreboard import OfferList
from pages.discover.found_offers import FoundOffers, asked_offers
from pages.discover.offers_view import OffersView
from pages.manage.shared.html_tables import TableCell, table
from pages.ui import session
from pages.ui.open_pages import is_open, link_to
from pages.ui.page_states import card, section
from pages.ui.sought_work import await_work, found_already, watch_work
from pages.ui.style.formats import format_value, share_text
from pages.value.sought_lifetime import asked_value

WORKED_OUT = "customer-worked-out"
FIRST = 3
TITLES = {OfferList.AGAIN: "Again", OfferList.NEW: "New to them"}
NOT_YET = (
    "Nobody worked offers out since the last load: that looks at all customers' purchases, and takes a while."
)


def offers_card(customer_id: str, arms: tuple[CampaignArm, ...]) -> None:
    """The first of each list; nothing is worked out until somebody asks for it."""
    with card("next-offers", "stretch"):
        found = found_already(asked_offers(OffersView()))
        if found is None and not st.session_state.get(WORKED_OUT):
            section("To offer next", NOT_YET)
            _ask()
            return
        section("To offer next", f"{CAUTION}{_held(arms)}")
        found = found or await_work(asked_offers(OffersView()), "Looking for offers.")
        if found is not None:
            _offers(found, customer_id)
            _value_too()
        link_to("discover/offers_page.py", label="All offers of this customer", icon=":material/redeem:",
                query_params={"who": customer_id})  # fmt: skip


def _ask() -> None:
    st.button("Work out value and offers", key="work-out", icon=":material/calculate:",
              on_click=lambda: st.session_state.update({WORKED_OUT: True}))  # fmt: skip


def _held(arms: tuple[CampaignArm, ...]) -> str:
    held = [f"“{each.name}”" for each in arms if each.is_held_out]
    return f" Leave out what {' and '.join(held)} offers: they are held out of it." if held else ""


def _offers(found: FoundOffers, customer_id: str) -> None:
    rows = [
        (
            TableCell(TITLES[which], "quiet"),
            TableCell(row["product_name"]),
            TableCell("" if row["chance"] is None else share_text(row["chance"], 1), number=True),
            TableCell(_money(row["expected_margin"]), number=True),
            TableCell(row["why"], "quiet"),
        )
        for which in OfferList
        for row in found.told(which, customer_id).head(FIRST).iter_rows(named=True)
    ]
    if rows:
        table(
            ("List", "Product", "#Chance", "#Expected margin", "Why"),
            rows,
            "next-offers",
            "What to offer next",
        )
    else:
        why = next(filter(None, (found.why_fewer(which, customer_id) for which in OfferList)), "")
        st.caption(f"Nothing is offered to them{f': {why}' if why else ''}.")


def _money(amount: float | None) -> str:
    return "" if amount is None else format_value(amount, "money", session.currency())


def _value_too() -> None:
    """The value with its interval stands at a glance once it is found."""
    wanted = st.session_state.get(WORKED_OUT) and is_open("value/lifetime_page.py")
    if wanted and found_already(asked_value()) is None:
        watch_work(asked_value(), "Working out the value.")
