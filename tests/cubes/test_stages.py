"""The book of stages: opening, what came in and what went out are the closing, for every period and whatever cut."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cubes.ask.answer import ask
from cubes.query import Cut, Query
from data.lifecycle import stage_history
from data.lifecycle.stage_entries import REDESCRIBED
from data.store.warehouse import Warehouse, writing
from tests.tiny import Line, tiny_warehouse

BEGIN = date(2010, 1, 1)
DAYS = 1500
CITIES = ("Lille", "Lyon", "Nice")
BOOK = ("customers_in_stage", "stage_entries", "stage_exits", "stage_redescribed", "stage_net")


def key(day: date) -> int:
    return (day - date(1970, 1, 1)).days


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Forty customers who buy at random; half of them move to another city, and again."""
    random = np.random.default_rng(3)
    lines = [
        Line(day=BEGIN + timedelta(int(day)), order=f"{who}/{day}", customer=f"c{who:02}", city="Lille")
        for who in range(40)
        for day in np.unique(random.integers(0, DAYS, int(random.integers(1, 9))))
    ]
    path = tmp_path_factory.mktemp("firm") / "w.duckdb"
    tiny_warehouse(path, lines, rollups_from_lines=1, rollups_share=99).close()
    with writing(path) as connection:
        for who in range(1, 41, 2):
            bought = f"SELECT max(day_key) - {key(BEGIN)} FROM sale WHERE customer_code = {who}"
            ((last,),) = connection.execute(bought).fetchall()  # a move to another stage and city on one day
            others = random.choice(DAYS, 1 + who % 3, replace=False)
            for day in sorted({last, *map(int, others)}):
                moved = f"TIMESTAMP '{BEGIN + timedelta(day)}'"
                open_version = f"customer_code = {who} AND valid_to > TIMESTAMP '9000-01-01'"
                connection.execute(f"""CREATE OR REPLACE TEMP TABLE moving AS SELECT * REPLACE (
                    (SELECT max(customer_key) + 1 FROM customer) AS customer_key, {moved} AS valid_from,
                    '{random.choice(CITIES)}' AS city) FROM customer WHERE {open_version}""")
                connection.execute(f"UPDATE customer SET valid_to = {moved} WHERE {open_version}")
                connection.execute("INSERT INTO customer BY NAME FROM moving")
    warehouse = Warehouse(path)
    yield warehouse
    warehouse.close()


@pytest.fixture(scope="module")
def stood(firm: Warehouse) -> dict[tuple[int, str, str], int]:
    """How many customers stood in which stage and city at each day's close, customer by customer and day by day."""
    found: dict[tuple[int, str, str], int] = {}
    moves = stage_history.events(firm.frame, "customer").rows()
    lived = firm.rows(
        "SELECT customer_code, valid_from, city FROM customer WHERE valid_from < valid_to ORDER BY ALL"
    )
    last = firm.profile.last_day
    assert last is not None
    for who in {row[0] for row in moves}:
        own = [(day, to) for each, _, day, _, to, _ in moves if each == who]
        cities = [(since.date(), city) for each, since, city in lived if each == who]
        for day in (BEGIN + timedelta(at) for at in range((last - BEGIN).days + 1)):
            stages = [to for at, to in own if at <= day]
            if stages:
                city = [city for since, city in cities if since <= day][-1]
                cell = (key(day), stages[-1], city)
                found[cell] = found.get(cell, 0) + 1
    return found


def test_the_book_balances_for_every_period_stage_and_city(
    firm: Warehouse, stood: dict[tuple[int, str, str], int]
) -> None:
    """1,000 periods, each cut by a stage, a city, both or neither, by the entries as they are stored."""
    entries = firm.frame(
        """SELECT day_key, sign::INTEGER AS sign, cause, lifecycle_stage, city FROM stage_entry
        JOIN stage USING (stage_key) JOIN customer USING (customer_key)"""
    )
    counts = [(*cell, many) for cell, many in stood.items()]
    cells = pl.DataFrame(counts, ["day", "stage", "city", "many"], orient="row")
    random = np.random.default_rng(11)
    stages = sorted({stage for _, stage, _ in stood})
    for _ in range(1000):
        first, last = sorted(key(BEGIN) + random.integers(0, DAYS - 60, 2))
        stage, city = random.choice([*stages, ""]), random.choice([*CITIES, ""])
        cut = entries.filter((pl.col("lifecycle_stage") == stage) | (stage == ""),
                             (pl.col("city") == city) | (city == ""))  # fmt: skip
        counted = cells.filter(
            (pl.col("stage") == stage) | (stage == ""), (pl.col("city") == city) | (city == "")
        )
        opening = counted.filter(pl.col("day") == first - 1)["many"].sum()
        closing = counted.filter(pl.col("day") == last)["many"].sum()
        within = cut.filter(pl.col("day_key").is_between(first, last))
        moved = within.filter(pl.col("cause") != REDESCRIBED)["sign"]
        redescribed = within.filter(pl.col("cause") == REDESCRIBED)["sign"].sum()
        assert opening + (moved > 0).sum() - (moved < 0).sum() + redescribed == closing
        assert cut.filter(pl.col("day_key") <= last)["sign"].sum() == closing


@pytest.mark.parametrize("seed", range(6))
def test_the_cube_tells_the_same_book(
    firm: Warehouse, stood: dict[tuple[int, str, str], int], seed: int
) -> None:
    """For whatever period and city, the stages as they were by the descriptions of then."""
    random = np.random.default_rng(seed)
    first, last = sorted(int(each) for each in random.integers(0, DAYS - 60, 2))
    city = str(random.choice([*CITIES, ""]))
    days = Cut("day", tuple(str(BEGIN + timedelta(at)) for at in range(first, last + 1)))
    cuts = (days, *([Cut("city", (f"France/North/{city}",))] if city else []))
    answer = ask(firm, Query(BOOK, rows=("lifecycle_stage",), cuts=cuts, cube="stages"))
    told = answer.frame

    def stock(at: int, stage: str) -> int:
        return sum(stood.get((key(BEGIN) + at, stage, each), 0) for each in CITIES if city in (each, ""))

    for row in told.to_dicts():
        ends = [stock(at, row["lifecycle_stage"]) for at in (first - 1, last)]
        assert row["customers_in_stage"] == ends[1]
        net = row["stage_entries"] - row["stage_exits"] + row["stage_redescribed"]
        assert ends[0] + net == ends[1]
        assert net == row["stage_net"]


def test_nobody_is_described_anew_after_the_last_day_of_stages(tmp_path: Path) -> None:
    """Who moves to Nice on the day after the last order is there in the book once orders reach that day."""
    path, last, moved = tmp_path / "w.duckdb", BEGIN + timedelta(10), BEGIN + timedelta(11)
    tiny_warehouse(path, [Line(day=day, order=str(day), city="Lille") for day in (BEGIN, last)]).close()
    with writing(path) as connection:
        connection.execute(f"""CREATE OR REPLACE TEMP TABLE moving AS SELECT * REPLACE (9 AS customer_key,
            TIMESTAMP '{moved}' AS valid_from, 'Nice' AS city) FROM customer WHERE customer_code = 1""")
        connection.execute(f"UPDATE customer SET valid_to = TIMESTAMP '{moved}' WHERE customer_code = 1")
        connection.execute("INSERT INTO customer BY NAME FROM moving")
    assert _described_anew(path) == []
    with writing(path) as connection:
        later = f"SELECT * REPLACE ({key(moved)} AS day_key, 9 AS order_key, 9 AS customer_key)"
        connection.execute(f"INSERT INTO sale {later} FROM sale WHERE day_key = {key(last)}")
    assert _described_anew(path) == [(key(moved), -1, "Lille"), (key(moved), 1, "Nice")]


def _described_anew(path: Path) -> list[tuple[int, int, str]]:
    warehouse = Warehouse(path)
    try:
        return warehouse.rows(
            f"""SELECT day_key, sign::INTEGER, city FROM stage_entry JOIN customer USING (customer_key)
            WHERE cause = '{REDESCRIBED}' ORDER BY ALL"""
        )
    finally:
        warehouse.close()


def test_as_they_are_now_nobody_is_described_anew(firm: Warehouse) -> None:
    told = ask(firm, Query(BOOK, rows=("city",), cube="stages", as_of="now")).frame
    assert told["stage_redescribed"].to_list() == [0] * told.height
    known = ask(firm, Query(("customers_in_stage",), cube="stages")).frame["customers_in_stage"].item()
    assert told["customers_in_stage"].sum() == known == 40
