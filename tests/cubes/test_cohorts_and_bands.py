"""Cohorts and bands of scores as levels: they add up to the whole, as plain SQL says, by roll-ups as by lines."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from cubes.aggregates import follow_publication, space_budget
from cubes.aggregates.rollups import rollup_advisor
from cubes.ask.answer import Answer, ask
from cubes.cells.grain import Grain
from cubes.query import Cut, Query
from data.model.canonical_tables import UNKNOWN
from data.model.scoring import Scoring
from data.model.segmentation import NOT_YET
from data.quality.integrity import examine
from data.store.saved_scores import save_scores, take_back
from data.store.score_bands import BANDS
from data.store.warehouse import Warehouse, save_attribute, writing
from tests.tiny import Line, tiny_warehouse

BEGIN = date(2023, 1, 10)
COHORTS = ("cohort_year", "cohort_quarter", "cohort_month")
MEASURES = ("revenue", "orders", "customers")
# The first purchase of each customer is the first day on which a line is no return.
BY_HAND = """WITH first AS (
    SELECT customer_code, min(DATE '1970-01-01' + day_key) AS day FROM sale WHERE NOT is_return AND customer_code > 0
    GROUP BY ALL)
SELECT CASE WHEN s.customer_code = 0 THEN '(unknown)' ELSE coalesce(strftime(day, '%Y-%m'), '(no purchase)') END AS
    cohort_month, sum(revenue)::DOUBLE AS revenue, sum(is_order::INTEGER) AS orders,
    count(DISTINCT nullif(s.customer_code, 0)) AS customers
FROM sale AS s JOIN customer USING (customer_key) LEFT JOIN first ON first.customer_code = s.customer_code
WHERE city = 'Lille'
    AND s.day_key BETWEEN DATE '2023-06-01' - DATE '1970-01-01' AND DATE '2024-02-29' - DATE '1970-01-01'
GROUP BY ALL ORDER BY ALL"""
CUTS = (Cut("city", ("France/North/Lille",)), Cut("day", since="2023-06-01", until="2024-02-29"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Twelve customers who begin at different times, one who only returned, and somebody; some move house."""
    dice = random.Random(7)
    lines = [
        Line(
            day=BEGIN + timedelta(days=begin + dice.randrange(300)),
            order=f"{who}-{at}",
            customer=who,
            revenue=str(dice.randrange(1, 900)),
            city=dice.choice(("Lille", "Arras")),
        )
        for begin, who in (*((40 * at, f"c{at:02}") for at in range(12)), (100, UNKNOWN))
        for at in range(8)
    ]
    back = Line(day=date(2023, 7, 1), order="back", customer="Rue", revenue="-5", units=-1, is_return=True)
    tiny_warehouse(tmp_path / "w.duckdb", [*lines, back]).close()
    return tmp_path / "w.duckdb"


def asked(path: Path, query: Query) -> Answer:
    store = Warehouse(path)
    try:
        return ask(store, query)
    finally:
        store.close()


def rows(path: Path, sql: str) -> pl.DataFrame:
    store = Warehouse(path)
    try:
        return store.frame(sql)
    finally:
        store.close()


def by_cohort(path: Path) -> pl.DataFrame:
    found = asked(path, Query(MEASURES, ("cohort_month",), cuts=CUTS)).frame
    return found.select("cohort_month", *MEASURES).sort("cohort_month")


def sources(answer: Answer) -> set[str]:
    return {type(leg.source).__name__ for read in answer.reads for leg in read.legs}


def ordered_late(path: Path, who: str, day: date) -> None:
    """An order of a customer on an earlier day comes to be known."""
    with writing(path) as connection:
        connection.execute(
            """INSERT INTO sale BY NAME SELECT * REPLACE ((?::DATE - DATE '1970-01-01')::INTEGER AS day_key,
                (SELECT max(order_key) + 1 FROM sale) AS order_key)
            FROM sale WHERE NOT is_return AND customer_code = (SELECT any_value(customer_code) FROM customer
                WHERE id = ?) LIMIT 1""",
            [day, who],
        )


def cohort_of(path: Path, who: str) -> list[tuple[str, ...]]:
    return rows(path, f"SELECT DISTINCT {', '.join(COHORTS)} FROM customer WHERE id = '{who}'").rows()


def test_cohorts_say_what_plain_sql_says_and_add_up_within_a_filter(path: Path) -> None:
    found, right = by_cohort(path), rows(path, BY_HAND)
    assert found["cohort_month"].to_list() == right["cohort_month"].to_list()
    for measure in MEASURES:
        assert found[measure].cast(pl.Float64).to_list() == right[measure].cast(pl.Float64).to_list()
    (whole,) = asked(path, Query(MEASURES, cuts=CUTS)).frame.select(MEASURES).rows()
    assert found.select(pl.sum(*MEASURES)).row(0) == whole, "each customer is of one cohort"
    assert cohort_of(path, "Rue") == [("(no purchase)",) * 3]
    store = Warehouse(path)
    assert not [each.name for each in examine(store) if not each.is_sound and "cohort" in each.name]
    store.close()


def test_an_order_that_comes_late_moves_its_customer_in_roll_ups_too(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1")
    advised = [rollup_advisor.Advised(Grain("month", ("cohort_month", "city")), None, 0, 0, 0)]
    monkeypatch.setattr(rollup_advisor, "advise", lambda *_, **__: advised)
    follow_publication.build(path)
    ((_, _, before),) = cohort_of(path, "c09")
    ordered_late(path, "c09", date(2023, 2, 1))
    assert before > cohort_of(path, "c09")[0][2] == "2023-02"
    asks = [Query(("revenue", "orders"), (level, "city"), totals=True) for level in COHORTS]
    told = [asked(path, each) for each in asks]
    assert all(sources(each) == {"RollUpSource"} for each in told)
    monkeypatch.setitem(space_budget.DEFAULTS, space_budget.LEAST_LINES, "1000000")
    follow_publication.build(path)
    plain = [asked(path, each) for each in asks]
    assert all(sources(each) == {"FactSource"} for each in plain)
    assert all(one.frame.equals(other.frame) for one, other in zip(told, plain, strict=True))


FIRST, SECOND = date(2023, 9, 30), date(2023, 11, 30)


def scored(*values: float, chances: tuple[float | None, ...] = ()) -> pl.DataFrame:
    """The first customers with these values and chances to buy."""
    told = {"customer": [f"c{at:02}" for at in range(len(values))], "value": list(values)}
    return pl.DataFrame(told | ({"chance": list(chances)} if chances else {}))


@pytest.fixture
def banded(path: Path) -> Path:
    """Scored twice alike but for four: one rose, one fell, one is left out, one comes to be scored."""
    save_scores(path, scored(10, 20, 30, 44, chances=(0.1, 0.3, 0.69, None)), Scoring(FIRST, "BG/NBD", 365))
    later = scored(50, 20, 0, 44, 25, chances=(0.9, 0.3, 0.1, 0.5, 0.2))
    save_scores(path, later.filter(pl.col("customer") != "c01"), Scoring(SECOND, "BG/NBD", 365))
    return path


NAMES = ("under 18", "18 to 25", "25 to 34", "34 and more")


def test_bands_stand_from_the_close_of_each_scoring_with_the_bounds_of_the_first(banded: Path) -> None:
    low, second, third, high = NAMES
    for day, bands in (
        (FIRST, {low: 10, second: 20, third: 30, high: 44}),
        (
            SECOND,
            {low: 0, second: 20, third: 25, high: 94},
        ),  # who was left out keeps the earlier score and its band
    ):
        cut = (Cut("day", since=str(day), until=str(day)),)
        found = asked(banded, Query(("customer_value",), ("value_band",), cuts=cut, cube="scores")).frame
        assert dict(zip(found["value_band"], found["customer_value"], strict=True)) == bands
    risks = asked(banded, Query(("customer_value",), ("risk_band",), cuts=cut, cube="scores"))
    by_risk = dict(zip(risks.frame["risk_band"], risks.frame["customer_value"], strict=True))
    told = {key.partition(":")[0]: value for key, value in by_risk.items()}
    assert told == {"high": 25, "low": 50, "medium": 64}
    assert any("Value band was formed 2 times" in note for note in asked(
        banded, Query(("revenue",), ("value_band",))).notes)  # fmt: skip


def test_revenue_by_band_reads_what_was_known_before_each_sale(banded: Path) -> None:
    by_hand = """SELECT CASE WHEN day <= DATE '2023-09-30' THEN '(not yet formed)'
            ELSE coalesce(CASE WHEN v < 18 THEN 'under 18' WHEN v < 25 THEN '18 to 25' WHEN v < 34 THEN '25 to 34'
                WHEN v >= 34 THEN '34 and more' END, '(unknown)') END AS band, sum(revenue)::DOUBLE AS revenue
        FROM (SELECT DATE '1970-01-01' + s.day_key AS day, revenue, (SELECT arg_max(value, number) FROM customer_score
                AS c WHERE c.customer_code = s.customer_code AND c.number = (
                    SELECT max(scoring)::VARCHAR FROM scoring WHERE scored_on < DATE '1970-01-01' + s.day_key)) AS v
            FROM sale AS s WHERE customer_code > 0) GROUP BY ALL ORDER BY ALL"""
    found = asked(
        banded, Query(("revenue",), ("value_band",), cuts=(Cut("customer", (UNKNOWN,), exclude=True),))
    )
    told = found.frame.select(band="value_band", revenue=pl.col("revenue").cast(pl.Float64)).sort("band")
    assert told.rows() == rows(banded, by_hand).rows()
    assert {*told["band"]} >= {NOT_YET, UNKNOWN, NAMES[3]}


def test_value_by_city_and_stage_is_that_of_the_stages_of_that_very_day(banded: Path) -> None:
    cut = (Cut("day", since=str(FIRST), until=str(FIRST)),)
    levels = ("city", "stage_when_scored")
    found = asked(banded, Query(("customer_value",), levels, cuts=cut, cube="scores")).frame
    by_hand = f"""SELECT city, (SELECT arg_max(to_stage, seq) FROM stage_event AS e WHERE subject = s.customer_code
            AND run = (SELECT max(run) FROM stage_event WHERE subject = s.customer_code)
            AND e.day_key <= s.day_key) AS stage_when_scored, sum(value)::DOUBLE AS customer_value
        FROM customer_score AS s JOIN customer USING (customer_key)
        WHERE s.day_key = DATE '{FIRST}' - DATE '1970-01-01' GROUP BY ALL ORDER BY ALL"""
    told = found.select(*levels, pl.col("customer_value").cast(pl.Float64)).sort(levels)
    assert told.rows() == rows(banded, by_hand).rows()
    assert told["customer_value"].sum() == 104
    assert told["stage_when_scored"].n_unique() > 1


def test_taken_back_a_scoring_takes_its_bands_along(banded: Path) -> None:
    take_back(banded, 2)
    cut = (Cut("day", since=str(SECOND), until=str(SECOND)),)
    found = asked(banded, Query(("customer_value",), ("value_band",), cuts=cut, cube="scores")).frame
    assert dict(zip(found["value_band"], found["customer_value"], strict=True)) == dict(
        zip(NAMES, (10, 20, 30, 44), strict=True)
    )
    take_back(banded, 1)
    assert rows(banded, "FROM attribute").is_empty()
    assert not {each.name for each in BANDS} & {*rows(banded, "FROM customer LIMIT 0").columns}


def test_what_the_firm_calls_a_band_stays_the_firms(path: Path) -> None:
    with writing(path) as connection:
        connection.execute("ALTER TABLE customer ADD COLUMN risk_band VARCHAR DEFAULT 'own'")
        connection.execute("INSERT INTO attribute VALUES ('risk_band', 'customer', 'Our band', 'erp')")
    save_scores(path, scored(1, 2, chances=(0.1, 0.9)), Scoring(FIRST, "BG/NBD", 365))
    assert rows(path, "SELECT name, label FROM attribute WHERE name LIKE '%band' ORDER BY 1").rows() == [
        ("risk_band", "Our band"), ("value_band", "Value band")]  # fmt: skip
    assert rows(path, "SELECT DISTINCT risk_band FROM customer WHERE customer_code > 0").rows() == [("own",)]


def test_a_scoring_beside_a_saved_segment_leaves_that_as_it_is(path: Path) -> None:
    save_attribute(path, "customer", "keen", "Keen", {"c00": "yes"})
    save_scores(path, scored(1, 2), Scoring(FIRST, "BG/NBD", 365))
    assert rows(path, "SELECT DISTINCT keen FROM customer WHERE id = 'c00'").rows() == [("yes",)]
