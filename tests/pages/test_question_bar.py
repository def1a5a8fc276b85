"""The question bar: what it shows of a view, what a choice makes of it, and that nothing it sends is trusted."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Any

import pytest

from cubes import catalogue
from cubes.model import Cube
from cubes.query import NOW, Comparison, Cut, Period, Query
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from pages.explore.explore_view import EVERYONE, View, with_tops
from pages.explore.offered_measures import offered_measures
from pages.explore.question_bar_of_view import found_members, question_bar_of_view
from pages.explore.view_of_choice import view_of_choice
from pages.ui.question_bar.bar_choice import BarChoice, ChosenFilter, MemberSearch, parse_bar_choice
from pages.ui.question_bar.question_bar import QuestionBar, bar_payload
from tests.tiny import Line, tiny_warehouse
from tests.tiny_facts import with_facts

DAY = date(2011, 3, 1)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    path = tmp_path_factory.mktemp("firm").resolve() / "w.duckdb"
    places = [("Italy", "Tuscany", "Prato"), ("Italy", "Lazio", "Rome"), ("France", "North", "Lille")]
    lines = [
        Line(order=f"{year}{city}", day=date(year, 3, 1), country=country, region=region, city=city,
             customer=f"Of {city}")
        for country, region, city in places
        for year in (2010, 2011)
    ]  # fmt: skip
    tiny_warehouse(path, lines).close()
    return with_facts(path, interaction=[{"day": DAY, "customer": "Of Rome", "satisfaction": 9}])


@pytest.fixture(scope="module")
def cube(firm: Warehouse) -> Cube:
    return catalogue.load("sales", firm.profile)


def view(cube: Cube, **parts: Any) -> View:
    return View(with_tops(Query(**({"rows": ("country",), "columns": ("year",)} | parts)), cube))


def bar(firm: Warehouse, cube: Cube, **parts: Any) -> QuestionBar:
    return question_bar_of_view(view(cube, **parts), cube, firm)


def then(firm: Warehouse, cube: Cube, base: View, **chosen: Any) -> Query:
    return view_of_choice(BarChoice(base.token(), 1, **chosen), base, cube, firm.profile).query


def joined(payload: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """The data that a browser makes of a payload, `held` being the parts that came before; KeyError where one lacks."""
    sent: dict[str, Any] = json.loads(json.dumps(payload))
    held |= sent.pop("parts")
    parted = {name: [held[part] for part in names] for name, names in sent.pop("parted").items()}
    return sent | parted | {"choices": {name: held[part] for name, part in sent["choices"].items()}}


def test_a_payload_is_json_that_holds_the_question(firm: Warehouse, cube: Cube) -> None:
    sent = joined(bar_payload(bar(firm, cube, measures=("revenue", "orders"))), {})
    assert sent["summary"] == "Revenue and orders by country and year"
    assert [each["value"] for each in sent["measures"]] == ["revenue", "orders"]
    assert sent["base"] == view(cube, measures=("revenue", "orders")).token()
    assert {each["value"]: each["members"] for each in sent["offered_levels"]}["region"] == 3
    assert sent["group"] == ","


def test_a_payload_says_all_that_the_bar_holds_however_often_it_is_asked(
    firm: Warehouse, cube: Cube, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = bar(firm, cube, measures=("revenue", "orders"))
    assert joined(bar_payload(shown), {}) == json.loads(json.dumps(asdict(shown) | {"group": ","}))
    monkeypatch.setattr(f"{question_bar_of_view.__module__}.offered_measures", lambda *_: pytest.fail("anew"))
    assert bar(firm, cube, measures=("revenue", "orders")) == shown


def test_what_a_browser_holds_is_named_and_not_sent_again(firm: Warehouse, cube: Cube) -> None:
    first, then = bar(firm, cube), bar(firm, cube, rows=("department",))
    held: dict[str, Any] = {}
    joined(bar_payload(first), held)
    payload = bar_payload(then, frozenset(held))
    assert joined(payload, dict(held)) == json.loads(json.dumps(asdict(then) | {"group": ","}))
    said = {each["value"]: each["refusal"] for each in payload["parts"].values()}
    assert said["interactions.satisfaction"] == "Interactions have no department", "what changed comes"
    assert "revenue" not in said
    assert not bar_payload(then, frozenset(held) | set(payload["parts"]))["parts"]


def test_measures_are_offered_by_cube_and_say_why_they_cannot_stand_here(firm: Warehouse, cube: Cube) -> None:
    offered = {each.value: each for each in bar(firm, cube, rows=("department",)).offered_measures}
    assert offered["average_order_value"].formula == "Revenue ÷ Orders"
    assert (offered["revenue"].cube, offered["revenue"].refusal) == ("Sales", "")
    assert offered["interactions.satisfaction"].refusal == "Interactions have no department"
    assert offered["interactions_per_order"].cube == "Between cubes"
    assert "units_sold" not in offered
    assert "last_purchase" not in offered
    assert not [name for name in offered if name.startswith("stock.")], "its fact has no rows"
    assert "response_rate" not in offered
    by_country = {each.value: each.refusal for each in bar(firm, cube).offered_measures}
    assert not by_country["interactions.satisfaction"]


def test_levels_that_a_measure_does_not_know_say_so(firm: Warehouse, cube: Cube) -> None:
    found = bar(firm, cube, measures=("revenue", "interactions.interactions"))
    refused = {each.value: each.refusal for each in found.offered_levels}
    assert refused["department"] == "Interactions have no department"
    assert not refused["country"]


def test_another_cube_offers_the_measures_of_sales_by_their_full_names(firm: Warehouse) -> None:
    own = catalogue.load("interactions", firm.profile)
    found = {each.text: each for each in offered_measures(own, firm.profile)}
    assert found["interactions"].name == "interactions.interactions"
    assert (found["sales.revenue"].group, found["sales.revenue"].name) == ("Sales", "sales.revenue")


def test_favourites_are_known_whatever_cube_is_asked(firm: Warehouse, cube: Cube) -> None:
    found = question_bar_of_view(view(cube), cube, firm, ("sales.orders", "interactions.satisfaction"))
    starred = [each.value for each in found.offered_measures if each.is_favourite]
    assert starred == ["orders", "interactions.satisfaction"]


def test_a_measure_says_what_can_be_shown_beside_it(firm: Warehouse, cube: Cube) -> None:
    revenue, rank = bar(firm, cube, measures=("revenue", "revenue:rank"), columns=()).measures
    assert {each.value for each in revenue.also if not each.refusal} == {
        "share_of_parent", "share_of_total", "rank",
    }  # fmt: skip
    assert (rank.label, rank.refusal) == ("Revenue, rank", "")
    _, running = bar(firm, cube, measures=("revenue", "revenue:running_total"), columns=()).measures
    assert "needs a period" in running.refusal


def test_what_is_drilled_into_is_the_trail_and_other_filters_are_chips(firm: Warehouse, cube: Cube) -> None:
    cuts = (
        Cut("country", ("Italy",)),
        Cut("month", since="2010-01", until="2010-03"),
        Cut("city", ("Rome",)),
    )
    found = bar(firm, cube, rows=("region",), cuts=cuts)
    assert found.trail == ("Italy",)
    assert [(each.level, each.on_trail) for each in found.filters] == [
        ("country", True), ("month", False), ("city", False),
    ]  # fmt: skip
    assert found.filters[1].span == "Jan 2010 – Mar 2010"
    assert found.filters[2].members[0].above == "Lazio"


def test_a_search_finds_members_of_every_level_but_days(firm: Warehouse, cube: Cube) -> None:
    found = found_members(MemberSearch("tusc"), cube, firm)
    assert [(level, [each.id for each in members]) for level, members in found.groups] == [
        ("region", ["Italy/Tuscany"])
    ]
    assert not found.more
    assert {level for level, _ in found_members(MemberSearch("2011"), cube, firm).groups} >= {"year", "month"}
    assert "day" not in {level for level, _ in found_members(MemberSearch("2011"), cube, firm).groups}
    alone = found_members(MemberSearch("", "country"), cube, firm)
    assert [level for level, _ in alone.groups] == ["country"]


def test_at_most_fifty_are_found_and_more_is_said(firm: Warehouse, cube: Cube, monkeypatch: Any) -> None:
    monkeypatch.setattr("pages.explore.question_bar_of_view.FOUND", 3)
    found = found_members(MemberSearch("o"), cube, firm)
    assert found.more
    assert sum(len(members) for _, members in found.groups) == 3


def test_measures_rows_and_columns_are_taken_as_they_were_chosen(firm: Warehouse, cube: Cube) -> None:
    base = view(cube)
    asked = then(firm, cube, base, measures=("orders", "revenue", "revenue:share_of_total"))
    assert asked.measures == ("orders", "revenue", "revenue:share_of_total")
    asked = then(firm, cube, base, rows=("year", "region"), columns=("year", "month"))
    assert (asked.rows, asked.columns) == (("year", "region"), ("month",))
    assert dict(asked.top) == {"region": 12}
    assert then(firm, cube, base, rows=()).rows == ("year",)


def test_filters_take_the_place_of_those_on_their_level(firm: Warehouse, cube: Cube) -> None:
    base = view(cube, cuts=(Cut("country", ("Italy",)), Cut("year", ("2011",))))
    filters = (ChosenFilter("country", ("Italy", "France"), True), ChosenFilter("year", ()))
    assert then(firm, cube, base, filters=filters).cuts == (
        Cut("country", ("Italy", "France"), exclude=True),
    )


def test_rolling_up_and_clearing_keep_the_period(firm: Warehouse, cube: Cube) -> None:
    days = Cut("day", since="2011-01-01", until="2011-12-31")
    cuts = (days, Cut("country", ("Italy",)), Cut("region", ("Italy/Lazio",)), Cut("channel", ("Web",)))
    base = view(cube, rows=("city",), cuts=cuts)
    up = then(firm, cube, base, step=1)
    assert (up.rows, up.cuts) == (("region",), (days, cuts[1], cuts[3]))
    cleared = then(firm, cube, base, clear=True)
    assert (cleared.rows, cleared.cuts) == (("country",), (days,))


@pytest.mark.parametrize(
    ("period", "cuts"),
    [
        ("All time", ()),
        ("2010", (Cut("day", since="2010-01-01", until="2010-12-31"),)),
        ("2010-02-01..2010-02-28", (Cut("day", since="2010-02-01", until="2010-02-28"),)),
    ],
)
def test_a_period_is_a_preset_or_days(
    firm: Warehouse, cube: Cube, period: str, cuts: tuple[Cut, ...]
) -> None:
    base = view(cube, cuts=(Cut("day", since="2011-01-01", until="2011-12-31"),))
    assert then(firm, cube, base, period=period).cuts == cuts


def test_single_choices(firm: Warehouse, cube: Cube) -> None:
    base = view(cube)
    assert then(firm, cube, base, compare="year").compare is Comparison.YEAR
    assert then(firm, cube, base, compare="2010-Q1").compare == Period("2010-Q1")
    assert then(firm, cube, view(cube, compare=Comparison.YEAR), compare="").compare is None
    assert then(firm, cube, base, as_of=NOW).as_of == NOW
    everyone = then(firm, cube, base, top=EVERYONE)
    assert dict(everyone.top) == {"country": EVERYONE}
    assert dict(with_tops(everyone, cube).top) == {"country": EVERYONE}
    assert dict(then(firm, cube, base, top=999).top) == {"country": 999}


def test_what_single_choices_say(firm: Warehouse, cube: Cube) -> None:
    days = Cut("day", since="2011-01-01", until="2011-03-31")
    choices = bar(
        firm, cube, cuts=(days,), compare=Period("2010-01-01..2010-03-31"), as_of="2011-02-01"
    ).choices
    assert choices["period"].label == "1 Jan – 31 Mar 2011"
    assert choices["compare"].label == "vs 1 Jan – 31 Mar 2010"
    assert choices["as_of"].label == "As of 1 Feb 2011"
    assert choices["top"].label == "Top 12"
    assert choices["top"].options[-1].label == "All"
    plain = bar(firm, cube, rows=("year",), columns=()).choices
    assert set(plain) == {"period", "compare"}, "years are all shown, and nobody here ever changed"
    assert plain["period"].label == "All time"


@pytest.mark.parametrize(
    "chosen",
    [
        {"measures": ("revenu",)},
        {"measures": ("revenue:nonsense",)},
        {"rows": ("contry",)},
        {"filters": (ChosenFilter("contry", ("Italy",)),)},
        {"period": "Last 12 monts"},
        {"compare": "nonsense"},
        {"as_of": "yesterday"},
    ],
)
def test_what_is_not_offered_is_refused_in_words(firm: Warehouse, cube: Cube, chosen: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        then(firm, cube, view(cube), **chosen)


GOOD = {
    "base": "measures=revenue", "number": 3.0, "measures": ["revenue", "orders", "orders"], "top": 12,
    "filters": [{"level": "country", "members": ["Italy"], "exclude": True}],
    "favourites": [["orders", True]], "search": {"text": "tusc", "level": ""}, "period": "2010",
}  # fmt: skip


def test_a_choice_is_read_as_it_was_sent() -> None:
    choice = parse_bar_choice(GOOD)
    assert choice == BarChoice(
        "measures=revenue", 3, measures=("revenue", "orders"), top=12, period="2010",
        filters=(ChosenFilter("country", ("Italy",), True),), favourites=(("orders", True),),
        search=MemberSearch("tusc"),
    )  # fmt: skip
    assert choice.asks_anew
    assert not parse_bar_choice({"base": "", "number": 1, "search": {"text": "a", "level": ""}}).asks_anew  # type: ignore[union-attr]
    assert parse_bar_choice({"base": "", "number": 1, "as_of": ""}).asks_anew  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "wrong",
    [
        {"base": None}, {"number": "3"}, {"number": -1}, {"number": True}, {"number": 1.5}, {"measures": "revenue"},
        {"measures": [1]}, {"rows": {"a": 1}}, {"columns": [["year"]]}, {"step": "1"}, {"clear": "yes"},
        {"filters": ["country"]}, {"filters": [{"level": "country", "members": "Italy", "exclude": True}]},
        {"filters": [{"level": "country", "members": [], "exclude": 1}]}, {"top": [5]}, {"period": 2010},
        {"favourites": [["orders"]]}, {"favourites": ["orders"]}, {"search": "tusc"}, {"search": {"text": "a"}},
        {"search": {"text": "a" * 2000, "level": ""}}, {"rows": ["a"] * 6000},
    ],
)  # fmt: skip
def test_a_choice_of_the_wrong_shape_is_nothing(wrong: dict[str, Any]) -> None:
    assert parse_bar_choice(GOOD | wrong) is None


@pytest.mark.parametrize("raw", [None, "revenue", [], {}, {"base": "x"}, {"number": 1}])
def test_what_is_no_choice_is_nothing(raw: Any) -> None:
    assert parse_bar_choice(raw) is None


def test_a_condition_is_a_filter_told_in_words_and_taken_away_by_its_text(
    firm: Warehouse, cube: Cube
) -> None:
    base = View(Query(("revenue",), ("country",), cuts=(Cut("country", ("Italy",)),)))
    text = "customer by revenue > 100"
    made = view_of_choice(
        BarChoice(base.token(), 1, filters=(ChosenFilter(text, ("meets",)),)), base, cube, firm.profile
    )
    named = "customer by sales.revenue > 100"
    assert [str(cut) for cut in made.query.cuts] == ["country=Italy", named]
    told = question_bar_of_view(made, cube, firm).filters[-1]
    assert (told.level, told.label, told.is_condition) == (named, "Customers with revenue over 100", True)
    gone = view_of_choice(
        BarChoice(made.token(), 2, filters=(ChosenFilter(text, ()),)), made, cube, firm.profile
    )
    assert gone.query.cuts == base.query.cuts


def test_periods_told_from_where_the_data_end_are_offered_and_named(firm: Warehouse, cube: Cube) -> None:
    base = View(Query(("revenue",), ("country",)))
    view = view_of_choice(BarChoice(base.token(), 1, period="Last 90 days"), base, cube, firm.profile)
    assert view.query.cuts == (Cut("day", ("last 90 days",)),)
    period = question_bar_of_view(view, cube, firm).choices["period"]
    assert (period.value, period.label) == ("Last 90 days", "Last 90 days")
    assert (firm.profile.extents["sale"].last_day or date.min).isoformat() == period.until
