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
from cubes.ask.answer import ask
from cubes.model import Level
from cubes.query import Comparison, Cut, Query
from data.model.canonical_tables import FACT, FactColumn, FactTable
from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import Row, with_facts

WORDS = ("red", "blue")
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
    facts = {cube.fact for cube in cubes_of(path)} - {"sale"}
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
        case "number" | "money" | "units":
            return chance.randrange(10)
        case "date":
            return day(chance)
        case "boolean":
            return chance.random() < 0.5
    return chance.choice(WORDS)


@pytest.mark.parametrize("name", catalogue.CUBES)
@pytest.mark.parametrize("time", ["year", "quarter"])
def test_a_base_is_what_the_cell_said_then(firm: Warehouse, name: str, time: str) -> None:
    cube = catalogue.load(name, firm.profile)
    measures = tuple(each.name for each in cube.measures if not each.hidden)
    periods = {"year": ("2012", "2011"), "quarter": ("2012-Q2", "2011-Q2")}[time]
    for level in (leaf_of(each.levels) for each in cube.dimensions if each.name != "time"):
        asked = Query(measures, (level,), cube=name, totals=True)
        own, then = (ask(firm, asked.cut(Cut(time, (period,)))).frame for period in periods)
        compared = ask(firm, replace(asked.cut(Cut(time, periods[:1])), compare=Comparison.YEAR)).frame
        told = {
            side: {each[f"{level}.id"]: each for each in frame.iter_rows(named=True)}
            for side, frame in (("own", own), ("then", then))
        }
        for cell in compared.iter_rows(named=True):
            for measure in (cube.measure(each) for each in measures):
                for side, column in (("own", measure.name), ("then", f"{measure.name}:base")):
                    there = told[side].get(cell[f"{level}.id"])
                    expected = there and there[measure.name]
                    if expected is None and measure.zero_when_empty:
                        expected = 0
                    where = f"{measure.name} of {cell[level]} by {level}, {side}"
                    assert cell[column] == (expected if expected is None else pytest.approx(expected)), where


def leaf_of(levels: tuple[Level, ...]) -> str:
    return levels[-1].name
