"""What pages share: answers are computed once for all of them, and what is asked is noted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cubes.ask import answer_cache
from cubes.query import Cut, Query
from data.store.question_log import shapes
from data.store.warehouse import save_attribute
from pages.explore.answer_source import time_told
from pages.ui import session
from tests.tiny import Line, tiny_warehouse


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path.resolve() / "firm.duckdb"
    tiny_warehouse(path, [Line(), Line(order="o2", day=date(2012, 1, 1), customer="Bob")]).close()
    monkeypatch.setenv("CLIENTELA_WAREHOUSE", str(path))
    answer_cache.shared.cache_clear()
    yield path
    answer_cache.shared.cache_clear()


def test_a_question_is_answered_once_for_all_pages(path: Path) -> None:
    query = Query(("revenue",), ("customer",), cuts=(Cut("year", ("2011",)),))
    assert session.ask(query) is session.ask(query)
    assert (answer_cache.shared().stats.hits, answer_cache.shared().stats.misses) == (1, 1)


def test_the_time_told_is_that_of_this_asking(path: Path) -> None:
    first, second = session.ask_timed(Query()), session.ask_timed(Query())
    assert (first.kept, second.kept) == (False, True)
    assert second.answer is first.answer
    assert time_told(session.Told(first.answer, 41.7, kept=False)) == "answered in 42 ms"
    assert time_told(session.Told(first.answer, 0.2, kept=True)) == "answered from memory in less than 1 ms"


def test_a_new_snapshot_is_asked_anew_and_the_old_answers_go(path: Path) -> None:
    before = session.ask(Query())
    save_attribute(path, "customer", "tier", "Tier", {"Ann": "gold"})
    after = session.ask(Query(("revenue",), ("tier",)))
    assert before.version != after.version
    assert answer_cache.shared().stats.answers == 1


def test_what_pages_ask_is_noted_without_its_members(path: Path) -> None:
    for year in ("2011", "2012"):
        session.ask(Query(("revenue",), ("customer",), cuts=(Cut("year", (year,)),)))
    (shape,) = shapes(path)
    assert (shape.cube, shape.by, shape.filtered, shape.measures) == (
        "sales", ("customer",), ("year",), ("revenue",)
    )  # fmt: skip
    assert (shape.count, shape.source) == (2, session.ask(Query()).source)
