"""The time zone is set before the first load, and days of two time zones never stand in one stream."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from data.__main__ import main
from data.errors import BadInput
from data.load import Mapping, Report, load
from data.load.mend_rows import load_mended
from data.load.record.outdated_deliveries import Outdated, sentences
from data.load.time_settings import TimeSettings, save
from data.quality.integrity import examine
from data.store.warehouse import Warehouse
from tests.data.load_files import ask

TILL = """
source = "till"
[order_lines]
file = "{file}"
{settings}
[order_lines.columns]
date = "When"
order = "No"
revenue = "Amount"
"""
DAYS = """SELECT number, strftime(DATE '1970-01-01' + day_key, '%d')
FROM sale JOIN sales_order USING (order_key) ORDER BY 1"""
LATE = "2024-01-{}T23:30:00Z"
KEYS = ["", 'key = ["order"]', 'changes = "full"']


def write(folder: Path, name: str, **orders: str) -> None:
    rows = [f"{when},1,{number}" for number, when in orders.items()]
    (folder / name).write_text("\n".join(["When,Amount,No", *rows]) + "\n")


def bring(folder: Path, file: str = "till_*.csv", settings: str = "") -> Report:
    return load(Mapping.from_text(TILL.format(file=file, settings=settings), folder), folder / "w.duckdb")


def zone(folder: Path, name: str) -> tuple[str, ...]:
    return save(folder / "w.duckdb", TimeSettings(time_zone=name))


def wrong(folder: Path) -> list[str]:
    store = Warehouse(folder / "w.duckdb")
    try:
        return [str(each) for each in examine(store) if not each.is_sound]
    finally:
        store.close()


def test_it_is_set_before_the_first_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings", "--time-zone", "Europe/Rome", "--warehouse", str(tmp_path / "w.duckdb")]) == 0
    assert "days are those of Europe/Rome" in capsys.readouterr().out
    write(tmp_path, "till_1.csv", a=LATE.format(10))
    bring(tmp_path)
    assert ask(tmp_path, DAYS) == [("a", "11")]


@pytest.mark.parametrize("settings", KEYS)
def test_after_a_change_the_same_file_takes_the_place_of_what_it_brought(
    tmp_path: Path, settings: str
) -> None:
    write(tmp_path, "till_1.csv", a=LATE.format(10), b="2024-01-10")
    bring(tmp_path, "till_1.csv", settings)
    assert zone(tmp_path, "Europe/Rome") == ("till: 1 delivery of order_lines",)
    assert ["no longer the time zone" in each for each in wrong(tmp_path)] == [True]
    report = bring(tmp_path, "till_1.csv", settings)
    assert (report.unchanged, report.replaced) == (False, 1)
    assert ask(tmp_path, DAYS) == [("a", "11"), ("b", "10")]
    assert wrong(tmp_path) == []
    assert bring(tmp_path, "till_1.csv", settings).unchanged


def test_files_of_a_folder_are_read_again_together(tmp_path: Path) -> None:
    write(tmp_path, "till_1.csv", a=LATE.format(10))
    write(tmp_path, "till_2.csv", b=LATE.format(11))
    bring(tmp_path)
    zone(tmp_path, "Europe/Rome")
    write(tmp_path, "till_3.csv", c=LATE.format(12))
    assert bring(tmp_path).waiting == ()
    assert ask(tmp_path, DAYS) == [("a", "11"), ("b", "12"), ("c", "13")]


def test_days_of_two_zones_do_not_mix_where_a_file_is_gone(tmp_path: Path) -> None:
    write(tmp_path, "till_1.csv", a=LATE.format(10))
    bring(tmp_path)
    first = tmp_path / "till_1.csv"
    first.rename(tmp_path / "archived.csv")
    zone(tmp_path, "Europe/Rome")
    write(tmp_path, "till_2.csv", b=LATE.format(11))
    write(tmp_path, "till_3.csv", c="2024-01-12")
    report = bring(tmp_path)
    assert [each.file for each in report.waiting] == ["till_2.csv"]
    assert "till_1.csv (batch 1)" in str(report.waiting[0])
    assert ask(tmp_path, DAYS) == [("a", "10"), ("c", "12")]
    (tmp_path / "archived.csv").rename(first)
    assert bring(tmp_path).waiting == ()
    assert ask(tmp_path, DAYS) == [("a", "11"), ("b", "12"), ("c", "12")]


def test_archived_files_are_read_again_one_by_one(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    for name, order, day in (("till_1.csv", "a", 10), ("till_2.csv", "b", 11)):
        write(tmp_path, name, **{order: LATE.format(day)})
    bring(tmp_path)
    for name in ("till_1.csv", "till_2.csv"):
        (tmp_path / name).rename(archive / name)
    zone(tmp_path, "Europe/Rome")
    write(tmp_path, "till_3.csv", c=LATE.format(12))
    with pytest.raises(
        BadInput, match=r"till_1.csv \(batch 1\) and 1 more have days as they were written.*--file"
    ):
        bring(tmp_path)
    bring(tmp_path, "archive/till_1.csv")
    bring(tmp_path, "archive/till_2.csv")
    assert bring(tmp_path).waiting == ()
    assert ask(tmp_path, DAYS) == [("a", "11"), ("b", "12"), ("c", "13")]


@pytest.mark.parametrize("files", [2, 4])
def test_many_files_to_be_read_again_are_one_sentence(files: int) -> None:
    why = "has days of UTC, which is no longer the time zone"
    told = sentences(Outdated(at, f"till_{at}.csv", 5, "load", why) for at in range(1, files + 1))
    many = f"4 files (batches from 1 to 4, 20 rows) {why.replace('has', 'have', 1)}: load them again."
    assert (len(told) == 2) if files == 2 else told == [f"{many} python -m data check lists them."]


def test_files_without_zones_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "till_1.csv", a="2024-01-10 23:30:00")
    bring(tmp_path)
    assert zone(tmp_path, "Europe/Rome") == ()
    assert bring(tmp_path).unchanged
    assert wrong(tmp_path) == []


def test_mended_rows_of_another_zone_wait_again(tmp_path: Path) -> None:
    write(tmp_path, "till_1.csv", a=LATE.format(10), b="late")
    bring(tmp_path)
    mapping = Mapping.from_text(TILL.format(file="till_*.csv", settings=""), tmp_path)
    frame = pl.DataFrame([[2, LATE.format(11), "1", "b"]], ["row", "When", "Amount", "No"], orient="row")
    load_mended(mapping, tmp_path / "w.duckdb", 1, "order_lines", frame)
    assert ask(tmp_path, DAYS) == [("a", "10"), ("b", "11")]
    zone(tmp_path, "Europe/Rome")
    assert any("wait again" in each for each in bring(tmp_path).warnings)
    assert ask(tmp_path, DAYS) == [("a", "11")]
    assert ask(tmp_path, "SELECT count(*) FROM rejected WHERE mended_in IS NULL") == [(1,)]


def test_what_an_earlier_release_loaded_can_be_loaded_again(tmp_path: Path) -> None:
    from data.store.warehouse import writing

    write(tmp_path, "till_1.csv", a=LATE.format(10))
    bring(tmp_path)
    with writing(tmp_path / "w.duckdb") as connection:
        connection.execute("DELETE FROM reading")
    assert bring(tmp_path).unchanged
    zone(tmp_path, "Europe/Rome")
    assert not bring(tmp_path).unchanged
    assert ask(tmp_path, DAYS) == [("a", "11")]
    assert bring(tmp_path).unchanged
