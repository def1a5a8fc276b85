"""Sources as readers see them: last deliveries, their age and state, volumes, what failed, where numbers come from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from data.quality import lineage, source_health
from tests.ledger import Came, Failed, ledger_warehouse

NOW = datetime(2024, 1, 10, 6)


def day(number: int, hour: int = 6) -> datetime:
    return datetime(2024, 1, number, hour)


def test_a_stream_is_told_by_its_last_delivery(tmp_path: Path) -> None:
    store = ledger_warehouse(
        tmp_path / "w.duckdb",
        [
            Came(as_of=day(7), rows=10),
            Came(part="customers", as_of=day(8), rows=3, file="customers.csv"),
            Came(as_of=day(8), rows=4, file="late.csv", rejected=(("date: is empty", {"Day": ""}),)),
            Came(as_of=day(8), rows=1, origin="mended", checks=(Failed(),)),
        ],
    )
    assert source_health.failures(store).is_empty()
    assert source_health.results(store, "erp/order_lines").is_empty()
    found = source_health.sources(store, NOW)
    shown = found.select("stream", "batch", "file", "deliveries", "rows", "rejected", "open", "state")
    assert shown.rows() == [
        ("erp/order_lines", 3, "late.csv", 2, 4, 1, 1, "ok"),
        ("erp/customers", 2, "customers.csv", 1, 3, 0, 0, "ok"),
    ]
    assert found["freshness_days"].to_list() == [2.0, 2.0]
    assert found["rejected_share"].to_list() == [0.25, 0.0]


def test_a_failed_check_of_the_last_delivery_fails_the_stream_and_one_before_does_not(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    failing = Came(as_of=day(8), checks=(Failed(), Failed("order is unique", passed=True)))
    store = ledger_warehouse(path, [failing])
    assert source_health.sources(store, NOW).select("state", "failed", "checks").rows() == [("failing", 1, 2)]
    assert source_health.failures(store)["name"].to_list() == ["city is filled"]
    store = ledger_warehouse(path, [Came(as_of=day(9), checks=(Failed(passed=True),))])
    assert source_health.sources(store, NOW)["state"].to_list() == ["ok"]
    assert source_health.failures(store).is_empty()
    told = source_health.results(store, "erp/order_lines")
    assert told.select("batch", "name", "passed").rows() == [
        (2, "city is filled", True),
        (1, "city is filled", False),
        (1, "order is unique", True),
    ]


def test_a_delivery_of_which_nothing_could_be_loaded_fails(tmp_path: Path) -> None:
    rejected = (("date: is empty", {"Day": ""}),)
    store = ledger_warehouse(tmp_path / "w.duckdb", [Came(as_of=day(9), rows=1, rejected=rejected)])
    assert source_health.sources(store, NOW)["state"].to_list() == ["failing"]


@pytest.mark.parametrize(("hours", "state"), [(48, "ok"), (49, "late")])
def test_late_is_twice_the_usual_time_between_deliveries(tmp_path: Path, hours: int, state: str) -> None:
    store = ledger_warehouse(tmp_path / "w.duckdb", [Came(as_of=day(each)) for each in (1, 2, 3)])
    assert source_health.sources(store, day(3) + timedelta(hours=hours))["state"].to_list() == [state]


def test_two_deliveries_tell_no_rhythm_nor_does_how_often_a_source_is_looked_at(tmp_path: Path) -> None:
    store = ledger_warehouse(tmp_path / "w.duckdb", [Came(as_of=day(1)), Came(as_of=day(2))])
    assert source_health.sources(store, NOW)["state"].to_list() == ["ok"]
    assert source_health.sources(store, NOW, {"erp": timedelta(minutes=15)})["state"].to_list() == ["ok"]


@pytest.mark.parametrize(("every", "state"), [(timedelta(minutes=15), "late"), (timedelta(days=7), "ok")])
def test_what_is_looked_at_often_is_late_by_its_own_rhythm(
    tmp_path: Path, every: timedelta, state: str
) -> None:
    store = ledger_warehouse(tmp_path / "w.duckdb", [Came(as_of=day(each)) for each in (1, 2, 3)])
    assert source_health.sources(store, day(4), {"erp": every})["state"].to_list() == ["ok"]
    assert source_health.sources(store, day(6), {"erp": every})["state"].to_list() == [state]


@pytest.mark.parametrize(("today", "state"), [(22, "ok"), (23, "ok"), (24, "late")])
def test_a_weekend_without_files_is_not_late(tmp_path: Path, today: int, state: str) -> None:
    """Monday to Friday; the last is of Friday the 19th."""
    working = [each for each in range(1, 20) if each % 7 not in (6, 0)]
    store = ledger_warehouse(tmp_path / "w.duckdb", [Came(as_of=day(each)) for each in working])
    assert source_health.sources(store, day(today))["state"].to_list() == [state]


def test_a_demonstration_is_never_late(tmp_path: Path) -> None:
    came = [Came(as_of=day(each), origin="demo") for each in (1, 2, 3)]
    store = ledger_warehouse(tmp_path / "w.duckdb", came)
    assert source_health.sources(store, NOW, {"erp": timedelta(days=1)})["state"].to_list() == ["ok"]


def test_now_may_be_said_in_any_zone(tmp_path: Path) -> None:
    store = ledger_warehouse(tmp_path / "w.duckdb", [Came(as_of=day(9))])
    assert source_health.sources(store, NOW.replace(tzinfo=UTC))["freshness_days"].to_list() == [1.0]


def test_volumes_go_by_time_and_count_what_waits_to_be_mended(tmp_path: Path) -> None:
    rejected = (("date: is empty", {"Day": ""}), ("date: is empty", {"Day": ""}))
    store = ledger_warehouse(
        tmp_path / "w.duckdb",
        [
            Came(as_of=day(9), rows=5, rejected=rejected, checks=(Failed(),)),
            Came(as_of=day(8), rows=7),
            Came(source="shop", as_of=day(8), rows=99),
        ],
    )
    assert source_health.courses(store) == {"erp/order_lines": [7, 5], "shop/order_lines": [99]}
    found = source_health.volumes(store, "erp/order_lines")
    assert found.select("batch", "rows", "loaded", "rejected", "open", "failed").rows() == [
        (2, 7, 7, 0, 0, 0),
        (1, 5, 3, 2, 2, 1),
    ]


def test_reasons_are_counted_without_their_values(tmp_path: Path) -> None:
    rejected = tuple(
        (f"quantity: '{each}' is not a number", {"Qty": each}) for each in ("many", "it's 'few'")
    )
    outside = (
        "date: '1.1.99' is not a date; cost: 'x' is not a number",
        "date: '1.1.98' is not a date; cost: 'y' is not a number",
        "date: 2500-01-01 is outside 1900 to 2199",
        "date: 2501-01-01 is outside 1900 to 2199",
        "country: no row of orders.csv for order id 17",
        "country: no row of orders.csv for order id 18",
    )
    every = (("date: is empty", {"Qty": "1"}), *rejected, *((each, {"Qty": "1"}) for each in outside))
    store = ledger_warehouse(tmp_path / "w.duckdb", [Came(rejected=every)])
    assert source_health.reasons(store, 1, "order_lines").rows() == [
        ("country: no row of orders.csv for its key", 2, 2, 8),
        ("date: is not a date; cost: is not a number", 2, 2, 4),
        ("date: is outside 1900 to 2199", 2, 2, 6),
        ("quantity: is not a number", 2, 2, 2),
        ("date: is empty", 1, 1, 1),
    ]


def test_batches_are_told_with_their_files_and_none_is_lost(tmp_path: Path) -> None:
    store = ledger_warehouse(tmp_path / "w.duckdb", [Came(file="a.csv"), Came(file="b.csv", source="shop")])
    behind = pl.DataFrame(
        {"batch": [1, 2, 9], "lines": [3, 4, 5]}, schema={"batch": pl.Int32, "lines": pl.Int64}
    )
    found = lineage.files(store, behind, "sale")
    assert found.select("batch", "source", "file", "lines").rows() == [
        (9, None, None, 5),
        (2, "shop", "b.csv", 4),
        (1, "erp", "a.csv", 3),
    ]
