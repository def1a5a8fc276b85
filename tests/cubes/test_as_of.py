"""Members as they were at each fact, as they are, and as of a day; each against the lines one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from cubes.ask.answer import ask
from cubes.query import Query, parse_cut, parse_query
from data.errors import BadRequest
from data.load import Mapping, load
from data.store.warehouse import Warehouse

PEOPLE = 'source = "shop"\n[customers]\nchanges = "full"\n[customers.columns]\ncustomer = "Id"\ncity = "City"'
LINES = (
    'source = "shop"\n[order_lines.columns]\ndate = "Day"\norder = "Order"\ncustomer = "Id"\nrevenue = "Amount"'
    '\ncountry = "Country"'
)
BOUGHT = [
    ("2024-01-10", "a", 1),
    ("2024-02-10", "a", 10),
    ("2024-03-10", "a", 100),
    ("2024-02-10", "b", 1000),
]
MOVES = [("2024-01-01", "a,Rome\nb,Nice"), ("2024-02-01", "a,Oslo\nb,Nice"), ("2024-03-01", "a,Bonn")]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """a moves from Rome to Oslo to Bonn; b leaves in March; one cash line is said to be French."""
    folder = tmp_path_factory.mktemp("moves")
    path = folder / "w.duckdb"
    for at, rows in MOVES:
        (folder / f"{at}.csv").write_text(f"Id,City\n{rows}\n")
        load(Mapping.from_text(PEOPLE), path, folder / f"{at}.csv", as_of=datetime.fromisoformat(at))
    lines = [f"{day},o{n},{who},{amount}," for n, (day, who, amount) in enumerate(BOUGHT)]
    text = "\n".join(["Day,Order,Id,Amount,Country", *lines, "2024-01-05,c,,7,France"])
    (folder / "lines.csv").write_text(text + "\n")
    load(Mapping.from_text(LINES), path, folder / "lines.csv")
    found = Warehouse(path)
    yield found
    found.close()


@pytest.mark.parametrize(
    ("as_of", "wanted"),
    [
        ("", {"Rome": 1, "Oslo": 10, "Bonn": 100, "Nice": 1000, "(unknown)": 7}),
        ("now", {"Bonn": 111, "Nice": 1000, "(unknown)": 7}),
        ("2024-02-15", {"Oslo": 111, "Nice": 1000, "(unknown)": 7}),
        ("2024-02-01", {"Oslo": 111, "Nice": 1000, "(unknown)": 7}),
        ("2024-01-31", {"Rome": 111, "Nice": 1000, "(unknown)": 7}),
        ("2020-01-01", {"Rome": 111, "Nice": 1000, "(unknown)": 7}),
    ],
)
def test_members_as_of(warehouse: Warehouse, as_of: str, wanted: dict[str, int]) -> None:
    answer = ask(warehouse, Query(("revenue", "customers"), rows=("city",), totals=True, as_of=as_of))
    found = dict(answer.plain().select("city", "revenue").iter_rows())
    assert found == wanted
    assert answer.total("revenue") == 1118
    assert answer.total("customers") == 2


def test_cuts_comparisons_and_drill_through_read_members_alike(warehouse: Warehouse) -> None:
    from cubes.drill_through.rows_behind import order_lines

    query = Query(("revenue",), cuts=(parse_cut("city=Bonn"),), as_of="now")
    assert ask(warehouse, query).frame["revenue"].to_list() == [111]
    assert order_lines(warehouse, query)["revenue"].sum() == 111
    assert ask(warehouse, Query(cuts=(parse_cut("city=Bonn"),))).frame["revenue"].to_list() == [100]


def test_unknown_customers_keep_what_their_lines_said(warehouse: Warehouse) -> None:
    answer = ask(warehouse, Query(rows=("country",), as_of="now"))
    assert dict(answer.plain().select("country", "revenue").iter_rows()) == {"France": 7, "(unknown)": 1111}


def test_the_moment_travels_in_the_url() -> None:
    query = Query(as_of="2024-02-15")
    assert parse_query(query.to_parameters()) == query
    with pytest.raises(BadRequest, match="no day as of which"):
        Query(as_of="yesterday")
