"""Targets as a fact: each month says what the page KPIs says of it, and follows what is said later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from cubes.analysis.target_status import due_by
from cubes.ask.answer import ask
from cubes.catalogue.kpis import kpi_named
from cubes.query import Cut, Query
from data.operational import operational_store, targets
from data.operational.targets import TargetPlace
from data.store.warehouse import Warehouse, writing
from tests.tiny import Line, tiny_warehouse

ODD = "L'A$1/b"
ODD_ID = "L'A$1%2Fb"
SET = {
    TargetPlace("revenue"): {"2025": 1200, "2025-Q2": 90, "2025-01": 50, "2026": 5000},
    TargetPlace("revenue", "country", ODD_ID): {"2025": 360},
    TargetPlace("customers"): {"2025": 12},
    TargetPlace("average_order_value"): {"2025-Q1": 7},
    TargetPlace("gone"): {"2025": 1},
    TargetPlace("revenue", "no_level; DROP TABLE sale", "x"): {"2025": 12},
}


def lines() -> Iterator[Line]:
    for at in range(24):
        for row in range(at % 5 + 1):
            country, day = ("Italy", ODD)[row % 2], date(2024 + at // 12, at % 12 + 1, 28 if at else 1)
            yield Line(day, f"{at}/{row}", f"c{row}{country}", country=country, revenue=f"{row + 1}.00")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("targets").resolve() / "w.duckdb"
    tiny_warehouse(path, lines()).close()
    say(path, {place: {period: Decimal(value) for period, value in of.items()} for place, of in SET.items()})
    return path


def say(path: Path, said: dict[TargetPlace, dict[str, Decimal | None]]) -> None:
    store = operational_store.ready(path)
    for place, values in said.items():
        targets.set_targets(store, place, values, "ann")
    with writing(path, "targets"):
        pass


def told(
    warehouse: Warehouse, kpi: str, level: str = "Whole firm", member: str = "Whole firm"
) -> dict[str, float]:
    cuts = (Cut("target_kpi", (kpi,)), Cut("target_level", (level,)))
    frame = ask(
        warehouse, Query(("mean_target",), ("target_member", "month"), cuts=cuts, cube="targets")
    ).frame
    found = frame.filter(frame["target_member"] == member)
    return {month: float(value) for month, value in found.select("month.id", "mean_target").iter_rows()}


@pytest.mark.parametrize(
    "place", [place for place in SET if place.kpi != "gone" and place.level in ("", "country")]
)
def test_a_month_is_to_reach_what_the_page_says(path: Path, place: TargetPlace) -> None:
    warehouse, kpi = Warehouse(path), kpi_named(place.kpi)
    calendar, cuts = warehouse.profile.calendar, ()
    own = {period: float(value) for period, value in SET[place].items()}
    if place.level:
        cuts = (Cut(place.level, (place.member,)),)
    due = {}
    for month in range(1, 13):
        code = calendar.parse_period("month", f"2025-{month:02}")
        found = due_by(partial(ask, warehouse), warehouse.profile, kpi, ("month", code), own, cuts)
        due |= {f"2025-{month:02}": found.whole} if found else {}
    assert due
    held = told(warehouse, kpi.title, *((place.level, place.member) if place.level else ()))
    assert {month: value for month, value in held.items() if month < "2026"} == pytest.approx(due, abs=1e-3)
    warehouse.close()


def test_it_stands_beside_what_was_done_and_follows_what_is_said(path: Path) -> None:
    warehouse = Warehouse(path)
    asked = Query(("revenue", "targets.revenue_target", "targets.customers_target"), ("year",))
    year = ask(warehouse, asked).frame.row(1, named=True)
    assert (year["year"], year["revenue"]) == ("2025", 86)
    months = told(warehouse, "Revenue")
    assert float(year["targets.revenue_target"]) == pytest.approx(
        sum(value for month, value in months.items() if month < "2026")
    )
    assert months["2025-01"] == 50
    assert len(months) == 24
    assert warehouse.rows("SELECT count(*) FROM target_said WHERE held_until IS NULL") == [(9,)]
    warehouse.close()
    say(path, {TargetPlace("revenue"): {"2026": None, "2025-01": Decimal(60)}})
    warehouse = Warehouse(path)
    months = told(warehouse, "Revenue")
    assert (len(months), months["2025-01"]) == (12, 60)
    history = (
        "SELECT value::INT, state FROM target_said WHERE level = '' AND period = '2025-01' ORDER BY said_at"
    )
    assert warehouse.rows(history) == [(50, "set"), (60, "set")]
    warehouse.close()
