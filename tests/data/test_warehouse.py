"""Snapshots: whole or never, seen by whoever opens next, left alone for whoever reads already."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path

import duckdb
import pytest

from data import environment
from data.errors import WarehouseError
from data.quality.integrity import examine
from data.store import duckdb_engine as engine
from data.store import write_moments
from data.store.warehouse import Extent, Warehouse, current_version, writing
from tests.tiny import Line, tiny_warehouse


def lines_in(warehouse: Warehouse) -> int:
    return int(warehouse.rows("SELECT count(*) FROM sale")[0][0])


def add_a_line(path: Path) -> None:
    with writing(path) as connection:
        connection.execute(
            "INSERT INTO sale SELECT * REPLACE (row_in_source + 1 AS row_in_source) FROM sale LIMIT 1"
        )


def test_a_reader_keeps_its_snapshot_and_the_next_sees_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    before = tiny_warehouse(path, [Line()])
    add_a_line(path)
    after = Warehouse(path)
    assert (lines_in(before), lines_in(after)) == (1, 2)
    assert before.version != after.version == current_version(path)
    assert after.profile.lines == 2


def test_a_failed_write_leaves_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(RuntimeError, match="half-way"), writing(path) as connection:
        connection.execute("DELETE FROM sale")
        raise RuntimeError("half-way")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["w.duckdb", "w.duckdb.lock"]


def test_a_second_writer_waits_for_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    threads = [threading.Thread(target=add_a_line, args=(path,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lines_in(Warehouse(path)) == 5


def test_a_file_that_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()

    def refused(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("data.store.duckdb_engine.os.open", refused)
    with pytest.raises(WarehouseError, match="cannot be opened: Permission denied"):
        Warehouse(path)


def test_why_a_file_cannot_be_opened_is_said(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    whole = path.read_bytes()
    path.write_bytes(whole[:40] + b"torn" + whole[44:])
    with pytest.raises(WarehouseError, match="damaged or cut off"):
        Warehouse(path)
    path.write_bytes(whole)
    later = duckdb.IOException("IO Error: Trying to read a database file with version number 2000")
    assert "later release" in str(engine._refusal(path, later))
    with duckdb.connect(str(path)):
        code = "import sys, pathlib, data.store.warehouse as w; w.Warehouse(pathlib.Path(sys.argv[1]))"
        other = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
        )
    assert "Another program has opened w.duckdb for writing" in other.stderr


def test_every_thread_reads_with_the_same_settings(tmp_path: Path) -> None:
    warehouse = tiny_warehouse(tmp_path / "w.duckdb", [Line()])
    found: list[object] = []

    def ask() -> None:
        names = ("perfect_ht_threshold", "preserve_insertion_order")
        found.append([warehouse.rows(f"SELECT current_setting('{name}')") for name in names])

    for thread in [threading.Thread(target=ask) for _ in range(2)]:
        thread.start()
        thread.join()
    ask()
    assert found == [[[(16,)], [(False,)]]] * 3


def test_a_writer_that_waited_too_long_says_so(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    waiting = write_moments.WAIT_SECONDS.set(0.1)
    with writing(path), pytest.raises(WarehouseError, match="Another load"), engine.only_writer(path):
        pass
    write_moments.WAIT_SECONDS.reset(waiting)


def test_first_writers_at_once_make_one_warehouse(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    problems: list[Exception] = []

    def write() -> None:
        try:
            with writing(path) as connection:
                connection.execute("INSERT INTO setting VALUES (?, 'x')", [str(threading.get_ident())])
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert len(Warehouse(path).rows("SELECT * FROM setting WHERE value = 'x'")) == 3


def test_profile_tells_extent_and_size(tmp_path: Path) -> None:
    warehouse = tiny_warehouse(
        tmp_path / "w.duckdb", [Line(), Line(day=date(2012, 2, 29), order="b", customer="(unknown)")]
    )
    profile = warehouse.profile
    assert (profile.first_day, profile.last_day, profile.lines) == (date(2011, 1, 1), date(2012, 2, 29), 2)
    assert profile.members["day"] == 425
    assert profile.orders_are_whole


def test_an_empty_warehouse_opens(tmp_path: Path) -> None:
    with writing(tmp_path / "w.duckdb"):
        pass
    profile = Warehouse(tmp_path / "w.duckdb").profile
    assert (profile.lines, profile.first_day) == (0, None)
    assert profile.extents["interaction"] == Extent(0, None, None)


def test_each_fact_has_an_extent_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    with writing(path) as connection:
        for day, customer in ((date(2010, 5, 1), 4), (date(2012, 5, 1), 9)):
            connection.execute(
                "INSERT INTO invoice (day_key, customer_key, customer_code, identity_key, batch, row_in_source)"
                " VALUES (?, 0, ?, 0, 1, 1)",
                [(day - date(1970, 1, 1)).days, customer],
            )
    profile = Warehouse(path).profile
    assert profile.extents["invoice"] == Extent(2, date(2010, 5, 1), date(2012, 5, 1))
    assert profile.extents["sale"] == Extent(1, date(2011, 1, 1), date(2011, 1, 1))
    assert (profile.lines, profile.first_day, profile.last_day) == (1, date(2011, 1, 1), date(2011, 1, 1))


def test_the_environment_names_the_warehouse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", "/somewhere/else.duckdb")
    assert environment.warehouse() == Path("/somewhere/else.duckdb")
    monkeypatch.delenv("CLIENTELA_WAREHOUSE")
    assert environment.warehouse() == Path("var/clientela.duckdb")


def test_a_folder_is_no_warehouse(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="is a folder, not a warehouse"):
        Warehouse(tmp_path)


def test_a_full_disk_is_told_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for place in ("shutil.copyfile", "os.fsync", "os.replace"):
        with monkeypatch.context() as patch, pytest.raises(WarehouseError, match="No space left") as caught:
            patch.setattr(f"data.store.duckdb_engine.{place}", full)
            add_a_line(path)
        assert "cannot be written" in caught.value.problem
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.draft*"))


def test_the_copy_goes_to_the_disk_while_the_transaction_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    began, to_disk = threading.Event(), os.fsync

    def noted(descriptor: int) -> None:
        began.set()
        to_disk(descriptor)

    monkeypatch.setattr("data.store.duckdb_engine.os.fsync", noted)
    with writing(path):
        assert began.wait(120)


def test_what_goes_wrong_in_the_callers_own_files_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="of the caller"), writing(tmp_path / "w.duckdb"):
        raise FileNotFoundError("of the caller")


def test_a_snapshot_published_while_another_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    publishes = iter([add_a_line])

    def version(at: Path, plain: Callable[[Path], str] = engine.version) -> str:
        found = plain(at)
        for publish in publishes:
            publish(path)
        return found

    monkeypatch.setattr(engine, "version", version)
    found = engine.Reader(path)
    lines = found.rows("SELECT count(*) FROM snapshot.sale")
    assert (found.version, lines) == (version(path), [(2,)])


def test_a_snapshot_that_never_stays_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_warehouse(tmp_path / "w.duckdb", [Line()]).close()
    numbers = count()
    monkeypatch.setattr(engine, "version", lambda _: str(next(numbers)))
    with pytest.raises(WarehouseError, match="again and again"):
        Warehouse(tmp_path / "w.duckdb")


def test_a_file_whose_calendar_knows_no_fiscal_year_is_checked_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    tiny_warehouse(path, [Line()]).close()
    with engine.transaction(path) as connection:
        for level in ("fiscal_year", "fiscal_quarter"):
            connection.execute(f"ALTER TABLE time DROP COLUMN {level}_code")
    found = [each.name for each in examine(Warehouse(path))]
    assert "totals by week are the grand total" in found
    assert not [name for name in found if "fiscal" in name]
