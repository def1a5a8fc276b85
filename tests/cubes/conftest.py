"""A firm of a few lines that holds most traps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse

Make = Callable[..., Warehouse]


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Make]:
    """Makes a warehouse of the lines it is given."""
    opened: list[Warehouse] = []

    def make(*lines: Line) -> Warehouse:
        opened.append(tiny_warehouse(tmp_path / f"{len(opened)}.duckdb", lines))
        return opened[-1]

    yield make
    for warehouse in opened:
        warehouse.close()


@pytest.fixture
def shop(firm: Make) -> Warehouse:
    """Two years of a shop: two cities of one name, a returned cup, a customer who moved, a cash sale."""
    ann_rome = {"customer": "Ann", "country": "Italy", "region": "South", "city": "Lille"}
    return firm(
        Line(day=date(2010, 1, 1), order="o1", revenue="100.00", cost="60"),
        Line(day=date(2010, 2, 9), order="o2", customer="Bob", revenue="50.00", cost="30", product="Pan"),
        Line(
            day=date(2011, 1, 31),
            order="o3",
            revenue="30.00",
            cost=None,
            channel="Shop",
            channel_type="Store",
        ),
        Line(day=date(2011, 2, 1), order="o4", revenue="20.00", cost="5", product="Hat", category="Sale"),
        Line(day=date(2011, 2, 1), order="o4", revenue="10.00", cost="5", product="Hat", category="Sale"),
        Line(
            day=date(2011, 2, 2),
            order="r1",
            units=-1,
            revenue="-20.00",
            cost="-5",
            is_return=True,
            product="Hat",
            category="Sale",
        ),
        Line(
            day=date(2011, 2, 3),
            order="o5",
            **ann_rome,
            revenue="7.50",
            cost="2",
            department="Wear",
            category="Sale",
        ),
        Line(day=date(2011, 2, 4), order="o6", customer="(unknown)", revenue="2.50", cost="1"),
    )
