"""A question that takes too long is stopped with a sentence, and the next one is answered."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from data import environment
from data.errors import BadRequest
from data.store import question_clock
from data.store.warehouse import Warehouse
from tests.tiny import tiny_warehouse

ENDLESS = "SELECT count(*) FROM range(100000) a, range(100000) b WHERE a.range * b.range % 7 = 3"


def test_a_question_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Warehouse(tiny_warehouse(tmp_path / "w.duckdb", []).path)
    monkeypatch.setenv(environment.QUESTION_SECONDS, "1")
    with pytest.raises(BadRequest, match="took longer than 1 seconds"):
        store.rows(ENDLESS)
    assert store.rows("SELECT 1") == [(1,)]
    assert not question_clock._running
    store.close()


def test_only_what_is_late_is_stopped_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.QUESTION_SECONDS, "60")
    stopped: list[float] = []

    def ended(after: float) -> None:
        with question_clock.timed(lambda: stopped.append(after)):
            question_clock.stop_late(time.monotonic() + after)
            raise ValueError("ended")

    with pytest.raises(ValueError, match="ended"):
        ended(59)
    with pytest.raises(BadRequest, match=environment.QUESTION_SECONDS):
        ended(61)
    assert stopped == [61]


def test_0_sets_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.QUESTION_SECONDS, "0")
    with question_clock.timed(lambda: pytest.fail("stopped")):
        question_clock.stop_late(float("inf"))
        assert not question_clock._running
