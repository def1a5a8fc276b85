"""Variables that cannot be meant as they stand are refused with a sentence, by the command and by the dashboard."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data import environment
from data.__main__ import main
from data.errors import BadInput
from data.store import duckdb_engine as engine
from data.store.warehouse import asking
from tests.tiny import tiny_warehouse

WRONG = [
    (environment.CORE_MB, "1GB", "such as 768"),
    (environment.BITMAPS_MB, "-1", "such as 512"),
    (environment.CACHE_MB, "much", "such as 256"),
    (environment.KEEP, "many", "such as 3"),
    (environment.MEMORY, "8", "such as 1GB"),
    (environment.MEMORY, "1GB'; --", "such as 1GB"),
    (environment.THREADS, "0", "such as 2"),
    (environment.THREADS, "all", "such as 2"),
]


@pytest.mark.parametrize(("name", "said", "advice"), WRONG)
def test_what_cannot_be_meant_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, said: str, advice: str
) -> None:
    monkeypatch.setenv(name, said)
    with pytest.raises(BadInput, match=advice) as refused:
        environment.check()
    assert name in str(refused.value)
    assert said in str(refused.value)


@pytest.mark.parametrize(("said", "meant"), [("", "1GB"), ("800MB", "800MB"), (" 1.5 GiB ", "1.5 GiB")])
def test_sizes_as_people_write_them(monkeypatch: pytest.MonkeyPatch, said: str, meant: str) -> None:
    monkeypatch.setenv(environment.MEMORY, said)
    environment.check()
    assert environment.memory() == meant


@pytest.mark.parametrize("said", ["1", "3", ""])
def test_the_engine_works_with_as_many_threads_as_are_granted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str
) -> None:
    monkeypatch.setenv(environment.THREADS, said)
    meant = int(said or os.cpu_count() or 1)
    asked = "SELECT current_setting('threads')"
    with asking(tiny_warehouse(tmp_path / "w.duckdb", []).path) as rows, engine.scratch() as connection:
        assert rows(asked) == connection.execute(asked).fetchall() == [(meant,)]


def test_a_command_says_so_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(environment.CORE_MB, "1GB")
    assert main(["status", "--warehouse", str(tmp_path / "w.duckdb")]) == 2
    assert "CLIENTELA_CORE_MB is '1GB'" in capsys.readouterr().err
