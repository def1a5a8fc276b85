"""The tiles of a board: saved views, findings and built-in ones; one that cannot be shown says why in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from urllib.parse import parse_qs

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cubes.model import Cube
from cubes.query import Query
from data.errors import BadRequest, ClientelaError
from data.model.said import said
from data.operational.boards import BUILT_IN, CHART, FINDING, LEADERBOARD, NUMBER, SHOWN_AS, BoardTile
from data.operational.saved_views import SavedView
from pages.explore.answers_of_view import answered, meaningful
from pages.explore.chart_of_view import draw, opened
from pages.explore.explore_view import Chart, View, first_view, fitted, in_its_cube, not_shared, parse_token
from pages.explore.leaderboards_of_view import chosen, leaders_of
from pages.explore.noted_table import noted_table
from pages.explore.notes_panel import all_notes
from pages.explore.total_of_view import total
from pages.overview.finding_tiles import draw_finding, read_finding, title_of
from pages.overview.overview_parts import BY_NAME, USUAL_WEIGHT, OverviewPart, part_of
from pages.overview.part_asked import EXPLORE, PartAsked, lead_to
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.controls import as_plain
from pages.ui.leaderboards.leaderboards import leaderboards
from pages.ui.open_pages import name_link
from pages.ui.page_states import card, section
from pages.ui.period_choices import fact_of
from pages.ui.pivot.pivot_table import pivot
from pages.ui.style.told_sentences import in_language, noted

NAMES = {"number": "Number", "chart": "Chart", "table": "Table", "leaderboard": "Leaderboard"}
HIGHEST = 380


@dataclass(frozen=True, slots=True)
class TileArranging:
    """What a person does with a tile: show it otherwise, move it by a step, take it away."""

    show_as: Callable[[BoardTile, str], None]
    move: Callable[[BoardTile, int], None]
    remove: Callable[[BoardTile], None]


@dataclass(frozen=True, slots=True)
class BoardShown:
    """What the tiles of a board are drawn for: a page, a period for the built-in ones, all saved views, a person.

    Without `arranging` they can only be looked at.
    """

    page: str
    query: Query
    views: Mapping[str, SavedView]
    who: str
    arranging: TileArranging | None = None


def draw_board(tiles: Iterable[BoardTile], columns: int, shown: BoardShown) -> Callable[[], None]:
    """The tiles in their order, so many side by side. Those that are late keep their places: what is returned draws
    them there, once all the rest stands, the slow ones last."""
    late: list[tuple[BoardTile, DeltaGenerator]] = []
    for row in side_by_side(tiles, columns):
        weights = [_weight(each) for each in row]
        empty = 0 if _is_wide(row[0]) else columns - len(row)
        places = st.columns([*weights, *[USUAL_WEIGHT] * empty], gap="small")
        for tile, place in zip(row, places, strict=False):
            with place:
                kept = draw_tile(tile, shown)
            if kept is not None:
                late.append((tile, kept))
    return partial(_draw_late, late, shown)


def _draw_late(late: Iterable[tuple[BoardTile, DeltaGenerator]], shown: BoardShown) -> None:
    for tile, place in sorted(late, key=lambda each: _is_slow(each[0])):
        with place:
            _content(tile, shown)


def side_by_side(tiles: Iterable[BoardTile], columns: int) -> list[list[BoardTile]]:
    """The rows: wide tiles alone in one, others as many as there are columns."""
    rows: list[list[BoardTile]] = []
    for tile in tiles:
        if rows and len(rows[-1]) < columns and not _is_wide(tile) and not _is_wide(rows[-1][0]):
            rows[-1].append(tile)
        else:
            rows.append([tile])
    return rows


def draw_tile(tile: BoardTile, shown: BoardShown) -> DeltaGenerator | None:
    """A tile in its place on a card of its own, or on none where it has its own and nothing is arranged; of a late one
    the card alone, and where on it the tile is to be drawn."""
    part = _layout(tile)
    if part and not part.has_card and shown.arranging is None:
        _content(tile, shown)
        return None
    with card(f"{tile.content if tile.shown_as == BUILT_IN else 'tile'}-{tile.id}", "stretch"):
        _heading(tile, shown)
        if part and part.is_late:
            return st.container(key=f"late-{tile.id}")
        _content(tile, shown)
        return None


def name_of(tile: BoardTile, views: Mapping[str, SavedView], who: str) -> str:
    """What a tile is called; of what cannot be shown to a person, no more than that."""
    try:
        if tile.shown_as == BUILT_IN:
            return BY_NAME[tile.content].title if tile.content in BY_NAME else part_of(tile).title
        if tile.shown_as == FINDING:
            return title_of(read_finding(tile.content))
        return view_of(tile, views, who).name
    except BadRequest as error:
        return in_language(error.problem)


def _content(tile: BoardTile, shown: BoardShown) -> None:
    try:
        if tile.shown_as == BUILT_IN:
            _draw_part(tile, shown)
        elif tile.shown_as == FINDING:
            draw_finding(read_finding(tile.content), tile.id, lead_to)
        else:
            _draw_view(tile, parse_token(view_of(tile, shown.views, shown.who).address))
    except ClientelaError as error:
        sentence = in_language(said("{} {}", error.problem, error.remedy))
        st.html(f'<p class="clientela-quiet" data-testid="tile-refused">{escape(sentence)}</p>')


def view_of(tile: BoardTile, views: Mapping[str, SavedView], who: str) -> SavedView:
    """Raises BadRequest where there is none, or none for this person."""
    saved = views.get(tile.content)
    if saved is None:
        raise BadRequest("The view of this tile was deleted.", "Take the tile away.")
    if saved.is_erased:
        raise BadRequest("This view named a customer who was erased.", "Take the tile away.")
    if not saved.is_shared and saved.owner != who:
        raise BadRequest(
            f"{saved.owner} keeps this view private.", "Ask for it to be shared, or take the tile away."
        )
    return saved


def _heading(tile: BoardTile, shown: BoardShown) -> None:
    """The way to where a tile comes from, and what is done with it; built-in tiles have headings of their own."""
    part = _layout(tile)
    if part and part.has_card:
        if shown.arranging is not None:
            with st.container(key=f"tile-corner-{tile.id}", width="content"):
                _ways(tile, shown.arranging)
        return
    with st.container(horizontal=True, vertical_alignment="center", key=f"tile-head-{tile.id}"):
        if part:
            section(part.title)
        else:
            _link(tile, shown)
        if shown.arranging is not None:
            st.space("stretch")
            _ways(tile, shown.arranging)


def _ways(tile: BoardTile, arranging: TileArranging) -> None:
    with st.popover("", icon=":material/more_horiz:", type="tertiary", key=f"tile-ways-{tile.id}",
                    help="Arrange this tile"):  # fmt: skip
        _arrange(tile, arranging)


def _link(tile: BoardTile, shown: BoardShown) -> None:
    """None to what cannot be opened."""
    try:
        if tile.shown_as == FINDING:
            finding = read_finding(tile.content)
            name_link(
                finding.kind.script,
                as_plain(title_of(finding)),
                query_params=finding.on_page,
                help="Open where it was found",
            )
        elif tile.shown_as in SHOWN_AS:
            saved = view_of(tile, shown.views, shown.who)
            name_link(
                EXPLORE, as_plain(saved.name), query_params=parse_qs(saved.address), help="Open in Explore"
            )
    except BadRequest:
        return


def _arrange(tile: BoardTile, ways: TileArranging) -> None:
    key = f"tile-as-{tile.id}"
    if tile.shown_as in SHOWN_AS:
        st.session_state[key] = tile.shown_as
        st.segmented_control("Shown as", SHOWN_AS, key=key, required=True, format_func=NAMES.__getitem__,
                             on_change=lambda: ways.show_as(tile, st.session_state[key]))  # fmt: skip
    for name, icon, label, step in (("earlier", ":material/arrow_back:", "Move earlier", -1),
                                    ("later", ":material/arrow_forward:", "Move later", 1)):  # fmt: skip
        st.button(label, key=f"tile-{name}-{tile.id}", icon=icon, type="tertiary", on_click=ways.move,
                  args=(tile, step))  # fmt: skip
    st.button("Take away", key=f"tile-remove-{tile.id}", icon=":material/delete:", type="tertiary",
              on_click=ways.remove, args=(tile,))  # fmt: skip


def _draw_part(tile: BoardTile, shown: BoardShown) -> None:
    part = part_of(tile)
    if not session.warehouse().profile.lines:
        raise BadRequest("The warehouse is empty.", "Load order lines on the page Data.")
    part.draw(PartAsked(shown.query, shown.page, tile.id))


def _draw_view(tile: BoardTile, asked: View) -> None:
    """Errors: BadRequest, TooLarge, WarehouseError."""
    profile, cube = session.warehouse().profile, session.cube(asked.query.cube)
    view = fitted(asked, cube, first_view(session.cube(), profile).query.rows)
    lacking = not_shared(view.query, session.cube(in_its_cube(view.query).cube))
    if lacking:
        raise BadRequest(f"Its measure is not known by {' and '.join(lacking)}.", "Open it in Explore.")
    view, _ = meaningful(view, cube, profile)
    if not profile.extents[fact_of(view.query, profile)].lines:
        raise _nothing()
    if tile.shown_as == LEADERBOARD:
        _draw_leaders(tile, view, cube)
        return
    grid = AnswerGrid(answered(view.query).answer, cube, view.places)
    if not grid.rows:
        raise _nothing()
    if tile.shown_as in (NUMBER, CHART):
        total(view, grid)
    if tile.shown_as == CHART:
        draw(view, cube, grid, lambda steps: _explore(opened(view, cube, grid, steps)), f"chart-{tile.id}")
    elif tile.shown_as != NUMBER:
        shown = replace(noted_table(view, grid, all_notes()), keeps_widths=False)
        pivot(shown, f"pivot-{tile.id}", lambda _: _explore(view), HIGHEST)


def _draw_leaders(tile: BoardTile, view: View, cube: Cube) -> None:
    """Courses beside the leaders of several levels; a choice leads to Explore, which shows them so too."""
    as_leaders = View(view.query, Chart.LEADERS, grain=view.grain)
    shown = leaders_of(as_leaders, cube, session.warehouse().profile, session.ask)
    leaderboards(
        shown, f"leaders-{tile.id}", lambda choice: _explore(chosen(parse_token(choice.base), choice, cube))
    )
    if shown.notes:
        st.html(f'<p class="clientela-quiet">{escape(" ".join(map(noted, shown.notes)))}</p>')


def _nothing() -> BadRequest:
    return BadRequest("Nothing is recorded here.", "Open it in Explore and choose a longer period.")


def _explore(view: View) -> None:
    lead_to(EXPLORE, view.to_parameters())


def _layout(tile: BoardTile) -> OverviewPart | None:
    """The built-in tile whose shape this one has, if it has one of its own."""
    return BY_NAME.get(tile.content) if tile.shown_as == BUILT_IN else None


def _is_slow(tile: BoardTile) -> bool:
    part = _layout(tile)
    return part is not None and part.is_slow


def _weight(tile: BoardTile) -> int:
    part = _layout(tile)
    return part.weight if part else USUAL_WEIGHT


def _is_wide(tile: BoardTile) -> bool:
    part = _layout(tile)
    return part.is_wide if part else tile.shown_as == LEADERBOARD
