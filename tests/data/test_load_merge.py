"""What a load does to what is there: versions, orders, repeats, batches that come again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from data.errors import BadInput
from data.load import Mapping, load
from data.store import duckdb_engine as engine
from data.store.warehouse import Warehouse, save_attribute
from tests.data.load_files import ROWS, ask, mapping, revenue, shop, write
from tests.tiny import Line, tiny_warehouse

pytestmark = pytest.mark.usefixtures("as_in_use")


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    first = shop(tmp_path, ROWS)
    stamp = engine.version(tmp_path / "w.duckdb")
    again = shop(tmp_path, ROWS, more="# a remark", name="renamed.csv")
    assert again.unchanged
    assert again.batch == first.batch
    assert again.revenue == first.revenue
    assert engine.version(tmp_path / "w.duckdb") == stamp
    assert again.sentences() == ["Already loaded as batch 1; nothing changed."]


def test_a_changed_mapping_takes_the_place_of_the_batch(tmp_path: Path) -> None:
    bad = [*ROWS, ["never", *ROWS[0][1:]]]
    assert shop(tmp_path, bad).rows_rejected == 1
    other = shop(tmp_path, bad, more='[order_lines.constants]\nchannel = "web"')
    assert (other.batch, other.replaced, other.unchanged) == (2, 1, False)
    assert ask(tmp_path, "SELECT batch, count(*) FROM sale GROUP BY ALL") == [(2, 4)]
    assert ask(tmp_path, "SELECT DISTINCT channel.id FROM sale JOIN channel USING (channel_key)") == [
        ("web",)
    ]
    assert ask(tmp_path, "SELECT count(*), min(batch) FROM rejected") == [(1, 2)]
    assert ask(tmp_path, "SELECT count(*) FROM batch") == [(1,)]
    assert ask(tmp_path, "SELECT sum(is_order::INT) FROM sale") == [(2,)]


def test_a_changed_list_is_history_and_leaves_the_lines_as_they_were(tmp_path: Path) -> None:
    more = '[customers]\nfile = "people.csv"\n[customers.columns]\ncustomer = "Id"\ncity = "City"'
    write(tmp_path / "people.csv", [["c1", "Rome"]], ["Id", "City"])
    shop(tmp_path, ROWS, more=more)
    write(tmp_path / "people.csv", [["c1", "Milan"], ["c9", "Oslo"]], ["Id", "City"])
    again = shop(tmp_path, ROWS, more=more)
    assert [books.part for books in again.parts] == ["customers"]
    assert again.notes == ("s.csv was loaded before, as batch 2: nothing changed there.",)
    found = ask(tmp_path, "SELECT id, city, count(batch) FROM customer LEFT JOIN sale USING (customer_key) WHERE id <> '(unknown)' GROUP BY ALL ORDER BY ALL")  # noqa: E501  # fmt: skip
    assert found == [("c1", "Milan", 0), ("c1", "Rome", 2), ("c2", "(unknown)", 1), ("c9", "Oslo", 0)]


def test_a_second_file_adds_versions_and_keeps_the_first(tmp_path: Path) -> None:
    shop(tmp_path, ROWS)
    moved = [
        ["2024-03-01", "A4", "c1", "Spain", "pen", "3", "2.00"],
        ["2024-03-02", "A5", "c3", "Italy", "hat", "1", "9"],
    ]
    shop(tmp_path, moved, name="march.csv")
    versions = "SELECT customer_code, id, country FROM customer WHERE customer_code > 0 ORDER BY customer_key"
    assert ask(tmp_path, versions) == [
        (1, "c2", "France"), (2, "c1", "Italy"), (2, "c1", "Spain"), (3, "c3", "Italy"),
    ]  # fmt: skip
    by_country = dict(
        ask(tmp_path, "SELECT country, sum(revenue) FROM sale JOIN customer USING (customer_key) GROUP BY 1")
    )
    every = [*ROWS, *moved]
    assert by_country == {
        each: revenue([row for row in every if row[3] == each]) for each in {row[3] for row in every}
    }
    assert ask(tmp_path, "SELECT count(DISTINCT customer_code) FROM sale WHERE customer_code > 0") == [(3,)]


def test_unknown_customers_keep_their_country(tmp_path: Path) -> None:
    shop(tmp_path, ROWS)
    assert ask(
        tmp_path,
        """SELECT customer_code, c.id, country, revenue FROM sale
        JOIN customer AS c USING (customer_key, customer_code) WHERE customer_code = 0""",
    ) == [(0, "(unknown)", "France", Decimal("-7.25"))]


def test_what_a_line_does_not_say_comes_from_the_list_then_from_before(tmp_path: Path) -> None:
    people = '[customers]\nfile = "people.csv"\n[customers.columns]\ncustomer = "Id"\ncity = "City"'
    people += '\ncustomer_name = "Name"'
    write(tmp_path / "people.csv", [["c1", "Ann", "Rome"], ["c7", "Bob", "Nice"]], ["Id", "Name", "City"])
    shop(tmp_path, ROWS, more=people)
    known = ask(tmp_path, "SELECT id, name, country, city FROM customer WHERE customer_code > 0 ORDER BY id")
    assert known == [
        ("c1", "Ann", "Italy", "Rome"),
        ("c2", "c2", "France", "(unknown)"),
        ("c7", "Bob", "(unknown)", "Nice"),
    ]
    shop(tmp_path, [["2024-04-01", "B1", "c1", "", "pen", "1", "1"], ["2024-04-01", "B2", "c8", "", "pen", "1", "1"]], name="later.csv")  # noqa: E501  # fmt: skip
    late = ask(tmp_path, "SELECT c.id, country, city, name FROM sale JOIN customer AS c USING (customer_key) WHERE batch = 3 ORDER BY 1")  # noqa: E501  # fmt: skip
    assert late == [("c1", "Italy", "Rome", "Ann"), ("c8", "(unknown)", "(unknown)", "c8")]


def test_names_are_what_most_lines_say(tmp_path: Path) -> None:
    names = ["Pen", "pen (old)", "Pen", "", "Cap", "Hat"]
    rows = [
        ["2024-01-05", "A", "c", "Italy", "p" if at < 4 else "q", "1", "1", name]
        for at, name in enumerate(names)
    ]
    path = write(
        tmp_path / "s.csv", rows, ["Day", "Order", "Customer", "Country", "Item", "Qty", "Price", "Name"]
    )
    text = (
        mapping().to_toml().replace("[order_lines.columns]", '[order_lines.columns]\nproduct_name = "Name"')
    )
    load(Mapping.from_text(text), tmp_path / "w.duckdb", path)
    assert ask(tmp_path, "SELECT id, name FROM product WHERE product_code > 0 ORDER BY id") == [
        ("p", "Pen"),
        ("q", "Cap"),
    ]


def test_orders_over_several_loads(tmp_path: Path) -> None:
    shop(tmp_path, ROWS[:1])
    report = shop(tmp_path, ROWS[1:], name="rest.csv")
    assert any("came in an earlier batch" in each for each in report.warnings)
    flags = (
        "SELECT number, sum(is_order::INT) FROM sale JOIN sales_order USING (order_key) GROUP BY 1 ORDER BY 1"
    )
    assert ask(tmp_path, flags) == [("A1", 1), ("A2", 1), ("A3", 0)]
    shop(tmp_path, ROWS[:1], more='[order_lines.constants]\nis_return = "yes"')
    assert ask(tmp_path, flags) == [("A1", 1), ("A2", 1), ("A3", 0)], "the remaining line now stands for A1"
    assert ask(tmp_path, "SELECT count(*) FROM sales_order") == [(3,)]


def test_lines_without_a_number_are_orders_of_their_own(tmp_path: Path) -> None:
    rows = [[*row[:1], number, *row[2:]] for row, number in zip(ROWS, ["", "A1", "", "A1"], strict=True)]
    for name, mark in (("one.csv", "x"), ("two.csv", "y")):
        shop(tmp_path, [*rows, ["2024-01-01", mark, "", "", "", "1", "1"]], name=name)
    assert ask(tmp_path, "SELECT count(DISTINCT order_key), sum(is_order::INT) FROM sale") == [(7, 7)]
    assert ask(tmp_path, "SELECT count(*) FROM sale JOIN sales_order USING (order_key)") == [(10,)]


def test_lines_lie_by_month_then_customer_then_order(tmp_path: Path) -> None:
    said = [
        ("2024-02-01", "A1", "c1"), ("2024-01-31", "A2", "c2"), ("2024-01-02", "A3", "c1"), ("2024-01-09", "A4", "c2"),
        ("2024-01-31", "A2", "c2"), ("2024-01-30", "A5", "c1"), ("2024-01-02", "A3", "c1"), ("2024-01-05", "", "c1"),
    ]  # fmt: skip
    shop(tmp_path, [[*each, "Italy", "pen", "1", "1"] for each in said])
    stored = ask(tmp_path, "SELECT row_in_source FROM sale ORDER BY rowid")
    assert [row for (row,) in stored] == [3, 7, 6, 8, 2, 5, 4, 1]


def test_repeats_are_counted_kept_or_dropped(tmp_path: Path) -> None:
    rows = [*ROWS, ROWS[0], ROWS[0], ["never", *ROWS[0][1:]], ["never", *ROWS[0][1:]]]
    kept = shop(tmp_path, rows)
    assert (kept.rows_read, kept.rows_loaded, kept.rows_rejected, kept.repeats_kept) == (8, 6, 2, 2)
    dropped = shop(tmp_path, rows, 'repeats = "drop"')
    assert (dropped.rows_loaded, dropped.rows_rejected, dropped.repeats_dropped, dropped.replaced) == (
        4,
        2,
        2,
        1,
    )
    assert dropped.revenue == revenue(ROWS)


def test_returns_exported_as_positive_amounts(tmp_path: Path) -> None:
    rows = [
        ["2024-01-05", "A1", "c", "Italy", "pen", "2", "5"],
        ["2024-01-06", "R1", "c", "Italy", "pen", "1", "5"],
    ]
    more = "[order_lines.expressions]\nis_return = \"starts_with(order, 'R')\""
    assert any("positive" in each for each in shop(tmp_path, rows, more=more).warnings)
    shop(tmp_path, rows, 'returns = "positive"', more)
    assert ask(tmp_path, "SELECT units, revenue, is_return, is_order FROM sale ORDER BY row_in_source") == [
        (2, 10, False, True), (-1, -5, True, False)
    ]  # fmt: skip


def test_attributes_become_levels(tmp_path: Path) -> None:
    more = """[order_lines.attributes]
    item_kind = { column = "Item", of = "product", label = "Kind of item" }
    size = { expression = "'big' if quantity > 5 else 'small'" }"""
    shop(tmp_path, ROWS)
    shop(tmp_path, ROWS, more=more)
    found = Warehouse(tmp_path / "w.duckdb")
    labels = {each.name: (each.dimension, each.label) for each in found.profile.attributes}
    found.close()
    assert labels == {"item_kind": ("product", "Kind of item"), "size": ("line", "Size")}
    assert ask(tmp_path, "SELECT size, count(*) FROM sale JOIN line USING (line_key) GROUP BY 1 ORDER BY 1") == [("big", 1), ("small", 3)]  # noqa: E501  # fmt: skip
    assert ask(tmp_path, "SELECT DISTINCT item_kind FROM sale JOIN product USING (product_key) ORDER BY 1") == [("cup",), ("pen",)]  # noqa: E501  # fmt: skip
    with pytest.raises(BadInput, match="is one of line already"):
        shop(tmp_path, ROWS[:2], more='[order_lines.attributes]\nsize = { column = "Item", of = "product" }')


def test_a_negative_quantity_is_a_return_even_at_no_price(tmp_path: Path) -> None:
    shop(tmp_path, [*ROWS, ["2024-03-01", "A9", "c1", "Italy", "pen", "-1", "0"]])
    assert ask(tmp_path, "SELECT is_return, is_order FROM sale ORDER BY row_in_source DESC LIMIT 1") == [
        (True, False)
    ]


def test_costs(tmp_path: Path) -> None:
    rows = [[*row, "0.5"] for row in ROWS]
    header = ["Day", "Order", "Customer", "Country", "Item", "Qty", "Price", "Cost"]
    text = mapping().to_toml().replace("[order_lines.columns]", '[order_lines.columns]\nunit_cost = "Cost"')
    load(Mapping.from_text(text), tmp_path / "w.duckdb", write(tmp_path / "s.csv", rows, header))
    assert ask(tmp_path, "SELECT sum(cost), sum(units) FROM sale") == [(6, 12)]


def test_amounts_are_exact_and_large_ones_fit(tmp_path: Path) -> None:
    rows = [["2024-01-05", "A", "c", "Italy", "p", quantity, price] for quantity, price in
            [("1000000", "250.01"), ("3", "0.1"), ("0.333", "0.0123"), ("10000", "0.00125"),
             ("999999", "99999.99")]]  # fmt: skip
    text = 'revenue = "quantity * unit_price * (1 - 0) * 1.0 * 1"'
    report = shop(tmp_path, rows, more=f"[order_lines.expressions]\n{text}")
    each = [Decimal(row[5]) * Decimal(row[6]) for row in rows]
    assert report.revenue == sum(value.quantize(Decimal("0.0001"), "ROUND_HALF_UP") for value in each)


def test_progress_rises_to_one(tmp_path: Path) -> None:
    seen: list[tuple[float, str]] = []
    load(mapping(), tmp_path / "w.duckdb", write(tmp_path / "s.csv", ROWS), lambda *each: seen.append(each))
    assert [each for each, _ in seen] == sorted(each for each, _ in seen)
    assert seen[-1][0] == 1
    assert seen[0][0] == 0


def test_a_saved_finding_is_not_written_over(tmp_path: Path) -> None:
    """A segment that somebody saved is theirs: a file's own segment needs another name."""
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    save_attribute(path, "customer", "segment", "Segment", {"Ann": "Champions"})
    (tmp_path / "own.csv").write_text("day,amount,who,group\n2024-01-05,12.50,Ann,A\n")
    own = Mapping.from_text(
        'source = "own"\n[order_lines]\nfile = "own.csv"\n'
        '[order_lines.columns]\ndate = "day"\nrevenue = "amount"\ncustomer = "who"\n'
        '[order_lines.attributes]\nsegment = { column = "group", of = "customer" }\n',
        tmp_path,
    )
    with pytest.raises(BadInput, match="a finding that somebody saved"):
        load(own, path)
