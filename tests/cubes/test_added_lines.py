"""What is held in memory of an earlier snapshot is taken over where lines were only added, and told as if read anew."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from cubes import catalogue
from cubes.lines import earlier_lines, line_store
from cubes.lines.line_store import LineStore, store_of
from data.store.warehouse import Warehouse, writing
from tests.moving_firm import counted_beforehand, moving_firm

WANTED = {
    "product_key": "sale.product_key",
    "units": "sale.units::BIGINT",
    "returned": "sale.is_return::UTINYINT",
    "one": "1",
}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(line_store, "LEAST_LINES", 1)
    monkeypatch.setattr(line_store, "HOLDS", True)
    monkeypatch.setattr(line_store, "WAITS", True)
    earlier_lines.forget()
    with counted_beforehand():
        moving_firm(tmp_path / "w.duckdb", lines=300)
        yield tmp_path / "w.duckdb"
    earlier_lines.forget()


def opened(path: Path) -> tuple[Warehouse, LineStore]:
    warehouse = Warehouse(path)
    return warehouse, store_of(warehouse, catalogue.load("sales", warehouse.profile))


def add(path: Path, how: str = "true", number: str = "order_key + last") -> None:
    """Whole orders again, late ones and some after the last day."""
    with writing(path) as connection:
        connection.execute(
            f"""INSERT INTO sale BY NAME SELECT * EXCLUDE (last) REPLACE ({number} AS order_key, batch + 1 AS batch,
                (day_key + 40 * (order_key % 2))::INTEGER AS day_key, units * 300 AS units)
            FROM sale, (SELECT max(order_key) AS last FROM sale)
            WHERE order_key % 3 = 1 AND batch = (SELECT max(batch) FROM sale) AND {how}"""
        )


def assert_as_read_anew(path: Path, is_taken: bool, scans: list[str]) -> None:
    """All columns, in the order of lines, are what another store reads of the same snapshot."""
    warehouse, store = opened(path)
    with closing(warehouse):
        scans.clear()
        found = store.held(WANTED)
        assert (not scans) == is_taken
        earlier_lines.forget()
        other = LineStore(warehouse, catalogue.load("sales", warehouse.profile))
        wanted = other.held(WANTED)
        assert found
        assert wanted
        for name, column in wanted.columns.items():
            own = found.columns[name]
            lines = np.arange(store.lines)
            np.testing.assert_array_equal(own + 0 * lines, column + 0 * lines, err_msg=name)
        np.testing.assert_array_equal(found.months.codes, wanted.months.codes)
        np.testing.assert_array_equal(found.months.starts, wanted.months.starts)


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The columns that were read from the table as a whole."""
    found: list[str] = []
    scanned = LineStore._scanned

    def heard(self: LineStore, columns: dict[str, str]) -> dict[str, np.ndarray]:
        found.extend(columns)
        return scanned(self, columns)

    monkeypatch.setattr(LineStore, "_scanned", heard)
    return found


def test_added_lines_are_put_between_those_in_memory(path: Path, scans: list[str]) -> None:
    warehouse, store = opened(path)
    with closing(warehouse):
        assert store.held(WANTED)
        add(path)
        assert_as_read_anew(path, True, scans)
        assert store.held({"late": "sale.batch"} | WANTED) is None  # nothing is read for earlier snapshots


@pytest.mark.parametrize(
    "deed",
    [
        lambda path: add(path, number="order_key"),
        lambda path: changed(path, "UPDATE sale SET units = units + 1 WHERE row_in_source = 7"),
        lambda path: changed(path, "DELETE FROM sale WHERE row_in_source = 7"),
        lambda path: changed(path, "UPDATE customer SET customer_code = 2 WHERE customer_code = 1"),
    ],
)
def test_whatever_else_is_done_has_them_read_anew(
    path: Path, deed: Callable[[Path], None], scans: list[str]
) -> None:
    warehouse, store = opened(path)
    with closing(warehouse):
        store.held(WANTED)
    deed(path)
    assert_as_read_anew(path, False, scans)


def changed(path: Path, sql: str) -> None:
    with writing(path) as connection:
        connection.execute(sql)


def test_columns_that_the_earlier_snapshot_did_not_have_are_read_with_the_others(
    path: Path, scans: list[str]
) -> None:
    warehouse, store = opened(path)
    with closing(warehouse):
        assert store.held({"one": "1"})
    add(path)
    assert_as_read_anew(path, False, scans)


def test_a_snapshot_of_the_same_lines_shares_them(path: Path, scans: list[str]) -> None:
    warehouse, store = opened(path)
    with closing(warehouse):
        held = store.held(WANTED)
        assert held
    with writing(path):
        pass
    again, later = opened(path)
    with closing(again):
        scans.clear()
        found = later.held(WANTED)
        assert found
        assert not scans
        assert all(found.columns[name] is column for name, column in held.columns.items())
        assert earlier_lines.in_memory([store, later]) == store.bytes


def test_room_is_made_of_what_nobody_sees(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse, store = opened(path)
    with closing(warehouse):
        store.held(WANTED)
    monkeypatch.setenv("CLIENTELA_LINES_MB", "0")
    line_store.make_room(store, 1)
    assert earlier_lines.in_memory([store]) == 0


def test_places_do_not_depend_on_chance(path: Path, scans: list[str]) -> None:
    chance = random.Random(5)
    warehouse, store = opened(path)
    warehouse.close()
    for _ in range(4):
        warehouse, store = opened(path)
        with closing(warehouse):
            store.held(WANTED)
        add(path, f"order_key % 7 <> {chance.randrange(7)}")
        assert_as_read_anew(path, True, scans)
