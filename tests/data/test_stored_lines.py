"""Lines are numbered, put in order and told apart in short ways, which find what the long ways find."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.load.checking import repeated_rows
from data.load.record import line_orders, stored_lines
from data.packed_order import in_order, packed_order
from tests.data.load_files import ask, shop

FIRST = date(2024, 1, 5)
BY_NUMBER = """SELECT number, day_key, id, units, is_return, is_order, row_in_source
    FROM sale JOIN customer USING (customer_key) JOIN sales_order USING (order_key) ORDER BY row_in_source"""
AS_STORED = "SELECT row_in_source FROM sale ORDER BY rowid"
AS_MEANT = """SELECT row_in_source FROM sale
    ORDER BY date_trunc('month', DATE '1970-01-01' + day_key), customer_key, order_key, row_in_source"""


def orders(count: int = 40) -> list[list[str]]:
    """The lines of orders, one behind the other; some only give back, some begin with what is given back."""
    drawn = random.Random(5)
    rows = []
    for order in range(count):
        day = FIRST + timedelta(days=drawn.randrange(90))
        customer = f"c{drawn.randrange(9)}"
        for _ in range(drawn.randint(1, 4)):
            quantity = str(drawn.choice([2, 3, 5, -1]))
            item = drawn.choice(["pen", "cup"])
            rows.append(
                [str(day), f"A{order}", customer, "Italy", item, quantity, f"{drawn.randint(1, 99)}.25"]
            )
    return rows


@pytest.mark.parametrize("at_once", [4, 500_000])
def test_lines_lie_by_month_customer_order_and_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(stored_lines, "AT_ONCE", at_once)
    rows = orders()
    shop(tmp_path, rows)
    assert ask(tmp_path, AS_STORED) == ask(tmp_path, AS_MEANT)
    assert len(ask(tmp_path, AS_STORED)) == len(rows)


def test_orders_of_neighbours_are_those_of_their_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = orders()
    (tmp_path / "short").mkdir()
    shop(tmp_path / "short", rows)
    monkeypatch.setattr(line_orders, "_of_neighbours", lambda *_: None)
    shop(tmp_path, rows)
    assert ask(tmp_path / "short", BY_NUMBER) == ask(tmp_path, BY_NUMBER)
    keys = "SELECT order_key, number FROM sales_order ORDER BY 1"
    assert ask(tmp_path / "short", keys) == ask(tmp_path, keys)


def test_an_order_whose_lines_stand_apart_is_one(tmp_path: Path) -> None:
    rows = [row for row in orders() if row[1] in ("A1", "A2")]
    apart = [*rows[::2], *rows[1::2]]
    shop(tmp_path, apart)
    assert ask(tmp_path, "SELECT count(DISTINCT order_key), count(*) FILTER (is_order) FROM sale") == [(2, 2)]
    assert ask(tmp_path, AS_STORED) == ask(tmp_path, AS_MEANT)


def test_an_order_that_goes_on_in_another_file_is_one(tmp_path: Path) -> None:
    rows = [row for row in orders() if row[1] == "A2"]
    assert len(rows) > 1
    shop(tmp_path, rows[:1], name="one.csv")
    shop(tmp_path, rows[1:], name="two.csv")
    assert ask(tmp_path, "SELECT count(DISTINCT order_key), count(*) FILTER (is_order) FROM sale") == [(1, 1)]


def test_rows_that_share_a_hash_are_compared_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def all_of_them(connection: object, table: str, columns: list[str]) -> np.ndarray:
        sql = f"SELECT DISTINCT hash({', '.join(columns)}) AS hash FROM {table}"
        found: np.ndarray = connection.execute(sql).fetchnumpy()["hash"]
        return found

    monkeypatch.setattr(repeated_rows, "_shared", all_of_them)
    rows = [[*row[:5], str(at + 1), row[6]] for at, row in enumerate(orders(5))]
    report = shop(tmp_path, [*rows, rows[1]], settings='repeats = "drop"')
    (books,) = report.parts
    assert (books.rows_loaded, books.repeats_dropped) == (len(rows), 1)


def test_a_line_with_the_number_of_another_is_no_repeat_of_it(tmp_path: Path) -> None:
    rows = orders(3)
    numbered = [[*row[:4], "pen", str(at + 2), row[6]] for at, row in enumerate(rows)]
    twice = [*numbered, [*numbered[0][:5], "77", "1.25"], numbered[0]]
    report = shop(tmp_path, twice, settings='repeats = "drop"', more='line = "Item"')
    (books,) = report.parts
    assert (books.rows_loaded, books.repeats_dropped) == (len(rows) + 1, 1)


def test_rows_are_put_in_order_by_one_number_or_by_two() -> None:
    drawn = np.random.default_rng(3)
    first, second = (drawn.integers(0, 20, 500) for _ in range(2))
    packed = packed_order(first, second)
    assert packed is not None
    assert packed.tolist() == np.lexsort((second, first)).tolist()
    wide = first + (1 << 60)
    assert packed_order(wide, second) is None
    assert in_order(wide, second).tolist() == packed.tolist()
