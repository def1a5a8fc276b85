"""Named prices as the warehouse tells them: the cost of their day, groups of who named them, who may see them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cubes.analysis.offered_prices import CUBE, offered_prices, surveyed_prices
from cubes.query import Query, parse_cut
from data.access.policy import Policy, RowCut
from data.errors import BadRequest, NotAllowed
from data.model.calendar import day_key
from data.store.warehouse import Warehouse
from tests.pricing_firm import FIRST, pricing_firm
from tests.tiny_facts import with_facts

ALL = Query((CUBE,), cube=CUBE)


@pytest.fixture
def firm(tmp_path: Path) -> Warehouse:
    return pricing_firm(tmp_path / "w.duckdb")


def test_each_price_stands_with_the_cost_of_its_day(firm: Warehouse) -> None:
    found = offered_prices(firm, ALL, "country")
    assert found.height == 30 + 30 + 6
    cups = found.filter(answer="accepted")
    assert set(cups["cost"]) == {8}
    assert set(found.filter(asked=10)["cost"]) == {None}, "no list says what the pot costs"
    assert set(found["group"]) == {"France", "Italy", None}
    firm.close()
    late = with_facts(
        firm.path,
        price_offer=[{"day": FIRST + timedelta(n), "product": "Cup", "offered_price": 9} for n in (99, 100)],
    )
    told = offered_prices(late, replace(ALL, cuts=(parse_cut("day=2024-04-09..2024-04-10"),)))
    assert told["cost"].to_list() == [8, 12]
    assert told["day"].to_list() == [day_key(FIRST + timedelta(n)) for n in (99, 100)]


def test_cuts_choose_rows(firm: Warehouse) -> None:
    found = offered_prices(firm, replace(ALL, cuts=(parse_cut("country=Italy"), parse_cut("product=Pot"))))
    assert found["price"].to_list() == [5, 4] * 15
    with pytest.raises(BadRequest, match="Did you mean"):
        offered_prices(firm, replace(ALL, cuts=(parse_cut("country=Itly"),)))


def test_surveys_are_of_the_products_asked_for(firm: Warehouse) -> None:
    every = surveyed_prices(firm)
    assert every.height == 40
    (cup,) = every["product"].unique()
    assert surveyed_prices(firm, (cup,)).equals(every)
    assert surveyed_prices(firm, (cup + 1,)).is_empty()


def test_who_sees_some_rows_sees_their_prices_and_who_sees_no_small_counts_none(firm: Warehouse) -> None:
    italian = firm.under(Policy(person="ugo", rows=(RowCut("country", ("Italy",)),)))
    assert set(offered_prices(italian, ALL, "country")["group"]) == {"Italy"}
    small = firm.under(Policy(person="ugo", smallest=5))
    for ask in (lambda: offered_prices(small, ALL), lambda: surveyed_prices(small)):
        with pytest.raises(NotAllowed, match="withheld from ugo"):
            ask()
