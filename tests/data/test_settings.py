"""Settings of time: what may be said, and that codes, names and days follow it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from cubes.ask.answer import ask
from cubes.query import Query, parse_cut
from data.__main__ import main
from data.errors import BadRequest
from data.load import Mapping, load, preview
from data.load.time_settings import TimeSettings, save
from data.model.calendar import Calendar
from data.store.warehouse import Warehouse, writing
from tests.tiny import Line, tiny_warehouse

MAPPING = """
source = "till"

[order_lines]
file = "{name}"

[order_lines.columns]
date = "When"
revenue = "Amount"
order = "No"
"""
AROUND_MIDNIGHT = (
    "23:59:59",
    "00:00:00",
    "00:00:01",
    "01:30:00",
    "02:30:00",
    "21:59:59",
    "22:00:00",
    "23:00:00",
)
CHANGES = (date(2024, 3, 31), date(2024, 10, 27), date(2024, 3, 10), date(2024, 11, 3), date(2024, 7, 1))


def by(path: Path, level: str) -> dict[str, float]:
    warehouse = Warehouse(path)
    frame = ask(warehouse, Query(("revenue",), (level,))).frame
    warehouse.close()
    return dict(zip(frame[f"{level}.id"], frame["revenue"], strict=True))


@pytest.fixture
def till(tmp_path: Path) -> Path:
    path = tmp_path / "w.duckdb"
    days = [date(2011, 6, 30), date(2011, 7, 1), date(2012, 1, 1), date(2012, 1, 2)]
    lines = [Line(day=day, order=str(day), revenue=str(1 << at)) for at, day in enumerate(days)]
    tiny_warehouse(path, lines).close()
    return path


def test_periods_follow_the_settings(till: Path) -> None:
    assert by(till, "week") == {"2011-W26": 3, "2011-W52": 4, "2012-W01": 8}
    with pytest.raises(BadRequest, match="no level 'fiscal_year'"):
        by(till, "fiscal_year")
    save(till, TimeSettings(Calendar(7, 7)))
    assert by(till, "fiscal_year") == {"FY2011": 1, "FY2012": 14}
    assert by(till, "fiscal_quarter") == {"FY2011-Q4": 1, "FY2012-Q1": 2, "FY2012-Q3": 12}
    assert by(till, "week") == {"W2011-06-26": 3, "W2012-01-01": 12}
    assert by(till, "iso_year") == {"2011": 3, "2012": 12}
    warehouse = Warehouse(till)
    cut = ask(warehouse, Query(cuts=(parse_cut("fiscal_quarter=FY2012-Q1..FY2012-Q2"),)))
    assert cut.frame["revenue"].to_list() == [2]
    warehouse.close()
    save(till, TimeSettings())
    assert by(till, "week") == {"2011-W26": 3, "2011-W52": 4, "2012-W01": 8}


def test_the_calendar_reaches_the_days_of_all_facts(till: Path) -> None:
    with writing(till) as connection:
        connection.execute(
            "INSERT INTO vote (day_key, customer_key, customer_code, identity_key, batch, row_in_source)"
            " VALUES (?, 0, 0, 0, 1, 1)",
            [(date(2013, 2, 3) - date(1970, 1, 1)).days],
        )
    warehouse = Warehouse(till)
    first, last, days = warehouse.rows("SELECT min(day), max(day), count(*) FROM time")[0]
    assert (first, last, days) == (date(2011, 6, 30), date(2013, 2, 3), 585)
    assert warehouse.profile.last_day == date(2012, 1, 2)
    warehouse.close()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"fiscal_start": "13"}, "is no month"),
        ({"fiscal_start": "0"}, "is no month"),
        ({"fiscal_start": "ma"}, "is no month"),
        ({"week_start": "8"}, "is no day of the week"),
        ({"week_start": "s"}, "is no day of the week"),
        ({"time_zone": "Europe/Room"}, "no time zone 'Europe/Room'. Did you mean 'Europe/Rome'"),
        ({"time_zone": "CEST"}, "no time zone"),
    ],
)
def test_nonsense_is_met_with_words(said: dict[str, str], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        TimeSettings().changed(**said)


def test_settings_are_said_by_number_or_name() -> None:
    chosen = TimeSettings().changed("july", "7", "europe/rome")
    assert (
        chosen
        == TimeSettings(Calendar(7, 7), "Europe/Rome")
        == TimeSettings().changed("7", "Sun", "Europe/Rome")
    )
    assert chosen.changed(time_zone="none").time_zone == ""
    assert chosen.changed() == chosen


def test_the_command_shows_and_publishes(till: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["settings", "--warehouse", str(till)]
    assert main([*asked, "--fiscal-start", "April", "--time-zone", "Europe/Rome"]) == 0
    assert "Rows that are loaded keep their days" in capsys.readouterr().out
    assert main(asked) == 0
    assert capsys.readouterr().out == (
        "The fiscal year begins in April, weeks begin on Monday, days are those of Europe/Rome.\n"
    )
    assert main([*asked, "--week-start", "someday"]) == 2
    assert "is no day of the week" in capsys.readouterr().err
    found = Warehouse(till)
    assert TimeSettings.of(found) == TimeSettings(Calendar(4, 1), "Europe/Rome")
    found.close()


def written(tmp_path: Path, values: list[str], name: str = "till.csv") -> Mapping:
    rows = "".join(f"{value},1,{at}\n" for at, value in enumerate(values))
    (tmp_path / name).write_text(f"When,Amount,No\n{rows}")
    return Mapping.from_text(MAPPING.format(name=name), tmp_path)


def loaded(path: Path, mapping: Mapping) -> list[date]:
    load(mapping, path)
    warehouse = Warehouse(path)
    rows = warehouse.rows("SELECT (DATE '1970-01-01' + day_key)::DATE FROM sale ORDER BY row_in_source")
    warehouse.close()
    return [day for (day,) in rows]


@pytest.mark.parametrize("zone", ["Europe/Rome", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "UTC"])
def test_moments_fall_on_the_day_they_had_in_the_zone(tmp_path: Path, zone: str) -> None:
    moments = [
        datetime.fromisoformat(f"{change + timedelta(days=shift)}T{time}").replace(tzinfo=UTC)
        for change in CHANGES
        for shift in (-1, 0, 1)
        for time in AROUND_MIDNIGHT
    ]
    offsets = [UTC, ZoneInfo("Europe/Rome"), ZoneInfo("America/St_Johns"), ZoneInfo("Asia/Tokyo")]
    values = [moment.astimezone(offsets[at % 4]).isoformat() for at, moment in enumerate(moments)]
    values = [value.replace("+00:00", "Z") for value in values]
    path = tmp_path / "w.duckdb"
    with writing(path):
        pass
    save(path, TimeSettings(time_zone=zone))
    expected = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]
    mapping = written(tmp_path, values)
    assert preview(mapping, zone=zone).typed["date"].to_list() == expected[:50]
    assert loaded(path, mapping) == expected
    days = {str(day): float(expected.count(day)) for day in expected}
    assert by(path, "day") == days
    warehouse = Warehouse(path)
    for day, count in days.items():
        assert ask(warehouse, Query(cuts=(parse_cut(f"day={day}"),))).frame["revenue"].to_list() == [count]
    warehouse.close()


def test_without_a_zone_days_are_as_written(tmp_path: Path) -> None:
    values = ["2024-03-31T23:30:00-05:00", "2024-03-31T00:30:00+02:00", "2024-03-31 23:59:59", "2024-04-01"]
    found = loaded(tmp_path / "w.duckdb", written(tmp_path, values))
    assert found == [date(2024, 3, 31), date(2024, 3, 31), date(2024, 3, 31), date(2024, 4, 1)]


def test_what_tells_no_zone_of_its_own_is_as_written(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    with writing(path):
        pass
    save(path, TimeSettings(time_zone="Pacific/Apia"))
    values = [
        "2024-03-31 23:59:59",
        "2024-03-31",
        "2024-03-31 11:00:00 Europe/Rome",
        "2024-03-31 11:00 UTC",
        "2024-03-31 10:59:59+01",
    ]
    after = date(2024, 4, 1)
    assert loaded(path, written(tmp_path, values)) == [
        date(2024, 3, 31), date(2024, 3, 31), date(2024, 3, 31), after, date(2024, 3, 31)
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["2024-03-31", "31/03/2024", "31/03/2024 23:30", "45382"])
def test_files_without_zones_load_as_ever(tmp_path: Path, value: str) -> None:
    path = tmp_path / "w.duckdb"
    with writing(path):
        pass
    save(path, TimeSettings(time_zone="Pacific/Apia"))
    pl.DataFrame(
        {"When": [int(value)] if value.isdecimal() else [value], "Amount": [1], "No": ["a"]}
    ).write_parquet(tmp_path / "till.parquet")
    mapping = Mapping.from_text(MAPPING.format(name="till.parquet"), tmp_path)
    assert loaded(path, mapping) == [date(2024, 3, 31)]
    if not value.isdecimal():
        again = tmp_path / "again.duckdb"
        with writing(again):
            pass
        save(again, TimeSettings(time_zone="Pacific/Apia"))
        assert loaded(again, written(tmp_path, [value])) == [date(2024, 3, 31)]


def test_columns_that_hold_moments_come_as_days_of_the_zone(tmp_path: Path) -> None:
    moments = [datetime(2024, 3, 30, 23, 30, tzinfo=UTC), datetime(2024, 10, 27, 22, 59, tzinfo=UTC)]
    pl.DataFrame({"When": moments, "Amount": [1, 2], "No": ["a", "b"]}).write_parquet(
        tmp_path / "till.parquet"
    )
    mapping = Mapping.from_text(MAPPING.format(name="till.parquet"), tmp_path)
    path = tmp_path / "w.duckdb"
    with writing(path):
        pass
    save(path, TimeSettings(time_zone="Europe/Rome"))
    assert loaded(path, mapping) == [date(2024, 3, 31), date(2024, 10, 27)]
