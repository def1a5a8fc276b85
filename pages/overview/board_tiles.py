"""The tiles of a board: each a saved view as a number, a chart or a table; one that cannot be shown says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import parse_qs

import streamlit as st

from data.errors import BadRequest, ClientelaError
from data.model.said import said
from data.operational.boards import CHART, NUMBER, SHOWN_AS, BoardTile
from data.operational.saved_views import SavedView
from pages.explore.answers_of_view import answered, meaningful
from pages.explore.chart_of_view import draw, opened
from pages.explore.explore_view import View, first_view, fitted, in_its_cube, not_shared, parse_token
from pages.explore.noted_table import noted_table
from pages.explore.notes_panel import all_notes
from pages.explore.total_of_view import total
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.controls import as_plain
from pages.ui.page_states import card
from pages.ui.period_choices import fact_of
from pages.ui.pivot.pivot_table import pivot
from pages.ui.style.told_sentences import in_language

EXPLORE = "explore/explore_page.py"
NAMES = {"number": "Number", "chart": "Chart", "table": "Table"}
HIGHEST = 380


@dataclass(frozen=True, slots=True)
class TileWays:
    """What a person does with a tile: show it otherwise, move it by a step, take it away, open a view in Explore."""

    show_as: Callable[[BoardTile, str], None]
    move: Callable[[BoardTile, int], None]
    remove: Callable[[BoardTile], None]
    explore: Callable[[View], None]


def draw_tile(tile: BoardTile, saved: SavedView | None, who: str, ways: TileWays) -> None:
    """A tile in its place on a card of its own."""
    with card(f"tile-{tile.id}", "stretch"):
        _heading(tile, saved if saved and _why_not(saved, who) == "" else None, ways)
        try:
            if saved is None:
                raise BadRequest("The view of this tile was deleted.", "Take the tile away.")
            if _why_not(saved, who):
                raise BadRequest(_why_not(saved, who), "Ask for it to be shared, or take the tile away.")
            _content(tile, parse_token(saved.address), ways)
        except ClientelaError as error:
            sentence = in_language(said("{} {}", error.problem, error.remedy))
            st.html(f'<p class="clientela-quiet" data-testid="tile-refused">{escape(sentence)}</p>')


def _why_not(saved: SavedView, who: str) -> str:
    """Why a saved view is not shown to a person; empty where it is."""
    if saved.is_erased:
        return "This view named a customer who was erased."
    if not saved.is_shared and saved.owner != who:
        return f"{saved.owner} keeps this view private."
    return ""


def _heading(tile: BoardTile, saved: SavedView | None, ways: TileWays) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"tile-head-{tile.id}"):
        if saved is not None:
            st.page_link(EXPLORE, label=as_plain(saved.name), query_params=parse_qs(saved.address),
                         help="Open in Explore")  # fmt: skip
        st.space("stretch")
        with st.popover("", icon=":material/more_horiz:", type="tertiary", key=f"tile-ways-{tile.id}",
                        help="Arrange this tile"):  # fmt: skip
            _arrange(tile, ways)


def _arrange(tile: BoardTile, ways: TileWays) -> None:
    key = f"tile-as-{tile.id}"
    st.session_state[key] = tile.shown_as
    st.segmented_control("Shown as", SHOWN_AS, key=key, required=True, format_func=NAMES.__getitem__,
                         on_change=lambda: ways.show_as(tile, st.session_state[key]))  # fmt: skip
    for name, icon, label, step in (("earlier", ":material/arrow_back:", "Move earlier", -1),
                                    ("later", ":material/arrow_forward:", "Move later", 1)):  # fmt: skip
        st.button(label, key=f"tile-{name}-{tile.id}", icon=icon, type="tertiary", on_click=ways.move,
                  args=(tile, step))  # fmt: skip
    st.button("Take away", key=f"tile-remove-{tile.id}", icon=":material/delete:", type="tertiary",
              on_click=ways.remove, args=(tile,))  # fmt: skip


def _content(tile: BoardTile, asked: View, ways: TileWays) -> None:
    """Errors: BadRequest, TooLarge, WarehouseError."""
    profile, cube = session.warehouse().profile, session.cube(asked.query.cube)
    view = fitted(asked, cube, first_view(session.cube(), profile).query.rows)
    lacking = not_shared(view.query, session.cube(in_its_cube(view.query).cube))
    if lacking:
        raise BadRequest(f"Its measure is not known by {' and '.join(lacking)}.", "Open it in Explore.")
    view, _ = meaningful(view, cube, profile)
    told = answered(view.query) if profile.extents[fact_of(view.query, profile)].lines else None
    grid = AnswerGrid(told.answer, cube, view.places) if told else None
    if grid is None or not grid.rows:
        raise BadRequest("Nothing is recorded here.", "Open it in Explore and choose a longer period.")
    if tile.shown_as == NUMBER:
        total(view, grid)
    elif tile.shown_as == CHART:
        total(view, grid)
        draw(
            view, cube, grid, lambda steps: ways.explore(opened(view, cube, grid, steps)), f"chart-{tile.id}"
        )
    else:
        shown = replace(noted_table(view, grid, all_notes()), keeps_widths=False)
        pivot(shown, f"pivot-{tile.id}", lambda _: ways.explore(view), HIGHEST)
