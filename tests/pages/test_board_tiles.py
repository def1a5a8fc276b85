"""A board on the page: a tile that names what is gone says so in its place, and the rest is alive."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.ask import answer_cache
from data.operational import boards, saved_views, statement_log
from data.operational.boards import BUILT_IN, CHART, HOUSE, LEADERBOARD, NUMBER, SHARED, BoardTile
from data.operational.operational_store import OperationalStore, ready
from data.operational.statement_kinds import SAVED_VIEW
from pages.overview.board_tiles import side_by_side
from pages.overview.overview_parts import BY_NAME
from tests.tiny import Line, tiny_warehouse

TOTAL = "measures=revenue&rows=country"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OperationalStore:
    path = tmp_path.resolve() / "w.duckdb"
    lines = [Line(order="a", revenue="70.00"), Line(order="b", country="Italy", day=date(2011, 2, 1))]
    tiny_warehouse(path, lines).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    monkeypatch.setenv("CLIENTELA_USER", "ann")
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)  # pages are the router's
    answer_cache.shared.cache_clear()
    return ready(path)


def boards_page() -> None:
    import runpy
    from pathlib import Path

    import pages

    runpy.run_path(str(Path(pages.__file__).parent / "overview" / "boards_page.py"))


def shown(app: AppTest) -> str:
    """All texts of a page."""
    return " ".join(str(each.proto) for kind in ("html", "caption", "markdown") for each in app.get(kind))


def open_board() -> AppTest:
    app = AppTest.from_function(boards_page, default_timeout=60).run()
    assert not app.exception
    return app


def overview_page() -> None:
    import runpy
    from pathlib import Path

    import pages

    runpy.run_path(str(Path(pages.__file__).parent / "overview" / "overview_page.py"))


def open_overview() -> AppTest:
    app = AppTest.from_function(overview_page, default_timeout=60).run()
    assert not app.exception
    return app


def test_without_boards_it_shows_that_of_the_house_and_makes_one(store: OperationalStore) -> None:
    app = open_board()
    assert app.selectbox(key="board-chosen").options == ["Overview (Clientela)"]
    assert "as Clientela arranges it" in shown(app)
    app.text_input(key="board-new").set_value("Monday").run()
    app.button(key="board-make").click().run()
    assert not app.exception
    assert [each.name for each in boards.boards(store, "ann")] == ["Monday"]
    assert app.selectbox(key="board-chosen").options == ["Overview (Clientela)", "Monday"]
    assert "Nothing stands here yet" in shown(app)


def test_overview_is_made_ones_own_arranged_and_put_back(store: OperationalStore) -> None:
    original = shown(open_overview())
    assert [
        original.count(each) for each in ("Revenue by month", "Biggest movers", "Revenue by country")
    ] == [1, 1, 1]
    assert "Revenue by category" not in original, "one category is nothing to tell apart"
    app = open_overview()
    app.button(key="overview-own").click().run()
    assert not app.exception
    home = boards.home(store, "ann")
    found = {each.content: each.id for each in boards.tiles(store, home.id)}
    assert list(found) == [
        "figures",
        "base-value",
        "customer-share",
        "retention",
        "due",
        "targets",
        "trends",
        "movers",
        "loyalty",
        "course",
        "by-country",
    ]
    board = open_board()
    board.button(key=f"tile-remove-{found['course']}").click().run()
    board.button(key=f"tile-earlier-{found['by-country']}").click().run()
    board.button(key=f"tile-earlier-{found['by-country']}").click().run()
    assert not board.exception
    view = saved_views.save(store, "Alive", TOTAL, "private", "ann")
    boards.add_tile(store, home.id, view, NUMBER, "ann")
    own = shown(open_overview())
    assert "Revenue by month" not in own
    assert own.index("Revenue by country") < own.index("Biggest movers") < own.index('data-value=\\"80.0\\"')
    assert "keep periods of their own" in own
    app = open_overview()
    app.button(key="overview-original").click().run()
    assert not app.exception
    assert shown(open_overview()) == original
    assert boards.tiles(store, home.id)[0].content == "figures", "the arrangement is kept"


def test_any_board_becomes_ones_overview(store: OperationalStore) -> None:
    id = boards.create(store, "Monday", SHARED, "bob")
    app = open_board()
    app.button(key="board-home").click().run()
    assert not app.exception
    assert boards.home(store, "ann").id == id
    assert "Nothing stands on your Overview" in shown(open_overview())
    app.button(key="board-home").click().run()
    assert boards.home(store, "ann") == HOUSE


def test_a_board_that_two_arrange_keeps_both_or_asks(store: OperationalStore) -> None:
    id = boards.create(store, "Monday", SHARED, "ann")
    view = saved_views.save(store, "Alive", TOTAL, SHARED, "ann")
    first, second, third = (boards.add_tile(store, id, view, NUMBER, "ann") for _ in range(3))
    app = open_board()
    boards.move_tile(store, second, 1, "bob")
    boards.remove_tile(store, third, "bob")
    app.button(key=f"tile-later-{first}").click().run()
    assert "changed-meanwhile" not in shown(app), "another tile is in nobody's way"
    app = open_board()
    boards.remove_tile(store, first, "bob")
    boards.rename(store, id, "Tuesday", "ann")
    app.button(key=f"tile-earlier-{first}").click().run()
    assert "bob changed this tile meanwhile" in shown(app)
    assert [each.id for each in boards.tiles(store, id)] == [second]
    app.button(key="changed-mine-board-said").click().run()
    assert not app.exception
    assert "changed-meanwhile" not in shown(app)
    assert {each.id for each in boards.tiles(store, id)} == {first, second}
    app.text_input(key=f"board-own-{id}").set_value("Friday").run()
    boards.rename(store, id, "Sunday", "ann")
    app.button(key="board-rename").click().run()
    assert "<td>Sunday</td><td>Friday</td>" in shown(app)
    app.button(key="changed-theirs-board-said").click().run()
    assert app.text_input(key=f"board-own-{id}").value == "Sunday"


def test_wide_tiles_have_a_row_of_their_own() -> None:
    def tile(content: str, shown_as: str = BUILT_IN) -> BoardTile:
        return BoardTile(content, "b", content, shown_as, Decimal(1))

    named = [
        tile("course"),
        tile("figures"),
        tile("movers"),
        tile("v", CHART),
        tile("w", CHART),
        tile("l", LEADERBOARD),
    ]
    rows = [[each.id for each in row] for row in side_by_side(named, 2)]
    assert rows == [["course"], ["figures"], ["movers", "v"], ["w"], ["l"]]
    assert [len(row) for row in side_by_side(named, 1)] == [1] * 6


def test_all_built_in_tiles_are_drawn_on_any_board_even_twice(store: OperationalStore) -> None:
    id = boards.create(store, "Monday", SHARED, "ann")
    for name in (*BY_NAME, *BY_NAME):
        boards.add_tile(store, id, name, BUILT_IN, "ann")
    said = shown(open_board())
    for title in (
        "Revenue by month",
        "Biggest movers",
        "Revenue by country",
        "Against targets",
        ">Retention<",
    ):
        assert said.count(title) == 2
    assert said.count("look-alikes are told of 100 or more") == 2
    assert said.count("Of customers / of margin") == 2
    assert said.count("Fewer than two members of") == 4


def test_a_leaderboard_shows_the_leaders_of_the_view(store: OperationalStore) -> None:
    id = boards.create(store, "Monday", SHARED, "ann")
    view = saved_views.save(store, "Leaders", f"{TOTAL}&chart=leaders", "shared", "ann")
    boards.add_tile(store, id, view, LEADERBOARD, "ann")
    app = open_board()
    assert app.segmented_control(key=f"board-as-{view}").value == LEADERBOARD
    told = " ".join(str(each.proto) for each in app.get("bidi_component"))
    assert all(text in told for text in ("France", "Italy", "70.0", "10.0", "courses"))


def test_what_is_gone_is_said_in_its_place_and_the_rest_lives(store: OperationalStore) -> None:
    id = boards.create(store, "Monday", SHARED, "ann")
    addresses = {
        "Alive": (TOTAL, "ann"),
        "No measure": ("measures=gone&rows=country", "ann"),
        "No level": ("measures=revenue&rows=gone", "ann"),
        "No member": (f"{TOTAL}&where=country%3DAtlantis", "ann"),
        "No address": ("nonsense=1", "ann"),
        "Bob's": (TOTAL, "bob"),
        "Deleted": (TOTAL, "ann"),
    }
    for name, (address, who) in addresses.items():
        view = saved_views.save(store, name, address, "private", who)
        boards.add_tile(store, id, view, CHART if name == "Alive" else NUMBER, "ann")
        if name == "Deleted":
            saved_views.delete(store, view, who)
    app = open_board()
    said = shown(app)
    assert 'data-value=\\"80.0\\"' in said
    assert said.count("tile-refused") == 6
    for sentence in ("has no measure", "no level", "bob keeps this view private", "was deleted"):
        assert sentence in said


def test_who_else_changed_the_board_is_told(store: OperationalStore) -> None:
    id = boards.create(store, "Monday", SHARED, "ann")
    view = saved_views.save(store, "Alive", TOTAL, "shared", "ann")
    first = boards.add_tile(store, id, view, NUMBER, "ann")
    app = open_board()
    second = boards.add_tile(store, id, view, NUMBER, "bob")
    app.button(key=f"tile-later-{first}").click().run()
    assert not app.exception
    assert "bob" in shown(app)
    assert "changed this board too" in shown(app)
    app.button(key=f"tile-earlier-{second}").click().run()
    assert "changed this board too" not in shown(app)
    app.button(key=f"tile-remove-{second}").click().run()
    assert len(boards.tiles(store, id)) == 1
    app.button(key="board-undo").click().run()
    assert {each.id for each in boards.tiles(store, id)} == {first, second}
    assert statement_log.history(store, SAVED_VIEW)
