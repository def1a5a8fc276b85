"""What changed of a fact is seen whoever changed it, and additions are told from changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.partitions import Partitions
from data.warehouse import writing
from tests.tiny import Line, tiny_warehouse

FIRST = (date(2011, 1, 1) - date(1970, 1, 1)).days


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two lines on each of two days, all of batch 1, seen and noted."""
    lines = [Line(day=date(2011, 1, 1 + at // 2), order=f"o{at}", revenue=f"{at}.50") for at in range(4)]
    tiny_warehouse(tmp_path / "w.duckdb", lines).close()
    with writing(tmp_path / "w.duckdb") as connection:
        seen = Partitions(connection)
        assert seen.touched("sale").added == (FIRST, FIRST + 1)
        seen.note("sale")
    return tmp_path / "w.duckdb"


def after(path: Path, sql: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    with writing(path) as connection:
        connection.execute(sql)
        found = Partitions(connection).touched("sale")
        return found.added, found.changed


def test_nothing_happened(path: Path) -> None:
    assert after(path, "SELECT 1") == ((), ())


def test_lines_of_a_later_batch_are_added(path: Path) -> None:
    sql = f"INSERT INTO sale SELECT * REPLACE (2 AS batch) FROM sale WHERE day_key = {FIRST}"
    assert after(path, sql) == ((FIRST,), ())


def test_the_same_line_twice_in_the_same_batch_is_a_change(path: Path) -> None:
    assert after(path, f"INSERT INTO sale FROM sale WHERE day_key = {FIRST}") == ((), (FIRST,))


@pytest.mark.parametrize(
    "what", ["revenue = revenue + 1", "customer_key = 2", "is_return = true", "cost = NULL", "order_key = 9"]
)
def test_whatever_a_cube_reads_is_a_change(path: Path, what: str) -> None:
    assert after(path, f"UPDATE sale SET {what} WHERE day_key = {FIRST + 1}") == ((), (FIRST + 1,))


def test_what_no_cube_reads_is_none(path: Path) -> None:
    assert after(path, "UPDATE sale SET record_key = 7, modified_at = '2011-01-01'") == ((), ())


def test_lines_taken_away_are_a_change(path: Path) -> None:
    assert after(path, f"DELETE FROM sale WHERE day_key = {FIRST}") == ((), (FIRST,))


def test_lines_exchanged_within_a_day_are_a_change(path: Path) -> None:
    sql = f"UPDATE sale SET revenue = CASE revenue WHEN 0.5 THEN 1.5 ELSE 0.5 END, units = 1 WHERE day_key = {FIRST}"
    swapped = after(path, sql)
    assert swapped == ((), (FIRST,))
