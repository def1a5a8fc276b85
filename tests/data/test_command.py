"""`python -m data`: what it says, how it ends, and what it writes into the log. Fit for cron."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from data.__main__ import main
from data.errors import BadInput, WarehouseError
from data.recovery.earlier_states import go_back
from data.store import event_log, unfollowed, warehouse
from data.store.warehouse import Warehouse, writing
from tests.data.small import ANNA, add_load, small_warehouse

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(tmp_path / "w.duckdb"))
    return small_warehouse(tmp_path / "w.duckdb")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CLIENTELA_LOG", str(tmp_path / "logs" / "clientela.log"))
    yield tmp_path / "logs" / "clientela.log"
    for each in list(logging.getLogger(event_log.NAME).handlers):
        logging.getLogger(event_log.NAME).removeHandler(each)
        each.close()


def lines_in(path: Path) -> int:
    store = Warehouse(path)
    try:
        return store.profile.lines
    finally:
        store.close()


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_status_tells_what_there_is(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "status")
    assert code == 0
    assert "Small & Sons" in out
    assert "12 order lines, 4 customers, revenue 780.00 EUR" in out
    code, out, _ = run(capsys, "status", "--json")
    told = json.loads(out)
    assert (code, told["lines"], told["revenue"], told["batches"][0]["rows_read"]) == (0, 12, "780.0000", 14)


def test_history_and_undo(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_load(path, 2)
    code, out, _ = run(capsys, "history")
    assert code == 0
    assert "load small" in out
    assert "UTC" in out
    assert [each["state"] for each in json.loads(run(capsys, "history", "--json")[1])] == ["current", "kept"]
    code, out, _ = run(capsys, "undo-load", "2")
    assert (code, lines_in(path)) == (0, 12)
    assert "Batch 2 is undone" in out
    assert "'python -m data go-back 2'" in out
    assert run(capsys, "go-back", 2)[0] == 0
    assert lines_in(path) == 13
    code, out, err = run(capsys, "undo-load", "1")
    assert (code, out) == (2, "")
    assert "Batch 1 is not the last load" in err
    assert run(capsys, "go-back")[0] == 2


def test_undoing_tells_what_goes_with_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_load(path, 2)
    with writing(path, "segment keen saved"):
        pass
    assert "With it went what was done since: segment keen saved." in run(capsys, "undo-load")[1]


def test_backup_restore_and_export(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "12 order lines" in run(capsys, "backup", tmp_path / "b.duckdb")[1]
    add_load(path, 2)
    assert run(capsys, "restore", tmp_path / "b.duckdb")[0] == 0
    assert lines_in(path) == 12
    code, out, _ = run(capsys, "export", tmp_path / "star", "--format", "csv")
    assert code == 0
    assert "written to" in out
    assert "--personal" in out
    assert (tmp_path / "star" / "sale.csv").exists()
    code, _, err = run(capsys, "restore", tmp_path / "star" / "sale.csv")
    assert (code, "not a warehouse" in err) == (2, True)


def test_check_ends_with_1_where_something_is_wrong(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check")
    assert (code, err) == (0, "")
    assert "ok    rows read = loaded + rejected + repeats dropped" in out.splitlines()
    assert run(capsys, "check", "--quiet") == (0, "", "")
    with writing(path) as connection:
        connection.execute("UPDATE delivery SET rows_loaded = 11")
    code, out, err = run(capsys, "check", "--quiet")
    assert (code, out) == (1, "")
    assert "WRONG rows read = loaded + rejected + repeats dropped: 1 are not so" in err.splitlines()
    code, out, _ = run(capsys, "check", "--json")
    assert code == 1
    assert any(each["found"] for each in json.loads(out))


def test_forgetting_needs_a_yes(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "access", "K100", tmp_path / "anna.zip")[0] == 0
    assert (tmp_path / "anna.zip").exists()
    code, _, err = run(capsys, "forget", "K100")
    assert (code, "--yes" in err) == (2, True)
    code, out, _ = run(capsys, "forget", "K100", "--yes", "--by", "the keeper")
    assert code == 0
    assert "erased-1" in out
    assert "Backups" in out
    code, _, err = run(capsys, "forget", "K100", "--yes")
    assert (code, "no customer" in err) == (2, True)


def test_quiet_says_nothing_unless_something_is_wrong(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_load(path, 2)
    for command in (
        ("backup", tmp_path / "b.duckdb"), ("undo-load",), ("restore", tmp_path / "b.duckdb"),
        ("export", tmp_path / "star"), ("access", "K200", tmp_path / "k.zip"), ("forget", "K200", "--yes"),
    ):  # fmt: skip
        assert run(capsys, *command, "--quiet") == (0, "", ""), command
    code, out, err = run(capsys, "backup", tmp_path, "--quiet")
    assert (code, out) == (2, "")
    assert "is a folder" in err


def test_a_writer_that_is_busy_is_waited_for_as_long_as_said(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_load(path, 2)
    with writing(path):
        code, _, err = run(capsys, "undo-load", "--wait", "0.2")
    assert (code, "Another load is writing" in err) == (2, True)
    assert lines_in(path) == 13


def test_a_fault_of_ours_is_told_without_a_traceback(
    path: Path, log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError(f"{ANNA[0]} divided by zero")

    monkeypatch.setattr("data.commands.look_commands.examine", broken)
    code, out, err = run(capsys, "check")
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert ANNA[0] not in err + log.read_text()
    assert "ZeroDivisionError at test_command.py" in log.read_text()


def test_what_was_done_is_logged_without_anybody(
    path: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "check")
    run(capsys, "forget", "K999", "--yes")
    run(capsys, "access", "K100", log.parent / "a.zip")
    run(capsys, "forget", "K100", "--yes", "--by", "somebody@home.example")
    run(capsys, "forget", ANNA[0], "--yes")
    told = log.read_text().splitlines()
    assert [line.split(" ", 1)[1] for line in told] == [
        "INFO check: done", "ERROR forget: There is no customer […].", "INFO access: done", "INFO forget: done",
        "ERROR forget: There is no customer […].",
    ]  # fmt: skip
    assert all(len(line.split(" ")[0]) == len("2026-11-22T11:15:08Z") and line[19] == "Z" for line in told)


def test_secrets_and_addresses_are_struck_out(log: Path) -> None:
    own = event_log.set_up(to_stderr=False)
    own.info("read postgresql://clerk:hunter2@erp/sales")
    own.warning("sent to %s, phone %s, password=swordfish token: abc123", ANNA[3], ANNA[4])
    own.info("Authorization: Bearer abc.def\nand a second line")
    try:
        raise BadInput(f"{ANNA[0]} is no number")
    except BadInput:
        own.exception("load erp")
    told = log.read_text()
    for secret in ("hunter2", "swordfish", "abc123", "abc.def", *ANNA):
        assert secret not in told
    assert len(told.splitlines()) == 4
    assert "postgresql://clerk:[…]@erp/sales" in told
    assert "BadInput at test_command.py" in told
    assert event_log.told(BadInput("'Anna' and “Bo” in row 3", "")) == "[…] and […] in row 3"


def test_the_log_turns_over_and_a_bad_place_stops_nobody(
    path: Path, log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "SIZE", 200)
    own = event_log.set_up(to_stderr=False)
    for number in range(50):
        own.info("line %s", number)
    assert len(list(log.parent.iterdir())) == event_log.FILES + 1
    monkeypatch.setenv("CLIENTELA_LOG", str(path / "no" / "place.log"))
    code, _, err = run(capsys, "check", "--quiet")
    assert code == 0
    assert "cannot be written" in err


def test_it_runs_as_a_process_of_its_own(path: Path) -> None:
    command = [sys.executable, "-m", "data", "history", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0]["state"] == "current"
    wrong = subprocess.run([*command[:3], "nothing"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr


def test_files_are_loaded_quietly_and_undone(
    tmp_path: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.toml").write_text(
        'source = "own"\n[order_lines]\nfile = "own.csv"\n[order_lines.columns]\ndate = "day"\nrevenue = "amount"\n'
    )
    (tmp_path / "own.csv").write_text("day,amount\n2024-01-05,12.50\n2024-01-06,x\n2024-01-06,3\n")
    where = ("--warehouse", tmp_path / "w.duckdb")
    code, out, err = run(capsys, "load", tmp_path / "own.toml", *where, "--quiet")
    assert (code, out) == (0, "")
    assert "own: 1 rows were rejected, batch 1." in err.splitlines()
    told = "INFO load own: batch 1, 3 rows read = 2 loaded + 1 rejected + 0 repeats dropped"
    assert log.read_text().splitlines()[0].endswith(told)
    (tmp_path / "own.csv").write_text("day,amount\n2024-01-07,1\n")
    assert run(capsys, "load", tmp_path / "own.toml", *where, "--as-of", "2024-02-01")[0] == 0
    assert lines_in(tmp_path / "w.duckdb") == 3
    assert run(capsys, "check", "--quiet", *where) == (0, "", "")
    assert run(capsys, "undo-load", *where)[0] == 0
    assert lines_in(tmp_path / "w.duckdb") == 2


def test_what_follows_from_many_lines_is_followed_when_they_are_there(
    tmp_path: Path, log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfollowed, "FROM_LINES", 1)
    (tmp_path / "own.toml").write_text(
        'source = "own"\n[order_lines]\nfile = "own.csv"\n[order_lines.columns]\n'
        'date = "day"\nrevenue = "amount"\ncustomer = "who"\norder = "number"\n'
    )
    path = tmp_path / "w.duckdb"
    where = (tmp_path / "own.toml", "--warehouse", path, "--quiet")

    def refused(_: Path) -> bool:
        raise WarehouseError("Another load is writing to the warehouse.")

    def breaks(_: Path) -> bool:
        raise MemoryError

    (tmp_path / "own.csv").write_text("day,amount,who,number\n2024-01-05,12.50,Ann,1\n2024-01-06,3,Bob,2\n")
    with monkeypatch.context() as patch:
        patch.setattr(warehouse, "follow", refused)
        code, _, err = run(capsys, "load", *where)
    assert code == 0
    assert "The load is done. What follows from its lines waits for the next one: Another load" in err
    with monkeypatch.context() as patch:
        patch.setattr(warehouse, "follow", breaks)
        code, _, err = run(capsys, "load", *where)
    assert (code, "The load is done." in err, "Nothing was changed" in err) == (0, True, False)
    assert warehouse.is_unfollowed(path)
    assert lines_in(path) == 2
    (tmp_path / "own.csv").write_text("day,amount,who,number\n2024-01-07,1,Ann,3\n")
    assert run(capsys, "load", *where, "--as-of", "2024-02-01")[0] == 0
    assert not warehouse.is_unfollowed(path)
    with closing(Warehouse(path)) as found:
        assert found.rows("SELECT count(*) FROM purchase") == [(3,)]
    go_back(path, 1)
    assert not warehouse.is_unfollowed(path)
    with closing(Warehouse(path)) as found:
        assert found.rows("SELECT count(*) FROM purchase") == [(2,)]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("9999-12-31T23:59:59-05:00", "is beyond the years 1 to 9999"),
        ("0001-01-01T00:00:00+05:00", "is beyond the years 1 to 9999"),
        ("yesterday", "'yesterday' is no moment. Write it like 2024-01-31"),
    ],
)
def test_a_moment_that_is_none_is_met_with_words(
    moment: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["load", "m.toml", "--as-of", moment])
    assert words in capsys.readouterr().err


def test_a_backup_that_was_cut_off_is_refused_in_words(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "b.duckdb"
    run(capsys, "backup", file)
    whole, before = file.read_bytes(), path.read_bytes()
    for share in (0.01, 0.5, 0.9):
        file.write_bytes(whole[: int(len(whole) * share)])
        code, _, err = run(capsys, "restore", file)
        assert code == 2
        assert "b.duckdb is damaged or cut off" in err
        assert "Nothing was changed." in err
    assert path.read_bytes() == before
