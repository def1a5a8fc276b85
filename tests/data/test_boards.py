"""Boards: arranged by several at once, where of each tile the last word holds and nothing is lost; back when undone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import BadRequest
from data.operational import boards, operational_store
from data.operational.boards import CHART, NUMBER, PRIVATE, SHARED, TABLE
from data.operational.operational_store import OperationalStore

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(tmp_path: Path) -> OperationalStore:
    return OperationalStore(tmp_path / f"w.duckdb{operational_store.ENDING}", "a warehouse")


@pytest.fixture
def shared(store: OperationalStore) -> str:
    """A board of ann's that everybody sees, with the tiles a, b, c."""
    id = boards.create(store, "Monday", SHARED, "ann")
    for view in "abc":
        boards.add_tile(store, id, view, CHART, "ann")
    return id


def views(store: OperationalStore, board: str) -> str:
    return "".join(each.view for each in boards.tiles(store, board))


def tile(store: OperationalStore, board: str, view: str) -> str:
    return next(each.id for each in boards.tiles(store, board) if each.view == view)


def test_ones_own_boards_and_those_that_others_share(store: OperationalStore) -> None:
    boards.create(store, "Zebra", PRIVATE, "ann")
    own = boards.create(store, "apple", PRIVATE, "bob")
    boards.create(store, "Mine", SHARED, "bob")
    assert [each.name for each in boards.boards(store, "ann")] == ["Mine", "Zebra"]
    boards.show_to(store, own, SHARED, "bob")
    boards.rename(store, own, "Pear", "bob")
    assert [(each.name, each.owner) for each in boards.boards(store, "ann")][1:] == [
        ("Pear", "bob"), ("Zebra", "ann")
    ]  # fmt: skip
    for name in ("ZEBRA", " "):
        with pytest.raises(BadRequest):
            boards.create(store, name, PRIVATE, "ann")


def test_tiles_are_moved_shown_otherwise_and_taken_away(store: OperationalStore, shared: str) -> None:
    boards.move_tile(store, tile(store, shared, "c"), -1, "bob")
    assert views(store, shared) == "acb"
    boards.move_tile(store, tile(store, shared, "a"), 1, "ann")
    boards.move_tile(store, tile(store, shared, "c"), -1, "ann")
    assert views(store, shared) == "cab", "first already"
    boards.move_tile(store, tile(store, shared, "c"), 9, "ann")
    assert views(store, shared) == "abc"
    boards.show_tile_as(store, tile(store, shared, "b"), NUMBER, "bob")
    assert [each.shown_as for each in boards.tiles(store, shared)] == [CHART, NUMBER, CHART]
    gone = boards.remove_tile(store, tile(store, shared, "b"), "bob")
    assert views(store, shared) == "ac"
    boards.take_back(store, gone, "bob")
    assert [(each.view, each.shown_as) for each in boards.tiles(store, shared)][1] == ("b", NUMBER)
    boards.lay_out(store, shared, 7, "bob")
    assert [(each.owner, each.columns) for each in boards.boards(store, "bob")] == [("ann", 3)]


def test_only_the_owner_renames_and_deletes_and_others_see_no_private_board(
    store: OperationalStore, shared: str
) -> None:
    for deed in (boards.rename, boards.show_to):
        with pytest.raises(BadRequest, match="ann's"):
            deed(store, shared, "private", "bob")
    with pytest.raises(BadRequest, match="ann's"):
        boards.delete(store, shared, "bob")
    boards.show_to(store, shared, PRIVATE, "ann")
    with pytest.raises(BadRequest, match="not there any more"):
        boards.move_tile(store, tile(store, shared, "a"), 1, "bob")
    with pytest.raises(BadRequest, match="not there any more"):
        boards.add_tile(store, shared, "d", TABLE, "bob")


def test_a_deleted_board_comes_back_with_its_tiles_unless_its_name_is_taken(
    store: OperationalStore, shared: str
) -> None:
    gone = boards.delete(store, shared, "ann")
    assert boards.boards(store, "ann") == ()
    boards.take_back(store, gone, "ann")
    assert ([each.name for each in boards.boards(store, "ann")], views(store, shared)) == (["Monday"], "abc")
    gone = boards.delete(store, shared, "ann")
    boards.create(store, "monday", PRIVATE, "ann")
    with pytest.raises(BadRequest, match="already"):
        boards.take_back(store, gone, "ann")


ARRANGES = """
import sys; from pathlib import Path
from data.operational import boards
from data.operational.operational_store import OperationalStore
store, board, who = OperationalStore(Path(sys.argv[1]), "a warehouse"), sys.argv[2], sys.argv[3]
for at in range(10):
    boards.add_tile(store, board, f"{who}{at}", "chart", who)
    own = [each for each in boards.tiles(store, board) if each.view in ("a", "b", "c")]
    boards.move_tile(store, own[at % 3].id, 1 if who == "bob" else -1, who)
    boards.show_tile_as(store, own[0].id, "number" if who == "bob" else "table", who)
"""


def test_two_people_arrange_one_board_and_nothing_is_lost(store: OperationalStore, shared: str) -> None:
    commands = [[sys.executable, "-c", ARRANGES, str(store.file), shared, who] for who in ("ann", "bob")]
    both = [subprocess.Popen(each, cwd=ROOT) for each in commands]
    assert [each.wait(120) for each in both] == [0, 0]
    found = boards.tiles(store, shared)
    expected = {"a", "b", "c", *(f"{who}{at}" for who in ("ann", "bob") for at in range(10))}
    assert {each.view for each in found} == expected
    assert len({each.place for each in found}) == len(found) == 23
    for who in ("ann", "bob"):
        own = [each.view for each in found if each.view.startswith(who)]
        assert own == [f"{who}{at}" for at in range(10)], "each in its order"
    assert {each.by for each in boards.changes(store, shared)} == {"ann", "bob"}
    assert boards.changes(store, "none") == ()
