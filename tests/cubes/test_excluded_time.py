"""An exclusion of time leaves the rest of the cube's own days, whatever days other facts have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from cubes.ask.answer import ask
from cubes.catalogue import CUBES, load
from cubes.query import Cut, Query
from data.store.warehouse import Warehouse
from tests import oracle
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import FOLLOWING, with_facts

DAYS = [date(2022, 12, 20), date(2024, 1, 15), date(2024, 1, 20), date(2024, 4, 5), date(2026, 4, 6)]
FACTS = {
    "interaction": [{"day": day} for day in DAYS],
    "case_event": [{"day": day, "event": "opened"} for day in DAYS],
    "contact": [{"day": day, "arm": "treated"} for day in DAYS],
    "consent": [{"day": day, "verdict": "given"} for day in DAYS],
    "response": [{"day": day} for day in DAYS],
    "stock": [{"day": day, "product": "Cup", "on_hand": 1} for day in DAYS],
    "invoice": [{"day": day} for day in DAYS],
    "proposal": [{"day": day} for day in DAYS],
    "price_offer": [{"day": day} for day in DAYS],
    "wallet": [{"day": day} for day in DAYS],
    "customer_score": [{"day": day} for day in DAYS],
}


@pytest.fixture(scope="module", params=["lines", "no lines"])
def firm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Order lines of two months alone, or none; all else begins before them and ends after them."""
    path = tmp_path_factory.mktemp("firm") / "w.duckdb"
    lines = [Line(day=date(2024, 1, 10)), Line(day=date(2024, 3, 10), order="o2")]
    tiny_warehouse(path, lines if request.param == "lines" else []).close()
    warehouse = with_facts(path, **FACTS)
    yield warehouse
    warehouse.close()


@pytest.mark.parametrize("name", [name for name in CUBES if CUBES[name].fact not in {"sale", *FOLLOWING}])
@pytest.mark.parametrize(
    ("level", "members"),
    [
        ("month", ("2024-01",)),
        ("day", ("2024-01-15", "2026-04-06")),
        ("year", ("2022",)),
        ("week", ("2024-W03",)),
    ],
)
def test_what_is_not_excluded_is_left(
    firm: Warehouse, name: str, level: str, members: tuple[str, ...]
) -> None:
    cube = load(name, firm.profile)
    count = next(each.name for each in cube.measures if each.aggregate == "count")
    cut = Cut(level, members, exclude=True)
    rest = Counter(oracle.period(day, "month") for day in DAYS if oracle.period(day, level) not in members)
    frame = ask(firm, Query((count,), ("month",), cuts=(cut,), totals=True, cube=name)).plain()
    assert {month: value for month, value in frame.select("month.id", count).rows() if value} == dict(rest)
    total = ask(firm, Query((count,), cuts=(cut,), cube=name)).total(count)
    assert total == sum(rest.values())
