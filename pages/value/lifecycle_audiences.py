"""Audiences of the life cycle: who stands in a stage, which may live on, and who moved from one stage to another."""

from __future__ import annotations

import streamlit as st

from data.errors import BadRequest
from pages.ui.audience_dialog import OfferedAudience, audience_button, offered_list, offered_query
from pages.ui.controls import remembered_choice
from pages.ui.figures import BETWEEN_IDS
from pages.ui.style.formats import format_day, number_text
from pages.value.found_lifecycle import FoundLifecycle, moved_customers, stage_question
from pages.value.lifecycle_view import LifecycleView

STAGE, MOVE = "lifecycle-whom", "lifecycle-move"


def stage_audience(view: LifecycleView, found: FoundLifecycle) -> None:
    """The stage to choose, and the button."""
    standing = dict(found.book.select("stage", "closing").iter_rows())
    offered = [stage for stage, customers in standing.items() if customers]
    if not offered:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="lifecycle-stage-whom"):
        stage = remembered_choice("Stage of the audience", STAGE, offered,
                                  lambda each: f"{each}: {number_text(standing[each])}", 230)  # fmt: skip
        audience_button(lambda: offered_query(stage_question(view, stage), stage), "lifecycle-stage")


def move_audience(found: FoundLifecycle) -> None:
    """The move to choose, which a click on the picture chooses too, and the button."""
    moves = {(row["from"], row["to"]): row["moves"] for row in found.flow.iter_rows(named=True)}
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="lifecycle-moved-whom"):
        move = remembered_choice("Move of the audience", MOVE, list(moves),
                                 lambda each: f"{each[0]} to {each[1]}: {number_text(moves[each])}", 300)  # fmt: skip
        audience_button(lambda: _moved(found, *move), "lifecycle-moved")


def choose_move(ids: tuple[str, ...]) -> None:
    """Choose the move of a cell or a band that was clicked; for callbacks."""
    parts = BETWEEN_IDS.join(ids).split(BETWEEN_IDS)
    if len(parts) == 2:
        st.session_state[MOVE] = (parts[0], parts[1])


def _moved(found: FoundLifecycle, origin: str, to: str) -> OfferedAudience:
    ids = moved_customers(found, origin, to)
    if ids.is_empty():
        raise BadRequest(f"Nobody moved from {origin} to {to} in this period.", "Choose another move.")
    days = f"{format_day(found.since)} – {format_day(found.until)}"
    name = f"{origin} to {to}, {days}"
    return offered_list(name, f"List: {name}", tuple(ids))
