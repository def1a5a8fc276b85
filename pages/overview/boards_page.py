"""Boards: saved views, findings and built-in tiles side by side, arranged by whoever sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from data import environment
from data.access.deed import Deed
from data.errors import BadRequest
from data.operational import boards, operational_store, saved_views
from data.operational.boards import BUILT_IN, HOUSE, MOST_COLUMNS, PRIVATE, SHARED, Board, BoardTile
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME
from data.operational.standing_on import StandingOn
from pages.explore.why_panel import why_panel
from pages.explore.written_deeds import Standing, as_seen, do, forget_typed, tell, typed_on, waits
from pages.overview.add_tile import HOW, add_tile
from pages.overview.board_tiles import (
    BoardShown,
    TileArranging,
    draw_board,
    name_of,
)
from pages.overview.overview_parts import house_parts, house_tiles
from pages.overview.part_asked import follow_lead
from pages.overview.period_asked import PARAMETERS, PeriodAsked, period_choosers, read_period
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.controls import as_plain, chooser
from pages.ui.local_time import in_words
from pages.ui.page_states import empty_state, page_title
from pages.ui.tile_order.tile_order import OrderedTile, TileMove, tile_order

HERE = "boards"
SAID, GONE, NEW, OWN = "board-said", "board-gone", "board-new", "board-own"
SEEN, MINE = "board-seen", "board-mine"
OF_THE_HOUSE = (
    "This is Overview as Clientela arranges it. Make your own of it to take tiles away, add views and change their "
    "order, or begin a new board."
)
SENTENCE = "Tiles side by side; a click on one opens what lies behind it."


@session.fragment
def page() -> None:
    follow_lead()
    page_title("Boards", SENTENCE)
    found = (HOUSE, *boards.boards(_read(), environment.who()))
    try:
        url = session.read_own_url("board", *PARAMETERS)
        board = _asked(url["board"], found)
        asked = read_period(url, session.warehouse().profile)
    except BadRequest as error:
        empty_state(error.problem, error.remedy or "", "Show the boards", partial(_go, ""), key="bad-board")
        _said()
        return
    _bar(board, found)
    _said()
    if board == HOUSE:
        st.caption(OF_THE_HOUSE)
    else:
        _told_of_others(board)
    late = _tiles(board, asked)
    why_panel(HERE)
    late()


def _asked(id: str, found: Sequence[Board]) -> Board:
    """The board that the address names; else the first that somebody made, or the house's."""
    board = next((each for each in found if each.id == id), None)
    if id and board is None:
        raise BadRequest("That board is not there any more.", "It was deleted, or is kept private.")
    return board or found[:2][-1]


def _read() -> OperationalStore:
    return operational_store.of(session.warehouse())


def _go(id: str) -> None:
    session.write_url({"board": [id]} if id else {})


def _done(
    board: str,
    deed: Callable[[OperationalStore], str],
    gone: bool = False,
    again: Callable[[StandingOn], object] | None = None,
    kept: Callable[[], object] | None = None,
) -> bool:
    """Carry out a deed on a board, and keep in mind that it is this session's own."""
    if not gone:
        st.session_state.pop(GONE, None)
    before = boards.changes(_read(), board)
    if not do(SAID, deed, again, kept=kept):
        return False
    own = {each.seq for each in boards.changes(_read(), board)[len(before) :]}
    st.session_state[MINE] = st.session_state.get(MINE, frozenset()) | own
    return True


def _said() -> None:
    if waits(SAID):
        tell(SAID, {"place": lambda _: "its place there"})
        return
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
        if not may(Deed.WRITE):
            return
        if board == HOUSE:
            st.button("Make my own", key="board-own-home", icon=":material/edit:", on_click=_make_own_home)
        else:
            _arranging_bar(board)
        with st.popover(
            "New board", icon=":material/dashboard_customize:", type="tertiary", key="board-more"
        ):
            _new_form()


def _arranging_bar(board: Board) -> None:
    """What is done with a board that is not the house's."""
    with st.popover("Add a tile", icon=":material/add:", key="board-add"):
        add_tile(_read(), board, _done)
    with st.popover("Order", icon=":material/swap_vert:", key="board-order"):
        _order(board)
    _columns(board)
    with st.popover("This board", icon=":material/tune:", type="tertiary", key="board-this"):
        _home_choice(board)
        if board.owner == environment.who():
            _own_form(board)


def _home_choice(board: Board) -> None:
    """Whether it is what Overview shows to this person."""
    if boards.home(_read(), environment.who()) == board:
        st.button("Show the original Overview again", key="board-home", icon=":material/undo:", type="tertiary",
                  on_click=_choose_home, args=(board, HOUSE.id))  # fmt: skip
    else:
        st.button("Show it as my Overview", key="board-home", icon=":material/home:", type="tertiary",
                  on_click=_choose_home, args=(board, board.id))  # fmt: skip


def _choose_home(board: Board, home: str) -> None:
    def deed(store: OperationalStore) -> str:
        boards.choose_home(store, home, environment.who())
        shown = "the original again" if home == HOUSE.id else "this board to you from now on"
        return f"Overview shows {shown}."

    _done(board.id, deed)


def _make_own_home() -> None:
    made: list[str] = []

    def deed(store: OperationalStore) -> str:
        names = [each.name for each in house_parts(session.warehouse().profile)]
        made.append(boards.make_own_home(store, names, environment.who()))
        return "This is your own Overview now: the page Overview shows it to you."

    if _done(HOUSE.id, deed):
        _go(made[0])


def _order(board: Board) -> None:
    """The tiles as a list, dragged to another place by mouse or keys."""
    st.html(f'<style>[data-testid="stPopoverBody"] {{ color-scheme: {session.colours().name}; }}</style>')
    found = boards.tiles(_read(), board.id)
    if len(found) < 2:
        st.caption("With two tiles or more, their order is changed here.")
        return
    views, who = saved_views.every_view(_read()), environment.who()
    named = [OrderedTile(each.id, name_of(each, views, who)) for each in found]
    tile_order(named, "board-order-list", partial(_put, {each.id: each for each in found}))


def _put(found: Mapping[str, BoardTile], move: TileMove, standing: Standing = None) -> None:
    tile = found[move.id]

    def deed(store: OperationalStore) -> str:
        standing_on = standing or as_seen(tile.said)
        boards.put_tile_after(store, tile.id, move.after, environment.who(), standing_on)
        return "Moved."

    _done(tile.board, deed, again=partial(_put, found, move))


def _columns(board: Board) -> None:
    st.session_state["board-columns"] = board.columns

    def chosen() -> None:
        _lay_out(board, st.session_state["board-columns"])

    st.segmented_control("Columns", range(1, MOST_COLUMNS + 1), key="board-columns", required=True,
                         on_change=chosen, label_visibility="collapsed", help="Columns")  # fmt: skip


def _lay_out(board: Board, columns: int, standing: Standing = None) -> None:
    def deed(store: OperationalStore) -> str:
        boards.lay_out(store, board.id, columns, environment.who(), standing or as_seen(board.said))
        return "Saved."

    _done(board.id, deed, again=partial(_lay_out, board, columns))


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

    opened = typed_on(key, board.name, board.said)

    def change(deed: Callable[[OperationalStore, StandingOn], None], standing: StandingOn) -> None:
        def saved(store: OperationalStore) -> str:
            deed(store, standing)
            return "Saved."

        _done(board.id, saved, again=partial(change, deed), kept=partial(forget_typed, key))

    def rename() -> None:
        name = st.session_state[key]
        change(lambda store, standing: boards.rename(store, board.id, name, who, standing), as_seen(opened))

    def share(store: OperationalStore, standing: StandingOn) -> None:
        boards.show_to(store, board.id, other, who, standing)

    st.text_input("Name", key=key, max_chars=LONGEST_NAME)
    st.button("Rename", key="board-rename", on_click=rename)
    st.button("Keep it private" if board.is_shared else "Share it with everybody", key="board-share",
              type="tertiary", icon=":material/lock:" if board.is_shared else ":material/group:",
              on_click=lambda: change(share, as_seen(board.said)))  # fmt: skip
    st.button("Delete the board", key="board-delete", type="tertiary", icon=":material/delete:",
              on_click=_delete, args=(board,))  # fmt: skip


def _delete(board: Board, standing: Standing = None) -> None:
    def deed(store: OperationalStore) -> str:
        gone = boards.delete(store, board.id, environment.who(), standing or as_seen(board.said))
        st.session_state[GONE] = (board.id, gone)
        return f"“{board.name}” is deleted."

    if _done(board.id, deed, gone=True, again=partial(_delete, board)):
        _go("")


def _tiles(board: Board, asked: PeriodAsked) -> Callable[[], None]:
    """The tiles; what is returned draws those that are late."""
    profile = session.warehouse().profile
    found = house_tiles(profile) if board == HOUSE else boards.tiles(_read(), board.id)
    if not found:
        empty_state("Nothing stands here yet", f"Add a tile. {HOW}", key="no-tiles")
        return lambda: None
    if any(each.shown_as == BUILT_IN for each in found):
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="board-period"):
            st.html('<p class="clientela-quiet">Period of the built-in tiles</p>', width="content")
            period_choosers(asked, {"board": [board.id]})
    views = {} if board == HOUSE else saved_views.every_view(_read())
    arranging = ARRANGING if board != HOUSE and may(Deed.WRITE) else None
    shown = BoardShown(HERE, asked.query(profile), views, environment.who(), arranging)
    return draw_board(found, board.columns, shown)


def _show_as(tile: BoardTile, shown_as: str, standing: Standing = None) -> None:
    def deed(store: OperationalStore) -> str:
        boards.show_tile_as(store, tile.id, shown_as, environment.who(), standing or as_seen(tile.said))
        return "Saved."

    _done(tile.board, deed, again=partial(_show_as, tile, shown_as))


def _move(tile: BoardTile, step: int, standing: Standing = None) -> None:
    def deed(store: OperationalStore) -> str:
        boards.move_tile(store, tile.id, step, environment.who(), standing or as_seen(tile.said))
        return "Moved."

    _done(tile.board, deed, again=partial(_move, tile, step))


def _remove(tile: BoardTile, standing: Standing = None) -> None:
    def deed(store: OperationalStore) -> str:
        gone = boards.remove_tile(store, tile.id, environment.who(), standing or as_seen(tile.said))
        st.session_state[GONE] = (tile.board, gone)
        return "The tile is taken away."

    _done(tile.board, deed, gone=True, again=partial(_remove, tile))


ARRANGING = TileArranging(_show_as, _move, _remove)

page()
