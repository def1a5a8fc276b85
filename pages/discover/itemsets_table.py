"""The itemsets that rules are made of, where somebody asks for them: closed ones, maximal ones or all."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import streamlit as st

from mining.patterns.association_rules import Rules
from pages.discover.baskets_view import Association, Listed
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.page_states import section
from pages.ui.style.formats import count_text, number_text
from pages.ui.written_cells import are_written, fixed, share, written

SHOWN = 1_000
NAMES = {
    Listed.NONE: "Not listed",
    Listed.CLOSED: "Closed itemsets",
    Listed.MAXIMAL: "Maximal itemsets",
    Listed.ALL: "All itemsets",
}
WRITES = {"length": fixed(0), "count": fixed(0), "support": share}


def itemsets_table(view: Association, rules: Rules, go: Callable[[Association], None]) -> None:
    """How many there are of each kind, and those that are asked for."""
    every, closed, maximal = map(number_text, rules.itemset_counts())
    section(
        "Itemsets",
        f"{every} stand in {count_text(rules.least, 'basket')} or more. {closed} are closed: any item more loses "
        f"baskets. {maximal} are maximal: any item more falls below the support.",
    )
    chooser("Itemsets", "baskets-itemsets", list(Listed), view.itemsets, NAMES.__getitem__,
            lambda kind: go(view.at(itemsets=kind)), 220)  # fmt: skip
    if view.itemsets is Listed.NONE:
        return
    found = listed(rules, view.itemsets)
    shown = found.head(SHOWN)
    by_python = are_written(shown)
    number = st.column_config.NumberColumn
    st.dataframe(
        written(shown, WRITES) if by_python else shown,
        hide_index=True,
        height=min(420, 40 + 36 * shown.height),
        column_config={
            "items": st.column_config.TextColumn("Items", width="large"),
            "length": number("Length"),
            "count": number("Baskets"),
            "support": number("Support", format=None if by_python else "percent"),
        },
        alt="Itemsets",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if found.height > SHOWN:
            st.caption(f"The first {number_text(SHOWN)} of {number_text(found.height)}; the files have all.")
        st.space("stretch")
        downloads("clientela-itemsets", lambda: found, "itemsets", {"support": "percent"})


def listed(rules: Rules, kind: Listed) -> pl.DataFrame:
    """The itemsets of a kind, their items as text; in most baskets first."""
    kept = rules.itemsets if kind is Listed.ALL else rules.itemsets.filter(pl.col(kind.value))
    return kept.select(pl.col("items").list.join(" + "), "length", "count", "support")
