"""Overview: how the firm does, on one screen: the house's board, or the one that a person put in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from cubes.analysis.slice_days import span_of
from cubes.query import Query
from data import environment
from data.access.deed import Deed
from data.errors import BadRequest, WarehouseError
from data.operational import boards, operational_store, saved_views
from data.operational.boards import BUILT_IN, HOUSE, Board, BoardTile
from data.operational.operational_store import OperationalStore
from data.store.warehouse import Profile
from pages.explore.outlier_days import outliers
from pages.explore.why_panel import why_panel
from pages.explore.written_deeds import do, tell
from pages.overview.board_tiles import BoardShown, draw_board
from pages.overview.overview_parts import house_parts, house_tiles
from pages.overview.part_asked import follow_lead
from pages.overview.period_asked import PARAMETERS, period_choosers, read_period
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.lineage_panel import where_from
from pages.ui.open_pages import link_to
from pages.ui.page_states import empty_state, page_title
from pages.ui.style.formats import format_span
from pages.ui.style.told_sentences import noted
from pages.ui.unknown_cuts import tell_unknown

HERE = "overview"
BOARDS = "overview/boards_page.py"
SAID = "overview-said"


@session.fragment
def overview() -> None:
    follow_lead()
    profile = session.warehouse().profile
    if not profile.lines:
        empty_state(
            "The warehouse is empty", "Load order lines on the page Data, then come back.", key="no-lines"
        )
        return
    board = home()
    try:
        asked = read_period(session.read_own_url(*PARAMETERS), profile)
    except BadRequest as error:
        refused(error, profile)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="overview-choices"):
        page_title(profile.firm or "Overview")
        st.space("stretch")
        period_choosers(asked)
        ways(board, profile)
    tell(SAID)
    st.session_state.pop(SAID, None)
    query, tiles = asked.query(profile), tiles_of(board, profile)
    late = show(board, tiles, query)
    with st.container(horizontal=True, vertical_alignment="center", key="overview-foot"):
        st.html(
            f'<p class="clientela-quiet" data-testid="overview-ready">{escape(in_words(tiles, query))}</p>'
        )
        st.space("stretch")
        where_from(query, "overview")
    outliers(session.cube(), "overview")
    why_panel(HERE)
    late()


def refused(error: BadRequest, profile: Profile) -> None:
    """What the link names that there is not, and the button that drops it."""
    with st.container(horizontal=True, vertical_alignment="center", key="overview-choices"):
        page_title(profile.firm or "Overview")
        st.space("stretch")
        period_choosers(read_period(dict.fromkeys(PARAMETERS, ""), profile))
    named = " ".join(values[0] for values in session.read_url().values())
    tell_unknown(error.problem, error.remedy, named, lambda: session.write_url({}), "bad-period")


def home() -> Board:
    """The board to show; the house's where what people wrote cannot be read."""
    try:
        return boards.home(operational_store.of(session.warehouse()), environment.who())
    except WarehouseError:
        return HOUSE


def tiles_of(board: Board, profile: Profile) -> tuple[BoardTile, ...]:
    if board == HOUSE:
        return house_tiles(profile)
    return boards.tiles(operational_store.of(session.warehouse()), board.id)


def show(board: Board, tiles: Sequence[BoardTile], query: Query) -> Callable[[], None]:
    """The tiles; what is returned draws those that are late."""
    if not tiles:
        empty_state(
            "Nothing stands on your Overview",
            "Put tiles on it on the page Boards, or go back to the original.",
            key="no-tiles",
        )
        return lambda: None
    store = operational_store.of(session.warehouse())
    views = {} if board == HOUSE else saved_views.every_view(store)
    return draw_board(tiles, board.columns, BoardShown(HERE, query, views, environment.who()))


@for_deed(Deed.WRITE)
def ways(board: Board, profile: Profile) -> None:
    """From the original to an arrangement of one's own, and back."""
    who = environment.who()
    with st.popover("Arrange", icon=":material/tune:", type="tertiary", key="overview-ways"):
        if board == HOUSE:
            st.caption("Make it your own: take tiles away, add saved views and findings, change their order.")
            st.button("Make my own", key="overview-own", icon=":material/dashboard_customize:", on_click=make_own,
                      args=(profile, who))  # fmt: skip
            return
        link_to(
            BOARDS,
            label="Arrange it",
            icon=":material/dashboard_customize:",
            query_params={"board": board.id},
        )
        st.button("Back to the original", key="overview-original", icon=":material/undo:", type="tertiary",
                  on_click=go_back, args=(who,))  # fmt: skip


def make_own(profile: Profile, who: str) -> None:
    def deed(store: OperationalStore) -> str:
        boards.make_own_home(store, [each.name for each in house_parts(profile)], who)
        return "This is your own Overview now. Arrange it on the page Boards."

    do(SAID, deed)


def go_back(who: str) -> None:
    def deed(store: OperationalStore) -> str:
        boards.choose_home(store, HOUSE.id, who)
        return "This is the original again. Your arrangement is kept on the page Boards."

    do(SAID, deed)


def in_words(tiles: Sequence[BoardTile], query: Query) -> str:
    """The days that are shown, and which tiles have others."""
    answer = session.ask(query)
    span = span_of(query.cuts, session.warehouse().profile)
    days = f"{format_span(*span)}. " if span else ""
    others = any(each.shown_as != BUILT_IN for each in tiles)
    views = "Saved views and findings keep periods of their own. " if others else ""
    return days + views + " ".join(map(noted, answer.notes))


overview()
