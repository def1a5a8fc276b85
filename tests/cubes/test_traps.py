"""Each trap of an OLAP engine on a firm small enough to check by head."""

from __future__ import annotations

from datetime import date

import pytest

from cubes import catalogue
from cubes.ask.answer import Answer, ask
from cubes.ask.explanation import Counted
from cubes.cells import count_method
from cubes.drill_through import rows_behind
from cubes.query import Cut, Query, parse_cut
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from tests import oracle
from tests.cubes.conftest import Make
from tests.tiny import Line


def column(warehouse: Warehouse, query: Query, name: str) -> dict[str | None, float]:
    frame = ask(warehouse, query).frame
    return dict(zip(frame[query.by[0]], frame[name], strict=True))


def test_distinct_counts_and_ratios_are_asked_again_for_totals(shop: Warehouse) -> None:
    query = Query(("customers", "average_order_value", "orders"), ("country",), totals=True)
    frame = ask(shop, query).frame
    assert frame["customers"].to_list() == [2, 1, 2]
    assert frame["orders"].to_list() == [5, 1, 6]
    assert frame["average_order_value"].to_list() == [192.5 / 5, 7.5, 200.0 / 6]


def test_returns_are_netted_and_are_not_orders(shop: Warehouse) -> None:
    query = Query(
        ("revenue", "units", "orders", "order_lines", "return_rate"), cuts=(parse_cut("product=Hat"),)
    )
    assert ask(shop, query).frame.row(0)[1:] == (10.0, 1.0, 1, 3, 0.5)


def test_unknown_is_a_member_but_no_customer(shop: Warehouse) -> None:
    frame = ask(shop, Query(("revenue", "customers"), ("customer",), totals=True)).frame
    assert dict(zip(frame["customer"], frame["customers"], strict=True)) == {
        "Ann": 1,
        "Bob": 1,
        "(unknown)": 0,
        None: 2,
    }
    assert frame["revenue"].to_list() == [147.5, 50.0, 2.5, 200.0]


def test_unknown_takes_no_place_among_customers(firm: Make) -> None:
    """The most of all was sold to nobody known; the top two are two people, and nothing is lost."""
    spent = {"Ann": "30", "Bob": "20", "Cy": "10", "Di": "5", "(unknown)": "99"}
    store = firm(*(Line(customer=name, order=name, revenue=amount) for name, amount in spent.items()))
    query = Query(("revenue", "revenue:rank"), ("customer",), top=(("customer", 2),))
    assert ask(store, query).frame.select("customer", "revenue", "revenue:rank").rows() == [
        ("Ann", 30, 1), ("Bob", 20, 2), ("Others (2)", 15, None), ("(unknown)", 99, None),
    ]  # fmt: skip
    whole = ask(store, Query(("revenue", "revenue:rank"), ("customer",))).frame
    assert whole["customer"].to_list() == ["Ann", "Bob", "Cy", "Di", "(unknown)"]
    assert whole["revenue:rank"].to_list() == [1, 2, 3, 4, None]


def test_first_purchases_leave_out_returns_and_nobody(firm: Make) -> None:
    store = firm(
        Line(customer="Ann", order="r", day=date(2011, 1, 1), is_return=True, units=-1, revenue="-5"),
        Line(customer="Ann", order="a", day=date(2011, 1, 3)),
        Line(customer="Ann", order="b", day=date(2011, 1, 2), country="Italy"),
        Line(customer="(unknown)", order="u", day=date(2011, 1, 1)),
    )
    assert rows_behind.first_purchases(store, Query()).rows() == [("Ann", date(2011, 1, 2))]
    assert rows_behind.first_purchases(store, Query(cuts=(parse_cut("country=France"),))).rows() == [
        ("Ann", date(2011, 1, 3))
    ]


def test_a_customer_who_moved_is_one_customer_in_two_countries(shop: Warehouse) -> None:
    assert column(shop, Query(("customers",), ("country",), totals=True), "customers") == {
        "France": 2,
        "Italy": 1,
        None: 2,
    }
    assert column(shop, Query(("revenue",), ("customer",)), "revenue")["Ann"] == 147.5


def test_members_of_one_name_are_told_apart_by_their_path(shop: Warehouse) -> None:
    assert column(shop, Query(("revenue",), ("city",)), "revenue") == {
        "Lille (France / North)": 192.5,
        "Lille (Italy / South)": 7.5,
    }
    with pytest.raises(BadRequest, match=r"in 2 places.*France/North/Lille or Italy/South/Lille"):
        ask(shop, Query(cuts=(parse_cut("city=Lille"),)))
    one = ask(shop, Query(cuts=(parse_cut("city=Italy/South/Lille"),)))
    assert one.frame["revenue"].to_list() == [7.5]


def test_a_category_of_one_name_is_told_apart_by_its_department(shop: Warehouse) -> None:
    assert column(shop, Query(("revenue",), ("category",)), "revenue") == {
        "Kitchen": 182.5,
        "Sale (Home)": 10.0,
        "Sale (Wear)": 7.5,
    }


def test_weeks_do_not_roll_up_into_calendar_years(firm: Make) -> None:
    warehouse = firm(Line(day=date(2011, 1, 1), order="a"), Line(day=date(2011, 1, 3), order="b"))
    assert column(warehouse, Query(rows=("week",)), "revenue") == {"2010-W52": 10.0, "2011-W01": 10.0}
    assert column(warehouse, Query(rows=("iso_year",)), "revenue") == {"2010": 10.0, "2011": 10.0}
    assert column(warehouse, Query(rows=("year",)), "revenue") == {"2011": 20.0}


def test_a_cut_to_a_week_holds_monday_to_sunday(firm: Make) -> None:
    days = [date(2011, 1, 2 + at) for at in range(9)]
    warehouse = firm(*(Line(day=day, order=str(day), revenue=f"{1 << at}.00") for at, day in enumerate(days)))
    week = ask(warehouse, Query(cuts=(parse_cut("week=2011-W01"),)))
    assert week.frame["revenue"].to_list() == [sum(1 << at for at in range(1, 8))]


def test_left_out_members_are_left_out(shop: Warehouse) -> None:
    query = Query(("revenue", "customers"), cuts=(parse_cut("customer!=Ann|(unknown)"),))
    assert ask(shop, query).frame.row(0)[1:] == (50.0, 1)
    no_2010 = Query(("revenue",), cuts=(parse_cut("year!=2010"),))
    assert ask(shop, no_2010).frame["revenue"].to_list() == [50.0]


def test_range_ends_need_not_fit_the_grain(shop: Warehouse) -> None:
    query = Query(rows=("month",), cuts=(parse_cut("day=2011-02-02..2011-02-03"),))
    assert column(shop, query, "revenue") == {"2011-02": -12.5}


def test_margin_leaves_out_lines_of_unknown_cost(shop: Warehouse) -> None:
    total = ask(shop, Query(("margin", "revenue"))).frame
    assert total["margin"].to_list() == [72.0]
    assert total["revenue"].to_list() == [200.0]


def test_drill_through_adds_up_to_its_cell(shop: Warehouse) -> None:
    query = Query(
        ("revenue", "units", "order_lines"), cuts=(parse_cut("country=France"), parse_cut("year=2011"))
    )
    cell = ask(shop, query).frame.row(0)[1:]
    lines = rows_behind.order_lines(shop, query)
    assert (lines["revenue"].sum(), lines["units"].sum(), lines.height) == cell
    assert lines["order_number"][0] == "o6"


def counted_by(answer: Answer) -> set[str]:
    """How the orders of an answer were counted in the lines."""
    return {
        each.method.by for each in answer.explain if isinstance(each, Counted) and each.measure == "orders"
    }


def test_orders_are_counted_apart_where_a_product_is_asked(shop: Warehouse) -> None:
    by_channel = ask(shop, Query(("orders",), ("channel",)))
    by_product = ask(shop, Query(("orders",), ("product",)))
    assert "flag" in counted_by(by_channel)
    assert "flag" not in counted_by(by_product)
    assert column(shop, Query(("orders",), ("product",), totals=True), "orders")[None] == 6


def test_few_lines_are_hashed_and_many_told_by_bits(shop: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def road(*cuts: str) -> tuple[set[str], dict[object, object]]:
        query = Query(("orders",), ("product",), cuts=tuple(map(parse_cut, cuts)), totals=True)
        return counted_by(ask(shop, query)), column(shop, query, "orders")

    few = ("country=France", "product=Cup|Pan")
    everything, some = road(), road(*few)
    assert "bitmap" in everything[0] & some[0]
    monkeypatch.setattr(count_method, "BYTES_A_LINE", 0.01)
    hashed = road(*few)
    assert "bitmap" not in hashed[0]
    assert hashed[1] == some[1]
    assert road()[1] == everything[1]


def test_orders_split_over_days_are_never_summed_from_flags(firm: Make) -> None:
    warehouse = firm(Line(day=date(2011, 1, 1), order="a"), Line(day=date(2011, 1, 2), order="a"))
    assert column(warehouse, Query(("orders",), ("day",), totals=True), "orders") == {
        "2011-01-01": 1,
        "2011-01-02": 1,
        None: 1,
    }


def test_baskets_leave_out_returns_and_unknown_items(shop: Warehouse) -> None:
    found = rows_behind.basket_lines(shop, Query(cuts=(parse_cut("year=2011"),)), ["product"])
    held = {(basket, found.names[item]) for basket, item in zip(found.baskets, found.items, strict=True)}
    assert sorted(name for _, name in held) == ["Cup", "Cup", "Cup", "Hat"]
    with pytest.raises(BadRequest, match="Baskets hold products"):
        rows_behind.basket_lines(shop, Query(), ["country"])


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("country=Frence", "no country 'Frence'. Did you mean 'France'"),
        ("nation=France", "no level 'nation'"),
        ("country", "is no filter"),
        ("year=2050", "no year '2050'"),
        ("day=2011-02-30..", "is no day"),
        ("day=2011-03-01..2011-01-01", "ends before it begins"),
        ("country=A..B", "no country 'A..B'"),
        ("country=|", "names nothing to filter by"),
        ("country!=|", "names nothing to filter by"),
        ("day=..", "names nothing to filter by"),
        ("year=9999..9999", "is no year"),
        ("month=9999-12..", "is no month"),
    ],
)
def test_a_bad_filter_is_met_with_words(shop: Warehouse, where: str, words: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        ask(shop, Query(cuts=(parse_cut(where),)))
    assert words in str(refusal.value)
    assert refusal.value.remedy


def test_two_filters_on_one_level_are_not_silently_nothing(shop: Warehouse) -> None:
    query = Query(cuts=(parse_cut("country=France"), parse_cut("country=Italy")))
    with pytest.raises(BadRequest, match="filtered twice"):
        ask(shop, query)
    both = Query(cuts=(parse_cut("country=France"), parse_cut("country!=Italy")))
    assert ask(shop, both).frame["revenue"].to_list() == [192.5]


@pytest.mark.parametrize(("level", "words"), [("foo", "no level 'foo'"), ("product", "is not by product")])
def test_a_top_of_what_is_not_asked_is_refused(shop: Warehouse, level: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        ask(shop, Query(rows=("country",), top=((level, 3),)))


def test_categories_do_not_count_the_unknown_one(firm: Make) -> None:
    warehouse = firm(Line(category="(unknown)"), Line(order="b"), Line(order="c", category="Sale"))
    assert ask(warehouse, Query(("categories",))).frame["categories"].to_list() == [2]


def test_drilling_skips_levels_of_which_nothing_is_known(firm: Make) -> None:
    warehouse = firm(Line(region="(unknown)", city="(unknown)"))
    cube = catalogue.load("sales", warehouse.profile)
    assert cube.finer("country") == "customer"
    assert cube.coarser("customer") == "country"
    assert ask(warehouse, Query(rows=("region",))).frame["region"].to_list() == ["(unknown)"]


@pytest.mark.parametrize("name", ["turnover", "revenue:share", "country"])
def test_a_bad_measure_is_met_with_words(shop: Warehouse, name: str) -> None:
    with pytest.raises(BadRequest):
        ask(shop, Query((name,)))


def test_a_member_called_like_sql_is_only_a_name(firm: Make) -> None:
    nasty = "Bobby'); DROP TABLE sale; --"
    dotted = firm(Line(country=".."), Line(country="a..b", order="b"))
    assert ask(dotted, Query(cuts=(parse_cut("country=a..b|.."),))).frame["revenue"].to_list() == [20.0]
    warehouse = firm(
        Line(country=nasty), Line(country="A/B|C=D", order="b"), Line(country="A%2FB%7CC=D", order="c")
    )
    assert ask(warehouse, Query(cuts=(Cut("country", (nasty,)),))).frame["revenue"].to_list() == [10.0]
    ids = ask(warehouse, Query(rows=("country",))).frame["country.id"].to_list()
    for member in ids:
        assert ask(warehouse, Query(cuts=(parse_cut(f"country={member}"),))).frame["revenue"].to_list() == [
            10.0
        ]


def test_an_empty_slice_has_no_cells(shop: Warehouse) -> None:
    query = Query(
        ("revenue", "customers"), ("country",), cuts=(parse_cut("customer=Bob"), parse_cut("year=2011"))
    )
    assert ask(shop, query).frame.is_empty()


@pytest.mark.parametrize("level", ["day", "week"])
def test_days_before_1970_have_names(firm: Make, level: str) -> None:
    days = [date(1900, 1, 1), date(1969, 12, 31), date(2011, 1, 1)]
    lines = [Line(day=day, order=f"o{at}") for at, day in enumerate(days)]
    warehouse = firm(*lines)
    rows = ask(warehouse, Query(("order_lines",), (level,), totals=True)).frame
    ids = [oracle.period(day, level) for day in days]
    found = rows.select(f"{level}.id", level, "order_lines").rows()
    assert found == [*((each, each, 1) for each in ids), (None, None, 3)]
    for each in ids:
        cut = Query(("order_lines",), cuts=(Cut(level, (each,)),))
        assert ask(warehouse, cut).total("order_lines") == 1
