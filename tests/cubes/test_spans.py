"""Within which keys a scan looks for the customers of a question: never too few, and only where it helps."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from cubes import catalogue
from cubes.ask import fact_source
from cubes.ask.answer import ask
from cubes.ask.resolve_cuts import scope
from cubes.cells.cell_query import CellQuery
from cubes.cells.customer_spans import spans
from cubes.members import member_names
from cubes.members.member_names import MemberNames
from cubes.query import Cut, Query
from data.store.warehouse import Warehouse
from tests.cubes.conftest import Make
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

LILLE, ROME = "France/North/Lille", "France/North/Rome"
IN_LILLE, IN_ROME = Cut("city", (LILLE,)), Cut("city", (ROME,))
BY_CUSTOMER = ("customer",)


def held(
    warehouse: Warehouse, *cuts: Cut, by: tuple[str, ...] = (), cube_name: str = "sales", as_of: str = ""
) -> dict[str, tuple[int, int]]:
    """From where to where each column goes that the lines of a question are looked for by."""
    query = Query(("revenue",), by, cuts=cuts, cube=cube_name, as_of=as_of)
    cube = catalogue.load(query.cube, warehouse.profile)
    levels = tuple(cube.level(name) for name in by)
    asked = CellQuery(levels, ((True,) * len(levels),), (), scope(warehouse, cube, query), {})
    return {each.column: (each.first, each.last) for each in spans(warehouse, cube, asked)}


def bought(*towns: str) -> list[Line]:
    """A line of a new customer in each of these towns: customers 1, 2, 3 and so on, by key and by number."""
    return [Line(order=f"o{at}", customer=f"c{at}", city=town) for at, town in enumerate(towns)]


def test_one_span_holds_the_customers_of_a_city(firm: Make) -> None:
    warehouse = firm(*bought("Rome", "Lille", "Lille", "Lille", "Rome", "Bonn"))
    assert held(warehouse, IN_LILLE) == {"sale.customer_key": (2, 4)}
    assert held(warehouse, IN_LILLE, by=BY_CUSTOMER) == {
        "sale.customer_key": (2, 4),
        "sale.customer_code": (2, 4),
    }
    assert held(warehouse, Cut("city", (LILLE, ROME))) == {"sale.customer_key": (1, 5)}
    text = ask(warehouse, Query(("median_line_value",), BY_CUSTOMER, cuts=(IN_LILLE,))).sql
    assert "sale.customer_key BETWEEN 2 AND 4 AND sale.customer_code BETWEEN 2 AND 4" in text


def test_all_versions_and_unknown_customers_are_within(firm: Make) -> None:
    moved = Line(order="x", customer="c0", city="Lille")  # customer 1 under a key of its own, 5
    nobody = Line(order="y", customer="(unknown)", city="Lille")  # number 0, key 6
    warehouse = firm(*bought("Rome", "Rome", "Lille", "Lille"), moved, nobody)
    both = {"sale.customer_key": (3, 6), "sale.customer_code": (0, 4)}
    assert held(warehouse, IN_LILLE, by=BY_CUSTOMER) == both
    assert ask(warehouse, Query(("median_line_value",), BY_CUSTOMER, cuts=(IN_LILLE,))).frame.height == 4


def test_where_nothing_is_gained_there_are_none(firm: Make) -> None:
    warehouse = firm(*bought("Lille", *["Bonn"] * 20, "Lille", "Rome"))
    assert held(warehouse, IN_LILLE) == {}  # from one end to the other
    assert held(warehouse, IN_ROME) == {"sale.customer_key": (23, 23)}
    assert held(warehouse, Cut("city", (ROME,), exclude=True)) == {}
    assert held(warehouse, Cut("customer", ("c3",))) == {}
    assert held(warehouse, Cut("category", ("Home/Kitchen",))) == {}
    assert held(warehouse, IN_ROME, as_of="2024-01-01") == {}


def test_each_fact_has_its_own_column(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, bought("Rome", "Lille", "Lille")).close()
    warehouse = with_facts(path, interaction=[{"day": date(2011, 1, 1), "customer": "c1"}])
    assert held(warehouse, IN_LILLE, cube_name="interactions") == {"interaction.customer_key": (2, 3)}
    query = Query(("median_waiting", "interactions"), ("city",), cuts=(IN_LILLE,), cube="interactions")
    assert ask(warehouse, query).frame["interactions"].to_list() == [1]
    warehouse.close()


def some_firm(chance: random.Random) -> list[Line]:
    """Lines of customers who mostly live side by side, and sometimes move."""
    homes = sorted(chance.choices(["Bonn", "Lille", "Rome"], k=12))
    lines = []
    for at in range(60):
        who = chance.randrange(-1, len(homes))
        moved = chance.random() < 0.1
        lines.append(
            Line(
                day=date(2011, 1, 1) + timedelta(days=chance.randrange(400)),
                order=f"o{at}",
                customer="(unknown)" if who < 0 else f"c{who}",
                city=chance.choice(homes) if moved else homes[who],
                customer_kind=chance.choice(["firm", "shop"]),
                product=chance.choice(["Cup", "Pan"]),
                revenue=str(chance.randrange(1, 90)),
            )
        )
    return sorted(lines, key=lambda line: (homes.index(line.city), line.customer))


@pytest.mark.parametrize("seed", range(2))
def test_answers_are_the_same_with_and_without(
    firm: Make, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = firm(*some_firm(random.Random(seed)))
    cities = [
        identity for (identity,) in warehouse.rows("SELECT id FROM member WHERE level = 'city' ORDER BY id")
    ]
    measures = ("revenue", "orders", "customers", "median_line_value", "customers_alive")
    asked = [
        Query(measures, by, cuts=(Cut("city", chosen), *more), totals=True)
        for by in (BY_CUSTOMER, ("month",), ("product",), ("customer", "year"))
        for chosen in (*((city,) for city in cities), tuple(cities[:2]))
        for more in ((), (Cut("customer_kind", ("firm",)),), (Cut("year", ("2011",)),))
    ]
    answers = [(query, ask(warehouse, query)) for query in asked]
    narrowed = [(query, found.frame) for query, found in answers if "customer_key BETWEEN" in found.sql]
    assert narrowed
    monkeypatch.setattr(fact_source, "spans", lambda *_: ())
    for query, frame in narrowed:
        assert ask(warehouse, query).frame.equals(frame), str(query)


@pytest.mark.parametrize("codes", [[3, 1, 2, 2, -1, -2], [0, 40, 7], [5], [-1], []])
def test_many_members_are_named_as_few_are(
    firm: Make, codes: Sequence[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = firm(*bought(*["Lille"] * 40))
    wanted = MemberNames(warehouse).of("customer", np.array(codes, np.int32))
    monkeypatch.setattr(member_names, "FEW", 0)
    found = MemberNames(warehouse).of("customer", np.array(codes, np.int32))
    assert [each.to_list() for each in found] == [each.to_list() for each in wanted]
