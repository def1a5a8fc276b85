"""A warehouse in place of another: at once or not at all, nothing of one's own lost, and back again."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from data.errors import WarehouseError
from data.recovery.earlier_states import go_back, undo_load
from data.recovery.ownership import is_earlier_demonstration, is_own
from data.recovery.replacement import beside, exchange, publish, set_aside
from data.store.publication import kept
from data.store.warehouse import Warehouse, current_version, writing
from tests.data.small import MAPPED, add_line


def made(path: Path, lines: int, origin: str = "load") -> str:
    """A warehouse of so many lines, and its version."""
    with writing(path, "load own") as connection:
        connection.execute(f"INSERT INTO batch VALUES (1, 'own', {MAPPED}, {MAPPED}, ?)", [origin])
        for row in range(1, lines + 1):
            add_line(connection, row)
        connection.execute("UPDATE sale SET customer_key = 0, customer_code = 0, identity_key = 0")
    return current_version(path)


def replaced(path: Path, lines: int, origin: str = "load") -> None:
    with beside(path) as fresh:
        made(fresh, lines, origin)
        publish(fresh, path, current_version(path))


def lines_in(path: Path | None) -> int:
    assert path is not None
    store = Warehouse(path)
    try:
        return store.profile.lines
    finally:
        store.close()


def beside_it(path: Path) -> dict[str, int]:
    return {each.name: lines_in(each) for each in kept(path).values()}


def test_the_old_one_is_set_aside_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    made(path, 1)
    reader = Warehouse(path)
    replaced(path, 2)
    assert (lines_in(path), lines_in(set_aside(path))) == (2, 1)
    assert reader.rows("SELECT count(*) FROM sale") == [(1,)]
    exchange(path)
    assert (lines_in(path), lines_in(set_aside(path))) == (1, 2)
    exchange(path)
    assert (lines_in(path), lines_in(set_aside(path))) == (2, 1)
    reader.close()
    assert {each.name for each in tmp_path.iterdir() if ".audit." not in each.name} == {
        "w.duckdb",
        "w.duckdb.versions",
        "w.duckdb.lock",
    }


def test_a_warehouse_that_changed_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    seen = made(path, 1)
    with writing(path) as connection:
        connection.execute("INSERT OR REPLACE INTO setting VALUES ('firm', 'Somebody else')")
    with beside(path) as fresh:
        made(fresh, 2)
        with pytest.raises(WarehouseError, match="in the meantime"):
            publish(fresh, path, seen)
    assert lines_in(path) == 1
    assert set_aside(path) is None


def test_what_fails_half_way_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    before = made(path, 1)
    with pytest.raises(RuntimeError, match="half-way"), beside(path) as fresh:
        made(fresh, 2)
        raise RuntimeError("half-way")
    assert current_version(path) == before
    assert {each.name for each in tmp_path.iterdir() if ".audit." not in each.name} == {
        "w.duckdb",
        "w.duckdb.lock",
    }


def test_ones_own_data_set_aside_are_never_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_KEEP", "0")
    path = tmp_path / "w.duckdb"
    made(path, 1)
    for lines in (2, 3, 4):
        replaced(path, lines)
    with writing(path):
        pass
    assert beside_it(path) == {"1.own.duckdb": 1, "2.own.duckdb": 2, "3.own.duckdb": 3}


def test_ones_own_data_that_came_back_are_kept_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENTELA_KEEP", "0")
    path = tmp_path / "w.duckdb"
    made(path, 1)
    replaced(path, 2, "demo")
    go_back(path, 1)
    assert lines_in(path) == 1
    assert beside_it(path) == {"2.duckdb": 2}


def test_a_simulated_firm_set_aside_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_KEEP", "0")
    path = tmp_path / "w.duckdb"
    made(path, 5, "demo")
    assert not is_own(path)
    replaced(path, 1)
    assert is_own(path)
    assert beside_it(path) == {"1.duckdb": 5}
    replaced(path, 2)
    assert beside_it(path) == {"2.own.duckdb": 1}


def test_undoing_the_first_load_brings_the_demonstration_firm_back(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    made(path, 5, "demo")
    replaced(path, 1)
    assert undo_load(path).follows == 1
    assert lines_in(path) == 5


def test_nothing_set_aside_cannot_come_back(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    made(path, 1)
    with pytest.raises(WarehouseError, match="No other firm"):
        exchange(path)
    replaced(path, 2)
    aside = set_aside(path)
    assert aside is not None
    aside.write_text("no warehouse")
    with pytest.raises(WarehouseError):
        exchange(path)
    assert lines_in(path) == 2


def test_an_earlier_releases_warehouse_makes_room(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    for origin, own in (("demo", False), ("load", True)):
        path.unlink(missing_ok=True)
        made(path, 1, origin)
        with duckdb.connect(str(path)) as connection:
            connection.execute("UPDATE setting SET value = '1' WHERE name = 'schema'")
        assert (is_own(path), is_earlier_demonstration(path)) == (own, not own)
    replaced(path, 2)
    assert lines_in(path) == 2
    assert [each.name for each in kept(path).values()] == ["1.own.duckdb"]
