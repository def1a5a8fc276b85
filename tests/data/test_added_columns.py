"""Where a column stands in its table is nobody's business: one that was added later stands last."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from data.load import Mapping, load
from data.store.warehouse import Warehouse, writing

MAPPING = """
source = "erp"
[order_lines]
file = "lines.csv"
[order_lines.columns]
date = "Day"
order = "Order"
customer = "Who"
revenue = "Sum"
cost = "Cost"
[invoices]
file = "invoices.csv"
[invoices.columns]
date = "Day"
number = "No"
customer = "Who"
status = "State"
amount = "Sum"
"""
LATER = (
    "ALTER TABLE sale DROP COLUMN cost",
    "ALTER TABLE sale ADD COLUMN cost DECIMAL(18,4)",
    "ALTER TABLE invoice DROP COLUMN status",
    "ALTER TABLE invoice ADD COLUMN status VARCHAR",
)


def test_rows_are_loaded_into_columns_by_their_names(tmp_path: Path) -> None:
    with writing(tmp_path / "w.duckdb") as connection:
        for statement in LATER:
            connection.execute(statement)
    (tmp_path / "lines.csv").write_text("Day,Order,Who,Sum,Cost\n2024-01-05,A1,c1,10.50,4.25\n")
    (tmp_path / "invoices.csv").write_text("Day,No,Who,State,Sum\n2024-01-06,R1,c1,open,10.50\n")
    load(Mapping.from_text(MAPPING, tmp_path), tmp_path / "w.duckdb")
    store = Warehouse(tmp_path / "w.duckdb")
    assert store.rows("SELECT revenue, cost FROM sale") == [(Decimal("10.50"), Decimal("4.25"))]
    assert store.rows("SELECT number, status, amount FROM invoice") == [("R1", "open", Decimal("10.50"))]
    store.close()
