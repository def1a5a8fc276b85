"""Dates as programs write them: zones behind a blank, names, numbers, and what is no day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from data.errors import BadInput
from data.load import load
from data.load.mappings.mapping import Mapping
from data.load.notation.stream_habits import Habits
from tests.data.load_files import ask, shop, write
from tests.data.readings import Read, lines, read, read_text

PART = lines(date="Day", revenue="Amount")
ROME = "Europe/Rome"
SHOPIFY = [
    "2024-01-01 00:30:00 +0100",
    "2024-06-30 23:59:59 +0200",
    "2024-10-27 02:30:00 +0200",
    "2024-10-27 02:30:00 +0100",
]


def days(values: list[str], tmp_path: Path, zone: str = "", settings: str = "") -> list[str | None]:
    text = "Amount;Day\n" + "".join(f"{at};{value}\n" for at, value in enumerate(values, 1))
    found = read_text(tmp_path, text, lines(settings, date="Day", revenue="Amount"), zone)
    return [day and day.isoformat() for day in found["date"]]


def reasons(found: Read) -> list[str]:
    return found["reason"]


@pytest.mark.parametrize(
    ("values", "written", "zone", "there"),
    [
        (SHOPIFY, ["2024-01-01", "2024-06-30", "2024-10-27", "2024-10-27"], ROME, None),
        (SHOPIFY, None, "Asia/Tokyo", ["2024-01-01", "2024-07-01", "2024-10-27", "2024-10-27"]),
        (
            ["Jan 1, 2024 12:30:00 AM PST", "Jan 31, 2024 11:30:00 PM PST", "Mar 10, 2024 3:30:00 AM PDT"],
            ["2024-01-01", "2024-01-31", "2024-03-10"],
            ROME,
            ["2024-01-01", "2024-02-01", "2024-03-10"],
        ),
        (
            ["1 Jan 2024 00:30:00 UTC", "1 Jan 2024 23:30:00 UTC", "27 Oct 2024 23:30:00 GMT"],
            ["2024-01-01", "2024-01-01", "2024-10-27"],
            ROME,
            ["2024-01-01", "2024-01-02", "2024-10-28"],
        ),
        (["25/01/2024 23:30 CEST", "26/01/2024 23:30 JST"], ["2024-01-25", "2024-01-26"], "Japan", ["2024-01-26"] * 2),
        (["2024-03-31T23:30:00Z", "2024-03-31T23:30:00.000+0000"], ["2024-03-31"] * 2, ROME, ["2024-04-01"] * 2),
        (["31.03.2024 23:30:00 GMT+1", "31.03.2024 23:30:00 UTC-02:00"], ["2024-03-31"] * 2, ROME, ["2024-04-01"] * 2),
        (["2024-03-31 23:30 America/New_York", "2024-04-01"], ["2024-03-31", "2024-04-01"], ROME, ["2024-04-01"] * 2),
        (["Sun Mar 31 2024 23:30:00 GMT+0000 (Coordinated Universal Time)"], ["2024-03-31"], ROME, ["2024-04-01"]),
        (["31.03.2024 23:30 Uhr"], ["2024-03-31"], ROME, None),
        (["2024-03-31 11:30 PM PST"], ["2024-03-31"], ROME, ["2024-04-01"]),
    ],
)  # fmt: skip
def test_zones_behind_a_time(
    tmp_path: Path, values: list[str], written: list[str] | None, zone: str, there: list[str] | None
) -> None:
    assert days(values, tmp_path) == (written or days(values, tmp_path))
    assert days(values, tmp_path, zone) == (there or written)


@pytest.mark.parametrize(
    ("name", "zone", "day"),
    [
        ("CST", "America/Chicago", "2024-01-31"),
        ("CST", "Asia/Shanghai", "2024-01-31"),
        ("IST", "Asia/Kolkata", "2024-01-31"),
        ("BST", "Europe/Helsinki", "2024-02-01"),
        ("CST", "Europe/Rome", None),
        ("XYZT", "Europe/Rome", None),
    ],
)
def test_an_abbreviation_of_several_zones_is_that_of_the_firms_part_of_the_world(
    tmp_path: Path, name: str, zone: str, day: str | None
) -> None:
    value = f"2024-01-31 23:30:00 {name}"
    assert days([value], tmp_path) == ["2024-01-31"]
    found = read_text(tmp_path, f"Amount,Day\n1,{value}\n", PART, zone)
    assert days([value], tmp_path, zone) == [day]
    assert reasons(found) == [None if day else f"date: '{value}' is in a zone that is not known"]


@pytest.mark.parametrize(
    "values",
    [
        ["1 gennaio 2024", "5 mag. 2024", "31 dic 2024"],
        ["1. Januar 2024", "5. Mai 2024", "31. Dez. 2024"],
        ["1 janv. 2024", "5 mai 2024", "31 déc. 2024"],
        ["1 de enero de 2024", "5 mayo 2024", "31 dic. 2024"],
        ["1 января 2024", "5 мая 2024", "31 дек. 2024"],
        ["1 Jan 2024 10:30", "5 May 2024", "31 Dec 2024 1:05 PM"],
        ["1/1/2024, 10:30:00 AM", "5/5/2024, 1:30:00 PM", "12/31/2024, 1:30:00 PM"],
        ["2024-Jan-01", "2024-May-5", "2024-December-31"],
    ],
)
def test_names_of_months(tmp_path: Path, values: list[str]) -> None:
    assert days(values, tmp_path) == ["2024-01-01", "2024-05-05", "2024-12-31"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("numbers", "expected", "reason"),
    [
        ([2020, 2021], [None, None], "is a year and no day"),
        ([202403, 202412], ["2024-03-01", "2024-12-01"], None),
        ([20240315, 20241231], ["2024-03-15", "2024-12-31"], None),
        ([240315, 241231], [None, None], "is not a date"),
    ],
)
def test_numbers_that_are_days_and_those_that_are_not(
    tmp_path: Path, numbers: list[int], expected: list[str | None], reason: str | None, form: str
) -> None:
    frame, path = pl.DataFrame({"Day": numbers, "Amount": 1}), tmp_path / f"s.{form}"
    frame.write_csv(path) if form == "csv" else frame.write_parquet(path)
    found = read(path, PART)
    assert [day and day.isoformat() for day in found["date"]] == expected
    assert all(reason is None or reason in each for each in reasons(found))


def test_serial_days_lie_in_our_times(tmp_path: Path) -> None:
    pl.DataFrame({"Day": [45292.0, 2020, 1, 99999], "Amount": 1}).write_parquet(tmp_path / "s.parquet")
    found = read(tmp_path / "s.parquet", PART)
    assert found["date"] == [dt.date(2024, 1, 1), None, None, None]
    assert [None if each is None else each.split("'")[2].split("(")[0] for each in reasons(found)] == [
        None,
        " is a year and no day ",
        " is not a date",
        " is not a date",
    ]


@pytest.mark.parametrize(
    ("form", "value", "day"),
    [("%Y", "2020", "2020-01-01"), ("yyyymm", "202403", "2024-03-01"), ("mm/yyyy", "03/2024", "2024-03-01")],
)
def test_years_and_months_are_read_where_the_mapping_says_so(
    tmp_path: Path, form: str, value: str, day: str
) -> None:
    assert days([value], tmp_path, settings=f'date_format = "{form}"') == [day]
    if value.isdigit():
        pl.DataFrame({"Day": [int(value)], "Amount": 1}).write_parquet(tmp_path / "s.parquet")
        part = lines(f'date_format = "{form}"', date="Day", revenue="Amount")
        assert read(tmp_path / "s.parquet", part)["date"] == [dt.date.fromisoformat(day)]


def test_what_stood_first_in_earlier_deliveries_holds(tmp_path: Path) -> None:
    first = read_text(tmp_path, "Amount,Day\n1,25/09/2026\n", PART).habits
    assert first.plain() == {"dates": {"Day": "dm"}}
    text = "Amount,Day\n1,03/04/2026\n"
    later = read_text(tmp_path, text, PART, habits=first)
    assert (later["date"], later.habits.plain()) == ([dt.date(2026, 4, 3)], {})
    with pytest.raises(BadInput, match="no date tells whether '03/04/2026'"):
        read_text(tmp_path, text, PART)
    other = "Amount,Day\n1,09/25/2026\n"
    with pytest.raises(BadInput, match=r"begin with the month; .* begin with the day.*\"dates: Day\""):
        read_text(tmp_path, other, PART, habits=first)
    settled = lines('settled = ["dates: Day"]', date="Day", revenue="Amount")
    assert read_text(tmp_path, other, settled, habits=first).habits.dates == {"Day": "md"}


def test_times_that_lose_their_zone_are_told(tmp_path: Path) -> None:
    first = read_text(tmp_path, "Amount,Day\n1,2024-01-01 00:30:00 +0100\n", PART).habits
    assert first.zones == {"Day": "told"}
    found = read_text(tmp_path, "Amount,Day\n1,2024-01-01 00:30:00\n", PART, habits=first)
    assert found.notes == (
        "Day has times without zone or offset; the deliveries before had times with their zone or offset.",
    )
    assert (
        read_text(tmp_path, "Amount,Day\n1,2024-01-01\n", PART, habits=Habits(zones={"Day": "told"})).notes
        == ()
    )


COMPUTED = """source = "s"
[order_lines]
{settings}
[order_lines.columns]
revenue = "Amount"
[order_lines.expressions]
date = "{date}"
"""


@pytest.mark.parametrize(
    ("header", "cells", "date", "settings"),
    [
        ("Y,M,D", "2024,3,5", "concat(column('Y'), '-', column('M'), '-', column('D'))", ""),
        ("Y,M,D", "2024,March,5", "concat(column('Y'), '-', column('M'), '-', column('D'))", ""),
        ("Y,M,D", "2024,marzo,5", "D + ' ' + M + ' ' + Y", ""),
        ("Y,M,D", "24,3,5", "D + '/' + M + '/' + Y", 'date_format = "dd/mm/yy"'),
        ("Day,Time", "25.03.2024,10:30", "concat(column('Day'), ' ', column('Time'))", ""),
        ("Day", "25/03/2024 at noon", "substr(column('Day'), 1, 10)", ""),
        ("Day", "03/25/2024", "column('Day')", ""),
        ("Day,Other", "03/25/2024,", "coalesce(column('Other'), column('Day'))", ""),
    ],
)
def test_a_date_that_is_computed_is_read_as_a_columns(
    tmp_path: Path, header: str, cells: str, date: str, settings: str
) -> None:
    part = Mapping.from_text(COMPUTED.format(date=date, settings=settings)).order_lines
    found = read_text(tmp_path, f"Amount,{header}\n1,{cells}\n2,{cells}\n", part, ROME)
    expected = dt.date(2024, 3, 25 if "25" in cells else 5)
    assert found["date"] == [expected, expected], found["reason"]


def test_a_computed_date_that_is_ambiguous_is_asked_about(tmp_path: Path) -> None:
    part = Mapping.from_text(COMPUTED.format(date="D + '/' + M + '/' + Y", settings="")).order_lines
    text = "Amount,Y,M,D\n1,2024,3,5\n"
    with pytest.raises(BadInput, match="date: no date tells whether '5/3/2024'"):
        read_text(tmp_path, text, part)
    first = read_text(tmp_path, text + "1,2024,3,25\n", part).habits
    assert read_text(tmp_path, text, part, habits=first)["date"] == [dt.date(2024, 3, 5)]


def test_a_column_in_an_expression_is_read_by_its_own_format(tmp_path: Path) -> None:
    text = "Amount,Day\n1,25.03.2024\n2,01.04.2024\n"
    more = "[order_lines.attributes]\nsold_in = { expression = \"text(month(column('Day')))\" }"
    assert [
        each and each[0]
        for each in read_text(tmp_path, text, lines(more=more, date="Day", revenue="Amount"))["sold_in"]
    ] == ["3", "4"]


@pytest.mark.parametrize(
    ("days", "far"),
    [
        (["2062-05-03"], "2062-05-03 in row 3 lies"),
        (["2022-05-03", "2022-05-04"], "2022-05-03 in row 3 and 1 more rows lie"),
        (["2023-12-31", "2025-01-31"], None),
        (["2062-05-03"] * 40, None),
    ],
)
def test_a_day_far_from_all_others_is_told(tmp_path: Path, days: list[str], far: str | None) -> None:
    usual = [f"2024-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 27)]
    listed = [*usual[:2], *days, *usual[2:]]
    notes = read_text(tmp_path, "Amount,Day\n" + "".join(f"1,{day}\n" for day in listed), PART).notes
    assert [note.split(" more than a year")[0] for note in notes] == ([f"s.csv: {far}"] if far else [])


@pytest.mark.parametrize("settings", ["", 'date_format = "dd/mm/yyyy"'])
def test_words_that_the_engine_takes_for_days_are_none(tmp_path: Path, settings: str) -> None:
    days = ["05/01/2024", "infinity", "-Infinity", "epoch", "01/01/1900", "31/01/2024"]
    report = shop(tmp_path, [[day, day, "c", "Italy", "pen", "1", "1"] for day in days], settings)
    assert report.rejected["reason"].to_list() == [f"date: '{day}' is not a date" for day in days[1:4]]


def test_a_day_of_no_calendar_is_rejected_and_the_rest_looked_at(tmp_path: Path) -> None:
    rows = [[day, number, "c", "Italy", "pen", "1", "1"]
            for number in "abc" for day in ("2024-01-05", "12024-01-05", "2024-06-05")]  # fmt: skip
    report = shop(tmp_path, rows)
    assert set(report.rejected["reason"]) == {"date: 12024-01-05 is outside 1900 to 2199"}
    assert any("days far apart, 2024-01-05 and 2024-06-05" in each for each in report.warnings)


def test_any_day_of_a_row_is_one_that_a_calendar_holds(tmp_path: Path) -> None:
    mapping = """source = "shop"
    [invoices.columns]
    number = "No"
    date = "Day"
    due_on = "Due"
    amount = "Net"
    """
    days = ["2024-02-03", "9999-12-31", "12024-02-03", "0024-02-03"]
    rows = [[str(at), "2024-01-05", day, "1"] for at, day in enumerate(days)]
    report = load(Mapping.from_text(mapping), tmp_path / "w.duckdb",
                  write(tmp_path / "i.csv", rows, ["No", "Day", "Due", "Net"]))  # fmt: skip
    assert report.rejected["reason"].to_list() == ["due_on: 12024-02-03 is outside the years 1 to 9999"]
    assert len(ask(tmp_path, "SELECT due_on FROM invoice")) == 3
