"""The rules as a table: a heading sorts, a row opens one beside it; below it the check, the board and the files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from mining.patterns.association_rules import Rules
from mining.patterns.basket_matrix import Baskets
from mining.patterns.rule_measures import MEASURES
from pages.discover.baskets_view import Association, Picture
from pages.discover.mlxtend_panel import check_button, check_words
from pages.discover.rule_frames import UNITS, table
from pages.discover.shuffle_panel import shuffle_button, shuffle_words
from pages.explore.put_on_board import put_on_board
from pages.ui.export_files import downloads
from pages.ui.page_states import section
from pages.ui.style.formats import count_text, number_text
from pages.ui.written_cells import are_written, fixed, share, written

SHOWN = 1_000
FORMATS = {
    "support": "percent",
    "confidence": "percent",
    "lift": "%.2f",
    "conviction": "%.2f",
    "leverage": "%.5f",
}
SHARES = ("support", "confidence", "confidence_there", "difference", "low", "high")
COUNTS = (
    "count_both",
    "count_antecedent",
    "count_consequent",
    "count_both_there",
    "count_antecedent_there",
    "margin",
)
WRITES = {
    **dict.fromkeys(("zhang", "kulczynski", "jaccard", "cosine"), fixed(3)),
    **dict.fromkeys(("lift", "conviction", "expected_margin"), fixed(2)),
    **dict.fromkeys(SHARES, share),
    **dict.fromkeys(COUNTS, fixed(0)),
    "leverage": fixed(5),
    "p_value": "{:.1e}".format,
}
Go = Callable[[Association], None]


def rules_table(view: Association, found: Baskets, mined: Rules, rules: Rules, go: Go) -> None:
    """The rules that hold what is looked for, of all that were mined, as a table: a heading sorts, a row opens."""
    shown = table(rules).head(SHOWN)
    order = (
        "by how far their confidence differs"
        if view.versus
        else "by expected margin"
        if view.by_margin
        else "by lift"
    )
    part = (
        f"The first {number_text(SHOWN)} {order}; the files have all. " if rules.frame.height > SHOWN else ""
    )
    section(count_text(rules.frame.height, "rule"), f"{part}A heading sorts, a row opens beside the list.")
    key = f"rules-{view.closed().drawn(Picture.NETWORK).to_parameters()}-{rules.min_support}"
    rows = rules.frame.head(SHOWN)
    chosen = [
        (at, "antecedent")
        for at, rule in enumerate(rows.iter_rows(named=True))
        if open_rule(view, rule) == view
    ]

    def selected() -> None:
        state = st.session_state.get(key) or {}
        cells = state.get("selection", {}).get("cells", [])
        go(open_rule(view, rows.row(cells[0][0], named=True)) if cells else view.closed())

    by_python = are_written(shown)
    st.dataframe(
        written(shown, {name: write for name, write in WRITES.items() if name in shown.columns})
        if by_python
        else shown,
        hide_index=True,
        height=min(420, 40 + 36 * shown.height),
        key=key,
        on_select=selected,
        selection_mode="single-cell",
        selection_default={"selection": {"cells": chosen}},
        column_config=columns(by_python),
        alt="Association rules",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        check_button(view, found, mined)
        shuffle_button(view, found, mined)
        kept = view.closed().drawn(Picture.NETWORK).at(by_margin=False, versus=()).to_parameters()
        put_on_board({"Found here": f"baskets?{urlencode(kept, doseq=True)}"}, "baskets-board")
        st.space("stretch")
        downloads("clientela-rules", lambda: table(rules), "rules", UNITS)

    check_words(view, mined)
    shuffle_words(view, mined)


def columns(by_python: bool) -> dict[str, Any]:
    """The columns of the rules; formats of their own where Python has not written the numbers."""
    text = st.column_config.TextColumn

    def number(label: str, help: str, format: str | None = None) -> Any:
        return st.column_config.NumberColumn(label, help=help, format=None if by_python else format)

    measures = {
        each.name: number(each.label, each.sentence, FORMATS.get(each.name, "%.3f")) for each in MEASURES
    }
    return {
        "antecedent": text("Baskets with", width="medium"),
        "consequent": text("also hold", width="medium"),
        **measures,
        "p_value": number(
            "p",
            "How likely chance brings both sides together so often (Fisher); 1e-300 is so much or less",
            "%.1e",
        ),
        "count_both": number("Both", "Baskets with both sides"),
        "count_antecedent": number("Left", "Baskets with the left side"),
        "count_consequent": number("Right", "Baskets with the right side"),
        "baskets": None,
        "margin": number("Margin", "What both sides earn in the baskets with both", "%.0f"),
        "expected_margin": number(
            "Margin a left",
            "What the right side earns for each basket with the left: confidence × its mean",
            "%.2f",
        ),
        "confidence_there": number("Confidence there", "In the slice that is compared with", "percent"),
        "difference": number(
            "Difference", "Confidence here less confidence there, in percentage points", "percent"
        ),
        "low": number("from", "Lower end of the difference, 95%", "percent"),
        "high": number("to", "Upper end of the difference, 95%", "percent"),
        "count_both_there": number("Both there", "Baskets with both sides in the other slice"),
        "count_antecedent_there": number("Left there", "Baskets with the left side in the other slice"),
    }


def open_rule(view: Association, rule: Mapping[str, Any]) -> Association:
    return view.opened(rule["antecedent"], rule["consequent"])
