"""Who is who: records of several sources that may be one person. People decide what the computer could not."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.access.deed import Deed
from data.review import customer_records, decided_pairs
from pages.manage.customers.decisions_card import decisions_card
from pages.manage.customers.review_card import review_card
from pages.manage.shared.manage_style import looks, ready
from pages.manage.shared.warehouse_changes import told
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.page_states import empty_state, page_title

SENTENCE = "Records of several sources that may be one person; what you decide here can be undone."


@session.fragment
def identity() -> None:
    looks()
    store = session.warehouse()
    page_title("Who is who", SENTENCE)
    told()
    session.read_own_url()
    if not store.profile.customers:
        if empty_state("No customer is known yet", "Load a list of customers, or order lines that name them.",
                       "Bring a file", key="no-customers"):  # fmt: skip
            st.switch_page("manage/files/data_page.py")
        ready("identity", customers=0)
        return
    if not may(Deed.CURATE):
        empty_state("You may not decide who is who", "Whoever looks after the policies can change that.",
                    key="no-review", drawing="closed")  # fmt: skip
        ready("identity")
        return
    waiting, decisions = customer_records.doubtful(store), decided_pairs.decisions(store)
    held = decisions.filter(pl.col("undone_at").is_null())
    review_card(waiting, held.height)
    decisions_card(decisions)
    ready("identity", waiting=len(waiting), decided=held.height)


identity()
