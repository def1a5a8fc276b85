"""What an order line leaves empty follows the version of its day, in whatever order things are loaded."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from data.load import Mapping, load
from data.quality.integrity import examine
from data.store.older_warehouse import bring_up_to_date
from data.store.warehouse import Warehouse, writing
from tests.data.load_files import ask, write

LISTS = """
source = "{source}"
match = false
[customers]
changes = "full"
ids = "erp"
[customers.columns]
customer = "Number"
country = "Country"
city = "City"
customer_kind = "Kind"
"""
LINES = """
source = "erp"
match = false
[order_lines]
{settings}
[order_lines.columns]
date = "Day"
order = "Order"
customer = "Customer"
country = "Country"
revenue = "Amount"
"""
GOODS = """
source = "erp"
[products]
[products.columns]
product = "Number"
category = "Category"
[products.attributes]
brand = "Brand"
"""
SOLD = """
source = "erp"
[order_lines]
[order_lines.columns]
date = "Day"
product = "Product"
category = "Category"
revenue = "Amount"
[order_lines.attributes]
brand = {column = "Brand", of = "product"}
"""
DATED = ["Day", "Order", "Customer", "Country", "Amount"]
ROWS = [
    ["2024-01-10", "o1", "c1", "", "1"],
    ["2024-01-11", "o2", "c1", "Peru", "2"],
    ["2024-01-12", "o3", "c1", "", "4"],
    ["2024-01-10", "o4", "c2", "", "8"],
]
LISTED = ["Number", "Country", "City", "Kind"]
FIRST = [["c1", "Italy", "Roma", "b2b"], ["c2", "Italy", "Roma", "b2b"]]
SECOND = [["c1", "Spain", "Madrid", "b2c"], ["c2", "Spain", "Madrid", "b2c"]]
PLACES = """SELECT country, city, sum(revenue)::INT FROM sale JOIN customer USING (customer_key)
GROUP BY ALL ORDER BY 1, 2"""
Delivery = tuple[str, list[str], list[list[str]], str]


def deliveries(tmp_path: Path, which: Iterable[Delivery]) -> None:
    for at, (text, header, rows, as_of) in enumerate(which):
        file = write(tmp_path / f"{at}-{as_of}.csv", rows, header)
        load(Mapping.from_text(text), tmp_path / "w.duckdb", file, as_of=datetime.fromisoformat(as_of))


def told(settings: str = "", rows: list[list[str]] = ROWS, as_of: str = "2024-02-01") -> Delivery:
    return (LINES.format(settings=settings), DATED, rows, as_of)


def listed(rows: list[list[str]], as_of: str, source: str = "erp") -> Delivery:
    return (LISTS.format(source=source), LISTED, rows, as_of)


def is_sound(tmp_path: Path) -> bool:
    store = Warehouse(tmp_path / "w.duckdb")
    try:
        return all(each.is_sound for each in examine(store))
    finally:
        store.close()


ORDERS = list(itertools.permutations(range(3)))
THREE = (told(), listed(FIRST, "2024-01-01"), listed(SECOND, "2024-01-05"))


@pytest.mark.parametrize("order", ORDERS)
def test_lists_and_lines_in_any_order(tmp_path: Path, order: Sequence[int]) -> None:
    deliveries(tmp_path, [THREE[at] for at in order])
    assert ask(tmp_path, PLACES) == [("Peru", "Madrid", 2), ("Spain", "Madrid", 13)]
    assert is_sound(tmp_path)


@pytest.mark.parametrize(
    ("country", "more"), [("Peru", ""), ("Peru", 'city = "City"\n'), ("Malta", 'city = "City"\n'), ("", "")]
)
def test_later_lines_follow_earlier_ones_in_any_order(tmp_path: Path, country: str, more: str) -> None:
    """Also where a column was mapped in between, and tells nothing."""
    later = [["2024-03-01", "o5", "c1", country, "16", ""], ["2024-03-02", "o6", "c2", "Chile", "32", ""]]
    mapping = LINES.format(settings="") + more
    both = [
        told(rows=[row for row in ROWS if row[1] != "o3"]),
        (mapping, [*DATED, "City"], later, "2024-04-01"),
    ]
    runs = """SELECT id, country, city, valid_from, seen_until FROM customer_record
        JOIN customer_identity USING (identity_key) WHERE stream = 'erp/order_lines' ORDER BY ALL"""
    for name, sent in (("one", both), ("other", both[::-1])):
        (tmp_path / name).mkdir()
        deliveries(tmp_path / name, sent)
    assert ask(tmp_path / "one", runs) == ask(tmp_path / "other", runs)
    assert ask(tmp_path / "one", PLACES) == ask(tmp_path / "other", PLACES)


def test_without_a_list_other_lines_tell(tmp_path: Path) -> None:
    deliveries(tmp_path, [told(rows=[row]) for row in ROWS])
    assert ask(tmp_path, PLACES) == [("(unknown)", "(unknown)", 8), ("Peru", "(unknown)", 7)]


KEYED = 'key = ["order"]'
CORRECTED = [["2024-01-11", "o2", "c1", "", "2"]]


@pytest.mark.parametrize("order", ORDERS[::2])
def test_a_corrected_line_takes_its_words_back(tmp_path: Path, order: Sequence[int]) -> None:
    """o2 said Peru, and then nothing: nobody says Peru any longer."""
    sent = (
        told(KEYED),
        told(KEYED, CORRECTED, "2024-02-02"),
        listed([["c2", "Italy", "Roma", ""]], "2024-01-05"),
    )
    deliveries(tmp_path, [sent[at] for at in order])
    assert ask(tmp_path, PLACES) == [("(unknown)", "(unknown)", 7), ("Italy", "Roma", 8)]
    assert ask(tmp_path, "SELECT count(*) FROM customer WHERE country = 'Peru'") == [(0,)]
    assert is_sound(tmp_path)


@pytest.mark.parametrize("order", ORDERS[1::2])
def test_products_and_attributes(tmp_path: Path, order: Sequence[int]) -> None:
    header = ["Day", "Product", "Category", "Brand", "Amount"]
    rows = [
        ["2024-01-10", "p", "", "", "1"],
        ["2024-01-10", "p", "Pens", "", "2"],
        ["2024-01-12", "p", "", "Own", "4"],
    ]
    goods = ["Number", "Category", "Brand"]
    sent = (
        (SOLD, header, rows, "2024-02-01"),
        (GOODS, goods, [["p", "Paper", "Acme"]], "2024-01-01"),
        (GOODS, goods, [["p", "Ink", "Best"]], "2024-01-11"),
    )
    deliveries(tmp_path, [sent[at] for at in order])
    found = ask(
        tmp_path, "SELECT category, brand, revenue::INT FROM sale JOIN product USING (product_key) ORDER BY 3"
    )
    assert found == [("Paper", "Acme", 1), ("Pens", "Acme", 2), ("Ink", "Own", 4)]


MERGED = """
source = "{source}"
[customers]
[customers.columns]
customer = "Number"
customer_name = "Name"
email = "Mail"
country = "Country"
city = "City"
"""
NAMED = ["Number", "Name", "Mail", "Country", "City"]
ONE = (
    MERGED.format(source="erp"),
    NAMED,
    [["c1", "Ada Lovelace", "ada@example.org", "", "London"]],
    "2024-01-01",
)
SAME = (
    MERGED.format(source="crm"),
    NAMED,
    [["x9", "Ada Lovelace", "ada@example.org", "Malta", ""]],
    "2024-01-02",
)


@pytest.mark.parametrize("order", ORDERS[::2])
def test_a_merge_carries_what_lines_said(tmp_path: Path, order: Sequence[int]) -> None:
    lines = (LINES.replace("match = false\n", "").format(settings=""), DATED, ROWS, "2024-02-01")
    sent: list[Any] = [lines, ONE, SAME]
    deliveries(tmp_path, [sent[at] for at in order])
    found = [row for row in ask(tmp_path, PLACES) if row[1] == "London"]
    assert found == [("Malta", "London", 5), ("Peru", "London", 2)]
    assert is_sound(tmp_path)


def as_earlier_release(tmp_path: Path, **wrong: str) -> None:
    """The warehouse as it was when batches alone told what lines say: o1, o3 and o4 kept what stood before."""
    with writing(tmp_path / "w.duckdb") as connection:
        connection.execute("DROP TABLE left_empty")
        connection.execute("DELETE FROM setting WHERE name = 'left_empty'")
        connection.execute("UPDATE setting SET value = '2' WHERE name = 'schema'")
        for order, country in wrong.items():
            connection.execute(
                """INSERT INTO customer BY NAME SELECT * REPLACE ((SELECT max(customer_key) + 1 FROM customer)
                    AS customer_key, ? AS country, valid_from AS valid_to) FROM customer
                WHERE customer_key = (
                    SELECT customer_key FROM sale JOIN sales_order USING (order_key) WHERE number = ?)""",
                [country, order],
            )
            connection.execute(
                """UPDATE sale SET customer_key = (SELECT max(customer_key) FROM customer) FROM sales_order AS o
                WHERE o.order_key = sale.order_key AND number = ?""",
                [order],
            )
    bring_up_to_date(tmp_path / "w.duckdb")


def test_check_finds_what_an_earlier_release_kept_and_the_next_load_mends_it(tmp_path: Path) -> None:
    deliveries(tmp_path, THREE[:2])
    as_earlier_release(tmp_path, o1="(unknown)", o3="Chile", o4="(unknown)")
    store = Warehouse(tmp_path / "w.duckdb")
    wrong = [each for each in examine(store) if not each.is_sound]
    store.close()
    assert [(each.found, "the next load mends them" in str(each)) for each in wrong] == [(3, True)]
    deliveries(tmp_path, [THREE[2]])
    assert ask(tmp_path, PLACES) == [("Peru", "Madrid", 2), ("Spain", "Madrid", 13)]
    assert is_sound(tmp_path)


def test_what_cannot_be_told_is_said_and_the_file_loaded_again_mends_it(tmp_path: Path) -> None:
    """Two lines of one customer and day of which one said where: which, nobody wrote down."""
    mixed = [
        ["2024-01-10", "o1", "c1", "", "1"],
        ["2024-01-10", "o2", "c1", "Peru", "2"],
        ["2024-01-12", "o3", "c1", "", "4"],
    ]
    deliveries(tmp_path, [listed(FIRST, "2024-01-01"), told(rows=mixed)])
    as_earlier_release(tmp_path)
    deliveries(tmp_path, [listed(SECOND, "2024-01-05")])
    store = Warehouse(tmp_path / "w.duckdb")
    wrong = [str(each) for each in examine(store) if not each.is_sound]
    store.close()
    assert ["load their files again" in each for each in wrong] == [True]
    report = load(Mapping.from_text(LINES.format(settings="")), tmp_path / "w.duckdb", tmp_path / "1-2024-02-01.csv",
                  as_of=datetime(2024, 2, 1))  # fmt: skip
    assert not report.unchanged
    assert ask(tmp_path, PLACES) == [("Peru", "Madrid", 2), ("Spain", "Madrid", 5)]
    assert is_sound(tmp_path)
