"""The card of dead stock here that sells there, with the moves proposed."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from pages.collaborate import virtual_warehouse_words as words
from pages.collaborate.found_virtual_warehouse import FoundWarehouse, moves_named
from pages.collaborate.virtual_warehouse_view import LASTING, VirtualWarehouseView
from pages.ui import session
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text


def stock_moves_card(
    view: VirtualWarehouseView, found: FoundWarehouse, go: Callable[[VirtualWarehouseView], None]
) -> None:
    moves, dead = moves_named(found)
    with card("moves"):
        section(
            "Dead here, sold there",
            "What lies with a partner without its count ever falling, and others from whom the same product leaves."
            " Deliveries between two counts hide what left: speeds are at least so much.",
        )
        chooser(
            "Lasting", "warehouse-lasting", sorted({*LASTING, view.lasting}), view.lasting,
            lambda days: f"Fill up for {count_text(days, 'day')}", lambda days: go(view.changed(lasting=days)), 200,
        )  # fmt: skip
        fact = told_words(words.moves_fact(found, float(moves["value"].sum() or 0), session.currency()))
        st.html(f'<p data-testid="moves-fact"><b>{escape(fact)}</b></p>')
        if found.moves.unwatched:
            told = f"{count_text(found.moves.unwatched, 'place')} not counted for so long: nothing is said of them."
            st.html(f'<p class="clientela-quiet">{escape(told)}</p>')
        if moves.height:
            frame_view(words.rounded(moves), "moves", words.MOVE_UNITS, whole_height(moves))
            downloads("clientela-stock-moves", lambda: moves, "moves", words.MOVE_UNITS)
        if dead.height:
            with st.expander("All that lies dead", icon=":material/table:"):
                frame_view(dead, "dead", words.MOVE_UNITS, whole_height(dead))
                downloads("clientela-dead-stock", lambda: dead, "dead", words.MOVE_UNITS)
