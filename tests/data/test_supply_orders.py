"""Orders to suppliers as they came: partial arrivals, grace, surplus, orders that ended short, days that cannot be."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cubes.ask.answer import ask
from cubes.query import Query
from data.collaborate.district_frames import district_frames
from data.load.time_settings import TimeSettings, save
from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

LAST = date(2025, 3, 31)
COLUMNS = """number, ordered, received, surplus, received_in_time, is_due, in_time, in_full, in_time_in_full, lead_days,
    open_days"""


def day(month: int, number: int) -> date:
    return date(2025, month, number)


def order(number: str, promised: date | None, pieces: float | None = 10, **more: Any) -> dict[str, Any]:
    return {"day": day(1, 10), "number": number, "product": "P1", "partner": "F1", "promised_on": promised,
            "quantity_ordered": pieces} | more  # fmt: skip


def came(number: str, on: date, pieces: float, product: str = "P1") -> dict[str, Any]:
    return {"day": on, "supply_order": number, "product": product, "partner": "F1", "quantity": pieces}


ORDERS = (
    order("whole", day(1, 20)),
    order("parts", day(1, 20)),
    order("late", day(1, 20)),
    order("short", day(1, 20), ended_on=day(2, 1)),
    order("more", day(1, 20)),
    order("open", day(4, 20)),
    order("overdue", day(3, 1)),
    order("own", day(1, 20), received_on=day(1, 18), quantity_received=8),
    order("early", day(1, 20)),
    order("unpromised", None),
    order("nothing", day(1, 20), 0),
    order("back", day(1, 20)),
    order("untold", day(1, 20), None, received_on=day(1, 25)),
)
RECEIPTS = (
    came("whole", day(1, 20), 10),
    came("parts", day(1, 15), 4), came("parts", day(1, 19), 6),
    came("late", day(1, 19), 9), came("late", day(1, 22), 1),
    came("short", day(1, 19), 7),
    came("more", day(1, 19), 13),
    came("open", day(3, 1), 2),
    came("early", day(1, 5), 10),
    came("unpromised", day(1, 30), 10),
    came("back", day(1, 15), 10), came("back", day(1, 17), -3),
    came("whole", day(1, 20), 99, product="P2"),  # of another product of that order: none of this one's
)  # fmt: skip
AS_CAME = {
    # ordered, received, surplus, in time, due, in time, in full, both, lead days, open days
    "whole": (10, 10, 0, 10, 1, 1, 1, 1, 10, None),
    "parts": (10, 10, 0, 10, 1, 1, 1, 1, 9, None),
    "late": (10, 10, 0, 9, 1, 0, 1, 0, 12, None),
    "short": (10, 7, 0, 7, 1, 1, 0, 0, None, None),
    "more": (10, 10, 3, 10, 1, 1, 1, 1, 9, None),
    "open": (10, 2, 0, None, 0, None, None, None, None, 80),
    "overdue": (10, 0, 0, 0, 1, 0, None, 0, None, 80),
    "own": (10, 8, 0, 8, 1, 0, None, 0, None, 80),
    "early": (10, 10, 0, 10, 1, 1, 1, 1, None, None),
    "unpromised": (10, 10, 0, None, 0, None, 1, None, 20, None),
    "back": (10, 7, 0, 7, 1, 1, 1, 1, 5, None),
    "untold": (None, None, None, None, 1, 0, 1, 0, 15, None),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line(LAST, "c1", "C", "Italy", "x", "y")]).close()
    with_facts(path, lead_time=ORDERS, receipt=RECEIPTS).close()
    return path


def told(path: Path) -> dict[str, tuple[float | None, ...]]:
    warehouse = Warehouse(path)
    found = {
        number: tuple(None if each is None else float(each) for each in rest)
        for number, *rest in warehouse.rows(f"SELECT {COLUMNS} FROM supply_order")
    }
    warehouse.close()
    return found


def test_each_order_is_told_as_it_came(path: Path) -> None:
    assert told(path) == AS_CAME


def test_grace_makes_orders_due_later_and_in_time_longer(path: Path) -> None:
    save(path, TimeSettings(late_after=2))
    found = told(path)
    assert found["late"] == (10, 10, 0, 10, 1, 1, 1, 1, 12, None)
    assert found["overdue"] == AS_CAME["overdue"]
    assert TimeSettings.of(Warehouse(path)).late_after == 2


def test_rates_are_sum_over_sum_and_nothing_is_no_full_marks(path: Path) -> None:
    names = ("supply_orders", "orders_due", "fill_rate", "received_in_time_share", "received_in_full_share",
             "on_time_in_full_share", "median_lead_time", "open_supply_orders", "surplus_received")  # fmt: skip
    warehouse = Warehouse(path)
    (whole,) = ask(warehouse, Query(names, cube="supply")).frame.select(names).rows()
    assert whole == pytest.approx((12, 10, 71 / 90, 6 / 10, 8 / 9, 5 / 10, 10, 3, 3))
    by_partner = ask(warehouse, Query(names, ("partner",), cube="supply")).frame
    assert by_partner.filter(partner="F1").select(names).rows() == [whole]
    none = ask(warehouse, Query(("on_time_in_full_share", "fill_rate"), ("partner",), cube="supply")).frame
    assert none.filter(partner="F2").is_empty()
    warehouse.close()


def test_what_comes_later_changes_the_orders_that_it_is_of_alone(path: Path) -> None:
    with_facts(path, receipt=[came("open", LAST, 8)]).close()
    found = told(path)
    assert found.pop("open") == (10, 10, 0, None, 0, None, 1, None, 80, None)
    assert found == {name: row for name, row in AS_CAME.items() if name != "open"}


def rows_of(
    folder: Path, orders: list[dict[str, Any]], receipts: list[dict[str, Any]]
) -> list[tuple[Any, ...]]:
    path = folder / "own.duckdb"
    tiny_warehouse(path, [Line(LAST, "c1", "C", "Italy", "x", "y")]).close()
    with closing(with_facts(path, lead_time=orders, receipt=receipts)) as warehouse:
        return [
            tuple(None if each is None else float(each) for each in row)
            for row in warehouse.rows(
                "SELECT received, surplus, in_time_in_full, lead_days FROM supply_order ORDER BY row_in_source"
            )
        ]


def test_one_number_of_two_partners_is_two_orders(tmp_path: Path) -> None:
    orders = [order("1", day(1, 20)), order("1", day(1, 20), partner="F2")]
    found = rows_of(tmp_path, orders, [came("1", day(1, 19), 10)])
    assert found == [(10, 0, 1, 9), (0, 0, 0, None)]


def test_nobodys_receipt_names_the_order_of_its_number(tmp_path: Path) -> None:
    bare = {"day": day(1, 19), "supply_order": "1", "quantity": 10}
    assert rows_of(tmp_path, [order("1", day(1, 20))], [bare]) == [(10, 0, 1, 9)]


@pytest.mark.parametrize("product", ["P1", "P2"])
def test_what_names_two_lots_alike_fills_them_one_after_the_other(tmp_path: Path, product: str) -> None:
    orders = [order("1", day(2, 20), 6), order("1", day(1, 20), product=product)]
    receipts = [came("1", day(1, 18), 9), came("1", day(1, 19), 4), came("1", day(2, 28), 5)]
    if product == "P2":
        receipts = [{name: value for name, value in each.items() if name != "product"} for each in receipts]
    assert rows_of(tmp_path, orders, receipts) == [(6, 2, 0, 49), (10, 0, 1, 9)]


def test_an_order_that_ended_short_is_dated_by_what_came_of_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "own.duckdb"
    tiny_warehouse(path, [Line(LAST, "c1", "C", "Italy", "x", "y")]).close()
    orders = [
        order("1", day(1, 20), ended_on=day(2, 1), unit_cost=-3),
        order("1", day(1, 20), partner="F2", product="P2"),
    ]
    receipts = [came("1", day(1, 19), 7), came("1", day(3, 1), 10, "P2") | {"partner": "F2"}]
    with closing(with_facts(path, lead_time=orders, receipt=receipts)) as warehouse:
        ended = district_frames(warehouse).orders.filter("has_ended")
    assert ended["unit_cost"].to_list() == [None], "nobody is paid for taking goods"
    assert ended["received"].to_list() == [(day(1, 19) - date(1970, 1, 1)).days]
