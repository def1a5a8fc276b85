"""From a cell to the loads behind it: whatever the cuts, their lines and revenue are the cell's, to the last cent."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from cubes.ask.answer import ask
from cubes.drill_through import rows_behind
from cubes.query import Cut, Query
from data.store.warehouse import Warehouse, writing
from tests.tiny import Line, tiny_warehouse

LINES = [
    Line(date(2011, 1, 1), "o1", "Ann", "France", revenue="0.0001"),
    Line(date(2011, 1, 2), "o2", "Bob", "Italy", revenue="10.1000"),
    Line(date(2011, 2, 1), "o3", "Bob", "Italy", revenue="99999999999.9999", product="Pen"),
    Line(date(2011, 2, 2), "o4", "Cid", "Spain", revenue="-3.30", units=-1, is_return=True),
    Line(date(2011, 3, 1), "o5", "Ann", "France", revenue="7.00"),
]
CUTS = [
    (),
    (Cut("country", ("Italy",)),),
    (Cut("country", ("Italy",), exclude=True),),
    (Cut("month", since="2011-02", until="2011-03"),),
    (Cut("customer", ("Bob",)), Cut("product", ("Pen",))),
    (Cut("country", ("Spain",)), Cut("month", ("2011-01",))),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The first two lines came with batch 1, the next two with batch 2, the last with batch 3."""
    path = tmp_path_factory.mktemp("lineage") / "w.duckdb"
    tiny_warehouse(path, LINES).close()
    with writing(path) as connection:
        connection.execute("UPDATE sale SET batch = (row_in_source + 1) // 2")
        for batch in (1, 2, 3):
            moment = datetime(2024, 1, batch)
            connection.execute(
                "INSERT OR REPLACE INTO batch VALUES (?, 'erp', ?, ?, 'load')", [batch, moment, moment]
            )
            connection.execute(
                "INSERT INTO delivery VALUES (?, 'order_lines', ?, '', '', '[]', 2, 2, 0, 0, 0, 0, NULL, NULL)",
                [batch, f"{batch}.csv"],
            )
            connection.execute(
                "INSERT INTO delivery VALUES (?, 'customers', 'c.csv', '', '', '[]', 2, 2, 0, 0, 0, 0, NULL, NULL)",
                [batch],
            )
    return Warehouse(path)


@pytest.mark.parametrize("cuts", CUTS, ids=lambda cuts: "&".join(map(str, cuts)) or "everything")
def test_the_loads_sum_up_to_the_cell(store: Warehouse, cuts: tuple[Cut, ...]) -> None:
    query = Query(("revenue", "order_lines"), cuts=cuts)
    cell = ask(store, query).frame
    found = rows_behind.batches(store, query)
    assert found["lines"].sum() == (cell["order_lines"][0] or 0)
    assert float(found["revenue"].sum() or 0) == (cell["revenue"][0] or 0)


def test_each_load_is_told_with_its_file(store: Warehouse) -> None:
    found = rows_behind.batches(store, Query(cuts=(Cut("country", ("Italy", "France")),)))
    assert found.select("batch", "source", "file", "lines", "revenue").rows() == [
        (3, "erp", "3.csv", 1, Decimal("7.0000")),
        (2, "erp", "2.csv", 1, Decimal("99999999999.9999")),
        (1, "erp", "1.csv", 2, Decimal("10.1001")),
    ]
