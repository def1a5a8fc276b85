"""The bar above proposals: board or list, a text, and filters by status, product, language and place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import streamlit as st

from data.collaborate.proposal_board import ProposalBoard
from data.operational.statement_kinds import PROPOSAL_STATUSES
from pages.collaborate.proposal_words import HEADS
from pages.collaborate.proposals_view import (
    BOARD,
    CATEGORY,
    LANGUAGES,
    LIST,
    LOOKS,
    NEWEST,
    OLDEST,
    ORDERS,
    PRODUCT,
    SUPPORTED,
    UNSURE,
    ProposalsView,
)
from pages.ui import session
from pages.ui.controls import chooser

Go = Callable[[ProposalsView], None]
LOOK_NAMES = {BOARD: "Board", LIST: "List"}
ORDER_NAMES = {SUPPORTED: "Most supported first", NEWEST: "Newest first", OLDEST: "Oldest first"}
LONGEST, MOST = 100, 500


def filter_bar(view: ProposalsView, board: ProposalBoard, go: Go) -> None:
    offered = _offered(board)
    st.session_state["proposals-look"] = view.look
    st.session_state["proposals-text"] = view.text
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="proposals-bar"):
        st.segmented_control(
            "Look", LOOKS, key="proposals-look", required=True, format_func=LOOK_NAMES.__getitem__,
            label_visibility="collapsed",
            on_change=lambda: go(view.changed(look=st.session_state["proposals-look"] or view.look)),
        )  # fmt: skip
        st.text_input(
            "Find in proposals", key="proposals-text", placeholder="Find words", max_chars=LONGEST, width=190,
            label_visibility="collapsed",
            on_change=lambda: go(view.changed(text=st.session_state["proposals-text"].strip())),
        )  # fmt: skip
        statuses = {"": "Status: all"} | {
            each: f"Status: {HEADS[each].lower()}" for each in PROPOSAL_STATUSES
        }
        _filter("status", statuses, view, go)
        for name in ("ware", "language", "place"):
            if len(offered[name]) > 2 or getattr(view, name):
                _filter(name, offered[name], view, go)
        chooser("Order", "proposals-order", ORDERS, view.order, ORDER_NAMES.__getitem__,
                lambda each: go(view.changed(order=each)), 190)  # fmt: skip
        if view.is_filtered:
            st.button(
                "Clear all filters",
                key="proposals-clear",
                type="tertiary",
                on_click=lambda: go(view.unfiltered()),
            )


def _filter(name: str, names: Mapping[str, str], view: ProposalsView, go: Go) -> None:
    value = getattr(view, name)
    options = [*names, *([value] if value not in names else [])]
    label = {"ware": "Product or category"}.get(name, name.capitalize())
    chooser(label, f"proposals-{name}", options, value, lambda each: names.get(each, each),
            lambda each: go(view.changed(**{name: each})), 210 if name == "ware" else 175)  # fmt: skip


def _offered(board: ProposalBoard) -> dict[str, dict[str, str]]:
    """What may be chosen of each filter, with what it is called; kept as long as the board."""
    kept = session.warehouse().beside.get("filters of proposals")
    if kept is None or kept[0] is not board:
        kept = session.warehouse().beside["filters of proposals"] = (board, _found(board))
    found: dict[str, dict[str, str]] = kept[1]
    return found


def _found(board: ProposalBoard) -> dict[str, dict[str, str]]:
    categories = Counter(each.category for each in board.standing if each.category)
    products = Counter((each.product_id, each.product) for each in board.standing if each.product_id)
    languages = Counter(each.language or UNSURE for each in board.standing)
    places = Counter(each.place for each in board.standing if each.place)
    wares = {f"{CATEGORY}:{name}": f"All of {name}" for name in sorted(categories)}
    wares |= {f"{PRODUCT}:{id}": name for (id, name), _ in products.most_common(MOST)}
    named = {each: f"Language: {LANGUAGES.get(each, 'unsure')}" for each, _ in languages.most_common()}
    return {
        "ware": {"": "Product: all"} | wares,
        "language": {"": "Language: all"} | named,
        "place": {"": "Place: all"} | {each: f"Place: {each}" for each in sorted(places)[:MOST]},
    }
