"""Declared sources are loaded when they are due: once, by one process, whatever fails."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO
from pathlib import Path

import pytest

from data import environment
from data.__main__ import main
from data.delivery import scheduler
from data.delivery.schedule import Declared, State, declared, due, read_states, write_states
from data.errors import BadInput
from data.load.mappings.delivery_interval import Every
from data.sources.folder import being_written, matching
from tests.data.load_files import ROWS, ask, mapping, write

NOW = datetime(2024, 5, 10, 12, 0, tzinfo=timezone(timedelta(hours=2)))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def source(every: str = "1 hour", files: str = "f", waiting: str = "", name: str = "shop") -> Declared:
    return Declared(name, Path("shop.toml"), "shop", Every.parse(every), files, waiting)


def done(ago: timedelta, files: str = "e") -> State:
    return State(NOW - ago, "done", NOW - ago + MINUTE, 0, "", files)


def is_due(one: Declared, state: State | None, now: datetime = NOW) -> bool:
    return due(now, [one], {} if state is None else {one.name: state}) == (one,)


@pytest.mark.parametrize(
    ("text", "interval", "at"),
    [
        ("15 minutes", 15 * MINUTE, None),
        ("1 hour", HOUR, None),
        (" 10  seconds ", timedelta(seconds=10), None),
        ("1 day at 03:00", DAY, (3, 0)),
        ("2 days at 23:59", 2 * DAY, (23, 59)),
    ],
)
def test_how_often(text: str, interval: timedelta, at: tuple[int, int] | None) -> None:
    assert Every.parse(text) == Every(interval, at)


@pytest.mark.parametrize(
    "text",
    ["", "hourly", "0 minutes", "1 hour at 03:00", "1 day at 24:00", "1 day at 3:60", "-1 hour", "1.5 hours"],
)
def test_what_is_no_interval(text: str) -> None:
    with pytest.raises(BadInput, match=r"every = .* is not known.*1 day at 03:00"):
        Every.parse(text)


def test_what_was_never_loaded_is_due_unless_its_files_are_not_ready() -> None:
    assert is_due(source(), None)
    assert not is_due(source(waiting="There is no file s.csv yet."), None)


def test_intervals() -> None:
    assert not is_due(source(), done(59 * MINUTE))
    assert is_due(source(), done(HOUR))
    assert not is_due(source(), done(9 * HOUR, files="f"))
    assert is_due(source(files=""), done(HOUR, files=""))
    assert not is_due(source(files=""), done(59 * MINUTE, files=""))


@pytest.mark.parametrize(
    ("every", "began", "now", "expected"),
    [
        ("1 day at 03:00", "2024-05-10 03:00:01", "2024-05-10 23:00", False),
        ("1 day at 03:00", "2024-05-10 03:00:01", "2024-05-11 02:59", False),
        ("1 day at 03:00", "2024-05-10 03:00:01", "2024-05-11 03:00", True),
        ("1 day at 03:00", "2024-05-08 03:00:01", "2024-05-10 01:00", True),
        ("1 day at 03:00", "2024-05-09 22:00", "2024-05-10 03:00", True),
        ("2 days at 03:00", "2024-05-09 03:00:01", "2024-05-10 12:00", False),
        ("2 days at 03:00", "2024-05-09 03:00:01", "2024-05-11 03:00", True),
    ],
)
def test_times_of_day(every: str, began: str, now: str, expected: bool) -> None:
    zone = NOW.tzinfo
    state = State(datetime.fromisoformat(began).replace(tzinfo=zone), "done", None, 0, "", "e")
    assert is_due(source(every), state, datetime.fromisoformat(now).replace(tzinfo=zone)) == expected


def test_times_of_day_are_those_of_the_place() -> None:
    state = State(datetime(2024, 5, 10, 0, 30, tzinfo=UTC), "done", None, 0, "", "e")
    assert is_due(source("1 day at 03:00"), state, datetime(2024, 5, 10, 3, 30, tzinfo=NOW.tzinfo))
    assert not is_due(source("1 day at 03:00"), state, datetime(2024, 5, 10, 2, 30, tzinfo=UTC))


def test_failures_wait_longer_each_time_and_a_mended_file_does_not_wait() -> None:
    state = State(NOW - HOUR, "loading", None, 0, "", "f")
    waits = []
    for _ in range(12):
        state = state.ended_badly(NOW, "no")
        waits.append(state.retry_at - NOW)
    assert waits[:5] == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 16 * MINUTE]
    assert waits[-1] == 6 * HOUR
    assert not is_due(source("10 seconds"), state, NOW + 5 * HOUR)
    assert is_due(source("1 day at 03:00"), state, NOW + 6 * HOUR)
    assert is_due(source("1 day at 03:00", files="mended"), state, NOW)
    assert state.began_again(NOW, "f").ended_well(NOW, "yes").failures == 0


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    assert is_due(source(), State(NOW + 9 * DAY, "done", None, 0, "", "e"))
    assert not is_due(source(), State(NOW + MINUTE, "done", None, 0, "", "e"))


def test_the_one_that_waited_longest_comes_first() -> None:
    three = [source(name=name) for name in ("a", "b", "c")]
    states = {"a": done(2 * HOUR), "b": done(3 * HOUR)}
    assert [each.name for each in due(NOW, three, states)] == ["c", "b", "a"]


def test_states_survive_and_spoilt_notes_are_none(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    states = {"a": done(HOUR), "b": State(NOW, "loading")}
    write_states(path, states)
    assert read_states(path) == states
    notes = tmp_path / "w.duckdb.schedule.json"
    for spoilt in ("", "[1]", '{"a": 1}', '{"a": {"began": "soon", "ended": null}}', '{"a": {"odd": 1}}'):
        notes.write_text(spoilt)
        assert read_states(path) == {}
    assert read_states(tmp_path / "none") == {}


# The folder of declared sources


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CLIENTELA_SOURCES", raising=False)
    (tmp_path / "sources").mkdir()
    return tmp_path


@pytest.fixture
def loads_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loads run in this process: to start one costs seconds, and other tests look at that."""

    def run(command: list[str], **_how: object) -> subprocess.CompletedProcess[str]:
        with redirect_stdout(StringIO()) as told, redirect_stderr(StringIO()) as faults:
            code = main(command[3:])
        return subprocess.CompletedProcess(command, code, told.getvalue(), faults.getvalue())

    monkeypatch.setattr(scheduler.subprocess, "run", run)


def declare(house: Path, name: str = "shop", file: str = "s.csv", every: str = "10 seconds") -> Path:
    text = mapping(f'file = "{file}"').to_toml()
    path = house / "sources" / f"{name}.toml"
    path.write_text(f'every = "{every}"\n' + text.replace('"shop"', f'"{name}"'))
    return path


def drop(house: Path, name: str = "s.csv", rows: list[list[str]] = ROWS, age: float = 60) -> Path:
    path = house / "sources" / name
    path.parent.mkdir(exist_ok=True)
    write(path, rows)
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def found(house: Path) -> tuple[tuple[Declared, ...], dict[str, str]]:
    return declared(environment.sources(house / "w.duckdb"), datetime.now().astimezone())


def test_declared_sources(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(house / "nowhere") == ((), {})
    declare(house)
    (house / "sources" / "byhand.toml").write_text(mapping('file = "s.csv"').to_toml())
    (house / "sources" / "odd.toml").write_text('source = "odd"\nevery = "1 hour"')
    declare(house, "often", every="hourly")
    sources, faults = found(house)
    assert [(each.name, each.waiting) for each in sources] == [("shop", "There is no file s.csv yet.")]
    assert set(faults) == {"odd", "often"}
    monkeypatch.setenv("CLIENTELA_SOURCES", str(house / "elsewhere"))
    assert found(house) == ((), {})


def test_files_that_are_being_written_are_left_for_the_next_round(house: Path) -> None:
    declare(house, file="drop/*.csv")
    drop(house, "drop/one.csv")
    assert found(house)[0][0].waiting == ""
    drop(house, "drop/two.csv", age=1)
    assert found(house)[0][0].waiting == "two.csv is being written."


def test_what_changes_the_files_of_a_source(house: Path) -> None:
    path = declare(house, file="drop/*.csv")
    drop(house, "drop/one.csv")
    seen = [found(house)[0][0].files]
    assert found(house)[0][0].files == seen[0] != ""
    drop(house, "drop/two.csv")
    seen.append(found(house)[0][0].files)
    drop(house, "drop/two.csv", ROWS[:2])
    seen.append(found(house)[0][0].files)
    path.write_text(path.read_text() + "# changed\n")
    seen.append(found(house)[0][0].files)
    assert len(set(seen)) == 4


def test_a_database_may_have_changed_at_any_time(house: Path) -> None:
    text = 'source = "erp"\nevery = "1 hour"\n[order_lines]\ndatabase = "ERP_DATABASE"\ntable = "t"\nchanges = "full"\n'
    (house / "sources" / "erp.toml").write_text(text + '[order_lines.columns]\ndate = "d"\nrevenue = "r"\n')
    (one,), _ = found(house)
    assert (one.files, one.waiting) == ("", "")
    assert is_due(one, done(HOUR, ""))


def test_links_out_of_a_folder_of_drops_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("secret.csv", "in/a.csv", "in/b.txt"):
        (tmp_path / name).write_text("a\n1\n")
    (tmp_path / "in" / "link.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "in" / "own.csv").symlink_to(tmp_path / "in" / "b.txt")
    (tmp_path / "in" / "gone.csv").symlink_to(tmp_path / "in" / "nothing")
    (tmp_path / "in" / "folder.csv").mkdir()
    assert [path.name for path in matching(tmp_path / "in", "*.csv")] == ["a.csv", "own.csv"]
    with pytest.raises(BadInput, match="outside the folders"):
        matching(tmp_path / "in", "../*.csv")
    assert being_written(matching(tmp_path / "in", "*.csv"), datetime.now().astimezone())


@pytest.mark.usefixtures("loads_here")
@pytest.mark.parametrize("pattern", ["{drops}/s_*.csv", "../drops/s_*.csv"])
def test_a_folder_elsewhere_is_read_where_it_is_allowed(
    house: Path, tmp_path: Path, pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drops = tmp_path / "drops"
    drops.mkdir()
    declare(house, file=pattern.format(drops=drops))
    assert ["CLIENTELA_FOLDERS" in words for words in found(house)[1].values()] == [True]
    monkeypatch.setenv("CLIENTELA_FOLDERS", str(drops))
    assert found(house)[0][0].waiting
    drop(house).rename(drops / "s_1.csv")
    assert found(house)[0][0].files
    scheduler.look(house / "w.duckdb")
    assert ask(house, "SELECT count(*) FROM sale") == [(4,)]


# Loading


@pytest.mark.usefixtures("loads_here")
def test_a_load_that_leaves_a_file_out_is_told_and_not_tried_until_it_changes(house: Path) -> None:
    declare(house, file="s_*.csv")
    drop(house, "s_1.csv")
    bad = drop(house, "s_2.csv")
    bad.write_text("")
    os.utime(bad, (0, 0))
    scheduler.look(house / "w.duckdb")
    assert ask(house, "SELECT count(*) FROM sale") == [(4,)]
    state = read_states(house / "w.duckdb")["shop"]
    assert (state.outcome, state.words.startswith("Not loaded: s_2.csv is empty.")) == ("partly", True)
    assert due(state.began + 9 * DAY, found(house)[0], {"shop": state}) == ()
    bad.write_text("a\n")
    os.utime(bad, (0, 0))
    assert due(state.began + 9 * DAY, found(house)[0], {"shop": state}) != ()


def test_a_round_loads_what_is_due_and_only_once(house: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="clientela")
    declare(house)
    drop(house)
    scheduler.look(house / "w.duckdb")
    assert ask(house, "SELECT count(*) FROM sale") == [(4,)]
    state = read_states(house / "w.duckdb")["shop"]
    assert (state.outcome, state.failures) == ("done", 0)
    assert "4" in state.words
    assert [record.message[:31] for record in caplog.records] == [
        "Loading the source shop",
        "The source shop: done. " + state.words[:8],
    ]
    before = (house / "w.duckdb").stat()
    scheduler.look(house / "w.duckdb")
    assert (house / "w.duckdb").stat() == before
    assert read_states(house / "w.duckdb")["shop"] == state


@pytest.mark.usefixtures("loads_here")
def test_failures_are_noted_in_words_and_logged_without_values(
    house: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="clientela")
    declare(house)
    drop(house, rows=[["Anna Rossi", *ROWS[0][1:]]])
    scheduler.look(house / "w.duckdb")
    state = read_states(house / "w.duckdb")["shop"]
    assert (state.outcome, state.failures) == ("failed", 1)
    assert "'Anna Rossi' is not a date" in state.words
    assert "is not a date" in caplog.text
    assert "Anna" not in caplog.text
    assert "Next try after" in caplog.text
    scheduler.look(house / "w.duckdb")
    assert read_states(house / "w.duckdb")["shop"] == state
    drop(house, age=30)
    scheduler.look(house / "w.duckdb")
    assert read_states(house / "w.duckdb")["shop"].outcome == "done"


def test_a_mapping_that_cannot_be_read_is_logged_once(house: Path, caplog: pytest.LogCaptureFixture) -> None:
    declare(house, "odd", every="hourly")
    told = scheduler.look(house / "w.duckdb")
    scheduler.look(house / "w.duckdb", told)
    assert len(caplog.records) == 1
    assert "odd cannot be loaded: every = '…' is not known" in caplog.text


def test_a_crash_ends_no_dashboard(
    house: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    declare(house)
    drop(house)
    crash = house / "crash"
    crash.write_text("#!/bin/sh\necho Anna Rossi >&2\nkill -9 $$\n")
    crash.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(crash))
    scheduler.look(house / "w.duckdb")
    state = read_states(house / "w.duckdb")["shop"]
    assert (state.outcome, state.words) == ("failed", "It crashed (code -9): nothing was loaded.")
    assert "Anna" not in caplog.text


@pytest.mark.usefixtures("loads_here")
def test_an_interrupted_load_is_tried_again(house: Path) -> None:
    declare(house)
    drop(house)
    files = found(house)[0][0].files
    long_ago = datetime.now().astimezone() - HOUR
    for began, outcome in ((datetime.now().astimezone(), "loading"), (long_ago, "done")):
        write_states(house / "w.duckdb", {"shop": State(began, "loading", files=files)})
        scheduler.look(house / "w.duckdb")
        assert read_states(house / "w.duckdb")["shop"].outcome == outcome


@pytest.mark.usefixtures("loads_here")
def test_while_one_process_loads_no_other_does(house: Path) -> None:
    declare(house)
    drop(house)
    with (house / "w.duckdb.schedule.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        scheduler.look(house / "w.duckdb")
        assert read_states(house / "w.duckdb") == {}
    scheduler.look(house / "w.duckdb")
    assert read_states(house / "w.duckdb")["shop"].outcome == "done"


LOADER = """
import subprocess, sys, time
from pathlib import Path
real = subprocess.run
def run(command, **more):
    with open(sys.argv[2], "a") as file:
        file.write("x")
    time.sleep(0.5)
    return real([sys.executable, "-c", "print('1 row')"], **more)
subprocess.run = run
from data.delivery import scheduler
for _ in range(3):
    scheduler.look(Path(sys.argv[1]))
"""


def test_several_dashboards_load_a_source_once(house: Path) -> None:
    declare(house)
    drop(house)
    command = [sys.executable, "-c", LOADER, house / "w.duckdb", house / "count"]
    running = [subprocess.Popen(command) for _ in range(3)]
    assert [each.wait(240) for each in running] == [0, 0, 0]
    assert (house / "count").read_text() == "x"
    assert json.loads((house / "w.duckdb.schedule.json").read_text())["shop"]["words"] == "1 row"


def test_the_load_itself_holds_the_lock(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a load goes on alone when its dashboard ends."""
    declare(house)
    drop(house)
    slow = house / "slow"
    began, over = house / "began", house / "over"
    slow.write_text(
        f"#!/bin/sh\ntouch '{began}'\nwhile [ -e '{began}' ] && [ ! -e '{over}' ]; do sleep 0.1; done\n"
    )
    slow.chmod(0o755)
    code = (
        "import sys; from pathlib import Path; from data.delivery import scheduler; sys.executable = sys.argv[2];"
        "scheduler.look(Path(sys.argv[1]))"
    )
    dashboard = subprocess.Popen([sys.executable, "-c", code, house / "w.duckdb", slow])
    try:
        deadline = time.monotonic() + 120
        while not began.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        dashboard.kill()
        dashboard.wait()
        with (house / "w.duckdb.schedule.lock").open("w") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        over.touch()


def test_the_thread_starts_once_and_survives_faults(
    house: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rounds: list[Path] = []

    def look(path: Path, told: dict[str, str]) -> dict[str, str]:
        rounds.append(path)
        if len(rounds) == 1:
            raise OSError("the disk is full")
        return told

    monkeypatch.setattr(scheduler, "look", look)
    monkeypatch.setattr(scheduler, "TICK_SECONDS", 0.05)
    monkeypatch.setenv("CLIENTELA_SCHEDULE", "off")
    scheduler.start(house / "w.duckdb")
    time.sleep(0.2)
    assert rounds == []
    monkeypatch.setenv("CLIENTELA_SCHEDULE", "on")
    for _ in range(3):
        scheduler.start(house / "w.duckdb")
    deadline = time.monotonic() + 120
    while len(rounds) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(rounds) >= 4
    assert "could not be looked after" in caplog.text
    monkeypatch.setattr(scheduler, "TICK_SECONDS", 3600)
