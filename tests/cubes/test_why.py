"""Why it moved, against planted truths: what was planted comes first, chance is not called news, sums are exact."""

from __future__ import annotations

import random
import tempfile
from calendar import monthrange
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cubes import catalogue
from cubes.analysis.changed_cell import Case
from cubes.analysis.explain_change import Verdict, Why, members, two_periods, why
from cubes.analysis.past_movements import History
from cubes.analysis.usual_movement import past
from cubes.ask.answer import Answer, ask
from cubes.query import Comparison, Cut, Query, parse_cut
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from tests.cubes.conftest import Make
from tests.cubes.test_properties import some_lines
from tests.tiny import Line, tiny_warehouse

CITIES = {
    "France": ("Lille", "Lyon", "Nice"),
    "Italy": ("Rome", "Bari", "Turin"),
    "Spain": ("Cadiz", "Vigo", "Gijon"),
    "Malta": ("Valletta",),
}
MONTHS = [date(at // 12, at % 12 + 1, monthrange(2010, at % 12 + 1)[1]) for at in range(24117, 24132)]
LAST = MONTHS[-1]
IN_DECEMBER = Query(("revenue",), cuts=(parse_cut("month=2010-12"),), compare=Comparison.PREVIOUS)
Planted = Callable[[Line], float]


def firm_of(planted: Planted = lambda line: 1.0, seed: int = 1, days: list[date] = MONTHS) -> list[Line]:
    """A line of about 100 a day, city and category, times what is planted; the channel is chance."""
    chance = random.Random(seed)
    lines = []
    for day, (country, cities), category in product(days, CITIES.items(), ("Cups", "Pans", "Hats")):
        for city in cities:
            line = Line(
                day=day, order=f"o{len(lines)}", customer=f"of {city}", country=country, region=country[:2], city=city,
                category=category, product=category[:-1], channel=chance.choice(["Web", "Shop"]),
            )  # fmt: skip
            revenue = max(chance.gauss(100, 5), 1.0) * planted(line)
            lines.append(replace(line, revenue=f"{revenue:.2f}"))
    return lines


def explained(warehouse: Warehouse, query: Query = IN_DECEMBER) -> Why:
    cube = catalogue.load(query.cube, warehouse.profile)
    return why(lambda each: ask(warehouse, each), cube, warehouse.profile, query)


def first(found: Why) -> tuple[str, str]:
    assert found.findings, "nothing was found"
    return found.findings[0].level, found.findings[0].label


def comes_to_the_change(found: Why) -> bool:
    told = sum(each.effect for each in found.findings) + found.rest + found.overlap
    return told == pytest.approx(
        found.change, abs=1e-9 * max(1.0, abs(found.value or 0), abs(found.base or 0))
    )


def test_a_fallen_country_is_told_first_and_not_by_its_cities_too(firm: Make) -> None:
    found = explained(
        firm(*firm_of(lambda line: 0.4 if (line.day, line.country) == (LAST, "Italy") else 1.0))
    )
    assert first(found) == ("country", "Italy")
    italy = found.findings[0]
    assert italy.verdict is Verdict.NEWS
    assert italy.effect / found.change > 0.8
    assert italy.low is not None
    assert italy.low > italy.effect
    assert found.past
    assert found.past.count == 12
    assert [each.label for each in found.findings[1:] if each.level in ("region", "city")] == []
    assert comes_to_the_change(found)


def test_a_city_that_holds_the_fall_of_its_country_is_told_instead(firm: Make) -> None:
    found = explained(firm(*firm_of(lambda line: 0.2 if (line.day, line.city) == (LAST, "Bari") else 1.0)))
    assert first(found) == ("city", "Bari")
    assert "Italy" not in [each.label for each in found.findings]


SEASON = {day: (1.4, 0.7, 1.3, 1.0, 0.95)[at % 5] for at, day in enumerate(MONTHS)}


@pytest.mark.parametrize(("city", "factor"), [("Bari", 0.6), ("Lyon", 0.6), ("Vigo", 1.5)])
def test_a_city_is_told_though_all_swing_further_with_the_season(
    firm: Make, city: str, factor: float
) -> None:
    found = explained(
        firm(
            *firm_of(
                lambda line: SEASON[line.day] * (factor if (line.day, line.city) == (LAST, city) else 1.0)
            )
        )
    )
    assert [each.label for each in found.findings] == [city]
    assert comes_to_the_change(found)


def test_a_month_that_only_stands_where_all_went_is_no_news(firm: Make) -> None:
    found = explained(firm(*firm_of(lambda line: SEASON[line.day])))
    assert found.findings == ()


def test_a_city_is_told_that_was_low_the_month_before(firm: Make) -> None:
    """What stands out is the month that is compared with."""
    found = explained(
        firm(*firm_of(lambda line: 0.4 if (line.day, line.city) == (MONTHS[-2], "Nice") else 1.0))
    )
    assert [(each.label, each.effect > 0) for each in found.findings] == [("Nice", True)]


def test_a_city_is_told_though_its_country_moved_a_little_more(firm: Make) -> None:
    """Lille makes up for the fall, so that nothing is expected of anyone's size, and Italy moved furthest."""
    moved = {"Bari": 0.2, "Rome": 0.96, "Turin": 0.96, "Lille": 1.95}
    found = explained(firm(*firm_of(lambda line: moved.get(line.city, 1.0) if line.day == LAST else 1.0)))
    assert {each.label for each in found.findings} == {"Bari", "Lille"}


@pytest.mark.parametrize(("others", "told"), [(0.96, ("city", "Rome")), (0.4, ("country", "Italy"))])
def test_a_city_that_is_most_of_its_country_is_told_where_the_rest_hardly_moved(
    firm: Make, others: float, told: tuple[str, str]
) -> None:
    """Lille, as large as Rome, makes up for the fall, so that Italy moved furthest."""
    size, moved = {"Rome": 8.0, "Lille": 8.0}, {"Rome": 0.4, "Bari": others, "Turin": others, "Lille": 1.6}
    found = explained(
        firm(
            *firm_of(
                lambda line: (
                    size.get(line.city, 1.0) * (moved.get(line.city, 1.0) if line.day == LAST else 1.0)
                )
            )
        )
    )
    assert {(each.level, each.label) for each in found.findings} == {told, ("city", "Lille")}
    assert comes_to_the_change(found)


def test_a_city_elsewhere_does_not_stand_for_a_country(firm: Make) -> None:
    moved = {"Rome": 0.7, "Bari": 0.7, "Turin": 0.7, "Nice": 0.15, "Lille": 1.85}
    found = explained(firm(*firm_of(lambda line: moved.get(line.city, 1.0) if line.day == LAST else 1.0)))
    assert {each.label for each in found.findings} == {"Italy", "Nice", "Lille"}


def test_what_follows_from_a_finding_is_not_told_again(firm: Make) -> None:
    """All of Italy and Malta sells by post, and hardly anything happened in Malta."""
    moved = {"Italy": 0.4, "Malta": 0.97}
    lines = firm_of(lambda line: moved.get(line.country, 1.0) if line.day == LAST else 1.0)
    post = [replace(line, channel="Post" if line.country in moved else "Web") for line in lines]
    found = explained(firm(*post))
    assert [(each.level, each.label) for each in found.findings] == [("country", "Italy")]


def test_the_only_city_of_a_country_is_told_as_the_country(firm: Make) -> None:
    found = explained(
        firm(*firm_of(lambda line: 0.2 if (line.day, line.country) == (LAST, "Malta") else 1.0))
    )
    assert first(found) == ("country", "Malta")
    assert len([each for each in found.findings if each.level in ("country", "region", "city")]) == 1


def test_two_causes_are_told_apart_and_counted_once(firm: Make) -> None:
    def planted(line: Line) -> float:
        if line.day != LAST:
            return 1.0
        return (0.3 if line.country == "France" else 1.0) * (2.0 if line.category == "Hats" else 1.0)

    found = explained(firm(*firm_of(planted)))
    told = {each.label: each for each in found.findings}
    assert {"France", "Hats"} <= told.keys()
    assert told["France"].effect < 0 < told["Hats"].effect
    assert comes_to_the_change(found)


def test_a_fall_everywhere_alike_has_no_culprit(firm: Make) -> None:
    found = explained(firm(*firm_of(lambda line: 0.5 if line.day == LAST else 1.0)))
    assert found.change < -500
    assert found.high is not None
    assert found.change < (found.low or 0)
    assert all(each.level not in ("country", "region", "city") for each in found.findings)
    assert found.rest == pytest.approx(found.change - sum(each.effect for each in found.findings))


def test_chance_is_not_called_news(tmp_path: Path) -> None:
    """Six firms in which nothing happened, over six levels each: at most one false alarm."""
    alarms = 0
    for seed in range(6):
        with_chance = tiny_warehouse(tmp_path / f"{seed}.duckdb", firm_of(seed=100 + seed))
        alarms += len(explained(with_chance).findings)
        with_chance.close()
    assert alarms <= 1


def test_a_short_past_is_said_and_nothing_is_called_news(firm: Make) -> None:
    found = explained(firm(*firm_of(days=MONTHS[-5:])))
    assert found.past is None or not found.past.enough
    assert {each.verdict for each in found.findings} <= {Verdict.UNKNOWN}
    assert comes_to_the_change(found)


def test_a_month_that_is_not_over_is_held_against_as_many_days_of_the_past(firm: Make) -> None:
    begun = [day.replace(day=7) for day in MONTHS]
    days = sorted([*begun, *MONTHS[:-1]])
    found = explained(
        firm(
            *firm_of(
                lambda line: 0.4 if line.day == begun[-1] and line.country == "Italy" else 1.0, days=days
            )
        )
    )
    assert found.past
    assert (found.past.grain, found.past.days, found.past.count) == ("month", 7, 12)
    assert first(found) == ("country", "Italy")
    assert (found.base or 0) < 3500


def test_a_new_member_explains_what_it_brought(firm: Make) -> None:
    lines = firm_of()
    new = Line(
        day=LAST, order="new", customer="Bo", country="Chile", region="Ch", city="Arica", revenue="900.00"
    )
    found = explained(firm(*lines, new))
    assert first(found) == ("country", "Chile")
    assert (found.findings[0].base, found.findings[0].effect) == (0.0, 900.0)


def test_of_a_ratio_the_rate_and_the_mix(firm: Make) -> None:
    found = explained(
        firm(*firm_of(lambda line: 3.0 if (line.day, line.country) == (LAST, "Spain") else 1.0)),
        Query(("average_order_value",), cuts=IN_DECEMBER.cuts, compare=Comparison.PREVIOUS),
    )
    assert first(found) == ("country", "Spain")
    spain = found.findings[0]
    # Nine orders of 30 rose from about 100 to about 300; the mix of countries stayed.
    assert spain.rate == pytest.approx(9 / 30 * 200, rel=0.05)
    assert spain.mix == pytest.approx(0, abs=1e-9)
    assert comes_to_the_change(found)


def test_members_of_a_count_overlap_and_a_line_says_by_how_much(firm: Make) -> None:
    warehouse = firm(
        Line(day=date(2010, 1, 1), order="a", customer="Ann", category="Cups", product="Cup"),
        Line(day=date(2010, 2, 5), order="b", customer="Ann", category="Cups", product="Cup"),
        Line(day=date(2010, 2, 5), order="b", customer="Ann", category="Pans", product="Pan"),
        Line(day=date(2010, 2, 6), order="c", customer="Bob", category="Pans", product="Pan"),
    )
    cube = catalogue.load("sales", warehouse.profile)
    query = Query(("customers",), cuts=(parse_cut("month=2010-02"),), compare=Comparison.PREVIOUS)
    found = members(lambda each: ask(warehouse, each), cube, query, "category")
    assert found.select("label", "effect").rows() == [("Pans", 2.0), ("Cups", 0.0), (None, -1.0)]


def test_what_has_no_parts_is_refused_in_words(firm: Make) -> None:
    warehouse = firm(*firm_of())
    with pytest.raises(BadRequest, match="no parts that add up"):
        explained(warehouse, Query(("last_purchase",), compare=Comparison.PREVIOUS))
    with pytest.raises(BadRequest, match="Nothing is compared"):
        explained(warehouse, Query(("revenue",)))


def test_nothing_to_compare_with_is_no_error(firm: Make) -> None:
    found = explained(
        firm(*firm_of()), Query(("revenue",), cuts=(parse_cut("month=2009-10"),), compare=Comparison.YEAR)
    )
    assert not found.comparable
    assert found.findings == ()


def test_the_questions_are_few(firm: Make) -> None:
    warehouse, asked = (
        firm(*firm_of(lambda line: 0.4 if line.day == LAST and line.city == "Rome" else 1.0)),
        [],
    )
    cube = catalogue.load("sales", warehouse.profile)

    def counted(query: Query) -> Answer:
        asked.append(query)
        return ask(warehouse, query)

    found = why(counted, cube, warehouse.profile, IN_DECEMBER)
    assert len(set(asked)) <= 2 + 2 * len(found.levels) + 12
    assert two_periods(cube, warehouse.profile, IN_DECEMBER) == (found.own, found.before)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=some_lines,
    measure=st.sampled_from(
        ["revenue", "margin", "orders", "customers", "average_order_value", "return_rate"]
    ),
    level=st.sampled_from(["country", "city", "customer", "category", "product", "channel"]),
    cut=st.sampled_from(
        ["year=2011..2011", "month=2011-03..2011-03", "quarter=2011-Q2..", "day=2011-01-15..2011-06-20"]
    ),
    country=st.booleans(),
)
def test_effects_come_to_the_change_whatever_the_firm(
    lines: list[Line], measure: str, level: str, cut: str, country: bool
) -> None:
    cuts = (parse_cut(cut), *((Cut("country", ("France",)),) if country else ()))
    if country and not any(line.country == "France" for line in lines):
        return
    with tempfile.TemporaryDirectory() as folder:
        warehouse = tiny_warehouse(Path(folder) / "w.duckdb", lines)
        query = Query((measure,), cuts=cuts, compare=Comparison.PREVIOUS)
        cube = catalogue.load("sales", warehouse.profile)
        case = Case(lambda each: ask(warehouse, each), cube, query)
        if case.value is not None and case.base is not None:
            found = members(case.ask, cube, query, level)
            scale = 1e-9 * max(1.0, abs(case.value), abs(case.base), float(found["effect"].abs().max() or 0))
            assert found["effect"].sum() == pytest.approx(case.change, abs=scale)
            if measure in ("revenue", "margin", "return_rate"):
                assert found.filter(pl.col("label").is_null()).is_empty()
        assert comes_to_the_change(explained(warehouse, query))
        warehouse.close()


def test_members_without_any_past_are_told_from_chance_as_well(tmp_path: Path) -> None:
    """Nobody is new twice, so whoever is on a short list of new customers has no past of being new."""
    lines = [
        Line(date(2010 + at // 4, at % 4 * 3 + 1, 1), f"{at}/{who}", f"c{at}/{who}")
        for at in range(12)
        for who in range(3 + at)
    ]
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", lines)
    profile, cube = warehouse.profile, catalogue.load("purchases", warehouse.profile)
    quarter = Cut("quarter", ("2012-Q4",))
    asked = Query(("new_customers",), cuts=(quarter,), compare=Comparison.PREVIOUS, cube="purchases")
    case = Case(lambda query: ask(warehouse, query), cube, asked)
    spans = two_periods(cube, profile, asked)
    assert spans
    within = past(profile.calendar, profile.extents["purchase"].ordinary, *spans, sums=case.sums)
    assert within
    table = case.members("customer", ()).filter(pl.col("base") == 0).filter(pl.col("value") == 1)
    assert table.height == 14
    assert not History(case, profile.calendar, within).usual(table, searched=90).range()[0].any()
