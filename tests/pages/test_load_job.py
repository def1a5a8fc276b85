"""Loads in the background: one at a time, whole or never, in the demonstration firm's place where that is wanted."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from data.demo import Firm, simulate
from data.errors import BadInput, BadRequest, Lacking
from data.load import Mapping, load
from data.load.time_settings import TimeSettings
from data.recovery.earlier_states import undo_load
from data.recovery.replacement import exchange, set_aside
from data.store.warehouse import Warehouse, current_version
from pages.manage.shared import load_jobs, uploaded_files
from pages.manage.shared.load_jobs import Demonstration, Job, JobDesk, Order
from tests.data.load_files import ROWS, mapping, shop, write
from tests.made_once import folder_once


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = folder_once(tmp_path, one_line)  # before anything is patched: then it is copied
    monkeypatch.setattr(uploaded_files, "ROOT", tmp_path / "uploads")
    return made / "w.duckdb"


def one_line(folder: Path) -> None:
    shop(folder, ROWS[:1], name="base.csv")


def done(order: Order | Demonstration) -> Job:
    job = JobDesk().start(order)
    job.wait()
    return job


def of(file: Path) -> Mapping:
    """The mapping of a file where it lies."""
    return replace(mapping(f'file = "{file.name}"'), folder=file.parent)


def lines_in(path: Path) -> int:
    return Warehouse(path).profile.lines


def test_a_load_reports_and_takes_the_upload_away(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "uploads" / "one"
    folder.mkdir(parents=True)
    job = done(Order(of(write(folder / "s.csv", ROWS)), path, uploaded=True))
    assert job.report is not None
    assert (job.share, job.report.rows_read, job.report.rows_loaded) == (1.0, 4, 4)
    assert lines_in(path) == 5
    assert not folder.exists()


def test_what_cannot_be_loaded_says_why_and_stays(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "uploads" / "one"
    folder.mkdir(parents=True)
    before = current_version(path)
    job = done(Order(of(write(folder / "s.csv", [["x"] * 7])), path, True, before))
    assert job.problem is not None
    assert "No row of s.csv can be loaded" in job.problem.problem
    assert current_version(path) == before
    assert folder.exists()
    assert set_aside(path) is None


def test_a_fault_of_ours_is_told_without_a_traceback(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Order):
        def carry_out(self, tell: object) -> None:  # type: ignore[override]
            raise ZeroDivisionError("secret detail")

    job = done(Broken(of(tmp_path / "s.csv"), path))
    assert job.problem is not None
    assert "secret" not in str(job.problem)
    assert "secret detail" in caplog.text


def test_the_first_file_takes_the_place_of_the_demonstration_firm(path: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "s.csv", ROWS)
    job = done(Order(of(file), path, instead_of=current_version(path)))
    assert job.report is not None
    assert lines_in(path) == 4
    assert lines_in(set_aside(path)) == 1
    exchange(path)
    assert lines_in(path) == 1


@pytest.mark.parametrize("replaces", [True, False])
def test_the_first_files_fall_on_the_days_of_the_zone_that_was_chosen(
    path: Path, tmp_path: Path, replaces: bool
) -> None:
    file = write(tmp_path / "s.csv", [["2024-03-31T23:30:00Z", *ROWS[0][1:]]])
    into = path if replaces else tmp_path / "new.duckdb"
    version = current_version(path) if replaces else ""
    job = done(Order(of(file), into, instead_of=version, zone="Europe/Rome"))
    assert job.report is not None
    assert str(job.report.first_day) == "2024-04-01"
    assert TimeSettings.of(Warehouse(into)).time_zone == "Europe/Rome"


def test_what_waits_keeps_the_uploads(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "uploads" / "one"
    folder.mkdir(parents=True)
    write(folder / "a1.csv", ROWS)
    (folder / "a2.csv").write_text("Day;Order\n")
    whole = replace(mapping('file = "a*.csv"'), folder=folder)
    job = done(Order(whole, path, uploaded=True))
    assert job.report is not None
    assert (job.report.rows_loaded, [each.file for each in job.report.waiting]) == (4, ["a2.csv"])
    assert folder.exists()


def test_a_warehouse_that_changed_meanwhile_is_kept(path: Path, tmp_path: Path) -> None:
    job = done(Order(of(write(tmp_path / "s.csv", ROWS)), path, instead_of="another version"))
    assert "in the meantime" in str(job.problem)
    assert lines_in(path) == 1


def test_the_demonstration_firm_comes_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_jobs, "integrate", simulate)  # its sales alone, in a tenth of the time
    job = done(Demonstration(path, Firm(lines=1_500, customers=100, products=200)))
    assert job.problem is None
    assert lines_in(path) > 500
    assert lines_in(set_aside(path)) == 1


def test_one_load_at_a_time(path: Path, tmp_path: Path) -> None:
    hold = threading.Event()

    class Slow(Order):
        def carry_out(self, tell: object) -> None:  # type: ignore[override]
            hold.wait(120)

    desk, order = JobDesk(), Slow(of(tmp_path / "s.csv"), path)
    job = desk.start(order)
    assert desk.under_way() is desk.job(job.id) is job
    with pytest.raises(BadRequest, match="under way"):
        desk.start(order)
    hold.set()
    job.wait()
    assert desk.under_way() is None
    desk.start(order).wait()


def test_only_the_latest_are_remembered(path: Path, tmp_path: Path) -> None:
    class Idle(Order):
        def carry_out(self, tell: object) -> None:  # type: ignore[override]
            pass

    desk, order = JobDesk(), Idle(of(tmp_path / "absent.csv"), path)
    jobs = [desk.start(order) for _ in range(1)]
    for _ in range(25):
        jobs[-1].wait()
        jobs.append(desk.start(order))
    jobs[-1].wait()
    assert desk.job(jobs[0].id) is None
    assert desk.job(jobs[-1].id) is jobs[-1]


def test_an_export_that_lacks_much_waits_until_somebody_says_that_it_is_so(
    path: Path, tmp_path: Path
) -> None:
    full = replace(mapping('file = "all.csv"\nchanges = "full"'), source="erp", folder=tmp_path)
    write(tmp_path / "all.csv", ROWS[:1] * 100)
    assert done(Order(full, path)).problem is None
    write(tmp_path / "all.csv", ROWS[:1] * 20)
    job = done(Order(full, path))
    assert isinstance(job.problem, Lacking)
    assert done(replace(Order(full, path), accepted=True)).problem is None
    assert lines_in(path) == 21


def test_files_that_somebody_brings_are_loaded_though_their_load_was_undone(
    path: Path, tmp_path: Path
) -> None:
    several = replace(mapping('file = "day*.csv"'), source="days", folder=tmp_path)
    write(tmp_path / "day1.csv", ROWS[:1])
    assert done(Order(several, path)).problem is None
    undo_load(path)
    assert lines_in(path) == 1
    with pytest.raises(BadInput, match="undone"):
        load(several, path)
    assert done(Order(several, path)).problem is None
    assert lines_in(path) == 2
