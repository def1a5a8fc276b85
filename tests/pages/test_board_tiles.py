"""A board on the page: a tile that names what is gone says so in its place, and the rest is alive."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from cubes.ask import answer_cache
from data.operational import boards, saved_views, statement_log
from data.operational.boards import CHART, NUMBER, SHARED
from data.operational.operational_store import OperationalStore, ready
from data.operational.statement_kinds import SAVED_VIEW
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


def test_without_boards_it_says_what_to_do_and_makes_one(store: OperationalStore) -> None:
    app = open_board()
    assert "There is no board yet" in shown(app)
    app.text_input(key="board-new").set_value("Monday").run()
    app.button(key="board-make").click().run()
    assert not app.exception
    assert [each.name for each in boards.boards(store, "ann")] == ["Monday"]
    assert "Nothing stands here yet" in shown(app)


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
