"""Boards: saved views side by side, as numbers, charts and tables, arranged by whoever sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from data import environment
from data.errors import BadRequest
from data.operational import boards, operational_store, saved_views
from data.operational.boards import CHART, MOST_COLUMNS, PRIVATE, SHARED, SHOWN_AS, Board, BoardTile
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME
from data.operational.saved_views import SavedView
from pages.explore.explore_view import View
from pages.explore.written_deeds import do, tell
from pages.overview.board_tiles import EXPLORE, NAMES, TileWays, draw_tile
from pages.ui import session
from pages.ui.controls import as_plain, chooser
from pages.ui.local_time import in_words
from pages.ui.page_states import empty_state, page_title

SAID, GONE, LEAD, NEW, OWN = "board-said", "board-gone", "board-lead", "board-new", "board-own"
SEEN, MINE = "board-seen", "board-mine"
SENTENCE = "Saved views side by side; a click on one opens it in Explore."
HOW = "Save views on Explore (Views), then put them side by side here."


@session.fragment
def page() -> None:
    lead = st.session_state.pop(LEAD, None)
    if isinstance(lead, View):
        st.switch_page(EXPLORE, query_params=lead.to_parameters())
    page_title("Boards", SENTENCE)
    found = boards.boards(_read(), environment.who())
    try:
        asked = session.read_own_url("board")["board"]
        board = next((each for each in found if each.id == asked), None)
        if asked and board is None:
            raise BadRequest("That board is not there any more.", "It was deleted, or is kept private.")
    except BadRequest as error:
        empty_state(error.problem, error.remedy or "", "Show the boards", partial(_go, ""), key="bad-board")
        _said()
        return
    board = board or (found[0] if found else None)
    if board is None:
        empty_state("There is no board yet", HOW, key="no-board", ways=_new_form)
        _said()
        return
    _bar(board, found)
    _said()
    _told_of_others(board)
    _tiles(board)


def _read() -> OperationalStore:
    return operational_store.of(session.warehouse())


def _go(id: str) -> None:
    session.write_url({"board": [id]} if id else {})


def _done(board: str, deed: Callable[[OperationalStore], str], gone: bool = False) -> bool:
    """Carry out a deed on a board, and keep in mind that it is this session's own."""
    if not gone:
        st.session_state.pop(GONE, None)
    before = boards.changes(_read(), board)
    if not do(SAID, deed):
        return False
    own = {each.seq for each in boards.changes(_read(), board)[len(before) :]}
    st.session_state[MINE] = st.session_state.get(MINE, frozenset()) | own
    return True


def _said() -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="board-told"):
        tell(SAID)
        if GONE in st.session_state:
            st.button("Undo", key="board-undo", icon=":material/undo:", type="tertiary", on_click=_undo)
    st.session_state.pop(SAID, None)


def _undo() -> None:
    board, statement = st.session_state.pop(GONE)

    def deed(store: OperationalStore) -> str:
        boards.take_back(store, statement, environment.who())
        return "It is back."

    _done(board, deed)


def _told_of_others(board: Board) -> None:
    """Whether somebody changed the board since this session drew it last."""
    told = boards.changes(_read(), board.id)
    seen = st.session_state.get(SEEN, {}).get(board.id, told[-1].seq)
    st.session_state[SEEN] = {**st.session_state.get(SEEN, {}), board.id: told[-1].seq}
    others = [each for each in told if each.seq > seen and each.seq not in st.session_state.get(MINE, ())]
    if others:
        st.caption(
            f"{as_plain(others[-1].by)} changed this board too, {in_words(others[-1].at)}: everything stands, "
            "and of one tile the last word."
        )


def _bar(board: Board, found: Sequence[Board]) -> None:
    names = {each.id: each.name if each.owner == environment.who() else f"{each.name} ({each.owner})"
             for each in found}  # fmt: skip
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="board-bar"):
        chooser("Board", "board-chosen", list(names), board.id, names.__getitem__, _go)
        with st.popover("Add a view", icon=":material/add:", key="board-add"):
            _add_form(board)
        _columns(board)
        if board.owner == environment.who():
            with st.popover("This board", icon=":material/tune:", type="tertiary", key="board-this"):
                _own_form(board)
        with st.popover(
            "New board", icon=":material/dashboard_customize:", type="tertiary", key="board-more"
        ):
            _new_form()


def _columns(board: Board) -> None:
    st.session_state["board-columns"] = board.columns

    def chosen() -> None:
        def deed(store: OperationalStore) -> str:
            boards.lay_out(store, board.id, st.session_state["board-columns"], environment.who())
            return "Saved."

        _done(board.id, deed)

    st.segmented_control("Columns", range(1, MOST_COLUMNS + 1), key="board-columns", required=True,
                         on_change=chosen, label_visibility="collapsed", help="Columns")  # fmt: skip


def _new_form() -> None:
    st.text_input("Name of the board", key=NEW, max_chars=LONGEST_NAME, width=320)
    st.toggle("Everybody sees it", key="board-new-shared")
    st.button("Make the board", key="board-make", type="primary", on_click=_make)


def _make() -> None:
    audience = SHARED if st.session_state.get("board-new-shared") else PRIVATE
    made: list[str] = []

    def deed(store: OperationalStore) -> str:
        made.append(boards.create(store, st.session_state[NEW], audience, environment.who()))
        return "The board is made."

    if _done("", deed):
        st.session_state[NEW] = ""
        _go(made[0])


def _own_form(board: Board) -> None:
    who, key = environment.who(), f"{OWN}-{board.id}"
    other = PRIVATE if board.is_shared else SHARED

    def change(deed: Callable[[OperationalStore], None]) -> None:
        def saved(store: OperationalStore) -> str:
            deed(store)
            return "Saved."

        _done(board.id, saved)

    def rename(store: OperationalStore) -> None:
        boards.rename(store, board.id, st.session_state[key], who)

    def share(store: OperationalStore) -> None:
        boards.show_to(store, board.id, other, who)

    st.text_input("Name", board.name, key=key, max_chars=LONGEST_NAME)
    st.button("Rename", key="board-rename", on_click=change, args=(rename,))
    st.button("Keep it private" if board.is_shared else "Share it with everybody", key="board-share",
              type="tertiary", icon=":material/lock:" if board.is_shared else ":material/group:",
              on_click=change, args=(share,))  # fmt: skip
    st.button("Delete the board", key="board-delete", type="tertiary", icon=":material/delete:",
              on_click=_delete, args=(board,))  # fmt: skip


def _delete(board: Board) -> None:
    def deed(store: OperationalStore) -> str:
        st.session_state[GONE] = (board.id, boards.delete(store, board.id, environment.who()))
        return f"“{board.name}” is deleted."

    if _done(board.id, deed, gone=True):
        _go("")


def _add_form(board: Board) -> None:
    mine = {each.id: each.name for each in saved_views.saved_views(_read(), environment.who())}
    if not mine:
        st.caption(HOW)
        return
    st.selectbox("Saved view", list(mine), key="board-view", format_func=mine.__getitem__)
    st.segmented_control("Shown as", SHOWN_AS, key="board-as", default=CHART, required=True,
                         format_func=NAMES.__getitem__)  # fmt: skip

    def add() -> None:
        view, shown_as = st.session_state["board-view"], st.session_state["board-as"]

        def deed(store: OperationalStore) -> str:
            boards.add_tile(store, board.id, view, shown_as, environment.who())
            return "Added."

        _done(board.id, deed)

    st.button("Add", key="board-add-it", type="primary", on_click=add)


def _tiles(board: Board) -> None:
    found = boards.tiles(_read(), board.id)
    if not found:
        empty_state("Nothing stands here yet", f"Add a view. {HOW}", key="no-tiles")
        return
    views: dict[str, SavedView] = saved_views.every_view(_read())
    for at in range(0, len(found), board.columns):
        for tile, column in zip(found[at : at + board.columns], st.columns(board.columns), strict=False):
            with column:
                draw_tile(tile, views.get(tile.view), environment.who(), WAYS)


def _show_as(tile: BoardTile, shown_as: str) -> None:
    def deed(store: OperationalStore) -> str:
        boards.show_tile_as(store, tile.id, shown_as, environment.who())
        return "Saved."

    _done(tile.board, deed)


def _move(tile: BoardTile, step: int) -> None:
    def deed(store: OperationalStore) -> str:
        boards.move_tile(store, tile.id, step, environment.who())
        return "Moved."

    _done(tile.board, deed)


def _remove(tile: BoardTile) -> None:
    def deed(store: OperationalStore) -> str:
        st.session_state[GONE] = (tile.board, boards.remove_tile(store, tile.id, environment.who()))
        return "The tile is taken away."

    _done(tile.board, deed, gone=True)


def _explore(view: View) -> None:
    st.session_state[LEAD] = view


WAYS = TileWays(_show_as, _move, _remove, _explore)

page()
