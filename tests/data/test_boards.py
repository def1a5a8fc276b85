"""Boards: arranged by several at once, where of each tile the last word holds and nothing is lost; back when undone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import BadRequest
from data.operational import boards, operational_store
from data.operational.boards import BUILT_IN, CHART, FINDING, HOUSE, NUMBER, PRIVATE, SHARED, TABLE
from data.operational.operational_store import OperationalStore
from data.operational.statement_erasure import ERASED, ForgottenSubject, erase

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
    return "".join(each.content for each in boards.tiles(store, board))


def tile(store: OperationalStore, board: str, view: str) -> str:
    return next(each.id for each in boards.tiles(store, board) if each.content == view)


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
    assert [(each.content, each.shown_as) for each in boards.tiles(store, shared)][1] == ("b", NUMBER)
    boards.lay_out(store, shared, 7, "bob")
    assert [(each.owner, each.columns) for each in boards.boards(store, "bob")] == [("ann", 3)]


def test_a_tile_is_put_behind_another_wherever_that_is_by_then(store: OperationalStore, shared: str) -> None:
    a, b, c = (tile(store, shared, each) for each in "abc")
    boards.put_tile_after(store, a, c, "bob")
    assert views(store, shared) == "bca"
    boards.put_tile_after(store, a, "", "ann")
    assert views(store, shared) == "abc"
    said = len(boards.changes(store, shared))
    boards.put_tile_after(store, b, a, "ann")
    assert len(boards.changes(store, shared)) == said, "it stands there already"
    boards.move_tile(store, a, 2, "bob")
    boards.put_tile_after(store, c, a, "ann")
    assert views(store, shared) == "bac", "behind a, which was moved meanwhile"
    boards.remove_tile(store, b, "bob")
    for after in (b, a):
        with pytest.raises(BadRequest, match="not there any more"):
            boards.put_tile_after(store, a if after == b else b, after, "ann")
    assert views(store, shared) == "ac"


def test_there_is_always_room_between_two_tiles(store: OperationalStore, shared: str) -> None:
    a, b, c = (tile(store, shared, each) for each in "abc")
    for at in range(60):
        boards.put_tile_after(store, (b, c)[at % 2], a, "ann")
        assert views(store, shared) == ("abc", "acb")[at % 2]
    assert len({each.place for each in boards.tiles(store, shared)}) == 3


def test_overview_is_the_houses_board_until_a_person_makes_their_own(store: OperationalStore) -> None:
    assert boards.home(store, "ann") == HOUSE
    first, second = (boards.make_own_home(store, ("figures", "course"), "ann") for _ in range(2))
    assert boards.home(store, "ann").id == second
    assert [each.name for each in boards.boards(store, "ann")] == ["My Overview", "My Overview 2"]
    assert [(each.content, each.shown_as) for each in boards.tiles(store, first)] == [
        ("figures", BUILT_IN), ("course", BUILT_IN)
    ]  # fmt: skip
    assert (boards.home(store, "bob"), boards.boards(store, "bob")) == (HOUSE, ())
    boards.choose_home(store, first, "ann")
    assert boards.home(store, "ann").id == first
    boards.choose_home(store, HOUSE.id, "ann")
    assert boards.home(store, "ann") == HOUSE
    with pytest.raises(BadRequest, match="not there any more"):
        boards.choose_home(store, first, "bob")


def test_a_home_that_is_gone_is_the_houses_and_comes_back(store: OperationalStore, shared: str) -> None:
    for who in ("ann", "bob"):
        boards.choose_home(store, shared, who)
    gone = boards.delete(store, shared, "ann")
    assert boards.home(store, "bob") == HOUSE
    boards.take_back(store, gone, "ann")
    boards.show_to(store, shared, PRIVATE, "ann")
    assert (boards.home(store, "ann").id, boards.home(store, "bob")) == (shared, HOUSE)


def test_nobody_arranges_the_houses_board(store: OperationalStore) -> None:
    for deed in (
        lambda: boards.add_tile(store, HOUSE.id, "segments", FINDING, "ann"),
        lambda: boards.lay_out(store, HOUSE.id, 1, "ann"),
        lambda: boards.delete(store, HOUSE.id, "ann"),
    ):
        with pytest.raises(BadRequest, match="Clientela's own"):
            deed()


def test_a_finding_that_names_a_person_is_erased_with_them(store: OperationalStore, shared: str) -> None:
    boards.add_tile(store, shared, "segments?where=customer%3DAnn+Marsh", FINDING, "ann")
    kept = boards.add_tile(store, shared, "segments?where=country%3DItaly", FINDING, "ann")
    subject = ForgottenSubject(lambda number: False, re.compile("Ann Marsh"))
    assert erase(store.file, subject) == 1
    assert [each.content for each in boards.tiles(store, shared)][3:] == [
        ERASED,
        "segments?where=country%3DItaly",
    ]
    assert boards.tiles(store, shared)[-1].id == kept
    assert b"Marsh" not in store.file.read_bytes()


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
    own = [each for each in boards.tiles(store, board) if each.content in ("a", "b", "c")]
    boards.move_tile(store, own[at % 3].id, 1 if who == "bob" else -1, who)
    boards.show_tile_as(store, own[0].id, "number" if who == "bob" else "table", who)
    boards.put_tile_after(store, own[1].id, own[2].id if who == "bob" else "", who)
"""


def test_two_people_arrange_one_board_and_nothing_is_lost(store: OperationalStore, shared: str) -> None:
    commands = [[sys.executable, "-c", ARRANGES, str(store.file), shared, who] for who in ("ann", "bob")]
    both = [subprocess.Popen(each, cwd=ROOT) for each in commands]
    assert [each.wait(120) for each in both] == [0, 0]
    found = boards.tiles(store, shared)
    expected = {"a", "b", "c", *(f"{who}{at}" for who in ("ann", "bob") for at in range(10))}
    assert {each.content for each in found} == expected
    assert len({each.place for each in found}) == len(found) == 23
    for who in ("ann", "bob"):
        own = [each.content for each in found if each.content.startswith(who)]
        assert own == [f"{who}{at}" for at in range(10)], "each in its order"
    assert {each.by for each in boards.changes(store, shared)} == {"ann", "bob"}
    assert boards.changes(store, "none") == ()
