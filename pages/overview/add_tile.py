"""What can be put on a board from the board itself: saved views, and the tiles that Clientela brings along."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

import streamlit as st

from data import environment
from data.operational import boards, saved_views
from data.operational.boards import BUILT_IN, CHART, LEADERBOARD, SHOWN_AS, Board
from data.operational.operational_store import OperationalStore
from pages.explore.explore_view import Chart
from pages.overview.board_tiles import NAMES
from pages.overview.overview_parts import BY_NAME

Done = Callable[[str, Callable[[OperationalStore], str]], bool]
HOW = (
    "Save views on Explore (Views), then put them side by side here. Segments and Baskets put what they find on a "
    "board too."
)
VIEW, OURS = "Saved view", "Built-in tile"


def add_tile(store: OperationalStore, board: Board, done: Done) -> None:
    """The form; `done` carries out what is asked for."""
    kind = st.segmented_control("What", (VIEW, OURS), key="board-what", default=VIEW, required=True,
                                label_visibility="collapsed")  # fmt: skip
    if kind == VIEW:
        _add_view(store, board, done)
    else:
        _add_built_in(store, board, done)


def _add_view(store: OperationalStore, board: Board, done: Done) -> None:
    mine = {each.id: each for each in saved_views.saved_views(store, environment.who())}
    if not mine:
        st.caption(HOW)
        return
    view = st.selectbox("Saved view", list(mine), key="board-view", format_func=lambda id: mine[id].name)
    drawn = parse_qs(mine[view].address).get("chart") == [Chart.LEADERS.value]
    st.segmented_control("Shown as", SHOWN_AS, key=f"board-as-{view}", default=LEADERBOARD if drawn else CHART,
                         required=True, format_func=NAMES.__getitem__)  # fmt: skip
    _add(board, lambda: (view, st.session_state[f"board-as-{view}"]), done)


def _add_built_in(store: OperationalStore, board: Board, done: Done) -> None:
    there = {each.content for each in boards.tiles(store, board.id) if each.shown_as == BUILT_IN}
    offered = [name for name, part in BY_NAME.items() if part.is_open and name not in there]
    if not offered:
        st.caption("All built-in tiles stand on this board.")
        return
    part = st.selectbox(
        "Built-in tile", offered, key="board-part", format_func=lambda name: BY_NAME[name].title
    )
    _add(board, lambda: (part, BUILT_IN), done)


def _add(board: Board, chosen: Callable[[], tuple[str, str]], done: Done) -> None:
    def add() -> None:
        content, shown_as = chosen()

        def deed(store: OperationalStore) -> str:
            boards.add_tile(store, board.id, content, shown_as, environment.who())
            return "Added."

        done(board.id, deed)

    st.button("Add", key="board-add-it", type="primary", on_click=add)
