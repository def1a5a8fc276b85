"""Times of the day and the events of tickets, from files to the warehouse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from data.load import load, read_mapping
from data.load.mappings.mapping import Mapping
from data.load.notation.times_of_day import second_sql
from data.load.proposal.propose_mapping import propose_all
from data.load.record.load_report import Report
from data.privacy import rights
from data.recovery import earlier_states
from data.store.warehouse import writing
from tests.tiny import tiny_warehouse

NOON = 12 * 3600
MAPPING = """source = "desk"
[calls]
file = "calls.csv"
key = ["number"]
[calls.columns]
number = "Call"
date = "Begun"
customer = "Caller"
agent = "Agent"
case_id = "Ticket"
{more}
[tickets]
file = "tickets.csv"
[tickets.columns]
number = "Ticket"
date = "Opened"
closed_on = "Closed"
customer = "Caller"
[ticket_events]
file = "events.csv"
[ticket_events.columns]
case_id = "Ticket"
date = "Day"
at_second = "Time"
event = "Event"
agent = "Agent"
customer = "Caller"
topic = "Topic"
"""
CALLS = """Call,Begun,Caller,Agent,Ticket
1,2024-03-01 12:00:00,c1,Eva,
2,2024-03-01T23:30:00Z,c2,Ugo,T1
3,2024-03-02,c1,,
4,2024-03-02 00:00:00,c1,,
"""
TICKETS = """Ticket,Opened,Closed,Caller
T1,2024-03-01,2024-03-03,c2
T2,2024-03-05,2024-03-04,c1
"""
EVENTS = """Ticket,Day,Time,Event,Agent,Caller,Topic
T1,2024-03-01,23:40,Created,Ugo,c2,late
T1,2024-03-03,9:15 AM,Solved,Ugo,c2,late
T1,2024-03-03,09:14,Re-opened,Eva,c2,late
T2,2024-03-05,10:00,opened,Eva,c1,said Ann
T2,2024-03-05,25:99,closed,Eva,c1,late
T2,2024-03-06,,closed,Eva,c1,late
T2,2024-03-06,,Reopened,Eva,c1,late
T3,2024-03-07,11:00,closed,,c2,late
T3,2024-03-08,11:00,opened,,c2,late
T3,2024-03-09,11:00,Photographed,,c2,late
"""


def mapped(folder: Path, text: str, *parts: str) -> Mapping:
    (folder / "desk.toml").write_text(text)
    mapping = read_mapping(folder / "desk.toml")
    return replace(mapping, parts=tuple(each for each in mapping.parts if not parts or each.subject in parts))


def loaded(folder: Path, *parts: str, more: str = "", **texts: str) -> tuple[Path, Report]:
    """The warehouse of these parts, or all, and what was told of the load."""
    for name, text in {"calls": CALLS, "tickets": TICKETS, "events": EVENTS, **texts}.items():
        (folder / f"{name}.csv").write_text(text)
    return folder / "w.duckdb", load(mapped(folder, MAPPING.format(more=more), *parts), folder / "w.duckdb")


def asked(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    return loaded(tmp_path_factory.mktemp("desk"))


def test_a_date_that_tells_a_time_gives_the_second_of_the_day(firm: tuple[Path, Report]) -> None:
    sql = "SELECT number, day_key - 19783, at_second, agent, case_id FROM interaction WHERE kind = 'call' ORDER BY 1"
    assert asked(firm[0], sql) == [
        ("1", 0, NOON, "Eva", None),
        ("2", 0, 23 * 3600 + 1800, "Ugo", "T1"),
        ("3", 1, None, None, None),
        ("4", 1, 0, None, None),
    ]


def test_a_time_is_that_of_the_firms_zone_as_its_day_is(tmp_path: Path) -> None:
    tiny_warehouse(tmp_path / "w.duckdb", []).close()
    with writing(tmp_path / "w.duckdb") as connection:
        connection.execute("INSERT INTO setting VALUES ('time_zone', 'Europe/Rome')")
    path, _ = loaded(tmp_path, "calls")
    found = asked(path, "SELECT number, day_key - 19783, at_second FROM interaction ORDER BY 1")
    assert found == [("1", 0, NOON), ("2", 1, 1800), ("3", 1, None), ("4", 1, 0)]


def test_days_that_all_begin_at_midnight_tell_no_time(tmp_path: Path) -> None:
    calls = "Call,Begun,Caller,Agent,Ticket\n1,2024-03-01 00:00:00,c1,,\n2,2024-03-02 00:00,c1,,\n"
    path, _ = loaded(tmp_path, "calls", calls=calls)
    assert asked(path, "SELECT DISTINCT at_second FROM interaction") == [(None,)]


def test_a_date_that_the_mapping_puts_together_tells_its_time(tmp_path: Path) -> None:
    calls = "Call,Day,Clock,Caller,Agent,Ticket\n1,01/03/2024,12:00,c1,,\n2,13/03/2024,07:30:30,c1,,\n"
    (tmp_path / "calls.csv").write_text(calls)
    together = "[calls.expressions]\ndate = '''Day + \" \" + Clock'''"
    told = MAPPING.format(more=together).replace('date = "Begun"\n', "")
    load(mapped(tmp_path, told, "calls"), tmp_path / "w.duckdb")
    sql = "SELECT day_key - 19783, at_second FROM interaction ORDER BY 1"
    assert asked(tmp_path / "w.duckdb", sql) == [(0, NOON), (12, 7 * 3600 + 1830)]


def test_moments_stored_as_such_tell_their_time(tmp_path: Path) -> None:
    """A date that is one, a time beside it, and a moment as the time."""
    moments = ["2024-03-01 12:00:00", "2024-03-02 00:00:00"]
    pl.DataFrame({"Begun": moments}).with_columns(
        pl.col("Begun").str.to_datetime(), Clock=pl.time(7, 30, 5)
    ).write_parquet(tmp_path / "calls.parquet")
    ways = {"calls": "", "surveys": 'at_second = "Clock"\n', "contacts": 'at_second = "Begun"\n'}
    parts = [
        f'[{part}]\nfile = "calls.parquet"\n[{part}.columns]\ndate = "Begun"\n{way}'
        for part, way in ways.items()
    ]
    load(mapped(tmp_path, 'source = "p"\n' + "".join(parts)), tmp_path / "w.duckdb")
    found = asked(
        tmp_path / "w.duckdb", "SELECT kind, list(at_second ORDER BY day_key) FROM interaction GROUP BY 1"
    )
    assert dict(found) == {"call": [NOON, 0], "survey": [27005, 27005], "contact": [NOON, 0]}


@pytest.mark.parametrize(
    ("text", "second"),
    [("14:03", 50580), ("14:03:22.5", 50602), ("2:03 pm", 50580), ("12:00 a.m.", 0), ("14.03", 50580), ("14h03", 50580),
     ("9 PM", 75600), ("0.5", NOON), ("3600", 3600), ("01/03/2024 14:03", 50580), ("25:70", None), ("24:00", None),
     ("13:00 PM", None), ("86400", None), ("1.5", None), ("01.03.2024", None), ("soon", None), ("", None)],
)  # fmt: skip
def test_a_time_of_day_in_the_ways_of_sources(text: str, second: int | None) -> None:
    assert duckdb.execute(f"SELECT {second_sql('x')} FROM (SELECT $x AS x)", {"x": text}).fetchall() == [
        (second,)
    ]


def test_events_are_read_in_the_words_of_firms(firm: tuple[Path, Report]) -> None:
    sql = "SELECT case_id, event, at_second, agent, topic FROM case_event WHERE case_id <> 'T2' ORDER BY row_in_source"
    assert asked(firm[0], sql) == [
        ("T1", "opened", 85200, "Ugo", "late"),
        ("T1", "closed", 33300, "Ugo", "late"),
        ("T1", "reopened", 33240, "Eva", "late"),
        ("T3", "closed", 39600, None, "late"),
        ("T3", "opened", 39600, None, "late"),
        ("T3", "Photographed", 39600, None, "late"),
    ]


def test_a_ticket_is_its_own_case(firm: tuple[Path, Report]) -> None:
    assert asked(firm[0], "SELECT case_id FROM interaction WHERE kind = 'ticket' ORDER BY 1") == [
        ("T1",),
        ("T2",),
    ]


def test_what_cannot_be_is_said_and_nothing_is_lost(firm: tuple[Path, Report]) -> None:
    path, report = firm
    said = "\n".join(report.warnings)
    assert (
        "tickets.csv: 1 ticket was closed before the day on which it began, the first in row 2. Loaded"
        in said
    )
    assert (
        "events.csv: 1 case was closed before the first opening that is told of it, the first in row 8"
        in said
    )
    assert "events.csv: 1 case was reopened, and no closing before that is told, the first in row 3" in said
    assert asked(path, "SELECT row_in_source, reason FROM rejected") == [
        (5, "at_second: '25:99' is not a time of day")
    ]
    assert asked(path, "SELECT count(*) FROM case_event") == [(9,)]


def test_more_events_come_and_are_undone_and_who_is_forgotten_is_so_in_them(tmp_path: Path) -> None:
    path, _ = loaded(tmp_path, "ticket_events")
    (tmp_path / "more.csv").write_text(
        "Ticket,Day,Time,Event,Agent,Caller,Topic\nT2,2024-03-07,,reopened,,c1,late\n"
    )
    text = MAPPING.format(more="").replace("events.csv", "more.csv")
    assert load(mapped(tmp_path, text, "ticket_events"), path).warnings == ()
    assert asked(path, "SELECT count(*) FROM case_event") == [(10,)]
    earlier_states.undo_load(path)
    rights.forget(path, "c1")
    assert asked(path, "SELECT count(*), count(*) FILTER (topic LIKE '%Ann%') FROM case_event") == [(9, 0)]
    assert asked(
        path, "SELECT count(*) FROM case_event JOIN customer USING (customer_key) WHERE id = 'c1'"
    ) == [(0,)]


def test_files_are_known_by_the_names_of_their_columns(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(EVENTS.replace("25:99", "12:00"))
    (tmp_path / "calls.csv").write_text(
        "Call ID,Date,Time,Operator,Case,Duration,Wait time\n"
        + "\n".join(f"K{at},2024-03-0{at},1{at}:30,Eva,T{at},{at}00,{at}" for at in range(1, 6))
        + "\n"
    )
    (tmp_path / "tickets.csv").write_text(
        "Ticket,Created at,Status,Subject,Closed at\n"
        + "\n".join(f"T{at},2024-03-0{at},closed,late,2024-03-09" for at in range(1, 6))
        + "\n"
    )
    parts = propose_all([tmp_path / f"{name}.csv" for name in ("log", "calls", "tickets")]).mapping.parts
    calls, tickets, log = parts
    assert [each.subject for each in parts] == ["calls", "tickets", "ticket_events"]
    assert log.columns == {"date": "Day", "customer": "Caller", "case_id": "Ticket", "event": "Event",
                           "at_second": "Time", "agent": "Agent", "topic": "Topic"}  # fmt: skip
    assert {calls.columns[name] for name in ("at_second", "agent", "case_id", "number")} == {
        "Time", "Operator", "Case", "Call ID"}  # fmt: skip
    assert (tickets.columns["number"], "case_id" in tickets.columns) == ("Ticket", False)
