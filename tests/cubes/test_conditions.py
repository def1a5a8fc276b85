"""Conditions on numbers: who meets them, found by loops over lines; and that nothing but members is kept by them."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from operator import eq, ge, gt, le, lt, ne
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cubes import catalogue
from cubes.analysis.changed_cell import Case
from cubes.analysis.explain_change import members, why
from cubes.ask.answer import Answer, ask
from cubes.ask.answer_cache import Cache, canonical
from cubes.ask.question_shape import shape
from cubes.ask.resolve_conditions import SAME_MEMBERS
from cubes.drill_through.rows_behind import order_lines
from cubes.query import Comparison, Cut, Query, parse_cut, parse_query
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from tests import oracle
from tests.cubes.test_properties import assert_same, found_cells, plain, questions, some_lines
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

ZERO_WITHOUT_LINES = {
    "revenue", "units", "order_lines", "orders", "customers", "products", "categories", "purchase_days"
}  # fmt: skip
COMPARED = {">": gt, ">=": ge, "<": lt, "<=": le, "=": eq, "!=": ne}
MEASURES = ("revenue", "margin", "orders", "customers", "average_order_value", "return_rate", "products")
LEVELS = ("customer", "country", "city", "product", "category", "channel", "month")


def where(*texts: str) -> tuple[Cut, ...]:
    return tuple(map(parse_cut, texts))


def meeting(lines: Iterable[Line], level: str, measure: str, operator: str, value: float) -> set[str]:
    """The members with a line that meet a condition."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(oracle.member(line, level), []).append(line)
    values = {name: oracle.measures(own)[measure] for name, own in groups.items()}
    if level == "customer":
        values.pop("(unknown)", None)
    known = {name: each for name, each in values.items() if each is not None}
    if operator in ("top", "bottom"):
        order = sorted(known, key=lambda name: name.replace("A/B", "A%2FB"))
        order.sort(key=known.__getitem__, reverse=operator == "top")
        return set(order[: int(value)])
    return {name for name, each in known.items() if COMPARED[operator](each, value)}


def kept(lines: list[Line], within: list[Line], condition: tuple[str, str, str, float]) -> list[Line]:
    """The lines of whoever meets a condition that is measured within some lines."""
    level, measure, operator, value = condition
    met = meeting(within, level, measure, operator, value)
    there = {oracle.member(line, level) for line in within}
    zero = operator in COMPARED and measure in ZERO_WITHOUT_LINES and COMPARED[operator](0, value)
    return [
        line
        for line in lines
        if (name := oracle.member(line, level)) in met
        or (zero and name not in there and not (level == "customer" and name == "(unknown)"))
    ]


def written(condition: tuple[str, str, str, float], period: str = "") -> str:
    level, measure, operator, value = condition
    return f"{level} by {measure} {operator} {value!r}{f' in {period}' if period else ''}"


@st.composite
def conditions(draw: st.DrawFn, lines: list[Line]) -> tuple[str, str, str, float]:
    """A condition whose number is often one that a member has."""
    level, measure = draw(st.sampled_from(LEVELS)), draw(st.sampled_from(MEASURES))
    operator = draw(st.sampled_from([*COMPARED, "top", "bottom"]))
    if operator not in COMPARED:
        return level, measure, operator, draw(st.integers(1, 3))
    some = draw(st.sampled_from(lines))
    own = [line for line in lines if oracle.member(line, level) == oracle.member(some, level)]
    return level, measure, operator, draw(st.sampled_from([0, 1, 2, oracle.measures(own)[measure] or 50]))


@settings(
    max_examples=6, phases=[Phase.generate], deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(lines=some_lines, asked=st.lists(questions(), min_size=1, max_size=4), data=st.data())
def test_an_answer_holds_the_lines_of_those_who_meet_the_conditions(
    lines: list[Line], asked: list[Query], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        warehouse = tiny_warehouse(Path(folder) / "w.duckdb", lines)
        for query in asked:
            wanted = data.draw(st.lists(conditions(lines), min_size=1, max_size=2))
            country = data.draw(st.sampled_from(lines)).country
            years = ["2011"] if any(line.day.year == 2011 for line in lines) else []
            period = data.draw(st.sampled_from(["", *years, "2011-01..2011-09"]))
            inside = [line for line in lines if line.country == country]
            within = inside
            if period:
                months = {f"2011-{at:02}" for at in range(1, 13 if period == "2011" else 10)}
                within = [line for line in inside if f"{line.day:%Y-%m}" in months]
            texts = [written(each, period) for each in wanted]
            cut = Cut("country", (country.replace("A/B", "A%2FB"),))
            query = Query(
                query.measures, query.rows, query.columns, (cut, *where(*texts)), totals=query.totals
            )
            for each in wanted:
                inside = kept(inside, within, each)
            answer = ask(warehouse, query)
            found = {plain(key): values for key, values in found_cells(answer).items()}
            expected = oracle.cells(inside, query.rows, query.columns, query.totals)
            for key, values in found.items():
                if key in expected:
                    assert_same(values, oracle.measures(expected[key]))
                else:
                    assert not any(values.values())
            assert found.keys() >= expected.keys()
            turned = replace(query, cuts=query.cuts[::-1])
            assert ask(warehouse, turned).frame.equals(answer.frame)
            assert_rows_add_up(warehouse, query, inside)
        warehouse.close()


def assert_rows_add_up(warehouse: Warehouse, query: Query, inside: list[Line]) -> None:
    """The rows behind every cell, drilled into in either way, and behind the whole, are those that were counted."""
    rows = order_lines(warehouse, query)
    assert rows.height == len(inside)
    assert math.isclose(rows["revenue"].sum(), sum(float(line.revenue) for line in inside), abs_tol=1e-6)
    if query.rows:
        level = query.rows[0]
        by = Query(("order_lines",), (level,), cuts=query.cuts)
        for cell in ask(warehouse, by).frame.head(3).iter_rows(named=True):
            for inner in (
                by.cut(Cut(level, (cell[f"{level}.id"],))),
                by.drill(level, cell[f"{level}.id"], None),
            ):
                assert order_lines(warehouse, inner).height == cell["order_lines"]
                assert parse_query(inner.to_parameters()) == inner


PEOPLE = [
    Line(day=date(2010, 1, 1), order="o1", customer="Ann", revenue="90"),
    Line(day=date(2011, 1, 5), order="o2", customer="Ann", revenue="40"),
    Line(day=date(2011, 2, 5), order="o3", customer="Bob", revenue="40", product="Pan", city="Nice"),
    Line(day=date(2010, 2, 5), order="o4", customer="Cy", revenue="70", product="Pan"),
    Line(day=date(2011, 2, 5), order="o5", customer="Cy", revenue="5", cost=None, product="Hat"),
    Line(day=date(2010, 3, 5), order="o6", customer="Di", revenue="12", country="Italy", city="Rome"),
    Line(day=date(2011, 3, 5), order="o7", customer="(unknown)", revenue="500"),
]
CALLS = [
    {"day": date(2011, 1, 6), "customer": "Ann"},
    {"day": date(2011, 1, 7), "customer": "Ann"},
    {"day": date(2011, 1, 8), "customer": "Bob"},
]
COUNTS = [
    {"day": date(2011, 1, 1), "product": "Cup", "on_hand": 9},
    {"day": date(2011, 2, 1), "product": "Cup", "on_hand": 2},
    {"day": date(2011, 2, 1), "product": "Pan", "on_hand": 7},
]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("people") / "w.duckdb"
    tiny_warehouse(path, PEOPLE).close()
    warehouse = with_facts(path, interaction=CALLS, stock=COUNTS)
    yield warehouse
    warehouse.close()


def told(
    warehouse: Warehouse, *texts: str, level: str = "customer", measure: str = "revenue"
) -> dict[str, float]:
    """A measure by the members of one level."""
    frame = ask(warehouse, Query((measure,), (level,), cuts=where(*texts))).frame
    return dict(zip(frame[level].to_list(), frame[measure].to_list(), strict=True))


def notes(warehouse: Warehouse, *texts: str) -> tuple[str, ...]:
    return ask(warehouse, Query(cuts=where(*texts))).notes


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (["customer by revenue > 90"], {"Ann": 130}),
        (["customer by revenue >= 75 in 2010"], {"Ann": 130}),
        (["customer by revenue >= 40", "year=2011"], {"Ann": 40, "Bob": 40}),
        (["customer by revenue >= 75 in 2010", "year=2011"], {"Ann": 40}),
        (["customer by revenue >= 75 within year=2010; country=France", "year=2011"], {"Ann": 40}),
        (["customer by revenue > 40 within everything", "year=2011"], {"Ann": 40, "Cy": 5}),
        (["customer by revenue between 12 and 40"], {"Bob": 40, "Di": 12}),
        (["customer by revenue != 40"], {"Ann": 130, "Cy": 75, "Di": 12}),
        (["customer by revenue = 40", "customer by orders = 1"], {"Bob": 40}),
        (["customer by revenue > 40", "customer!=Ann"], {"Cy": 75}),
        (["customer by revenue top 1", "customer=Bob|Di"], {"Bob": 40}),
        (["customer by median_line_value >= 40"], {"Ann": 130, "Bob": 40}),
        (["customer by revenue:share_of_total > 50%", "customer!=(unknown)"], {"Ann": 130}),
        (["customer by revenue:growth_year < -50% in 2011"], {"Ann": 130, "Cy": 75}),
        (["customer by revenue:rank <= 1"], {"Ann": 130}),
        (["customer by last_purchase < 2011-01-01"], {"Di": 12}),
        (["customer by last_purchase between 2011-01-05 and 2011-02-04"], {"Ann": 130}),
        (["month by revenue > 40", "customer!=(unknown)"], {"Ann": 90, "Cy": 75, "Bob": 40}),
        (["product by revenue:share_of_total > 50%"], {"Ann": 130, "Di": 12, "(unknown)": 500}),
        (["product by on_hand < 5"], {"Ann": 130, "Di": 12, "(unknown)": 500}),
    ],
)
def test_who_meets_a_condition(people: Warehouse, texts: list[str], kept: dict[str, float]) -> None:
    assert told(people, *texts) == kept


def test_not_known_meets_no_condition_and_zero_is_what_the_measure_says_of_no_line(people: Warehouse) -> None:
    assert told(people, "product by margin != 0", level="product").keys() == {"Cup", "Pan"}
    assert told(people, "product by margin < 1000000", level="product").keys() == {"Cup", "Pan"}
    assert told(people, "customer by revenue < 10 in 2011") == {"Cy": 75, "Di": 12}
    assert told(people, "customer by average_order_value < 10 in 2011") == {"Cy": 75}
    assert notes(people, "customer by revenue < 10 in 2011") == (
        "1 customer with revenue below 10 in 2011, and all without a line there.",
    )
    assert notes(people, "customer by interactions = 0 in the last 2 years")[1:] == (
        "Customers with interactions of exactly 0 in the last 2 years: all those without a line there, and no other.",
    )
    assert notes(people, "customer by revenue > 90 in last 2 years")[1] == (
        "1 customer with revenue over 90 in the last 2 years."
    )


def test_another_cube_is_asked_where_it_shares_the_level(people: Warehouse) -> None:
    assert told(people, "customer by interactions > 1") == {"Ann": 130}
    assert told(people, "customer by interactions.interactions = 0") == {"Cy": 75, "Di": 12}
    assert told(people, "customer by interactions_per_order >= 1") == {"Ann": 130, "Bob": 40}
    assert told(people, "customer by interactions > 1 in 2010") == {}
    unseen = "Interactions have no product: the condition is measured without that filter."
    assert unseen in notes(people, "customer by interactions > 0", "product=Pan")
    assert unseen in notes(people, "customer by interactions.interactions > 0", "product=Pan")
    assert told(people, "customer by interactions.interactions > 0 in 2011", "product=Pan") == {"Bob": 40}
    across = Query(
        ("revenue", "interactions.interactions"), ("customer",), cuts=where("customer by revenue > 40")
    )
    assert ask(people, across).frame.select("customer", *across.measures).rows() == [
        ("Ann", 130, 2),
        ("Cy", 75, 0),
    ]


def test_a_condition_means_the_same_in_a_question_to_another_cube(people: Warehouse) -> None:
    query = Query(cuts=where("customer by customers >= 1", "customer by revenue > 40"))
    other = Query(("interactions",), ("customer",), cuts=query.cuts, cube="interactions")
    assert ask(people, other).frame["customer"].to_list() == ["Ann"]
    assert other.to_parameters()["where"] == [
        "customer by sales.customers >= 1",
        "customer by sales.revenue > 40",
    ]
    assert query.to_parameters()["where"] == ["customer by customers >= 1", "customer by revenue > 40"]


def test_ties_at_a_rank_are_told_and_go_by_id(people: Warehouse) -> None:
    assert told(people, "customer by revenue top 1", "year=2011") == {"Ann": 40}
    assert notes(people, "customer by revenue top 1", "year=2011") == (
        "The top 1 customer by revenue.",
        "2 have the same number as the last of them; 1 of these are in, the first by their ids.",
    )
    assert told(people, "product by order_lines bottom 1", "year=2011", level="product") == {"Hat": 5}
    assert notes(people, "customer by revenue top 2", "year=2011") == ("The top 2 customers by revenue.",)
    assert notes(people, "customer by revenue bottom 9") == (
        "The bottom 9 customers by revenue: there are 4.",
    )


def test_a_rank_beyond_any_number_keeps_all(people: Warehouse) -> None:
    few, many = (
        ask(people, Query(rows=("customer",), cuts=where(f"customer by revenue top {count}")))
        for count in (1000, 10**20)
    )
    assert many.frame.equals(few.frame)


def test_nobody_meets_it(people: Warehouse) -> None:
    query = Query(("revenue",), ("customer",), cuts=where("customer by revenue > 1000"), totals=True)
    answer = ask(people, query)
    assert answer.plain().height == 0
    assert answer.notes == ("There are no customers with revenue over 1,000.",)
    assert order_lines(people, query).height == 0


def test_others_and_compared_periods_hold_the_same_members(people: Warehouse) -> None:
    query = Query(
        ("revenue", "customers"),
        ("customer",),
        cuts=where("customer by revenue between 5 and 40", "year=2011"),
        top=(("customer", 1),),
        totals=True,
        compare=Comparison.YEAR,
    )
    answer = ask(people, query)
    names = ["customer", "revenue", "revenue:base", "customers", "customers:base"]
    assert answer.frame.select(names).rows() == [
        ("Ann", 40, 90, 1, 1),
        ("Others (2)", 45, 70, 2, 1),
        (None, 85, 160, 3, 2),
    ]
    assert SAME_MEMBERS in answer.notes


def test_the_sql_of_an_answer_begins_with_that_of_its_condition(people: Warehouse) -> None:
    answer = ask(people, Query(("revenue",), ("customer",), cuts=where("customer by orders > 1")))
    first, then = answer.sql.removesuffix(";").split(";\n\n")
    assert dict(people.frame(first).select("customer", "orders").rows()) == {
        "Ann": 2, "Bob": 1, "Cy": 2, "Di": 1, "(unknown)": 1
    }  # fmt: skip
    assert dict(people.frame(then).select("customer", "revenue").rows()) == {"Ann": 130, "Cy": 75}


def test_drilling_keeps_who_met_the_condition_where_it_was_seen(people: Warehouse) -> None:
    query = Query(("revenue",), ("year",), cuts=where("customer by revenue > 70"))
    assert told(people, "customer by revenue > 70", level="year") == {"2010": 160, "2011": 45}
    inner = query.drill("year", "2011", "month")
    assert ask(people, inner).frame["revenue"].sum() == 45
    assert order_lines(people, query.cut(Cut("year", ("2011",))))["revenue"].sum() == 45
    filtered = Query(("revenue",), cuts=query.cuts).cut(Cut("year", ("2011",)))
    assert ask(people, filtered).frame["revenue"].to_list() == [None]
    unseen = Query(("revenue",), cuts=query.cuts).drill("year", "2011", None)
    assert ask(people, unseen).frame["revenue"].to_list() == [45]
    assert inner.uncut("year").conditions == inner.conditions
    assert inner.without_cuts().cuts == ()


def test_why_speaks_of_the_same_members_everywhere(people: Warehouse) -> None:
    cube = catalogue.load("sales", people.profile)
    query = Query(cuts=where("customer by revenue >= 40", "year=2011"), compare=Comparison.YEAR)

    def asked(each: Query) -> Answer:
        return ask(people, each)

    found = why(asked, cube, people.profile, query)
    assert (found.value, found.base) == (80, 90)
    parts = members(asked, cube, query, "product")
    assert dict(zip(parts["id"], parts["effect"], strict=True)) == {"Cup": -50, "Pan": 40}
    of_countries = replace(query, cuts=where("country by revenue > 45", "year=2011"))
    case = Case(asked, cube, of_countries)
    assert case.effect(case.within(Cut("product", ("Hat",)))) == 5
    assert case.effect(case.within(without=[Cut("customer", ("(unknown)",))])) == 85 - 160
    relative = Query(cuts=where("customer by revenue >= 40", "time=this year"), compare=Comparison.YEAR)
    assert why(asked, cube, people.profile, relative).own == found.own is not None


def test_one_question_in_two_orders_is_one_and_answers_as_it_was_asked(people: Warehouse) -> None:
    cuts = where("customer by revenue > 40", "customer by orders > 1", "month=last 90 days", "city=Lille")
    cache = Cache(1_000_000)
    one, other = Query(cuts=cuts), Query(cuts=cuts[::-1])
    assert canonical(one) == canonical(other)
    first, second = cache.ask(people, one), cache.ask(people, other)
    assert cache.stats.misses == 1
    assert [cut.level for cut in first.query.cuts] == ["customer", "customer", "day", "city"]
    assert [str(cut) for cut in second.query.cuts] == [str(cut) for cut in first.query.cuts][::-1]
    assert canonical(one) != canonical(Query(cuts=where("customer by revenue > 41", *map(str, cuts[1:]))))


def test_the_log_of_questions_hears_of_the_level(people: Warehouse) -> None:
    assert shape(Query(cuts=where("customer by revenue > 40", "year=2011"))).filtered == ("customer", "year")


@pytest.mark.parametrize(
    "text",
    [
        "customer by revenue > 10000",
        "customer by interactions.interactions >= 5 in last 12 months",
        "product by margin top 100 in 2025",
        "x by m between -5 and 10.25 within day=last 90 days; country=A%253B%252FB|C",
        "customer by revenue:growth_year != 0.1 within everything",
        "customer by last_purchase between 2011-01-05 and 2011-02-04 in 2011-Q1..2011-Q2",
    ],
)
def test_an_address_says_it_again(text: str) -> None:
    cut = parse_cut(text)
    assert str(cut) == text
    query = Query(cuts=(cut,))
    assert parse_query(query.to_parameters()) == query
    assert hash(query) == hash(parse_query(query.to_parameters()))


def test_numbers_and_signs_as_people_write_them() -> None:
    written = ("customer by revenue>10,000", "customer BY x", "city by return_rate ≥ 2.5%", "a by b == 1e3")
    assert str(parse_cut(written[0])) == "customer by revenue > 10000"
    assert str(parse_cut(written[2])) == "city by return_rate >= 0.025"
    assert str(parse_cut(written[3])) == "a by b = 1000"
    assert parse_cut("city=Stoke by sea > 5").members == ("Stoke by sea > 5",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("customer by revenue", "is no condition. Write customer by revenue > 10000"),
        ("customer by revenue >", "names no number"),
        ("customer by revenue > much", "'much' is no number to hold a measure against"),
        ("customer by revenue > nan", "'nan' is no number"),
        ("customer by revenue > 1e999999999", "'1e999999999' is no number"),
        ("customer by revenue between 5", "does not say between which numbers"),
        ("customer by revenue between 9 and 5", "Nothing lies between 9 and 5"),
        ("customer by revenue between 9 and 2011-01-01", "Write two numbers, or two dates"),
        ("customer by revenue top 0", "The top 0 is no number of members"),
        ("customer by revenue top 1.5", "The top 1.5 is no number of members"),
        ("customer by last_purchase > 2011-02-30", "There is no 2011-02-30"),
        ("customer by revenue > 5 in lst year", "'lst year' is no period"),
        ("customer by revenue > 5 within France", "'France' is no filter"),
        ("customer by revenue > 5 within city by revenue > 5", "Write both, each by itself"),
        ("customer by revnue > 5", "Sales have no measure 'revnue'. Did you mean 'revenue'"),
        ("customer by stok.on_hand > 5", "There is no cube 'stok'. Did you mean 'stock'"),
        (
            "custmer by revenue > 5",
            "Sales have no custmer, so 'custmer by sales.revenue > 5' cannot be told.",
        ),
        ("custmer by revenue > 5", "Did you mean 'customer'"),
        ("customer by on_hand > 5", "Stock levels have no customer"),
        ("product by interactions > 5", "Interactions have no product"),
        ("customer by revenue:running_total > 5", "runs along the rows"),
        ("customer by revenue:growth > 5", "'growth' cannot be derived"),
        ("customer by revenue:moving_average_3 > 5", "A moving average goes from period to period"),
        ("customer by customers_contacted_ > 5", "have no measure"),
        ("customer by last_purchase > 5", "Last purchase is a date"),
        ("customer by revenue > 2011-01-01", "Revenue is a number"),
        ("customer by revenue > 5 in FY2011", "level 'fiscal_year'"),
        ("customer by interactions > 5 within contry=France", "level 'contry'. Did you mean 'country'"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(people: Warehouse, text: str, problem: str) -> None:
    with pytest.raises(BadRequest) as refused:
        ask(people, Query(cuts=where(text)))
    assert problem in str(refused.value)
