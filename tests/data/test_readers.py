"""Many readers while loads publish, and writers that are killed: no torn answer, nothing lost, nothing doubled."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from data.store.duckdb_engine import Reader
from tests.data.small import add_load, small_warehouse

ROOT = Path(__file__).parents[2]
LOADS = 4
KILLS = 45


def process(module: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"tests.data.{module}", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told(by: subprocess.Popen[str]) -> Any:
    try:
        out, err = by.communicate(timeout=900)
    finally:
        by.kill()
    assert by.returncode == 0, err
    return json.loads(out)


def test_sixteen_readers_in_two_processes_while_loads_publish(tmp_path: Path) -> None:
    path, stop = small_warehouse(tmp_path / "w.duckdb"), tmp_path / "stop"
    dashboards = [process("asking", path, stop, 8) for _ in range(2)]
    try:
        while not all((tmp_path / f"asking-{each.pid}").exists() or each.poll() for each in dashboards):
            time.sleep(0.05)
        for batch in range(2, LOADS + 2):
            add_load(path, batch)
    finally:
        stop.touch()
    for found in [told(each) for each in dashboards]:
        assert found["problems"] == []
        assert found["least"] > 5
        assert found["snapshots"] >= 3


def test_kills_at_any_step_lose_and_double_nothing(tmp_path: Path) -> None:
    found = told(process("killed", tmp_path, KILLS))
    assert found.get("sound") == 0, found
    assert sum(found["ended"].values()) == KILLS
    assert min(found["ended"].values()) >= KILLS // 9
    assert found["rows"] == found["ended"]["published"] + found["ended"]["pruning"] + KILLS // 40 + 1
    numbers = sorted(name for name in found["left"] if name[0].isdigit())
    assert [name for name in found["left"] if name != "spare"] == [*numbers, "w.duckdb", "w.duckdb.lock"]
    assert len(numbers) == 3


def test_a_reader_lets_go_while_others_begin_to_ask(tmp_path: Path) -> None:
    """The engine refuses to close a connection that another thread calls just then."""
    path = small_warehouse(tmp_path / "w.duckdb")

    def ask_on(reader: Reader) -> None:
        with suppress(duckdb.Error):  # it was closed
            while True:
                reader.another_cursor()

    for _ in range(12):
        reader = Reader(path)
        threads = [threading.Thread(target=ask_on, args=(reader,)) for _ in range(3)]
        for each in threads:
            each.start()
        time.sleep(0.01)
        reader.close()
        for each in threads:
            each.join(60)
            assert not each.is_alive()
