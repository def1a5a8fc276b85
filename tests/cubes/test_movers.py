"""Movers against changes counted by head."""

from __future__ import annotations

from datetime import date

from cubes.analysis.movers import movers
from cubes.ask.answer import ask
from cubes.query import Comparison, Query, parse_cut
from tests.cubes.conftest import Make
from tests.tiny import Line


def test_greatest_changes_of_several_levels_in_order(firm: Make) -> None:
    warehouse = firm(
        Line(day=date(2010, 1, 1), order="a", country="France", channel="Web", revenue="10.00"),
        Line(day=date(2010, 1, 1), order="b", country="Italy", channel="Shop", revenue="30.00"),
        Line(day=date(2011, 1, 1), order="c", country="France", channel="Web", revenue="60.00"),
        Line(day=date(2011, 12, 31), order="d", country="Spain", channel="Shop", revenue="5.00"),
    )
    query = Query(cuts=(parse_cut("year=2011"),), compare=Comparison.YEAR)
    found = movers(lambda each: ask(warehouse, each), query, ["country", "channel"], 4)
    assert found.select("level", "label", "change").rows() == [
        ("country", "France", 50.0),
        ("channel", "Web", 50.0),
        ("channel", "Shop", -25.0),
        ("country", "Italy", -30.0),
    ]
