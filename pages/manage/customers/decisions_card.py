"""What people decided about records, the latest first, and how to take a decision back."""

from __future__ import annotations

from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from data.access.deed import Deed
from data.review.customer_records import TOGETHER
from pages.manage.customers import resolve_identity
from pages.manage.shared.warehouse_changes import doing
from pages.ui.allowed_deeds import for_deed
from pages.ui.controls import as_plain
from pages.ui.local_time import in_words
from pages.ui.page_states import card, section
from pages.ui.style.formats import number_text

SHOWN = 20
WORDS = {TOGETHER: "are one customer"}


@for_deed(Deed.CURATE)
def decisions_card(decisions: pl.DataFrame) -> None:
    """One line a decision, those that hold with a button beside."""
    if decisions.is_empty():
        return
    with card("decisions"):
        section("Decisions", "Each can be undone, whenever it was made.")
        for at, row in enumerate(decisions.head(SHOWN).iter_rows(named=True)):
            _line(at, row)
        if decisions.height > SHOWN:
            st.caption(
                f"{number_text(decisions.height - SHOWN)} earlier ones are not listed: find them by the customer."
            )


def _line(at: int, row: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"decision-{at}"):
        told = f"{row['one_number']} and {row['other_number']} {WORDS.get(row['verdict'], 'are different people')}"
        when = f"{in_words(row['decided_at'])}, by {row['decided_by']}"
        if row["undone_at"] is not None:
            st.markdown(f"~~{as_plain(told)}~~ :gray[undone]")
            return
        st.markdown(f"{as_plain(told)} :gray[{as_plain(when)}]")
        if row["one"] is None or row["other"] is None:
            st.markdown(":gray[waits for records that are not here]")
            return
        st.space("stretch")
        st.button(
            "Undo",
            key=f"undo-{row['one']}-{row['other']}-{row['decided_at']:%Y%m%d%H%M%S%f}",
            icon=":material/undo:",
            type="tertiary",
            on_click=doing(partial(resolve_identity.undo, row["one"], row["other"])),
        )
