"""The ledger: the latest load first, its rejected rows, and whether anything in it is somebody's own."""

from __future__ import annotations

from pathlib import Path

from data.demo import Firm, simulate
from data.store.load_ledger import batches, is_simulated, rejected
from data.store.warehouse import Warehouse, writing
from tests.data.load_files import ROWS, shop

BAD = ["2024-03-01", "A9", "c9", "Italy", "pen", "many", "1.00"]


def test_batches_and_their_rejected_rows(tmp_path: Path) -> None:
    shop(tmp_path, ROWS, name="first.csv")
    shop(tmp_path, [*ROWS[:2], BAD], name="second.csv")
    store = Warehouse(tmp_path / "w.duckdb")
    found = batches(store)
    books = ["batch", "file", "rows_read", "rows_loaded", "rows_rejected", "kept_aside"]
    assert found.select(books).rows() == [(2, "second.csv", 3, 2, 1, 1), (1, "first.csv", 4, 4, 0, 0)]
    ((part, row, reason, raw),) = rejected(store, 2).rows()
    assert (part, row) == ("order_lines", 3)
    assert "many" in reason
    assert '"Qty":"many"' in raw
    assert rejected(store, 1).is_empty()


def test_only_the_demonstration_firm_is_simulated(tmp_path: Path) -> None:
    path = tmp_path / "demo.duckdb"
    simulate(path, Firm(lines=5_000, products=300))
    assert is_simulated(Warehouse(path))
    shop(tmp_path, ROWS)
    assert not is_simulated(Warehouse(tmp_path / "w.duckdb"))
    with writing(tmp_path / "empty.duckdb"):
        pass
    assert not is_simulated(Warehouse(tmp_path / "empty.duckdb"))


def test_a_firm_of_ones_own_may_call_its_source_demo(tmp_path: Path) -> None:
    shop(tmp_path, ROWS)
    with writing(tmp_path / "w.duckdb") as connection:
        connection.execute("UPDATE batch SET source = 'demo'")
    assert not is_simulated(Warehouse(tmp_path / "w.duckdb"))
