"""Scores of customers: what stood at any date, by loops over scorings; and the same from roll-ups as from the rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from cubes.aggregates import follow_publication, space_budget
from cubes.aggregates.rollups import rollup_advisor
from cubes.ask.answer import Answer, ask
from cubes.cells.grain import Grain
from cubes.query import Cut, Query
from data.model.scoring import SCORES, Scoring
from data.model.segmentation import NOT_YET, Segmentation
from data.quality.integrity import examine
from data.store.saved_scores import save_scores
from data.store.warehouse import Warehouse, save_attribute
from tests.tiny import Line, tiny_warehouse

BEGIN, DAYS, CARRIED = date(2024, 1, 1), 360, 92
CITIES = {"Ann": "Lille", "Bob": "Paris", "Cid": "Lille", "Dee": "Rome"}
ADDED = ("customer_value", "value_at_risk", "purchases_expected", "head_room")
MEASURES = (*ADDED, "chance_to_buy", "customers_scored", "times_scored")


@dataclass(frozen=True)
class Told:
    """What one scoring said of one customer, and the degree of loyalty that was formed last by its close."""

    day: date
    customer: str
    degree: str
    value: float | None
    chance: float | None
    expected_purchases: float | None
    head_room: float | None

    def says(self, measure: str) -> float | None:
        if measure == "customer_value":
            return self.value
        if measure == "value_at_risk":
            return None if self.value is None or self.chance is None else self.value * (1 - self.chance)
        return self.expected_purchases if measure == "purchases_expected" else self.head_room

    def member(self, level: str) -> str:
        return {"city": CITIES[self.customer], "loyalty": self.degree, "customer": self.customer}[level]


def sold(path: Path) -> Path:
    days = range(0, DAYS, 7)
    lines = [Line(day=BEGIN + timedelta(days=at), order=f"{who}{at}", customer=who, city=city)
             for who, city in CITIES.items() for at in days]  # fmt: skip
    tiny_warehouse(path, lines).close()
    return path


def some(dice: random.Random, decimals: int, most: float) -> float | None:
    return None if dice.random() < 0.15 else round(dice.uniform(0, most), decimals)


@pytest.fixture(scope="module", params=range(2))
def firm(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Warehouse, list[Told]]]:
    """Scorings and degrees of loyalty of random days, saved in random order, and what they say row by row."""
    dice = random.Random(request.param)
    path = sold(tmp_path_factory.mktemp("scores") / "w.duckdb")
    days = [BEGIN + timedelta(days=dice.randrange(DAYS - 3)) for _ in range(6)]
    degrees = {day: {who: dice.choice(("low", "high")) for who in CITIES} for day in sorted(days[:3])}
    said: dict[date, pl.DataFrame] = {}
    deeds = [("degree", day) for day in degrees] + [("score", day) for day in (*days[1:], days[2])]
    formed = iter(degrees.items())
    dice.shuffle(deeds)
    for deed, day in deeds:
        if deed == "degree":
            own, members = next(formed)
            save_attribute(
                path, "customer", "loyalty", "Loyalty", members, Segmentation(own, "loyalty", "of all")
            )
            continue
        who = dice.sample(sorted(CITIES), dice.randint(1, 4))
        said[day] = pl.DataFrame({
            "customer": who,
            "value": [some(dice, 2, 900) for _ in who],
            "chance": [some(dice, 2, 1) for _ in who],
            "expected_purchases": [some(dice, 3, 9) for _ in who],
            "head_room": [some(dice, 2, 500) for _ in who],
        }, schema_overrides=dict.fromkeys(SCORES, pl.Float64))  # fmt: skip
        save_scores(path, said[day], Scoring(day, "BG/NBD", 90))
    rows = [Told(day, who, _degree(degrees, day, who), *scores)
            for day, frame in said.items() for who, *scores in frame.rows()
            if any(each is not None for each in scores)]  # fmt: skip
    store = Warehouse(path)
    yield store, rows
    store.close()


def _degree(degrees: dict[date, dict[str, str]], day: date, who: str) -> str:
    by_then = [formed for formed in degrees if formed <= day]
    return degrees[max(by_then)][who] if by_then else NOT_YET


def standing(rows: list[Told], measure: str, first: date, last: date) -> Iterator[Told]:
    """The row of each customer that stands at the end of a period for a measure."""
    for who in CITIES:
        own = [each for each in rows if each.customer == who and _known(each, measure)]
        inside = [each for each in own if first <= each.day <= last]
        before = [each for each in own if last - timedelta(days=CARRIED) <= each.day < first]
        if inside or before:
            yield max(inside or before, key=lambda each: each.day)


def _known(each: Told, measure: str) -> bool:
    return each.chance is not None if measure == "chance" else each.says(measure) is not None


def wanted(rows: list[Told], first: date, last: date) -> dict[str, float | None]:
    """What every measure says of the rows of a cell's members."""
    inside = [each for each in rows if first <= each.day <= last]
    found: dict[str, float | None] = {
        "customers_scored": len({each.customer for each in inside}),
        "times_scored": len(inside),
    }
    for measure in ADDED:
        values = [each.says(measure) or 0 for each in standing(rows, measure, first, last)]
        found[measure] = sum(values) if values else None
    chances = [each.chance or 0 for each in standing(rows, "chance", first, last)]
    found["chance_to_buy"] = sum(chances) / len(chances) if chances else None
    return found


def cells(answer: Answer, *levels: str) -> dict[tuple[str, ...], dict[str, float | None]]:
    return {tuple(str(row[level]).rpartition("/")[2] for level in levels): {each: row[each] for each in MEASURES}
            for row in answer.frame.to_dicts()}  # fmt: skip


def same(found: dict[str, float | None], right: dict[str, float | None]) -> None:
    for measure, value in right.items():
        assert found[measure] == (None if value is None else pytest.approx(value)), measure


def month_ends(first: date, last: date) -> Iterator[tuple[str, date, date]]:
    day = first.replace(day=1)
    while day <= last:
        following = (day + timedelta(days=31)).replace(day=1)
        yield f"{day:%Y-%m}", day, min(following - timedelta(days=1), last)
        day = following


def test_each_month_says_what_stood_at_its_end(firm: tuple[Warehouse, list[Told]]) -> None:
    store, rows = firm
    found = cells(ask(store, Query(MEASURES, ("month",), cube="scores")), "month")
    last = store.profile.last_day
    assert last is not None
    for month, first, until in month_ends(min(each.day for each in rows), last):
        right = wanted(rows, first, until)
        if any(right.values()):
            same(found.pop((month,)), right)
    assert not found


def test_at_any_date_by_place_and_degree_as_they_were(firm: tuple[Warehouse, list[Told]]) -> None:
    store, rows = firm
    for at in range(40, DAYS, 80):
        day = BEGIN + timedelta(days=at)
        cut = (Cut("day", since=str(day - timedelta(days=6)), until=str(day)),)
        answer = ask(store, Query(MEASURES, ("city", "loyalty"), cuts=cut, totals=True, cube="scores"))
        found = {tuple(row[level] for level in ("city", "loyalty")): row for row in answer.frame.to_dicts()}
        same(found[None, None], wanted(rows, day - timedelta(days=6), day))
        for measure in ADDED:
            parts: dict[tuple[str, str], float] = {}
            for each in standing(rows, measure, day - timedelta(days=6), day):
                key = each.member("city"), each.degree
                parts[key] = parts.get(key, 0) + (each.says(measure) or 0)
            shown = {
                key: row[measure]
                for key, row in found.items()
                if None not in key and row[measure] is not None
            }
            assert shown == {key: pytest.approx(value) for key, value in parts.items()}
            assert sum(shown.values()) == pytest.approx(found[None, None][measure] or 0)


def test_a_filter_on_members_keeps_the_scores_that_they_had_then(firm: tuple[Warehouse, list[Told]]) -> None:
    store, rows = firm
    first, last = BEGIN + timedelta(days=120), BEGIN + timedelta(days=250)
    days = Cut("day", since=str(first), until=str(last))
    for degree in ("low", "high"):
        cut = (days, Cut("loyalty", (degree,)))
        value = ask(store, Query(("customer_value",), cuts=cut, cube="scores")).frame["customer_value"].item()
        right = [each.says("customer_value") or 0 for each in standing(rows, "customer_value", first, last)
                 if each.degree == degree]  # fmt: skip
        assert value == (pytest.approx(sum(right)) if right else None)


def test_its_rows_are_sound(firm: tuple[Warehouse, list[Told]]) -> None:
    store, _ = firm
    wrong = [each.name for each in examine(store) if not each.is_sound]
    assert not [name for name in wrong if "customer_score" in name]


TWO = pl.DataFrame({"customer": ["Ann", "Bob"], "value": [100.0, 50.0], "chance": [0.25, 0.5]})
LAST = date(2024, 12, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return sold(tmp_path / "w.duckdb")


def asked(path: Path, query: Query) -> Answer:
    store = Warehouse(path)
    try:
        return ask(store, query)
    finally:
        store.close()


def test_sales_stand_beside_and_a_comparison_holds_what_stood_against_what_stood(path: Path) -> None:
    save_scores(path, TWO, Scoring(date(2024, 3, 31), "BG/NBD", 365))
    save_scores(path, TWO.with_columns(pl.col("value") * 2), Scoring(date(2024, 5, 31), "BG/NBD", 365))
    cut = (Cut("month", since="2024-04", until="2024-06"),)
    frame = asked(path, Query(("revenue", "scores.value_at_risk", "scores.customer_value:growth_previous"),
                              ("month",), cuts=cut)).frame  # fmt: skip
    assert frame["revenue"].to_list() == [200, 160, 160]
    assert frame["scores.value_at_risk"].to_list() == [100, 200, 200]
    assert frame["scores.customer_value:growth_previous"].to_list() == [None, 1, 0]


def test_an_answer_says_by_which_scoring_and_how_old_it_is(path: Path) -> None:
    save_scores(path, TWO, Scoring(date(2024, 2, 29), "Pareto/NBD", 365))
    save_scores(path, TWO.select("customer", head_room="value"), Scoring(date(2024, 3, 1), "Dirichlet"))
    save_scores(path, TWO, Scoring(date(2024, 3, 31), "BG/NBD", 365))
    cut = (Cut("month", ("2024-05",)),)
    notes = asked(path, Query(("customer_value",), cuts=cut, cube="scores")).notes
    assert notes == (
        "2 customers were scored at the close of 2024-03-01 by Dirichlet, with no end to what lies ahead.",
        "2 customers were scored at the close of 2024-03-31 by BG/NBD, 365 days ahead.",
        "Earlier scorings were made otherwise (Pareto/NBD, 365 days ahead): what changed since may be the model's"
        " doing.",
        "Not scored in the period: 2 of 2 (customer); their last scoring of the 92 days before its end stands.",
    )
    later = asked(path, Query(("customer_value",), cuts=(Cut("month", ("2024-11",)),), cube="scores"))
    assert later.frame["customer_value"].to_list() == [None]
    assert (
        "That is more than 92 days before 2024-11-30, so it stands no longer: score customers anew."
        in later.notes
    )


def test_roll_ups_say_what_the_rows_say(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second scoring comes when roll-ups are there, the third takes the place of the second."""
    query = Query(MEASURES, ("country", "month"), totals=True, cube="scores")
    monkeypatch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1")
    advised = [rollup_advisor.Advised(Grain("month", ("country",)), None, 0, 0, 0)]
    monkeypatch.setattr(rollup_advisor, "advise", lambda *_, **__: advised)
    save_scores(path, TWO, Scoring(date(2024, 3, 31), "BG/NBD", 365))
    follow_publication.build(path)
    for times in (2, 3):
        save_scores(path, TWO.with_columns(pl.col("value") * times), Scoring(LAST, "BG/NBD", 365))
    beforehand = asked(path, query)
    sources = {each.name: type(leg.source).__name__ for read in beforehand.reads for leg in read.legs
               for each in leg.asked.measures}  # fmt: skip
    assert (sources["times_scored"], sources["customer_value"]) == ("RollUpSource", "FactSource")
    monkeypatch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1000000")
    follow_publication.build(path)
    plain = asked(path, query)
    assert {type(leg.source).__name__ for read in plain.reads for leg in read.legs} == {"FactSource"}
    assert plain.frame.equals(beforehand.frame)
    assert plain.frame["times_scored"].sum() == 3 * 4
