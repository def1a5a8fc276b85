"""Members of all levels are found at once, the nearest of each level, and no level takes all the places."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cubes import catalogue
from cubes.members.member_search import search, search_levels
from cubes.model import Level
from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse

NAMES = ("country", "region", "city", "customer", "month", "year")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder: Path = tmp_path_factory.mktemp("firm")
    places = [("Italy", "Tuscany", "Prato"), ("Italy", "Lazio", "Rome"), ("France", "South", "Toulouse")]
    lines = [
        Line(order=f"o{at}", customer=f"Tina {at:02}", country=country, region=region, city=city,
             day=date(2011, at % 3 + 1, 1))
        for at, (country, region, city) in enumerate(places * 8)
    ]  # fmt: skip
    return tiny_warehouse(folder / "w.duckdb", lines)


def levels(firm: Warehouse) -> list[Level]:
    cube = catalogue.load("sales", firm.profile)
    return [cube.level(name) for name in NAMES]


def labels(firm: Warehouse, text: str, limit: int = 50) -> dict[str, list[str]]:
    found = search_levels(firm, levels(firm), text, limit)
    return {level: [each.label for each in members] for level, members in found.items()}


def test_a_part_of_a_name_finds_members_of_any_level(firm: Warehouse) -> None:
    assert labels(firm, "TUSC") == {"region": ["Tuscany"]}
    assert labels(firm, "to") == {"city": ["Toulouse", "Prato"]}
    assert labels(firm, "2011") == {"month": ["2011-03", "2011-02", "2011-01"], "year": ["2011"]}
    assert labels(firm, "100%") == labels(firm, "' OR 1=1 --") == {}


def test_of_each_level_the_nearest_stand_as_a_search_of_it_alone_has_them(firm: Warehouse) -> None:
    found = search_levels(firm, levels(firm), "t", 1000)
    assert found == {each.name: search(firm, each, "t", 1000) for each in levels(firm) if each.name in found}
    assert set(found) == {"country", "region", "city", "customer"}


def test_a_level_of_many_members_leaves_room_for_the_others(firm: Warehouse) -> None:
    found = labels(firm, "t", 8)
    assert sum(map(len, found.values())) == 8
    assert found["region"] == ["Tuscany", "South"]
    assert len(found["customer"]) < 5
