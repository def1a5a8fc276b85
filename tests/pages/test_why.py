"""The panel's words, steps and links are pure: what they say is what was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from cubes.analysis.explain_change import MemberEffect, Verdict, Why
from cubes.analysis.usual_movement import Past
from cubes.catalogue.sales import MEASURES
from cubes.model import Cube, Dimension, Hierarchy, Level
from cubes.query import Comparison, Cut, Query
from data.model.calendar import Days, day_key
from pages.explore.why_panel import exact, told_level, view_of
from pages.explore.why_words import Words, rests_on, too_short
from pages.ui.chart_clicks import ids_of
from pages.ui.figures import BETWEEN_IDS, waterfall
from pages.ui.style.theme import DARK, LIGHT, Palette

PLACES = Dimension(
    "customer",
    "Customer",
    (
        Level("country", "Country", "customer", "customer.country_code"),
        Level("city", "City", "customer", "customer.city_code"),
    ),
    (Hierarchy("country", ("country", "city")),),
)
TIME = Dimension(
    "time",
    "Time",
    (Level("month", "Month", "time", "time.month_code", "time", True),),
    (Hierarchy("time", ("month",)),),
)
TOLD = tuple(
    each for each in MEASURES if each.name in ("revenue", "return_rate", "units_sold", "units_returned")
)
CUBE = Cube("sales", "Sales", "sale", (TIME, PLACES), TOLD)
YEAR = Query(
    ("revenue",), cuts=(Cut("day", since="2025-01-01", until="2025-12-31"),), compare=Comparison.YEAR
)
MONTHS = Past("month", 1, 12, 0, 24, 12, times=12)


def finding(**own: Any) -> MemberEffect:
    given: dict[str, Any] = {
        "level": "country", "id": "Italy", "label": "Italy", "value": 76_000.0, "base": 200_000.0, "effect": -124_000.0,
        "alone": -124_000.0, "rate": 0.0, "mix": 0.0, "presence": 0.0, "weight": 0.2, "size": 200_000.0,
        "low": -6_000.0, "high": 6_000.0, "verdict": Verdict.NEWS,
    }  # fmt: skip
    return MemberEffect(**given | own)


def found(*findings: MemberEffect, measure: str = "revenue", **own: Any) -> Why:
    given: dict[str, Any] = {
        "value": 800_000.0, "base": 1_000_000.0, "findings": findings,
        "rest": -200_000.0 - sum(each.effect for each in findings), "low": -30_000.0, "high": 30_000.0,
        "own": days(2025), "before": days(2024), "past": MONTHS, "levels": ("country", "city"),
    }  # fmt: skip
    return Why(YEAR, CUBE.measure(measure), **given | own)


def days(year: int) -> Days:
    return Days(day_key(date(year, 1, 1)), day_key(date(year, 12, 31)))


def words(why: Why) -> Words:
    return Words(why, CUBE, "EUR")


def test_a_finding_says_its_part_and_what_is_usual() -> None:
    said = words(found(finding()))
    assert said.verdict() == "One member explains 62% of the fall."
    assert said.explains(finding()) == "explains 62% of the fall"
    assert (
        said.sentence(finding()) == "€200.0K → €76.0K (-62.0%). Usually, as the whole moved, it moves by ±3%."
    )
    assert said.headline() == "€1.0M → €800.0K (-20.0%)"
    assert said.periods() == "1 Jan – 31 Dec 2025 against 1 Jan – 31 Dec 2024"
    assert said.usual_of_whole() == (
        "It usually moves between -€30.0K and +€30.0K, going by the changes of 12 past months: this is more than usual."
    )


def test_against_the_change_new_gone_unsure_and_told_before() -> None:
    said = words(found(finding()))
    against = finding(effect=28_000.0, alone=28_000.0, value=28_000.0, base=0.0, low=None, high=None)
    assert said.explains(against) == "took back 14% of the fall"
    assert said.sentence(against) == "New: nothing before, €28.0K now. How it usually moves is not known."
    gone = finding(value=0.0, low=-10_000.0, high=4_000.0)
    assert (
        said.sentence(gone)
        == "Gone: €200.0K before, nothing now. Usually, as the whole moved, it moves by -5% to +2%."
    )
    unsure = finding(verdict=Verdict.USUAL)
    assert said.sentence(unsure).endswith("this is more, though not by enough to be sure.")
    assert said.explains(unsure) == "moved by as much as 62% of the fall"
    twice = finding(effect=-100_000.0)
    assert "All of it moved by -€124.0K; the difference lies in what is told above." in said.sentence(twice)


def test_a_change_too_small_to_be_a_measure_gives_amounts() -> None:
    said = words(found(finding(), value=1_001_000.0, rest=125_000.0))
    assert said.explains(finding()) == "fell"
    assert said.verdict() == "One member explains -€124.0K."


def test_nothing_found_and_nothing_known_are_said() -> None:
    assert words(found()).verdict().startswith("No member stands out: the fall is spread")
    assert words(found(value=1_000_000.0, rest=0.0)).verdict().startswith("Nothing moved")
    short = found(low=None, high=None, past=replace(MONTHS, count=3))
    assert "3 periods like these, and 6 are needed" in words(short).usual_of_whole()
    assert too_short(None).startswith("There are no past periods")
    assert rests_on(Past("day", 30, 30, 0, 99, 40)) == "24 past periods of 30 days"
    assert "Of city only the 1,000 greatest" in words(found(in_part=("city",))).searched()


def test_of_a_ratio_rate_and_mix_are_said_in_points() -> None:
    part = finding(
        value=0.05, base=0.02, effect=0.004, alone=0.004, rate=0.005, mix=-0.001, low=-0.001, high=0.001
    )
    why = found(part, measure="return_rate", value=0.03, base=0.025, rest=0.001, low=-0.002, high=0.002)
    said = words(why)
    assert said.sentence(part) == (
        "2.0% → 5.0% (+3.0 pt). +0.50 pt by its own rate, -0.10 pt by its share of all units sold (mix). "
        "Usually it moves by ±0.10 pt."
    )
    effects = {"effect": [0.004, 0.001], "rate": [0.005, 0.0], "mix": [-0.001, 0.0], "presence": [0.0, 0.001]}
    table = pl.DataFrame({"label": ["A", "B"], **effects})
    assert said.split_of("country", table) == (
        "By country: +0.50 pt by the rates of its members, -0.10 pt by their mix, +0.10 pt by new and gone ones."
    )
    assert words(found(finding())).split_of("country", table) == ""


def test_the_steps_come_from_before_to_now() -> None:
    steps = words(found(finding(), finding(id="Spain", label="Spain", effect=24_000.0))).steps()
    assert steps["kind"].to_list() == ["before", "part", "part", "rest", "now"]
    assert steps["value"][1:-1].sum() == pytest.approx(steps["value"][-1] - steps["value"][0])
    assert steps["id"][1] == BETWEEN_IDS.join(("country", "Italy"))
    names = [*"ABCDEFGH", None]
    shared = pl.DataFrame({"id": names, "label": names, "effect": [*[-30_000.0] * 8, 40_000.0]})
    by_level = words(found()).steps_of("country", shared)
    assert by_level["label"].to_list()[-3:] == ["Others in country", "Counted twice", "Now"]
    assert by_level["value"][1:-1].sum() == pytest.approx(-200_000.0)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_the_waterfall_floats_and_a_click_tells_the_member(colours: Palette) -> None:
    evil = "<b>Söhne</b>"
    steps = words(found(finding(label=evil), finding(id="Spain", label="Spain", effect=24_000.0))).steps()
    figure = waterfall(steps, colours)
    bar = figure.data[0]
    assert list(bar.base) == [1_000_000.0, 876_000.0, 900_000.0]
    assert [start + length for start, length in zip(bar.base, bar.x, strict=True)][-1] == pytest.approx(
        800_000.0
    )
    down, up, rest = bar.marker.color
    assert len({down, up, rest}) == 3
    assert figure.layout.yaxis.ticktext[1] == "&lt;b&gt;Söhne&lt;/b&gt;"
    assert ids_of({"selection": {"points": [{"customdata": bar.customdata[0]}]}}) == ("country", "Italy")


def test_a_waterfall_of_nothing_is_drawn() -> None:
    why = found(value=0.0, base=0.0, rest=0.0)
    assert len(waterfall(words(why).steps(), LIGHT).data) == 4


def test_the_link_keeps_periods_and_cuts_and_shows_what_lies_under() -> None:
    view = view_of(YEAR, CUBE, "country", "Italy")
    assert view.query.cuts == (*YEAR.cuts, Cut("country", ("Italy",)))
    assert (view.query.rows, view.query.columns, view.query.compare) == (
        ("city",),
        ("month",),
        Comparison.YEAR,
    )


def test_the_table_of_members_names_what_they_share() -> None:
    rows = pl.DataFrame(
        {name: [1.0, -1.0] for name in ("value", "base", "effect", "rate", "mix", "presence", "weight")}
    ).with_columns(label=pl.Series(["Italy", None]))
    assert exact(rows, found(), CUBE)["Member"].to_list() == ["Italy", "(counted more than once)"]
    assert exact(rows, found(measure="return_rate"), CUBE).columns[-3:] == ["Rate", "Mix", "New or gone"]
    assert told_level(found()) == "country"
    assert told_level(found(finding(level="city"))) == "city"
