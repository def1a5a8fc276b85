"""How far below the price asked people of a role go by themselves: shown to all, set by whoever looks after people."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import streamlit as st

from data.access.deed import Deed
from data.access.role import BUILT_IN, label_of
from data.collaborate import bid_deeds, price_limits
from data.collaborate.bid_desk import BidDesk
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME
from pages.explore.written_deeds import Standing
from pages.manage.shared.html_tables import TableCell, table
from pages.service.service_deeds import once, said, turn
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.page_states import card, section

NAME = "price-limit"
SENTENCE = (
    "How far below the price asked somebody goes alone; beyond it, and always below the floor, a second person decides."
    " Whoever looks after people sets it."
)


def price_limits_card(desk: BidDesk) -> None:
    with card("price-limits"):
        section("Authority", SENTENCE)
        limits = desk.limits or {}
        if limits:
            rows = [
                (TableCell(label_of(role).capitalize()), TableCell(f"{share:f}%", number=True))
                for role, share in sorted(limits.items())
            ]
            table(("Role", "#Below the price asked"), rows, "price-limits", "Limits by role")
        else:
            st.html('<p class="clientela-quiet">No role has a limit but the floor.</p>')
        if may(Deed.ADMINISTER):
            _setting()


def _setting() -> None:
    at = turn(NAME)
    key = f"{NAME}-{at}"
    with st.form(key, border=False), st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        roles = [role for role, each in BUILT_IN.items() if Deed.PRICE in each.deeds]
        st.selectbox("Role", roles, key=f"{key}-role", format_func=lambda role: label_of(role).capitalize(),
                     accept_new_options=True, width=200)  # fmt: skip
        st.number_input(
            "Percent below (empty: no limit)", 0.0, 100.0, None, 1.0, key=f"{key}-share", width=210
        )
        st.form_submit_button(
            "Set the limit", key=f"{key}-save", on_click=partial(once, NAME, at, partial(_save, key))
        )


def _save(key: str) -> bool:
    share = st.session_state[f"{key}-share"]
    role = (st.session_state[f"{key}-role"] or "").strip()[:LONGEST_NAME]

    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        below = None if share is None else Decimal(str(share))
        price_limits.check_role(session.warehouse().path, role, below)
        return price_limits.set_limit(store, role, below, who)

    return said("Saved: the limit holds from now on.", deed, bid_deeds.take_back)
