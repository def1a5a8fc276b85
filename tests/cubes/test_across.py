"""Drill across: measures of several facts side by side, each as a loop over its own rows says."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from cubes.ask import drill_across
from cubes.ask.answer import Answer, ask
from cubes.catalogue.ratios import BETWEEN, counted_parts
from cubes.query import Comparison, Query, parse_cut
from data.errors import BadRequest
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import Row, with_facts

BOTH = ("revenue", "customers", "interactions.interactions", "interactions.satisfaction")


def firm(path: Path, lines: list[Line], **facts: Sequence[Row]) -> Warehouse:
    tiny_warehouse(path, lines).close()
    return with_facts(path, **facts)


LINES = [
    Line(day=date(2010, 1, 1), order="o1", customer="Ann", revenue="10"),
    Line(day=date(2011, 5, 1), order="o2", customer="Ann", revenue="30"),
    Line(day=date(2011, 5, 1), order="o2", customer="Ann", revenue="5", product="Pan"),
    Line(day=date(2011, 6, 1), order="o3", customer="Bob", revenue="7", country="Italy", city="Rome"),
]
CALLS = [
    {"day": date(2010, 1, 1), "customer": "Ann", "channel": "Web", "satisfaction": 4},
    {"day": date(2011, 5, 3), "customer": "Ann", "channel": "Web", "satisfaction": 10},
    {"day": date(2011, 5, 4), "customer": "Ann", "channel": "Web"},
    {"day": date(2011, 7, 1), "customer": "Cleo", "channel": "Web", "satisfaction": 1},
    {"day": date(2011, 7, 2), "satisfaction": 6},
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Ann buys and calls, Bob only buys, Cleo only calls, and one caller is not known."""
    warehouse = firm(tmp_path_factory.mktemp("shop") / "w.duckdb", LINES, interaction=CALLS)
    yield warehouse
    warehouse.close()


def told(answer: Answer, *columns: str) -> dict[Any, tuple[Any, ...]]:
    """Values by the ids of the row, the rolled-up rows left out."""
    plain = answer.plain()
    keys = [f"{level}.id" for level in answer.query.by]
    return {row[: len(keys)]: row[len(keys) :] for row in plain.select(*keys, *columns).iter_rows()}


def test_two_facts_of_a_customer_neither_multiply_nor_lose_each_other(shop: Warehouse) -> None:
    # Joined line by line, Ann's three lines and three calls would make nine rows: revenue 135, calls 9.
    answer = ask(shop, Query(BOTH, ("customer",), totals=True))
    assert told(answer, *BOTH) == {
        ("Ann",): (45.0, 1, 3, 7.0),
        ("Bob",): (7.0, 1, 0, None),
        ("Cleo",): (0.0, 0, 1, 1.0),
        ("(unknown)",): (0.0, 0, 1, 6.0),
    }
    assert [answer.total(name) for name in BOTH] == [52.0, 2, 5, 21 / 4]


def test_columns_are_called_as_the_question_writes_them(shop: Warehouse) -> None:
    query = Query(
        ("interactions.interactions", "sales.revenue", "orders"), ("year",), compare=Comparison.PREVIOUS
    )
    frame = ask(shop, query).frame
    values = ["interactions.interactions", "sales.revenue", "orders"]
    assert frame.columns == [
        "year",
        "year.id",
        "grouping",
        *values,
        *(f"{name}:{what}" for name in values for what in ("base", "growth")),
    ]
    assert frame.rows()[1][3:] == (4, 42.0, 2, 1, 3.0, 10.0, 3.2, 1, 1.0)


def test_derivations_travel_into_the_cube_that_they_are_of(shop: Warehouse) -> None:
    name = "interactions.interactions:growth_year"
    frame = ask(shop, Query(("revenue", name), ("year",))).frame
    assert frame.select("year", "revenue", name).rows() == [("2010", 10.0, None), ("2011", 42.0, 3.0)]


def test_measures_of_another_cube_alone(shop: Warehouse) -> None:
    answer = ask(shop, Query(("interactions.interactions",), ("country",)))
    assert told(answer, "interactions.interactions") == {("France",): (3,), ("(unknown)",): (2,)}


def test_a_cut_keeps_both_sides(shop: Warehouse) -> None:
    query = Query(BOTH, cuts=(parse_cut("country=France"), parse_cut("year=2011")))
    assert ask(shop, query).frame.select(BOTH).rows() == [(35.0, 1, 2, 10.0)]


def test_a_cube_without_a_line_says_so_as_its_measures_do(shop: Warehouse) -> None:
    query = Query(BOTH, cuts=(parse_cut("month=2011-07"),))
    assert ask(shop, query).frame.select(BOTH).rows() == [(0.0, 0, 2, 3.5)]


def test_what_another_cube_has_alone_stands_where_its_time_is(shop: Warehouse) -> None:
    frame = ask(shop, Query(("revenue", "interactions.interactions"), ("month",))).frame
    assert frame.drop("month.id", "grouping").rows() == [
        ("2010-01", 10.0, 1),
        ("2011-05", 35.0, 2),
        ("2011-06", 7.0, 0),
        ("2011-07", 0.0, 2),
    ]


def test_one_level_stands_by_the_first_measure(shop: Warehouse) -> None:
    frame = ask(shop, Query(("revenue", "interactions.interactions"), ("customer",), totals=True)).frame
    assert frame["revenue"].to_list() == [45.0, 7.0, 0.0, 0.0, 52.0]
    frame = ask(shop, Query(("interactions.interactions", "revenue"), ("customer",))).frame
    assert frame["customer"].to_list() == ["Ann", "Cleo", "Bob", UNKNOWN]


@pytest.mark.parametrize(
    ("measures", "shown"),
    [
        (("revenue", "interactions.interactions"), {"Ann": (45.0, 3), None: (7.0, 1), UNKNOWN: (0.0, 1)}),
        (("interactions.interactions", "revenue"), {"Ann": (3, 45.0), None: (1, 7.0), UNKNOWN: (1, 0.0)}),
        (("interactions.satisfaction", "customers"), {"Ann": (7.0, 1), None: (1.0, 1), UNKNOWN: (6.0, 0)}),
        (("customers", "interactions.satisfaction"), {"Ann": (1, 7.0), None: (1, 1.0), UNKNOWN: (0, 6.0)}),
    ],
)
def test_the_first_measure_ranks_and_others_hold_the_rest_of_every_cube(
    shop: Warehouse, measures: tuple[str, ...], shown: dict[str | None, tuple[Any, ...]]
) -> None:
    answer = ask(shop, Query(measures, ("customer",), top=(("customer", 1),), totals=True))
    assert {key: row for (key,), row in told(answer, *measures).items()} == shown
    assert [name.split()[0] for name in answer.frame["customer"].head(3)] == ["Ann", "Others", UNKNOWN]
    whole = ask(shop, Query(measures))
    assert [answer.total(name) for name in measures] == [whole.frame[name][0] for name in measures]


def test_who_bought_nothing_is_among_the_others(shop: Warehouse) -> None:
    # Two customers bought, and both are shown; those who only called are no third and fourth.
    measures = ("revenue", "interactions.interactions")
    answer = ask(shop, Query(measures, ("customer",), top=(("customer", 2),)))
    assert {key: row for (key,), row in told(answer, *measures).items()} == {
        "Ann": (45.0, 3),
        "Bob": (7.0, 0),
        None: (0.0, 1),
        UNKNOWN: (0.0, 1),
    }


def test_ratios_between_cubes_divide_sums(shop: Warehouse) -> None:
    answer = ask(shop, Query(("interactions_per_order",), ("customer",), totals=True))
    assert told(answer, "interactions_per_order") == {
        ("Ann",): (3 / 2,),
        ("Bob",): (0.0,),
        ("Cleo",): (None,),
        ("(unknown)",): (None,),
    }
    assert answer.total("interactions_per_order") == 5 / 3


def test_a_ratio_between_cubes_is_compared(shop: Warehouse) -> None:
    query = Query(("interactions_per_order", "revenue"), ("year",), compare=Comparison.PREVIOUS)
    now, base, growth = (
        ask(shop, query).frame[f"interactions_per_order{what}"][1] for what in ("", ":base", ":growth")
    )
    assert (now, base, growth) == (4 / 2, 1.0, 1.0)


def test_what_was_nothing_then_is_compared_and_what_is_not_known_is_not(tmp_path: Path) -> None:
    lines = [*LINES, Line(day=date(2010, 2, 1), order="o4", customer="Dan", revenue="1")]
    store = firm(tmp_path / "x.duckdb", lines, interaction=CALLS)
    calls = ("interactions.interactions", "interactions.interactions:base")
    query = Query(BOTH, ("customer",), cuts=(parse_cut("year=2011"),), compare=Comparison.YEAR)
    then = {"Ann": (2, 1), "Bob": (0, 0), "Cleo": (1, 0), "(unknown)": (1, 0), "Dan": (0, 0)}
    assert {key: row for (key,), row in told(ask(store, query), *calls).items()} == then
    query = query.cut(parse_cut("year=2010"))
    assert told(ask(store, query), *calls) == {("Ann",): (1, None), ("Dan",): (0, None)}
    store.close()


def test_the_other_cubes_do_not_rank_for_themselves(shop: Warehouse) -> None:
    query = Query(("revenue", "interactions.interactions"), ("customer",), top=(("customer", 1),))
    first, second = drill_across.parts(query, shop.profile)
    assert (first.cube, first.measures, first.top) == ("sales", ("revenue",), (("customer", 1),))
    assert (second.cube, second.measures, second.top) == ("interactions", ("interactions",), ())


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            Query(BOTH, ("product",)),
            "Interactions have no product, .* by time, customer or channel, or leave",
        ),
        (Query(BOTH, cuts=(parse_cut("category=Kitchen"),)), "Interactions have no category"),
        (Query(BOTH, ("campaign",)), "Sales have no campaign"),
        (Query(("stock.on_order", "revenue"), ("customer",)), "Stock levels have no customer"),
        (Query(BOTH, ("countri",)), "no level 'countri'. Did you mean"),
        (Query(("revenue", "interactionz.interactions")), "no cube 'interactionz'. Did you mean"),
        (Query(("revenue", "interactions.satisfied")), "Interactions has no measure 'satisfied'"),
        (Query(("interactions_per_order:growth_year",)), "takes two cubes, so nothing is derived"),
        (
            Query(("interactions_per_order",), ("customer",), top=(("customer", 1),)),
            "cannot be ranked by interactions per order",
        ),
    ],
)
def test_what_cubes_do_not_share_is_refused_in_words(shop: Warehouse, query: Query, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        ask(shop, query)


def test_a_measure_of_any_cube_is_described(shop: Warehouse) -> None:
    found = [
        drill_across.measure_of(name, "sales", shop.profile).label
        for name in ("revenue", "interactions.net_promoter_score:growth_year", "response_rate")
    ]
    assert found == ["Revenue", "Net promoter score", "Response rate"]


@pytest.mark.parametrize("cut", ["year=2011", "year=2010..2011"])
def test_two_members_of_one_name_are_told_apart_though_no_cube_has_both(tmp_path: Path, cut: str) -> None:
    lines = [
        Line(customer="Ann", city="Lille"),
        Line(day=date(2010, 1, 1), order="o2", customer="Bob", country="Italy", city="Lille"),
    ]
    store = firm(tmp_path / "w.duckdb", lines, interaction=[{"day": date(2011, 1, 1), "customer": "Bob"}])
    query = Query(("interactions.interactions", "revenue"), ("city",), cuts=(parse_cut(cut),))
    assert set(ask(store, query).frame["city"]) == {"Lille (France / North)", "Lille (Italy / North)"}
    store.close()


def test_contacts_and_responses_have_grains_of_their_own(tmp_path: Path) -> None:
    def event(customer: str, **more: Any) -> Row:
        return {"day": date(2011, 1, 1), "customer": customer, "campaign": "Spring", **more}

    store = firm(
        tmp_path / "w.duckdb",
        [Line(customer="Ann"), Line(customer="Bob")],
        contact=[
            event("Ann", arm="treated", cost=2),
            event("Ann", arm="treated", cost=1),
            event("Bob", arm="treated"),
            event("Cleo", arm="held out"),
        ],
        response=[event("Ann", amount=10), event("Ann", amount=20), event("Ann"), event("Dan", amount=1)],
    )
    measures = (
        "contacts",
        "held_out",
        "contact_cost",
        "cost_per_contact",
        "responses.responses",
        "responses.average_response",
        "response_rate",
    )
    query = Query(measures, ("campaign",), cube="contacts")
    assert told(ask(store, query), *measures) == {("Spring",): (3, 1, 3.0, 1.5, 4, 31 / 3, 1.0)}
    store.close()


LEVELS = (("country",), ("customer",), ("channel",), ("year",), ("month",), ())


def _dice(seed: int) -> tuple[list[Line], list[dict[str, Any]]]:
    dice = random.Random(seed)
    homes = {"Ann": "France", "Bob": "Italy", "Cleo": "Italy", "Dan": "Spain"}

    def any_of(names: str) -> str:
        return dice.choice(names.split())

    def day() -> date:
        return date(2010, 11, 1) + timedelta(days=dice.randrange(120))

    lines = []
    for at in range(25):
        customer = any_of("Ann Bob Cleo")
        revenue = str(dice.randrange(1, 50))
        lines.append(
            Line(day=day(), order=f"o{at}", customer=customer, country=homes[customer], revenue=revenue,
                 channel=any_of("Web Shop"))
        )  # fmt: skip
    lines.append(Line(day=day(), order="last", customer="Dan", country="Spain", channel="Phone", revenue="1"))
    calls = [
        {"day": day(), "customer": any_of("Ann Bob Dan"), "channel": any_of("Web Phone"),
         "satisfaction": dice.choice([None, 0, 5, 10])}
        for _ in range(20)
    ]  # fmt: skip
    return lines, calls


@pytest.mark.parametrize("seed", range(3))
def test_every_cell_is_what_loops_over_either_fact_say(tmp_path: Path, seed: int) -> None:
    lines, calls = _dice(seed)
    homes = {line.customer: line.country for line in lines}
    store = firm(tmp_path / "w.duckdb", lines, interaction=calls)
    sold = [
        {"country": x.country, "customer": x.customer, "channel": x.channel, "year": f"{x.day:%Y}",
         "month": f"{x.day:%Y-%m}", "revenue": float(x.revenue)}
        for x in lines
    ]  # fmt: skip
    called = [
        {**x, "country": homes[x["customer"]], "year": f"{x['day']:%Y}", "month": f"{x['day']:%Y-%m}"}
        for x in calls
    ]
    for rows in LEVELS:
        for columns in LEVELS:
            if not set(rows) & set(columns) and {*rows, *columns} != {"year", "month"}:
                answer = ask(store, Query(BOTH, rows, columns, totals=True))
                assert _cells(answer) == _oracle(sold, called, rows, columns), (rows, columns)
    store.close()


def _cells(answer: Answer) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    ids = [f"{level}.id" for level in answer.query.by]
    frame = answer.frame.select(*ids, "grouping", *BOTH)
    assert frame.select(*ids, "grouping").is_duplicated().sum() == 0
    return {row[: len(ids)]: row[len(ids) + 1 :] for row in frame.iter_rows()}


def _oracle(
    sold: list[dict[str, Any]], called: list[dict[str, Any]], rows: tuple[str, ...], columns: tuple[str, ...]
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    kept = [(*rows[:r], *columns[:c]) for r in range(len(rows) + 1) for c in range(len(columns) + 1)]
    found = {}
    for levels in kept:
        for row in (*sold, *called, None):
            if row is None and levels:
                continue
            key = tuple(row[level] if level in levels else None for level in (*rows, *columns)) if row else ()
            key = key or (None,) * len(rows + columns)

            def inside(other: dict[str, Any], key: tuple[Any, ...] = key) -> bool:
                return all(
                    wanted in (None, other[level])
                    for level, wanted in zip((*rows, *columns), key, strict=True)
                )

            lines, calls = [x for x in sold if inside(x)], [x for x in called if inside(x)]
            answers = [x["satisfaction"] for x in calls if x["satisfaction"] is not None]
            found[key] = (
                float(sum(x["revenue"] for x in lines)),
                len({x["customer"] for x in lines}),
                len(calls),
                sum(answers) / len(answers) if answers else None,
            )
    return found


def test_ratios_between_cubes_are_declared_well(shop: Warehouse) -> None:
    for ratio in BETWEEN:
        for part in counted_parts(ratio):
            kind = drill_across.measure_of(part, "sales", shop.profile).kind
            assert kind in ("additive", "distinct") or ratio.name == "value_to_acquisition_cost", ratio.name


def test_a_ratio_of_ratios_divides_them_at_every_grain(tmp_path: Path) -> None:
    """Two new customers of France in 2011, one of Italy: contacts cost 12 in all, values are 30, 50 and 10."""
    path = tmp_path / "w.duckdb"
    lines = [
        Line(order=who, customer=who, country=of)
        for who, of in (("a", "France"), ("b", "France"), ("c", "Italy"))
    ]
    tiny_warehouse(path, lines).close()
    day = date(2011, 1, 1)
    warehouse = with_facts(
        path,
        contact=[{"day": day, "customer": who, "arm": "treated", "cost": 4} for who in "abc"],
        customer_score=[
            {"day": day, "customer": who, "value": value} for who, value in (("a", 30), ("b", 50), ("c", 10))
        ],
    )
    told = ask(
        warehouse, Query(("value_to_acquisition_cost", "acquisition_cost"), ("country",), totals=True)
    ).frame
    found = {
        country: (float(ratio), float(cost))
        for country, ratio, cost in told.select(
            "country", "value_to_acquisition_cost", "acquisition_cost"
        ).iter_rows()
    }
    assert found == {"France": (10, 4), "Italy": (2.5, 4), None: (7.5, 4)}
    compared = ask(
        warehouse,
        Query(("value_to_acquisition_cost",), cuts=(parse_cut("year=2011"),), compare=Comparison.YEAR),
    )
    assert compared.frame.row(0, named=True)["value_to_acquisition_cost:base"] is None
