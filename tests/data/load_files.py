"""Small files for the tests of loading, and slow, obvious second answers."""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from data.load import Mapping, Report, load

REAL = Path(__file__).parents[3] / "shared" / "real"
PLAIN = """
source = "shop"
[order_lines]
{settings}
[order_lines.columns]
date = "Day"
order = "Order"
customer = "Customer"
country = "Country"
product = "Item"
quantity = "Qty"
unit_price = "Price"
{more}
"""
HEADER = ["Day", "Order", "Customer", "Country", "Item", "Qty", "Price"]
ROWS = [
    ["2024-01-05", "A1", "c1", "Italy", "pen", "2", "1.50"],
    ["2024-01-05", "A1", "c1", "Italy", "cup", "1", "7.25"],
    ["2024-01-06", "A2", "c2", "France", "pen", "10", "1.40"],
    ["2024-02-29", "A3", "", "France", "cup", "-1", "7.25"],
]


def mapping(settings: str = "", more: str = "") -> Mapping:
    """The mapping of HEADER, with settings of [order_lines] and more text at the end."""
    return Mapping.from_text(PLAIN.format(settings=settings, more=more))


def write(path: Path, rows: list[list[str]], header: list[str] = HEADER, **dialect: Any) -> Path:
    """Write rows as delimited text."""
    encoding = dialect.pop("encoding", "utf-8")
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, **dialect)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def shop(
    tmp_path: Path, rows: list[list[str]], settings: str = "", more: str = "", name: str = "s.csv"
) -> Report:
    """Load rows as a CSV file into the warehouse of `tmp_path`."""
    return load(mapping(settings, more), tmp_path / "w.duckdb", write(tmp_path / name, rows))


@cache
def _asked() -> duckdb.DuckDBPyConnection:
    """One for all questions: to open one for each would cost more than the question."""
    return duckdb.connect(":memory:")


def ask(tmp_path: Path, sql: str) -> list[tuple[Any, ...]]:
    """What the warehouse of `tmp_path` answers."""
    _asked().execute(f"ATTACH '{tmp_path / 'w.duckdb'}' AS asked (READ_ONLY)")
    try:
        return _asked().execute("USE asked").execute(sql).fetchall()
    finally:
        _asked().execute("USE memory").execute("DETACH asked")


def revenue(rows: list[list[str]]) -> Decimal:
    """The revenue of rows in the order of HEADER, one by one."""
    return sum((Decimal(row[5]) * Decimal(row[6]) for row in rows), Decimal(0))
