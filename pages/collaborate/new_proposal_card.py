"""A proposal recorded for a customer: its title with what is like it, then whose it is and what it says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from data.access.deed import Deed
from data.collaborate import proposal_deeds
from data.collaborate.proposal_board import ProposalBoard
from data.collaborate.proposal_course import ProposalNumber
from data.collaborate.proposal_deeds import LONGEST_TEXT, NewProposal
from data.model.canonical_tables import UNKNOWN
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME
from pages.collaborate import named_customer
from pages.collaborate.named_customer import customer_named
from pages.collaborate.proposal_box.proposal_box import forget_title, proposal_box, typed_title
from pages.collaborate.proposals_view import LANGUAGES, ProposalsView
from pages.explore.written_deeds import Standing
from pages.service.service_deeds import once, said, turn
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.controls import as_plain
from pages.ui.page_states import card, section

SENTENCE = (
    "Say it as the customer does. What is like it shows while you type; it is seen at once under its number."
)
NAME = "new-proposal"
MOST = 2_000
PRODUCTS = f"""SELECT id, label FROM member WHERE level = 'product' AND code > 0 AND id <> '{UNKNOWN}'
ORDER BY label, id LIMIT ?"""


@for_deed(Deed.PARTNER)
def new_proposal_card(board: ProposalBoard, view: ProposalsView, shut: Callable[[], None]) -> None:
    """The form; after each saving it is empty."""
    at = turn(NAME)
    key = f"{NAME}-{at}"
    with card("new-proposal"):
        with st.container(horizontal=True, vertical_alignment="center", key="new-proposal-heading"):
            section("Record a proposal", SENTENCE)
            st.space("stretch")
            st.button("Back to the board", key="proposal-shut", type="tertiary", icon=":material/arrow_back:",
                      on_click=shut)  # fmt: skip
        proposal_box(at)
        with st.form(key, border=False):
            _fields(key, board)
            st.form_submit_button("Save the proposal", type="primary", key=f"{key}-save",
                                  on_click=lambda: once(NAME, at, partial(_save, key, view)))  # fmt: skip


def _fields(key: str, board: ProposalBoard) -> None:
    st.text_area("What they propose", key=f"{key}-text", max_chars=LONGEST_TEXT, height=140)
    products = dict(session.warehouse().rows(PRODUCTS, [MOST]))
    places = sorted({each.place for each in board.standing if each.place})[:MOST]
    with st.container(horizontal=True, gap="small"):
        st.text_input(named_customer.LABEL, key=f"{key}-customer", max_chars=named_customer.LONGEST,
                      placeholder="Nobody who is known")  # fmt: skip
        st.selectbox("Product", list(products), index=None, key=f"{key}-product", placeholder="None",
                     format_func=lambda each: as_plain(products[each]))  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        st.selectbox("Place", places, index=None, key=f"{key}-place", accept_new_options=True,
                     placeholder="Where it is about")  # fmt: skip
        st.selectbox("Language", list(LANGUAGES), index=None, key=f"{key}-language", format_func=LANGUAGES.__getitem__,
                     placeholder="Guessed from its words")  # fmt: skip


def _save(key: str, view: ProposalsView) -> bool:
    typed = st.session_state
    customer = (typed.get(f"{key}-customer") or "").strip()
    new = NewProposal(
        typed_title(),
        typed.get(f"{key}-text") or "",
        None,
        typed.get(f"{key}-product") or "",
        (typed.get(f"{key}-place") or "")[:LONGEST_NAME],
        typed.get(f"{key}-language") or "",
    )
    made: list[ProposalNumber] = []

    def deed(store: OperationalStore, who: str, on: Standing) -> str:
        warehouse = session.warehouse()
        named = customer_named(warehouse, customer) if customer else None
        recorded = proposal_deeds.record_proposal(warehouse, new.of(named), who)
        made.append(recorded.number)
        return recorded.said

    if not said("Saved: the proposal stands on the board.", deed, proposal_deeds.take_back):
        return False
    forget_title()
    session.write_url(view.opened(made[0]).to_parameters())
    return True
