"""Publications: numbered, kept, gone back to; nothing of one's own lost, nothing kept for ever without need."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import BadInput, BadRequest, WarehouseError
from data.recovery import earlier_states
from data.recovery.earlier_states import go_back, undo_load
from data.store import publication
from data.store.publication import folder, kept
from data.store.schema_release import SCHEMA
from data.store.warehouse import Warehouse, remove_attribute, save_attribute, writing
from tests.data.small import add_load, small_warehouse


def lines_in(path: Path) -> int:
    store = Warehouse(path)
    try:
        return store.profile.lines
    finally:
        store.close()


def states(path: Path) -> dict[int, str]:
    return dict(earlier_states.history(path).select("number", "state").iter_rows())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return small_warehouse(tmp_path / "w.duckdb")


def save(path: Path, name: str) -> None:
    save_attribute(path, "customer", name, name, {"K100": "yes"})


def test_each_publication_is_written_down(path: Path) -> None:
    add_load(path, 2)
    save(path, "keen")
    remove_attribute(path, "keen")
    found = earlier_states.history(path).select("number", "deed", "batch", "lines", "revenue").rows()
    assert [(number, deed, batch, lines, int(revenue)) for number, deed, batch, lines, revenue in found] == [
        (4, "segment keen removed", None, 13, 910),
        (3, "segment keen saved", None, 13, 910),
        (2, "load small", 2, 13, 910),
        (1, "load small", 1, 12, 780),
    ]


def test_a_failed_write_is_no_publication(path: Path) -> None:
    with pytest.raises(RuntimeError, match="half-way"), writing(path, "never"):
        raise RuntimeError("half-way")
    assert states(path) == {1: "current"}
    assert kept(path) == {}


def test_the_latest_are_kept_and_the_one_before_the_last_load(path: Path) -> None:
    add_load(path, 2)
    for name in ("one", "two", "three", "four", "five"):
        save(path, name)
    assert sorted(kept(path)) == [1, 5, 6]
    assert states(path) == {7: "current", 6: "kept", 5: "kept", 4: "", 3: "", 2: "", 1: "kept"}


def test_how_many_are_kept_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_KEEP", "1")
    for name in ("one", "two", "three"):
        save(path, name)
    assert sorted(kept(path)) == [3]
    monkeypatch.setenv("CLIENTELA_KEEP", "0")
    save(path, "four")
    assert kept(path) == {}
    monkeypatch.setenv("CLIENTELA_KEEP", "many")
    with pytest.raises(BadInput, match="CLIENTELA_KEEP"):
        save(path, "five")
    assert sorted(states(path)) == [1, 2, 3, 4, 5]


def test_keeping_costs_no_copy(path: Path) -> None:
    inode = path.stat().st_ino
    add_load(path, 2)
    assert kept(path)[1].stat().st_ino == inode


def test_a_disk_without_second_names_gets_a_copy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("os.link", refused)
    add_load(path, 2)
    assert lines_in(kept(path)[1]) == 12
    assert sorted(each.name for each in folder(path).iterdir()) == ["1.duckdb"]


def test_a_load_is_undone_and_done_again(path: Path) -> None:
    add_load(path, 2)
    save(path, "keen")
    undone = undo_load(path)
    assert (undone.batches, undone.follows, undone.kept, undone.deeds) == (
        range(2, 3), 1, 3, ("segment keen saved",)
    )  # fmt: skip
    assert lines_in(path) == 12
    assert Warehouse(path).rows("SELECT max(batch) FROM batch") == [(1,)]
    go_back(path, undone.kept)
    assert lines_in(path) == 13
    assert [each.name for each in Warehouse(path).profile.attributes] == ["keen", "tier"]
    assert states(path)[5] == "current"


def test_undoing_again_goes_on_to_the_load_before(path: Path) -> None:
    for batch in (2, 3):
        add_load(path, batch)
    undo_load(path, 3)
    assert undo_load(path, 2).follows == 1
    assert lines_in(path) == 12
    with pytest.raises(BadRequest, match="nothing was here before"):
        undo_load(path)


def test_a_load_after_an_undone_one_is_the_last(path: Path) -> None:
    add_load(path, 2)
    undo_load(path)
    add_load(path, 2)
    assert undo_load(path, 2).follows == 3
    assert lines_in(path) == 12


def test_a_load_of_several_batches_is_one(path: Path) -> None:
    with writing(path, "load three files") as connection:
        for batch in (2, 3, 4):
            connection.execute(
                "INSERT INTO batch SELECT ?, * EXCLUDE (batch) FROM batch WHERE batch = 1", [batch]
            )
    with pytest.raises(BadRequest, match="Batch 1 is not the last load; that is batch 4"):
        undo_load(path, 1)
    assert undo_load(path, 3).batches == range(2, 5)


def test_only_the_last_load_can_be_undone(path: Path) -> None:
    add_load(path, 2)
    with pytest.raises(BadRequest, match="Batch 1 is not the last load; that is batch 2"):
        undo_load(path, 1)
    kept(path)[1].unlink()
    with pytest.raises(BadRequest, match="no longer kept"):
        undo_load(path)
    assert lines_in(path) == 13


def test_where_nothing_was_loaded_nothing_is_undone(tmp_path: Path) -> None:
    with writing(tmp_path / "w.duckdb", "made"):
        pass
    with pytest.raises(BadRequest, match="nothing was loaded"):
        undo_load(tmp_path / "w.duckdb")
    with pytest.raises(WarehouseError, match="no warehouse"):
        undo_load(tmp_path / "other.duckdb")


def test_only_what_is_kept_can_come_back(path: Path) -> None:
    add_load(path, 2)
    with pytest.raises(BadRequest, match=r"Snapshot 7 is not kept\. Kept: 1"):
        go_back(path, 7)
    kept(path)[1].write_bytes(b"torn")
    with pytest.raises(WarehouseError, match="not a warehouse"):
        go_back(path, 1)
    assert lines_in(path) == 13


def test_what_was_published_meanwhile_is_not_undone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_load(path, 2)
    seen = publication.published(path)
    add_load(path, 3)
    with pytest.raises(WarehouseError, match="in the meantime"):
        go_back(path, 1, seen=seen)
    assert lines_in(path) == 14


def test_numbers_go_on_where_the_warehouse_was_lost(path: Path) -> None:
    add_load(path, 2)
    add_load(path, 3)
    path.unlink()
    go_back(path, 1)
    assert lines_in(path) == 12
    assert max(states(path)) == 3
    assert lines_in(kept(path)[2]) == 13


def test_what_cannot_be_read_is_kept_when_another_takes_its_place(path: Path) -> None:
    add_load(path, 2)
    path.write_bytes(b"torn by a broken disk")
    go_back(path, 1)
    assert lines_in(path) == 12
    assert kept(path)[2].read_bytes() == b"torn by a broken disk"


def test_readers_keep_what_they_read(path: Path) -> None:
    reader = Warehouse(path)
    add_load(path, 2)
    old = Warehouse(kept(path)[1])
    undo_load(path)
    assert (reader.profile.lines, len(reader.rows("FROM sale")), old.profile.lines) == (12, 12, 12)


def test_a_later_release_is_refused_in_words(path: Path) -> None:
    with writing(path, "a later release") as connection:
        connection.execute("UPDATE setting SET value = ? WHERE name = 'schema'", [str(SCHEMA + 1)])
    with pytest.raises(WarehouseError, match=r"later release.*Update Clientela"):
        Warehouse(path)
    with pytest.raises(WarehouseError, match="later release"), writing(path, "load"):
        pass
