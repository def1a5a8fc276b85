"""Compare with the rest: a member and its rest are together all that stands beside them, whatever is filtered."""

from __future__ import annotations

from datetime import date

import pytest

from cubes.ask.answer import ask
from cubes.query import Cut, Query
from pages.explore.explore_view import Steps
from pages.explore.rest_panel import Compared
from tests.cubes.conftest import Make, firm
from tests.tiny import Line

__all__ = ["firm"]
LINES = [
    Line(date(year, 1, 1), f"{year}{country}", country, country, revenue=f"{at + 1}{year - 2009}.00")
    for year in (2010, 2011)
    for at, country in enumerate(("Italy", "France", "Spain"))
]


@pytest.mark.parametrize(
    ("steps", "cuts", "whole"),
    [
        ((("country", "Italy"), ("year", "2011")), (), ("year=2011",)),
        ((("country", "Italy"),), (Cut("country", ("Italy", "Spain")),), ()),
        ((("country", "Italy"),), (Cut("country", ("Spain",), exclude=True),), ()),
        ((("year", "2011"),), (), ()),
    ],
)
def test_here_and_the_rest_are_the_whole(
    firm: Make, steps: Steps, cuts: tuple[Cut, ...], whole: tuple[str, ...]
) -> None:
    warehouse = firm(*LINES)
    query = Query(("revenue", "revenue:rank"), ("country",), ("year",), cuts)
    compared = Compared("explore", query, steps)
    here, rest = (
        float(ask(warehouse, each).frame["revenue"][0]) for each in (compared.inside(), compared.rest())
    )
    by_hand = [
        float(line.revenue)
        for line in LINES
        if all((line.country in cut.members) != cut.exclude for cut in cuts)
        and (not whole or line.day.year == 2011)
    ]
    assert here + rest == pytest.approx(sum(by_hand))
    assert 0 < here < sum(by_hand)
