"""Between which numbers codes lie is asked of the snapshot, for whatever column a measure counts."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from cubes.cells.code_domains import code_domain
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

MARCH = date(2011, 3, 1)


def test_each_column_of_codes_has_a_domain_of_its_own(tmp_path: Path) -> None:
    tiny_warehouse(tmp_path / "w.duckdb", [Line(), Line(order="b", customer="Bob")]).close()
    store = with_facts(tmp_path / "w.duckdb", invoice=[{"day": MARCH, "customer": "Bob"}])
    assert code_domain(store, "sale.order_key") == (1, 2)
    assert code_domain(store, "invoice.customer_code") == (2, 2)
    assert code_domain(store, "product.subcategory_code") == (1, 2)
    assert code_domain(store, "stock.product_code") == (0, 0)
    store.close()


def test_it_is_asked_once(tmp_path: Path) -> None:
    store = tiny_warehouse(tmp_path / "w.duckdb", [Line()])
    code_domain(store, "sale.order_key")
    store.close()
    assert code_domain(store, "sale.order_key") == (1, 1)


def test_what_holds_no_codes_has_none(tmp_path: Path) -> None:
    store = tiny_warehouse(tmp_path / "w.duckdb", [Line()])
    assert code_domain(store, "sale.revenue") == code_domain(store, "coalesce(sale.order_key, 0)") == (0, 0)
    store.close()
