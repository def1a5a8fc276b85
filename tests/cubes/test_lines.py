"""Drill-through of any fact: the rows of a cell, which add up to it, and the loads that brought them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from cubes.ask.answer import ask
from cubes.catalogue import CUBES, load
from cubes.drill_through import rows_behind
from cubes.query import Query, parse_cut
from data.model.canonical_tables import FACT
from data.store.warehouse import Warehouse, writing
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import Row, with_facts

CALLS: list[Row] = [
    {"day": date(2011, 1, 1), "number": "c1", "customer": "Ann", "channel": "Web", "kind": "call",
     "waited_seconds": 10, "note": "=1+1"},
    {"day": date(2011, 1, 2), "number": "c2", "customer": "Ann", "partner": "Weaver", "waited_seconds": 25},
    {"day": date(2011, 1, 3), "number": "c3", "customer": "Bob", "campaign": "Spring", "waited_seconds": 5},
    {"day": date(2012, 1, 3), "number": "c4"},
]  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("shop") / "w.duckdb"
    lines = [Line(), Line(order="o2", customer="Bob", country="Italy", city="Rome", region="Lazio")]
    tiny_warehouse(path, lines).close()
    with_facts(
        path, interaction=CALLS, stock=[{"day": date(2011, 1, 1), "product": "Cup", "on_hand": 4}]
    ).close()
    with writing(path) as connection:
        connection.execute(
            "INSERT INTO batch VALUES (1, 'centre', '2011-01-04', '2011-01-05', 'load'),"
            " (2, 'centre', '2012-01-04', '2012-01-05', 'load')"
        )
        for batch, part in ((1, "calls"), (1, "customers"), (2, "tickets")):
            connection.execute(
                "INSERT INTO delivery VALUES (?, ?, ?, '', '', '', 3, 3, 0, 0, 0, 0, NULL, NULL)",
                [batch, part, f"{part}.csv"],
            )
        connection.execute("UPDATE interaction SET batch = 2 WHERE number = 'c4'")
    warehouse = Warehouse(path)
    yield warehouse
    warehouse.close()


def test_rows_tell_members_and_the_facts_own_columns(shop: Warehouse) -> None:
    frame = rows_behind.order_lines(shop, Query(cube="interactions"))
    assert frame["number"].to_list() == ["c4", "c3", "c2", "c1"]
    assert frame.row(3, named=True) | {"day": date(2011, 1, 1), "number": "c1"} == {
        "day": date(2011, 1, 1), "number": "c1",
        "customer": "Ann", "customer_name": "Ann", "country": "France", "region": "North", "city": "Lille",
        "channel": "Web", "campaign": "(unknown)", "partner": "(unknown)", "partner_name": "(unknown)",
        "kind": "call", "direction": None, "topic": None, "outcome": None, "status": None, "note": "=1+1",
        "closed_on": None, "waited_seconds": 10.0, "duration_seconds": None, "satisfaction": None,
        "recommendation": None, "pages": None, "at_second": None, "agent": None, "case_id": None, "batch": 1,
        "row_in_source": 1,
    }  # fmt: skip
    assert frame["partner_name"].to_list() == ["(unknown)", "(unknown)", "Weaver", "(unknown)"]


@pytest.mark.parametrize(
    "cuts",
    [
        (),
        ("country=France",),
        ("year=2011", "country!=Italy"),
        ("campaign=Spring",),
        ("channel=Web", "customer=Ann"),
        ("partner=Weaver", "day=2011-01-01..2011-01-02"),
    ],
)
@pytest.mark.parametrize("as_of", ["", "now"])
def test_rows_add_up_to_their_cell(shop: Warehouse, cuts: tuple[str, ...], as_of: str) -> None:
    query = Query(
        ("interactions", "waited_seconds", "customers_interacted"),
        cuts=tuple(map(parse_cut, cuts)),
        cube="interactions",
        as_of=as_of,
    )
    rows = rows_behind.order_lines(shop, query)
    cell = ask(shop, query).frame.row(0, named=True)
    assert rows.height == cell["interactions"] > 0
    assert rows["waited_seconds"].sum() == (cell["waited_seconds"] or 0)
    assert len(set(rows["customer"]) - {"(unknown)"}) == cell["customers_interacted"]
    assert rows_behind.batches(shop, query)["lines"].sum() == rows.height


@pytest.mark.parametrize("cube", CUBES)
def test_every_fact_can_be_drilled_through(shop: Warehouse, cube: str) -> None:
    fact = load(cube, shop.profile).fact
    columns = rows_behind.order_lines(shop, Query(cube=cube)).columns
    assert len(columns) == len(set(columns))
    assert columns[0] == "day"
    assert columns[-2:] == ["batch", "row_in_source"]
    assert {column.name for column in FACT[fact].columns} <= set(columns)


def test_pages_of_rows_follow_each_other(shop: Warehouse) -> None:
    query = Query(cube="interactions")
    pages = [rows_behind.order_lines(shop, query, 1, offset)["number"][0] for offset in range(4)]
    assert pages == ["c4", "c3", "c2", "c1"]


def test_loads_behind_other_facts_are_told_with_their_files(shop: Warehouse) -> None:
    found = rows_behind.batches(shop, Query(cube="interactions"))
    assert found.select("batch", "source", "file", "lines").rows() == [
        (2, "centre", "tickets.csv", 1),
        (1, "centre", "calls.csv", 3),
    ]
    assert "revenue" not in found.columns
    assert rows_behind.batches(shop, Query(cube="stock"))["file"].to_list() == [""]
