"""Cross-sell: who bought a rule's left side and not its right, against loops over the lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from random import Random
from statistics import median

import polars as pl
import pytest

from cubes.analysis.audience_customers import audience_customers
from cubes.analysis.audience_question import of
from cubes.ask.answer import ask
from cubes.query import Cut, Query, parse_cut, parse_query
from data.errors import BadRequest
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse
from pages.discover.cross_sell import CrossSell, RuleSides, cross_sell, stake_words
from tests.tiny import Line, tiny_warehouse

ITEMS = ("Cup", "Pot", "Lid", "Jar")


def lines() -> list[Line]:
    """Orders of twenty-five customers, some nobody's, some returned later, one who only returned."""
    random = Random(3)
    made = [
        Line(
            day=date(2010, 1, 1) + timedelta(days=random.randrange(700)),
            order=f"o{at}",
            customer=UNKNOWN if at % 17 == 0 else f"C{random.randrange(25)}",
            country=("France", "Spain")[at % 2],
            product=item,
            revenue=f"{random.randrange(1, 90)}.25",
        )
        for at in range(70)
        for item in random.sample(ITEMS, random.randrange(1, 4))
    ]
    back = [
        Line(day=each.day, order=f"r{at}", customer=each.customer, country=each.country, product=each.product,
             units=-1, revenue=f"-{each.revenue}", is_return=True)
        for at, each in enumerate(made[::9])
    ]  # fmt: skip
    return [*made, *back, Line(order="r", customer="Sorry", units=-1, revenue="-5", is_return=True)]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return tiny_warehouse(tmp_path_factory.mktemp("cross") / "w.duckdb", lines())


def items(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple(("product", name) for name in names)


def slowly(
    kept: Sequence[Line], left: Sequence[str], right: Sequence[str]
) -> tuple[dict[str, tuple[float, int, date]], list[float]]:
    """By customer the revenue, orders and last purchase of the left side of those who lack the right; and what each
    buyer of both spent on the right."""
    lacking, both = {}, []
    for customer in {each.customer for each in kept} - {UNKNOWN}:
        own = [each for each in kept if each.customer == customer]
        bought = {each.product for each in own if not each.is_return}
        if not bought >= set(left):
            continue
        if bought >= set(right):
            both.append(sum(float(each.revenue) for each in own if each.product in right))
            continue
        ours = [each for each in own if each.product in left]
        paid = [each for each in ours if not each.is_return]
        lacking[customer] = (
            sum(float(each.revenue) for each in ours),
            len({each.order for each in paid}),
            max(each.day for each in paid),
        )
    return lacking, both


@pytest.mark.parametrize(
    ("left", "right"), [(["Cup"], ["Pot"]), (["Cup", "Jar"], ["Lid"]), (["Pot"], ["Lid", "Jar"])]
)
@pytest.mark.parametrize("where", [[], ["year=2011", "country=France"], ["product=Cup|Pot|Lid|Jar"]])
def test_who_lacks_the_right_side_is_found_as_by_loops(
    firm: Warehouse, left: list[str], right: list[str], where: list[str]
) -> None:
    narrow = len(where) == 2
    kept = [each for each in lines() if not narrow or (each.day.year == 2011 and each.country == "France")]
    lacking, both = slowly(kept, left, right)
    sides = RuleSides(tuple(map(parse_cut, where)), items(*left), items(*right))
    found = cross_sell(sides, 0.25, partial(ask, firm))
    rows = {
        name: (round(money, 2), orders, last) for name, _, money, orders, last in found.customers.iter_rows()
    }
    assert rows == {name: (round(money, 2), orders, last) for name, (money, orders, last) in lacking.items()}
    assert rows
    assert found.customers["revenue"].is_sorted(descending=True)
    assert found.both == len(both)
    if len(right) == 1:
        asked = of(sides.asked(("customers",), sides.left, *sides.missing))
        assert len(audience_customers(firm, asked)) == found.customers.height
    assert found.at_stake == (pytest.approx(len(lacking) * 0.25 * median(both)) if both else None)


def test_a_condition_of_the_slice_narrows_whom_it_names(firm: Warehouse) -> None:
    plain = RuleSides((), items("Cup"), items("Pot"))
    held = RuleSides((parse_cut("customer by orders > 3"),), items("Cup"), items("Pot"))
    names = [
        cross_sell(each, 0.5, partial(ask, firm)).customers["customer"].to_list() for each in (plain, held)
    ]
    assert set(names[1]) < set(names[0])


def test_the_conditions_in_an_address_keep_the_same_customers(firm: Warehouse) -> None:
    sides = RuleSides((Cut("year", ("2011",)),), items("Cup"), items("Pot"))
    asked = Query(("revenue",), ("customer",), cuts=(*sides.cuts, *sides.missing))
    told = ask(firm, parse_query(asked.to_parameters())).plain()
    found = cross_sell(sides, 0.5, partial(ask, firm))
    assert set(told["customer.id"]) == set(found.customers["customer"])


def test_the_estimate_is_told_with_its_formula_and_not_made_up() -> None:
    customers = pl.DataFrame({"customer": ["A", "B"]})
    said = stake_words(CrossSell(customers, 0.25, 3, 40.0), "Pot", "EUR")
    assert (
        "2 customers × 25.0% confidence × €40, the median revenue of Pot per customer who bought both (3)"
        in said
    )
    assert CrossSell(customers, 0.25, 3, 40.0).at_stake == 20.0
    nobody = CrossSell(customers, 0.25, 0, None)
    assert nobody.at_stake is None
    assert stake_words(nobody, "Pot", "EUR").startswith("No known customer bought both")


def test_a_number_that_no_filter_can_be_written_with_is_refused_in_words(firm: Warehouse) -> None:
    with pytest.raises(BadRequest, match="no filter that can be written"):
        cross_sell(RuleSides((), items("Cup "), items("Lid")), 0.5, partial(ask, firm))
