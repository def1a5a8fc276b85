"""A warehouse in place of another: at once or not at all, nothing of one's own lost, and back again."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import WarehouseError
from data.replacement import beside, exchange, publish, set_aside
from data.sources.demo import Firm, simulate
from data.warehouse import Warehouse, current_version, writing
from tests.tiny import Line, tiny_warehouse


def made(path: Path, lines: int) -> str:
    """A warehouse of so many lines, and its version."""
    store = tiny_warehouse(path, [Line(order=f"o{number}") for number in range(lines)])
    with writing(path) as connection:
        connection.execute(
            "INSERT INTO batch VALUES (1, 'own', 'f', 'c', 'm', now()::TIMESTAMP, 1, 1, 0, 0, 0)"
        )
    store.close()
    return current_version(path)


def replaced(path: Path, lines: int) -> None:
    with beside(path) as fresh:
        made(fresh, lines)
        publish(fresh, path, current_version(path))


def lines_in(path: Path) -> int:
    return Warehouse(path).profile.lines


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
    assert {each.name for each in tmp_path.iterdir()} == {"w.duckdb", "w.duckdb.before", "w.duckdb.lock"}


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
    assert not set_aside(path).exists()


def test_what_fails_half_way_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    before = made(path, 1)
    with pytest.raises(RuntimeError, match="half-way"), beside(path) as fresh:
        made(fresh, 2)
        raise RuntimeError("half-way")
    assert current_version(path) == before
    assert {each.name for each in tmp_path.iterdir()} == {"w.duckdb", "w.duckdb.lock"}


def test_ones_own_data_set_aside_are_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    made(path, 1)
    for lines in (2, 3, 4):
        replaced(path, lines)
    kept = {
        each.name: lines_in(each) for each in tmp_path.glob("w.duckdb*") if not each.name.endswith("lock")
    }
    assert kept == {"w.duckdb": 4, "w.duckdb.before": 3, "w.duckdb.before-1": 1, "w.duckdb.before-2": 2}


def test_a_simulated_firm_set_aside_gives_way(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    simulate(path, Firm(lines=5_000, products=300))
    replaced(path, 1)
    replaced(path, 2)
    assert lines_in(set_aside(path)) == 1
    assert not path.with_name("w.duckdb.before-1").exists()


def test_nothing_set_aside_cannot_come_back(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    made(path, 1)
    with pytest.raises(WarehouseError):
        exchange(path)
    set_aside(path).write_text("no warehouse")
    with pytest.raises(WarehouseError):
        exchange(path)
    assert lines_in(path) == 1
