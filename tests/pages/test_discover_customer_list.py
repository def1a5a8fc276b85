"""Lists of customers: which columns are shown, and what is known of each customer beside the numbers."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from data.review.customer_details import customer_details
from data.review.customer_records import code_of, golden
from data.store.warehouse import Warehouse, writing
from pages.discover.customer_list import decided, shown, with_details
from tests.data.small import ANNA, small_warehouse
from tests.tiny import Line, tiny_warehouse

OWN = ["customer", "name", "revenue"]
OFFERED = [*OWN, "city", "email"]


def test_a_list_begins_with_its_own_columns_and_what_is_chosen_holds_for_every_list() -> None:
    assert shown(OFFERED, OWN, {}) == OWN
    chosen = decided({}, OFFERED[1:], ["email", "name"])
    assert shown(OFFERED, OWN, chosen) == ["customer", "name", "email"]
    other = ["customer", "name", "recency_days", "email"]
    assert shown(other, other[:3], chosen) == other
    later = decided(chosen, other[1:], ["name"])
    assert shown(OFFERED, OWN, later) == ["customer", "name"]


def test_details_join_customers_in_their_order_and_overwrite_nothing() -> None:
    frame = pl.DataFrame({"customer": ["B", "A", "C"], "city": ["here", "there", "nowhere"]})
    details = pl.DataFrame({"customer": ["A", "B"], "city": ["x", "y"], "email": ["a@x", None]})
    assert with_details(frame, details).rows() == [
        ("B", "here", None), ("A", "there", "a@x"), ("C", "nowhere", None)
    ]  # fmt: skip


def test_details_are_the_record_that_counts_of_each_customer(tmp_path: Path) -> None:
    path = small_warehouse(tmp_path / "w.duckdb")
    with writing(path, "say") as connection:
        connection.execute("UPDATE customer_record SET email = 'new@x', phone = NULL WHERE identity_key = 2")
    warehouse = Warehouse(path)
    details = customer_details(warehouse)
    assert details["customer"].to_list() == ["K100", "K200", "K300", "K400"]
    assert {"city", "customer_kind", "tier", "street", "postcode", "email", "phone"} <= set(details.columns)
    for row in details.iter_rows(named=True):
        code = code_of(warehouse, row["customer"])
        assert code is not None
        counts = dict(golden(warehouse, code).select("field", "value").iter_rows())
        assert {name: row[name] for name in counts if name != "name"} == {
            name: value for name, value in counts.items() if name != "name"
        }
    assert details.row(0, named=True) | {"email": "new@x", "phone": ANNA[4], "tier": "gold"} == details.row(
        0, named=True
    )


def test_what_is_known_of_nobody_is_no_column(tmp_path: Path) -> None:
    details = customer_details(tiny_warehouse(tmp_path / "w.duckdb", [Line(region="(unknown)")]))
    assert details.rows(named=True) == [
        {"customer": "Ann", "country": "France", "city": "Lille", "customer_kind": "firm"}
    ]
