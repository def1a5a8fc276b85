"""What order lines say of themselves is kept whether or not they are numbered, and found missing where it was not."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from data.load import Mapping, Report, load
from data.quality.integrity import examine
from data.store.warehouse import Warehouse, writing
from tests.data.load_files import ask

HEADER = ["Order", "Line", "Day", "Amount", "Vendor"]
ROWS = [
    ["A", "1", "2024-01-01", "10", "X"],
    ["A", "2", "2024-01-01", "20", "Y"],
    ["B", "1", "2024-01-02", "30", "X"],
]
MAPPING = """
source = "s"
[order_lines]
file = "lines.csv"
{settings}
[order_lines.columns]
order = "Order"
{line}
date = "Day"
revenue = "Amount"
[order_lines.attributes]
vendor = {{ column = "Vendor", label = "Vendor" }}
"""
LINE = 'line = "Line"'
BY_VENDOR = "SELECT vendor, sum(revenue)::INT FROM sale JOIN line USING (line_key) GROUP BY 1 ORDER BY 1"
FOUND = [("X", 40), ("Y", 20)]


def deliver(folder: Path, line: str = LINE, settings: str = "") -> Report:
    with (folder / "lines.csv").open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *ROWS])
    return load(Mapping.from_text(MAPPING.format(line=line, settings=settings), folder), folder / "w.duckdb")


def wrong(folder: Path) -> list[str]:
    store = Warehouse(folder / "w.duckdb")
    try:
        return [str(each) for each in examine(store) if not each.is_sound]
    finally:
        store.close()


def lose(folder: Path, *more: str) -> None:
    """The words of all lines are gone, as an earlier release left them."""
    with writing(folder / "w.duckdb") as connection:
        for sql in ("UPDATE sale SET line_key = 0", *more):
            connection.execute(sql)


@pytest.mark.parametrize("line", ["", LINE])
@pytest.mark.parametrize("settings", ["", 'key = ["order"]'])
def test_attributes_of_lines_stay_with_them(tmp_path: Path, line: str, settings: str) -> None:
    deliver(tmp_path, line, settings)
    assert ask(tmp_path, BY_VENDOR) == FOUND
    assert wrong(tmp_path) == []


def test_with_the_number_of_the_line_in_the_key(tmp_path: Path) -> None:
    deliver(tmp_path, settings='key = ["order", "line"]')
    assert ask(tmp_path, BY_VENDOR) == FOUND


def test_check_finds_a_filled_column_that_shows_nothing(tmp_path: Path) -> None:
    deliver(tmp_path)
    lose(tmp_path)
    assert ["vendor" in each and "3 are not so" in each for each in wrong(tmp_path)] == [True]


def test_what_an_earlier_release_lost_is_found_and_the_file_loaded_again_mends_it(tmp_path: Path) -> None:
    deliver(tmp_path)
    lose(tmp_path, "DELETE FROM described WHERE dimension = 'line'")
    assert ["lost its Vendor" in each for each in wrong(tmp_path)] == [True]
    other: Any = Mapping.from_text(
        MAPPING.format(line=LINE, settings="").replace("lines.csv", "more.csv"), tmp_path
    )
    (tmp_path / "more.csv").write_text("Order,Line,Day,Amount,Vendor\nC,1,2024-01-03,5,Z\n")
    report = load(other, tmp_path / "w.duckdb")
    assert [each for each in report.warnings if "lines.csv (batch 1, 3 rows) lost its Vendor" in each]
    report = deliver(tmp_path)
    assert (report.unchanged, report.replaced, report.rows_loaded) == (False, 1, 3)
    assert ask(tmp_path, BY_VENDOR) == [*FOUND, ("Z", 5)]
    assert wrong(tmp_path) == []
    assert deliver(tmp_path).unchanged


def test_a_column_of_members_that_names_nobody_is_to_be_looked_at(tmp_path: Path) -> None:
    deliver(tmp_path, line='customer = "Line"')
    with writing(tmp_path / "w.duckdb") as connection:
        connection.execute("UPDATE sale SET customer_key = 0, customer_code = 0, identity_key = 0")
    store = Warehouse(tmp_path / "w.duckdb")
    told = [str(each) for each in examine(store) if each.doubt and each.found]
    store.close()
    assert ["none names a customer" in each for each in told] == [True]
