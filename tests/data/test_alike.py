"""Deliveries are compared with those that came as they did: their columns, and how many rows are usual."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from data.connection import Connection
from data.load.check_delivery import last_day
from data.load.checking.column_drift import Header, compare
from data.load.checking.like_deliveries import Alike, shown
from data.load.mappings.deliveries import Delivery
from data.load.mappings.mapping import Mapping, Part
from data.model.canonical_tables import create_statements
from data.store import duckdb_engine as engine

TEXT = """source = "erp"
[order_lines]
file = "{file}"
key = ["order"]
{settings}
[order_lines.columns]
order = "No"
date = "Day"
revenue = "Amount"
"""
FULL: Header = (("No", "number", "9~1"), ("Day", "date", "9-9-9~10"), ("Amount", "number", "9.9~5"))
INCREMENT: Header = (*FULL, ("At", "date", "9-9-9~10"))


def part(file: str, settings: str = "") -> Part:
    return Mapping.from_text(TEXT.format(file=file, settings=settings)).order_lines


def named(name: str, part: Part, moment: datetime | None = None) -> Delivery:
    return Delivery(part, Path(name), (), moment, {})


def alike(name: str, part: Part) -> Alike:
    return Alike("erp", named(name, part))


EACH = part("full_*.csv", 'changes = "full"')
CHANGED = part("inc_*.csv", 'repeats = "drop"')


@pytest.fixture
def connection() -> Iterator[Any]:
    with engine.scratch() as opened:
        for statement in create_statements():
            opened.execute(statement)
        yield opened


def enter(connection: Connection, part: Part, *files: str, header: Header = FULL, rows: int = 1) -> None:
    """Deliveries in the ledger: each file's day and content stand in its name, as in `s_12=a.csv`."""
    for file in files:
        name, _, content = file.partition("=")
        batch = connection.execute("SELECT count(*) + 1 FROM batch").fetchall()[0][0]
        moment, loaded_at = datetime(2024, 1, int(name.rpartition("_")[2])), datetime(2024, 5, batch)
        connection.execute("INSERT INTO batch VALUES (?, 'erp', ?, ?, 'load')", [batch, moment, loaded_at])
        connection.execute(
            "INSERT INTO delivery VALUES (?, 'order_lines', ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, NULL, NULL)",
            [batch, f"{name}.csv", content or str(batch), part.hash, json.dumps(header), rows],
        )  # fmt: skip


def test_an_increment_is_held_against_increments(connection: Connection) -> None:
    enter(connection, EACH, "full_1", rows=500)
    assert alike("inc_2.csv", CHANGED).headers(connection) == ((FULL,), False)
    enter(connection, CHANGED, "inc_2", header=INCREMENT)
    assert alike("inc_3.csv", CHANGED).headers(connection) == ((INCREMENT,), True)
    assert alike("full_3.csv", EACH).headers(connection) == ((FULL,), True)
    assert alike("full_3.csv", EACH).batches(connection, datetime(2024, 1, 3)) == [1]


def test_files_called_alike_are_alike_when_the_mapping_changed(connection: Connection) -> None:
    enter(connection, EACH, "full_1", "full_2")
    now = part("full_*.csv", 'repeats = "drop"')
    assert alike("full_3.csv", now).headers(connection) == ((FULL, FULL), True)
    assert alike("other.csv", part("other.csv")).headers(connection)[1] is False
    looked_up = part("other.csv", 'joins = [{ file = "b.csv", on = "No" }]')
    assert alike("other.csv", looked_up).headers(connection)[1] is True


DAILY = part("s_*.csv", 'as_of = "s_%d"')


@pytest.mark.parametrize(
    ("delivered", "counted"),
    [
        (["s_1", "s_2", "s_3"], [1, 2, 3]),
        (["s_1", "s_2", "s_2", "s_2"], [1, 4]),  # corrections
        (["s_1=a", "s_2=a", "s_3"], [1, 3]),  # a copy
        (["s_1", "s_8", "s_2"], [1, 3]),  # what it takes the place of itself
    ],
)
def test_volumes_count_the_data_of_each_day_once(
    connection: Connection, delivered: list[str], counted: list[int]
) -> None:
    enter(connection, DAILY, *delivered)
    assert sorted(alike("s_8.csv", DAILY).batches(connection, datetime(2024, 1, 8))) == counted


def test_lists_that_say_the_same_each_day_count_each_day(connection: Connection) -> None:
    enter(connection, EACH, "full_1=a", "full_2=a")
    assert sorted(alike("full_3.csv", EACH).batches(connection, datetime(2024, 1, 3))) == [1, 2]


NUMBERS, WORDS, NOTHING = (("Day", "number", "9~1"),), (("Day", "text", "a~3"),), (("Day", "text", ""),)


@pytest.mark.parametrize(
    ("headers", "tells"),
    [
        ([WORDS, NUMBERS, NUMBERS], True),
        ([NUMBERS, WORDS, NUMBERS], False),  # one odd file, and all is as it was
        ([WORDS, WORDS, NUMBERS], False),  # told before
        ([WORDS, NOTHING, NUMBERS], True),  # a header without rows says nothing
        ([NOTHING, NUMBERS, NUMBERS], False),
    ],
)
def test_a_change_of_kind_is_told_once(headers: list[Header], tells: bool) -> None:
    now, *before = headers
    drifts = compare(shown(before), now, EACH, shown(before, back=1))
    assert [each.change for each in drifts] == ["retyped"] * tells


def test_a_column_becomes_what_it_should_be_and_one_that_is_mapped_comes() -> None:
    words = tuple((name, "text", "a~3") if name == "Amount" else rest for rest in FULL for name in rest[:1])
    assert compare(words, FULL, EACH) == ()
    assert compare(FULL[:2], FULL, EACH) == ()


def silent(header: Header) -> Header:
    return tuple((name, "text", "") for name, *_ in header)


@pytest.mark.parametrize("empty", ["before", "now"])
def test_a_header_without_rows_keeps_the_advice_on_a_renamed_column(empty: str) -> None:
    renamed = tuple(("Umsatz", *rest[1:]) if rest[0] == "Amount" else rest for rest in FULL)
    before = [silent(FULL), FULL] if empty == "before" else [FULL]
    drifts = compare(shown(before), silent(renamed) if empty == "now" else renamed, EACH)
    assert [(each.change, each.now, each.stops) for each in drifts] == [("renamed", "Umsatz", True)]


UNTOLD, MORNING, NIGHT = None, datetime(2024, 1, 31, 6), datetime(2024, 1, 31, 23)


@pytest.mark.parametrize(
    ("name", "moment", "zone", "moved", "day"),
    [
        ("s_31.csv", datetime(2024, 1, 31), "Europe/Rome", False, 31),
        ("s_31.csv", datetime(2024, 1, 31), "Europe/Rome", True, 32),  # 23:30 UTC is the next day in Rome
        ("s.csv", UNTOLD, "Europe/Rome", True, 31),
        ("s.csv", NIGHT, "Europe/Rome", False, 32),
        ("s.csv", NIGHT, "America/New_York", False, 31),
        ("s.csv", datetime(2024, 1, 31), "America/New_York", False, 31),  # --as-of says a day
        ("s.csv", NIGHT, "", False, 32),  # somebody's morning
        ("s.csv", MORNING, "", False, 31),
    ],
)  # fmt: skip
def test_the_last_day_is_that_where_the_firm_is(
    name: str, moment: datetime | None, zone: str, moved: bool, day: int
) -> None:
    read = DAILY if name == "s_31.csv" else part("s.csv")
    found = last_day(named(name, read, moment), moment or MORNING, zone, moved)
    assert (found - date(2024, 1, 1)).days + 1 == day
