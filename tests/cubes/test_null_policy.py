"""What a cell says does not depend on how it is asked: every measure of every cube, with a comparison and without."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cubes import catalogue
from cubes.ask.answer import Answer, ask
from cubes.model import Measure
from cubes.query import Comparison, Cut, Period, Query
from data.model.canonical_tables import FACT, FactColumn, FactTable
from data.store.warehouse import Warehouse
from tests import oracle
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import FOLLOWING, Row, with_facts

WORDS = ("red", "blue")
EVENTS = ("opened", "closed", "closed", "reopened", "handed over")
# What follows from the others has no rows there on the first and last day, or none at all.
ON_OTHER_DAYS = ("retention", "requests", "targets")
FIRST, LAST = date(2010, 12, 20), date(2013, 1, 9)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """All of two years of all facts, most of whose columns are often empty."""
    chance, path = random.Random(5), tmp_path_factory.mktemp("facts") / "w.duckdb"
    lines = [
        Line(
            day=(FIRST, LAST)[at] if at < 2 else day(chance),
            order=f"o{at}",
            customer=chance.choice(["Ann", "Bob", "(unknown)"]),
            product=chance.choice(["Cup", "Pan", "Hat"]),
            cost=chance.choice([None, None, "2"]),
        )
        for at in range(40)
    ]
    tiny_warehouse(path, lines).close()
    facts = {cube.fact for cube in cubes_of(path)} - {"sale", *FOLLOWING} | {"lead_time"}
    rows = {name: [row(chance, FACT[name]) for _ in range(40)] for name in sorted(facts)}
    edges = {name: [{"day": FIRST}, {"day": LAST}] for name in facts}
    warehouse = with_facts(path, **{name: [*rows[name], *edges[name]] for name in rows})
    yield warehouse
    warehouse.close()


def cubes_of(path: Path) -> list[Any]:
    warehouse = Warehouse(path)
    found = [catalogue.load(name, warehouse.profile) for name in catalogue.CUBES]
    warehouse.close()
    return found


def day(chance: random.Random) -> date:
    return FIRST + timedelta(days=chance.randrange((LAST - FIRST).days))


def row(chance: random.Random, fact: FactTable) -> Row:
    members = {
        dimension.name: chance.choice([f"{dimension.name} 1", f"{dimension.name} 2", f"{dimension.name} 3"])
        for dimension in fact.dimensions
    }
    filled = [column for column in fact.columns if chance.random() < 0.4]
    return {"day": day(chance), **members, **{column.name: value(chance, column) for column in filled}}


def value(chance: random.Random, column: FactColumn) -> Any:
    match column.kind:
        case "number" | "money" | "units" | "second":
            return chance.randrange(10)
        case "date":
            return day(chance)
        case "boolean":
            return chance.random() < 0.5
        case "event":
            return chance.choice(EVENTS)
    return chance.choice(WORDS)


@pytest.mark.parametrize("how", [*Comparison, None], ids=str)
@pytest.mark.parametrize("name", [name for name in catalogue.CUBES if name not in ON_OTHER_DAYS])
def test_a_base_is_what_the_cell_said_then(firm: Warehouse, name: str, how: Comparison | None) -> None:
    """Of a period that is drawn, against what each comparison (None: any other period) holds it against."""
    cube = catalogue.load(name, firm.profile)
    measures = tuple(each.name for each in cube.measures if not each.hidden)
    chance = random.Random(f"{name} {how}")
    levels = [each.levels[-1].name for each in cube.dimensions if each.name != "time"]
    for level in chance.sample(levels, min(len(levels), 2)):
        time = chance.choice(["year", "quarter", "month", "week"])
        days = oracle.period_days(date(2012, chance.randint(2, 10), 9), time)
        held = oracle.days_before(days, time, how.value) if how else period_of(chance)
        own, then = (Cut("day", since=str(each[0]), until=str(each[-1])) for each in (days, held))
        asked = Query(measures, (level,), cube=name, totals=True)
        compared = asked.cut(Cut(time, (oracle.period(days[0], time),)))
        frame = ask(firm, replace(compared, compare=how or Period(f"{held[0]}..{held[-1]}"))).frame
        said_own, said_then = (by_member(ask(firm, asked.cut(cut)), level) for cut in (own, then))
        for cell in frame.iter_rows(named=True):
            for measure in (cube.measure(each) for each in measures):
                member = cell[f"{level}.id"]
                assert cell[measure.name] == told(said_own, member, measure), f"{measure.name} of {member}"
                base = told(said_then, member, measure)
                assert cell[f"{measure.name}:base"] == base, f"{measure.name} of {member} then"


def period_of(chance: random.Random) -> list[date]:
    begin = date(2011, 1, 1) + timedelta(days=chance.randrange(300))
    return [begin, begin + timedelta(days=chance.randrange(200))]


def by_member(answer: Answer, level: str) -> dict[str | None, dict[str, Any]]:
    return {row[f"{level}.id"]: row for row in answer.frame.iter_rows(named=True)}


def told(cells: dict[str | None, dict[str, Any]], member: str | None, measure: Measure) -> Any:
    """What the cell of a member says of a measure, as a comparison has to repeat it."""
    found = cells[member][measure.name] if member in cells else None
    if found is None:
        return 0 if measure.zero_when_empty else None
    return pytest.approx(found)
