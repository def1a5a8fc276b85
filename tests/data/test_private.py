"""Files with personal data are their owner's alone, and what was left half-way goes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from data.delivery.schedule import State, read_states, write_states
from data.export.plain_tables import export
from data.load import load
from data.privacy.rights import forget, tell
from data.recovery.backup import backup
from data.store import duckdb_engine as engine
from data.store import private_files
from data.store.warehouse import Warehouse
from tests.data.load_files import mapping, shop, write
from tests.data.small import ANNA, small_warehouse

HERE = Path(__file__).parents[2]
HOLDS = """
import sys, time
from pathlib import Path
from data.store import private_files as private
print(private.kept_folder(Path(sys.argv[1]), sys.argv[2]), flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def everybody_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A umask that takes nothing away; uploads and temporary files lie apart from those of others."""
    before = os.umask(0)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(private_files, "UPLOADS", tmp_path / "uploads")
    yield
    os.umask(before)


def wide(folder: Path) -> list[str]:
    """What others can do anything with, below a folder."""
    return sorted(
        str(each.relative_to(folder)) for each in folder.rglob("*")
        if each.lstat().st_mode & 0o077 and not each.is_symlink() and each.suffix not in (".csv", ".toml")
        and each.name != "temporary"
    )  # fmt: skip


ROWS = [["2024-01-05", "A1", "c1", "Italy", "pen", "2", "1.50"], ["nothing", "A2", "c1", "", "", "1", "1"]]


def test_all_that_a_load_makes(tmp_path: Path) -> None:
    place = tmp_path / "new" / "folder" / "w.duckdb"
    for at in range(3):
        rows = [[*ROWS[0][:1], f"A{at}", *ROWS[0][2:]], ROWS[1]]
        load(mapping(), place, write(tmp_path / f"{at}.csv", rows))
    write_states(place, {})
    assert place.exists()
    assert any((place.parent / "w.duckdb.versions").iterdir())
    assert wide(tmp_path) == []


def test_what_was_there_with_wider_rights_is_closed(tmp_path: Path) -> None:
    shop(tmp_path, ROWS)
    shop(tmp_path, [["2024-01-06", *ROWS[0][1:]]], name="more.csv")
    for each in (*tmp_path.glob("w.duckdb*"), *(tmp_path / "w.duckdb.versions").iterdir()):
        each.chmod(0o755 if each.is_dir() else 0o644)
    assert wide(tmp_path)
    shop(tmp_path, [["2024-01-07", *ROWS[0][1:]]], name="again.csv")
    assert wide(tmp_path) == []


def test_what_is_taken_elsewhere(tmp_path: Path) -> None:
    small_warehouse(tmp_path / "w.duckdb")
    path, out = tmp_path / "w.duckdb", tmp_path / "out"
    out.mkdir(mode=0o700)
    for name in ("backup.duckdb", "held.zip"):
        (out / name).touch(mode=0o644)
    backup(path, out / "backup.duckdb")
    tell(path, numbers(path)[0], out / "held.zip")
    store = Warehouse(path)
    try:
        export(store, out / "tables", "csv", personal=True)
    finally:
        store.close()
    assert {each.name for each in out.iterdir()} == {"backup.duckdb", "held.zip", "tables"}
    assert [str(each) for each in out.rglob("*") if each.stat().st_mode & 0o077] == []


def numbers(path: Path) -> list[str]:
    store = Warehouse(path)
    try:
        return [
            id for (id,) in store.rows("SELECT DISTINCT id FROM customer WHERE customer_code > 0 ORDER BY 1")
        ]
    finally:
        store.close()


def test_commands_write_for_their_owner(tmp_path: Path) -> None:
    write(tmp_path / "s.csv", ROWS)
    (tmp_path / "m.toml").write_text(mapping().to_toml())
    (tmp_path / "out").mkdir(mode=0o700)
    (tmp_path / "out" / "rejected.csv").touch(mode=0o644)
    settings = {**os.environ, "CLIENTELA_WAREHOUSE": str(tmp_path / "w.duckdb"),
                "CLIENTELA_LOG": str(tmp_path / "out" / "log")}  # fmt: skip
    asked = (
        ("data", "load", "m.toml", "--file", "s.csv", "--rejected", "out/rejected.csv"),
        ("cubes", "ask", "sales", "--measures", "revenue", "--by", "customer", "--output", "out/cells.csv"),
    )
    for module, *arguments in asked:
        run = subprocess.run([sys.executable, "-m", module, *arguments], cwd=tmp_path, check=False,
                             env={**settings, "PYTHONPATH": str(HERE)}, capture_output=True, text=True)  # fmt: skip
        assert run.returncode == 0, run.stderr
    assert {each.name for each in (tmp_path / "out").iterdir()} == {"rejected.csv", "cells.csv", "log"}
    assert [each.name for each in (tmp_path / "out").iterdir() if each.stat().st_mode & 0o077] == []
    assert pl.read_csv(tmp_path / "out" / "rejected.csv").height == 1


def holding(inside: Path, prefix: str) -> tuple[subprocess.Popen[str], Path]:
    """Another process that works in a folder of its own."""
    inside.mkdir(exist_ok=True)
    other = subprocess.Popen([sys.executable, "-c", HOLDS, str(inside), prefix], cwd=HERE, text=True,
                             stdout=subprocess.PIPE)  # fmt: skip
    assert other.stdout is not None
    return other, Path(other.stdout.readline().strip())


def ended(other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait()
    assert other.stdout is not None
    other.stdout.close()


@pytest.mark.parametrize("arguments", [("data", "status"), ("cubes", "show", "sales")])
def test_commands_that_only_read_close_what_was_wide(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    path, log = tmp_path / "w.duckdb", tmp_path / "log"
    shop(tmp_path, ROWS)
    shop(tmp_path, [["2024-01-06", *ROWS[0][1:]]], name="more.csv")
    (tmp_path / "w.duckdb.spill").mkdir()
    beside = [*tmp_path.glob("w.duckdb*"), *(tmp_path / "w.duckdb.versions").iterdir()]
    for at in ("", ".1", ".5"):
        log.with_name(f"log{at}").touch()
    for each in beside:
        each.chmod(0o777 if each.is_dir() else 0o666)
    run = subprocess.run([sys.executable, "-m", *arguments], cwd=HERE, capture_output=True, text=True, check=False,
                         env={**os.environ, "CLIENTELA_WAREHOUSE": str(path), "CLIENTELA_LOG": str(log)})  # fmt: skip
    assert run.returncode == 0, run.stderr
    logs = ["log", "log.1", "log.5"] if arguments[0] == "cubes" else []  # which writes none
    assert wide(tmp_path) == logs


def test_what_a_question_puts_on_disk_is_its_owners_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    small_warehouse(path)
    reader = engine.Reader(path)
    place = Path(str(reader.rows("SELECT current_setting('temp_directory')")[0][0]))
    assert (place.parent, place.stat().st_mode & 0o777) == (tmp_path, 0o700)
    assert private_files.in_use(path) == []
    (place / "duckdb_temp_storage-0.tmp").write_text("Anna")
    private_files.clear_away(path)
    assert private_files.in_use(path) == [place]
    reader.close()
    assert not place.exists()


def test_spills_of_an_earlier_release_go_after_an_hour(tmp_path: Path) -> None:
    new, old = tmp_path / "w.duckdb.spill", tmp_path / "w.duckdb.versions" / "1.duckdb.spill"
    for each in (new, old):
        each.mkdir(parents=True)
    os.utime(old, (time.time() - 2 * private_files.AN_HOUR,) * 2)
    private_files.clear_away(tmp_path / "w.duckdb")
    assert (new.exists(), old.exists()) == (True, False)


@pytest.mark.parametrize(
    ("inside", "prefix"),
    [
        ("temporary", "clientela_"),
        (".", ".w.duckdb."),
        ("w.duckdb.versions", ".1.duckdb."),
        ("uploads", ""),
    ],
)
def test_folders_of_an_ended_process_go_and_those_of_a_running_one_stay(
    tmp_path: Path, inside: str, prefix: str
) -> None:
    other, place = holding(tmp_path / inside, prefix)
    try:
        (place / "rows.csv").write_text("Anna")
        private_files.clear_away(tmp_path / "w.duckdb")
        assert place.exists()
    finally:
        ended(other)
    private_files.clear_away(tmp_path / "w.duckdb")
    assert not place.exists()


def test_folders_of_an_earlier_release_go_after_a_day(tmp_path: Path) -> None:
    new, old = (tmp_path / "temporary" / name for name in ("clientela-new", "clientela-old"))
    new.mkdir()
    old.mkdir()
    os.utime(old, (time.time() - 2 * private_files.A_DAY,) * 2)
    private_files.clear_away(tmp_path / "w.duckdb")
    assert (new.exists(), old.exists()) == (True, False)


def test_our_own_folder_is_not_taken_from_us(tmp_path: Path) -> None:
    with private_files.folder_for_a_while() as place:
        private_files.clear_away(tmp_path / "w.duckdb")
        assert place.exists()
    assert not place.exists()


def test_forgetting_reaches_uploads_and_notes(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    small_warehouse(path)
    (tmp_path / "uploads" / "one").mkdir(parents=True)
    (tmp_path / "uploads" / "one" / "s.csv").write_text(ANNA[0])
    noted = State(datetime.now(UTC), "failed")
    words = [f"Row 1: customer_name: {name!r} is odd." for name in ("Anna Bellini", "somebody")]
    write_states(path, {str(at): replace(noted, words=each) for at, each in enumerate(words)})
    store = Warehouse(path)
    named = store.rows(
        """SELECT any_value(customer.id), any_value(r.name) FROM customer JOIN customer_identity USING (customer_code)
        JOIN customer_record AS r USING (identity_key) WHERE r.name LIKE '%Bellini%' GROUP BY customer_code LIMIT 1"""
    )
    store.close()
    done = forget(path, named[0][0])
    assert not (tmp_path / "uploads" / "one").exists()
    assert "uploaded and not loaded yet are gone" in " ".join(done.told)
    assert read_states(path)["1"].words == words[1]
    assert "Bellini" not in read_states(path)["0"].words


def test_umask_is_what_it_was(tmp_path: Path) -> None:
    with private_files.only_owner(), private_files.only_owner():
        (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in "ab"] == [0o600, 0o666]
