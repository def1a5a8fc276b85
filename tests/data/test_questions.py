"""The log of questions: nothing lost between processes, little kept, and a damaged file is begun anew."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.store import question_log
from data.store.question_log import QuestionLog, QuestionShape, ShapeKey, shapes

BY_MONTH = ShapeKey("sales", ("month",), ("country", "year"), ("revenue",))
TOTAL = ShapeKey("sales", (), (), ("orders", "revenue"))


class Clock:
    """A clock that stands until it is set on."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return tmp_path / "firm.duckdb"


def file(warehouse: Path) -> Path:
    return warehouse.with_name("firm.duckdb.questions.json")


def test_what_was_asked_is_counted_and_read_most_frequent_first(warehouse: Path) -> None:
    clock = Clock()
    log = QuestionLog(warehouse, clock)
    log.note(TOTAL, "the core")
    log.note(BY_MONTH, "the order lines")
    clock.now += 2
    log.note(BY_MONTH, "a roll-up")
    assert log.flush()
    assert shapes(warehouse) == [
        QuestionShape(*BY_MONTH, "a roll-up", 2, datetime.fromtimestamp(clock.now, UTC)),
        QuestionShape(*TOTAL, "the core", 1, datetime.fromtimestamp(clock.now - 2, UTC)),
    ]


def test_it_is_written_every_few_seconds_and_not_at_every_question(warehouse: Path) -> None:
    clock = Clock()
    log = QuestionLog(warehouse, clock)
    log.note(TOTAL, "")
    clock.now += question_log.EVERY_SECONDS - 0.1
    log.note(TOTAL, "")
    assert not file(warehouse).exists()
    clock.now += 0.1
    log.note(TOTAL, "")
    assert shapes(warehouse)[0].count == 3
    log.note(TOTAL, "")
    assert shapes(warehouse)[0].count == 3


def test_many_shapes_are_written_before_their_time(warehouse: Path) -> None:
    log = QuestionLog(warehouse, Clock())
    for at in range(question_log.MOST_WAITING):
        assert not file(warehouse).exists()
        log.note(TOTAL._replace(by=(f"level{at}",)), "")
    assert len(shapes(warehouse)) == question_log.MOST_WAITING


def test_only_the_latest_shapes_stay(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question_log, "MOST_SHAPES", 3)
    clock = Clock()
    for name in "abcd":
        clock.now += 1
        log = QuestionLog(warehouse, clock)
        log.note(TOTAL._replace(by=(name,)), "")
        log.flush()
    assert {each.by for each in shapes(warehouse)} == {("b",), ("c",), ("d",)}


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\x00\xff\xfe",
        b'[["sales", ["month"]',
        b"{}",
        b"17",
        b"[" * 100_000,
        b'[["sales", ["month"], [], ["revenue"], "many", 1.0, ""]]',
        b'[["sales", ["month"], [], ["revenue"], 0, 1.0, ""]]',
        b'[["sales", ["month"], [], ["revenue"], 1, NaN, ""]]',
        b'[["sales", ["month"], [], ["revenue"], 1, 1e30, ""]]',
        b'[["sales", "month", [], ["revenue"], 1, 1.0, ""]]',
        b'[["sales", [["month"]], [], ["revenue"], 1, 1.0, ""]]',
        b'[[["sales"], ["month"], [], ["revenue"], 1, 1.0, ""]]',
        b'[["sales", ["month"], [], ["revenue"], 1, 1.0]]',
    ],
)
def test_a_damaged_file_is_begun_anew(warehouse: Path, damage: bytes) -> None:
    file(warehouse).write_bytes(damage)
    assert shapes(warehouse) == []
    log = QuestionLog(warehouse)
    log.note(TOTAL, "")
    assert log.flush()
    assert [each.count for each in shapes(warehouse)] == [1]


def test_a_file_that_grew_too_large_is_not_read(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = QuestionLog(warehouse)
    log.note(TOTAL, "")
    log.flush()
    monkeypatch.setattr(question_log, "MOST_BYTES", file(warehouse).stat().st_size - 1)
    assert shapes(warehouse) == []


def test_where_nothing_can_be_written_questions_go_on(tmp_path: Path) -> None:
    log = QuestionLog(tmp_path / "nowhere" / "firm.duckdb")
    log.note(TOTAL, "")
    assert not log.flush()
    assert shapes(log.warehouse) == []
    log.warehouse.parent.mkdir()
    assert log.flush()
    assert shapes(log.warehouse)[0].count == 1


def test_what_another_process_keeps_from_being_written_waits(warehouse: Path) -> None:
    log = QuestionLog(warehouse)
    log.note(TOTAL, "early")
    with warehouse.with_name("firm.duckdb.questions.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert not log.flush()
        log.note(TOTAL, "late")
        assert not file(warehouse).exists()
    assert log.flush()
    assert [(each.count, each.source) for each in shapes(warehouse)] == [(2, "late")]


def test_processes_that_write_at_once_lose_nothing(warehouse: Path) -> None:
    script = """
import sys
from pathlib import Path
from data.store.question_log import QuestionLog, ShapeKey
log = QuestionLog(Path(sys.argv[1]))
for at in range(30):
    log.note(ShapeKey("sales", (f"level{at % 3}",), (), ("revenue",)), "")
    while not log.flush():
        pass
"""
    many = [subprocess.Popen([sys.executable, "-c", script, str(warehouse)]) for _ in range(3)]
    assert [each.wait(120) for each in many] == [0, 0, 0]
    assert [each.count for each in shapes(warehouse)] == [30, 30, 30]


def test_what_waits_when_a_process_ends_is_written(warehouse: Path) -> None:
    script = """
import sys
from pathlib import Path
from data.store.question_log import ShapeKey, log
log(Path(sys.argv[1])).note(ShapeKey("sales", (), (), ("revenue",)), "")
"""
    subprocess.run([sys.executable, "-c", script, str(warehouse)], check=True, timeout=120)
    assert [each.count for each in shapes(warehouse)] == [1]


def test_a_reader_sees_what_its_own_process_has_not_written_yet(warehouse: Path) -> None:
    log = question_log.log(warehouse)
    assert question_log.log(warehouse) is log
    log.note(TOTAL, "")
    assert [each.count for each in shapes(warehouse)] == [1]
    del question_log._logs[warehouse]


names = st.lists(st.sampled_from(["month", "day", 'odd "name"', "città"]), max_size=3, unique=True).map(tuple)
keys = st.builds(ShapeKey, st.sampled_from(["sales", "contacts"]), names, names, names)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(keys, max_size=8), max_size=4))
def test_counts_are_those_of_a_counter(
    tmp_path_factory: pytest.TempPathFactory, runs: list[list[ShapeKey]]
) -> None:
    warehouse = tmp_path_factory.mktemp("log") / "firm.duckdb"
    for asked in runs:
        log = QuestionLog(warehouse)
        for key in asked:
            log.note(key, "")
        assert log.flush()
    found = {
        ShapeKey(each.cube, each.by, each.filtered, each.measures): each.count for each in shapes(warehouse)
    }
    assert found == Counter(key for asked in runs for key in asked)


def test_the_file_is_read_by_people_one_shape_a_line(warehouse: Path) -> None:
    log = QuestionLog(warehouse, Clock())
    log.note(BY_MONTH, "a roll-up")
    log.flush()
    _, line, _ = file(warehouse).read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == [
        "sales",
        ["month"],
        ["country", "year"],
        ["revenue"],
        1,
        Clock.now,
        "a roll-up",
    ]
