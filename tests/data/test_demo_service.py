"""What is planted in the service and the journeys of the demonstration firm comes back from what is loaded of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from data import demo
from data.demo import (
    call_centre,
    call_times,
    case_exports,
    export_papers,
    exports,
    planted_journeys,
    shop_log,
    surveys,
)
from data.demo.demo_firm import DAYS, FIRST_KEY, day_index
from data.demo.simulated_customers import TYPES
from data.demo.simulated_world import World
from data.load import load, read_mapping
from data.store import end_of_write

SEEDS = (7, 8, 9)
LOADED = {
    "callcentre": ("calls", "tickets", "ticket_events"),
    "crm": ("contacts",),
    "shop": ("web_sessions",),
}
NUMBERS = ("Call No", "Ticket No", "Event No", "Contact", "Caller No", "Customer ID", "session", "user_id")
# Calls of true customers: whether none of the same customer and subject was in the week before, and one is in the next.
CALLS = f"""CREATE TABLE told_call AS
SELECT *, coalesce(day - lag(day) OVER own > {call_centre.AGAIN_DAYS}, true) AS is_first,
    coalesce(lead(day) OVER own - day <= {call_centre.AGAIN_DAYS}, false) AS again
FROM (
    SELECT p.customer_code AS code, day_key - $first AS day, at_second, topic, direction = 'Out' AS made,
        waited_seconds, isodow(DATE '1970-01-01' + day_key) AS weekday,
        month(DATE '1970-01-01' + day_key) AS month, ended
    FROM interaction JOIN customer_identity AS c USING (identity_key)
        JOIN person AS p ON p.id = c.id AND p.system = c.numbering JOIN life ON code = p.customer_code
    WHERE kind = 'call')
WINDOW own AS (PARTITION BY code, topic, made ORDER BY day, at_second)"""
# Each touch, and every third day of the dealings of each customer that the CRM knows: whether they buy soon after.
TOUCHES = """SELECT touch, place, count(*) FILTER (soon), count(*) FILTER (NOT soon) FROM (
    SELECT touch, place, EXISTS (
        FROM purchase_day AS b WHERE b.code = t.code AND b.day > t.day AND b.day <= t.day + $days) AS soon
    FROM (
        SELECT kind AS touch, p.customer_code AS code, i.day_key - $first AS day,
            CASE WHEN p.system = 'shop' THEN online ELSE place END AS place
        FROM interaction AS i JOIN customer_identity AS c USING (identity_key)
            JOIN person AS p ON p.id = c.id AND p.system = c.numbering JOIN life ON life.code = p.customer_code
        WHERE p.system = 'crm' OR (p.system = 'shop' AND i.outcome <> 'ordered')
        UNION ALL SELECT 'any day', code, unnest(range(began, ended + 1, 3)), place FROM life
            WHERE code IN (SELECT customer_code FROM person WHERE system = 'crm')
        UNION ALL SELECT 'any day', code, unnest(range(began, ended + 1, 3)), online FROM life
            WHERE code IN (SELECT customer_code FROM person WHERE system = 'shop')
        UNION ALL SELECT CASE WHEN made THEN 'call made' ELSE 'call' END, code, day, 0 FROM told_call) AS t)
GROUP BY ALL"""

OPEN_DAYS = """SELECT month(DATE '1970-01-01' + (day + $first)::INTEGER), count(*)
FROM (SELECT unnest(range(began, ended + 1)) AS day FROM life
    WHERE code IN (SELECT customer_code FROM person WHERE system = 'callcentre')) GROUP BY 1"""
CASES = """SELECT count(*), count(*) FILTER (reopened > 0), count(*) FILTER (handed > 0),
    count(*) FILTER (closings > openings + reopened
        OR closed_on IS NOT NULL AND (last_event <> 'closed' OR last_day <> closed_on))
FROM (SELECT case_id, count(*) FILTER (event = 'reopened') AS reopened,
        count(*) FILTER (event = 'handed over') AS handed, count(*) FILTER (event = 'closed') AS closings,
        count(*) FILTER (event = 'opened') AS openings,
        max_by(event, row_in_source) AS last_event, DATE '1970-01-01' + max(day_key)::INTEGER AS last_day
    FROM case_event SEMI JOIN customer_identity USING (identity_key) GROUP BY case_id)
JOIN (SELECT case_id, closed_on FROM interaction WHERE kind = 'ticket') USING (case_id)"""
# Of tickets that were open for two days at least: seconds in which the call centre was open.
ANSWERED = f"""SELECT median(answered - opened), count(*) FROM (
    SELECT min(moment) FILTER (event = 'opened') AS opened, min(moment) FILTER (event = 'answered') AS answered,
        min(moment) FILTER (event = 'closed') AS closed
    FROM (SELECT *, day_key * {call_times.OFFICE_SECONDS} + at_second - {call_times.OPENS_AT} AS moment FROM case_event)
    GROUP BY case_id) WHERE closed > opened + 2 * {call_times.OFFICE_SECONDS}"""
BY_CHANCE = 0.01


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, World]]:
    """Small firms whose call centres and contacts are loaded as one, each number led by its firm's seed."""
    worlds = {seed: World(demo.Firm(20_000, 800, 200, seed)) for seed in SEEDS}
    folder = tmp_path_factory.mktemp("service")
    export_papers.write(folder, list(_together(worlds)))
    with end_of_write.postponed():  # nothing that follows from these rows is looked at
        for system, parts in LOADED.items():
            mapping = read_mapping(exports.MAPPINGS / f"{system}.toml")
            own = tuple(part for part in mapping.parts if part.subject in parts)
            load(replace(mapping, parts=own, match=False, folder=folder), folder / "w.duckdb")
    return folder / "w.duckdb", worlds


def _together(worlds: dict[int, World]) -> Iterator[export_papers.Exported]:
    every = [
        [*call_centre.deliveries(world), next(surveys.deliveries(world)), next(shop_log.deliveries(world))]
        for world in worlds.values()
    ]
    for alike in zip(*every, strict=True):
        frames = [
            each.frame.with_columns(
                (f"{seed}/" + pl.col(name)).alias(name) for name in NUMBERS if name in each.frame.columns
            )
            for seed, each in zip(worlds, alike, strict=True)
        ]
        yield replace(alike[0], frame=pl.concat(frames))


@pytest.fixture(scope="module", params=SEEDS)
def firm(
    request: pytest.FixtureRequest, loaded: tuple[Path, dict[int, World]]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """What was loaded of one firm, beside the truth: who is who, lives and purchases."""
    path, worlds = loaded
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS w (READ_ONLY)")
        for table, number in (
            ("interaction", "number"),
            ("case_event", "number"),
            ("customer_identity", "id"),
        ):
            sql = f"SELECT * FROM w.{table} WHERE starts_with({number}, '{request.param}/')"
            connection.execute(f"CREATE VIEW {table} AS {sql}")
        _tell(connection, request.param, worlds[request.param])
        yield connection


def _tell(connection: duckdb.DuckDBPyConnection, seed: int, world: World) -> None:
    lines = world.lines.filter(~pl.col("is_return"))
    bought = lines.select(code=pl.col("customer").cast(int), day="day").unique()
    first, last = world.life
    online = 10 + (world.people.main_type == TYPES.index("Online"))
    life = pl.DataFrame(
        {"code": range(len(first)), "place": world.people.kind, "began": first, "ended": last}
    )
    life = life.with_columns(online=online)[1:]
    person = world.records.select("system", id=(f"{seed}/" + pl.col("id")), customer_code="person")
    for name, told in {"purchase_day": bought, "life": life, "person": person}.items():
        connection.register("told", told)
        connection.execute(f"CREATE TABLE {name} AS FROM told")
    connection.execute(CALLS, {"first": FIRST_KEY})


def near(found: float, planted: float, n: float, errors: float = 4) -> bool:
    """Whether a share of n is what was planted, by so many standard errors."""
    return abs(found - planted) < errors * math.sqrt(planted * (1 - planted) / n)


def counted(firm: duckdb.DuckDBPyConnection, column: str, where: str = "true") -> tuple[dict[Any, int], int]:
    """How many calls of each value of a column, and all of them."""
    sql = f"SELECT {column}, count(*) FROM told_call WHERE {where} GROUP BY 1"
    found = dict(firm.execute(sql).fetchall())
    return found, sum(found.values())


def test_calls_come_by_hour_weekday_and_season(firm: duckdb.DuckDBPyConnection) -> None:
    hours, total = counted(firm, "at_second // 3600")
    for hour, share in enumerate(call_times.HOURS, call_times.OPENS_AT // 3600):
        assert near(hours[hour] / total, share, total)
    weekdays, total = counted(firm, "weekday", "is_first AND NOT made")
    for weekday, factor in enumerate(call_times.WEEKDAYS, 1):
        assert near(weekdays[weekday] / total, factor / 7, total)
    open_days = dict(firm.execute(OPEN_DAYS, {"first": FIRST_KEY}).fetchall())
    months, total = counted(firm, "month", "is_first AND NOT made")
    ordinary = total / sum(open_days[month] * factor for month, factor in enumerate(call_times.SEASON, 1))
    for month, factor in enumerate(call_times.SEASON, 1):
        expected = open_days[month] * factor * ordinary
        assert abs(months[month] - expected) < 4 * expected**0.5 + 0.05 * expected


def test_the_service_level_is_that_of_the_hour(firm: duckdb.DuckDBPyConnection) -> None:
    hours, _ = counted(firm, "at_second // 3600")
    at_once, _ = counted(firm, "at_second // 3600", f"waited_seconds <= {call_times.AT_ONCE_SECONDS}")
    for hour, share in enumerate(call_times.SERVICE_LEVEL, call_times.OPENS_AT // 3600):
        assert near(at_once[hour] / hours[hour], share, hours[hour])


def test_customers_call_again_by_subject(firm: duckdb.DuckDBPyConnection) -> None:
    ripe = f"is_first AND NOT made AND day + {call_centre.AGAIN_DAYS} <= ended"
    calls, _ = counted(firm, "topic", ripe)
    again, _ = counted(firm, "topic", f"{ripe} AND again")
    for topic, chance in zip(call_centre.REASONS, call_centre.CALLS_AGAIN, strict=True):
        found = again.get(topic, 0) / calls[topic] - BY_CHANCE
        assert near(found, chance, calls[topic])


def test_one_subject_rises(firm: duckdb.DuckDBPyConnection) -> None:
    since, late = day_index(call_centre.RISES_FROM), DAYS - 92
    before, total = counted(firm, f"topic = '{call_centre.RISING}'", f"is_first AND day < {since}")
    share = call_centre.REASON_SHARES[call_centre.REASONS.index(call_centre.RISING)]
    assert near(before[True] / total, share, total)
    after, total = counted(firm, f"topic = '{call_centre.RISING}'", f"is_first AND day >= {late}")
    risen = call_centre.RISEN * ((late + DAYS) / 2 - since) / (DAYS - since)
    assert near(after[True] / total, share + (1 - share) * risen, total)


def test_tickets_are_reopened_handed_over_and_answered_as_planted(firm: duckdb.DuckDBPyConnection) -> None:
    tickets, reopened, handed, disorder = firm.execute(CASES).fetchall()[0]
    assert disorder == 0
    assert near(reopened / tickets, case_exports.REOPENED, tickets)
    assert near(handed / tickets, case_exports.HANDED_OVER, tickets)
    closings, reopenings = firm.execute(
        "SELECT count(*) FILTER (event = 'closed'), count(*) FILTER (event = 'reopened') FROM case_event"
    ).fetchall()[0]
    rate = case_exports.REOPENED / (1 + case_exports.REOPENED)
    assert near(reopenings / closings, rate, closings)
    median, n = firm.execute(ANSWERED).fetchall()[0]
    assert (
        abs(math.log(median / case_exports.ANSWER_SECONDS)) < 4 * 1.2533 * case_exports.ANSWER_SPREAD / n**0.5
    )


def test_touches_raise_the_odds_of_a_purchase(firm: duckdb.DuckDBPyConnection) -> None:
    """Against any day of customers of the same kind; calls made, against calls that customers made."""
    found: dict[str, dict[int, tuple[int, int]]] = {}
    told = {"first": FIRST_KEY, "days": planted_journeys.WITHIN_DAYS}
    for touch, place, soon, not_soon in firm.execute(TOUCHES, told).fetchall():
        found.setdefault(touch, {})[place] = soon, not_soon
    for (_, touch), odds in planted_journeys.ODDS.items():
        if touch == "e-mail":  # a newsletter is opened on the day on which it was sent
            continue
        ratio, error = pooled(found[touch], found["call" if touch == "call made" else "any day"])
        assert abs(math.log(ratio / odds)) < 4 * error, (touch, ratio, odds, error)
        assert touch not in ("visit", "letter", "web session") or math.log(ratio) > 3 * error


def pooled(touched: dict[int, tuple[int, int]], others: dict[int, tuple[int, int]]) -> tuple[float, float]:
    """The odds ratio of Mantel and Haenszel over the kinds of customers, and about the error of its logarithm."""
    tables = [(*touched[place], *others[place]) for place in touched]
    up = sum(a * d / (a + b + c + d) for a, b, c, d in tables)
    down = sum(b * c / (a + b + c + d) for a, b, c, d in tables)
    error = math.sqrt(sum(1 / sum(each) for each in zip(*tables, strict=True)))
    return up / down, error
