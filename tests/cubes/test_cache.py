"""The cache of answers: one computation for all who ask at once, bounded in bytes, never of another snapshot."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from cubes.ask import answer_cache
from cubes.ask.answer import Answer, ask
from cubes.ask.answer_cache import BESIDE_THE_FRAME, AnswerKey, Cache, Stats, canonical
from cubes.query import Cut, Query
from data.errors import BadInput, BadRequest
from data.store.warehouse import Warehouse
from tests.cubes.conftest import Make
from tests.tiny import Line

PLENTY = 1 << 24
HERE = Path("here.duckdb")


@pytest.fixture
def answer(firm: Make) -> Answer:
    return ask(firm(Line()), Query())


def key(name: str = "revenue", version: str = "1", limits: str = "") -> AnswerKey:
    return AnswerKey(HERE, version, limits, Query((name,)))


def of_bytes(answer: Answer, size: int) -> Answer:
    """An answer that weighs this much in the cache."""
    bytes_ = size - BESIDE_THE_FRAME
    frame = pl.DataFrame({"revenue": pl.Series([0] * bytes_, dtype=pl.UInt8)})
    assert frame.estimated_size() == bytes_
    return replace(answer, frame=frame)


def never() -> Answer:
    raise AssertionError("computed again")


def test_what_was_asked_is_not_computed_again(answer: Answer) -> None:
    kept = Cache(PLENTY)
    assert kept.get(key(), lambda: answer) is answer
    assert kept.get(key(), never) is answer
    weight = answer.frame.estimated_size() + BESIDE_THE_FRAME
    assert kept.stats == Stats(hits=1, misses=1, answers=1, bytes=weight)
    kept.clear()
    assert kept.stats == Stats(hits=1, misses=1, answers=0, bytes=0)


@pytest.mark.parametrize("other", [key("units"), key(version="2"), key(limits="country = France")])
def test_another_question_limits_or_snapshot_is_another_answer(answer: Answer, other: AnswerKey) -> None:
    kept, second = Cache(PLENTY), replace(answer, milliseconds=-1.0)
    kept.get(key(), lambda: answer)
    assert kept.get(other, lambda: second) is second
    assert kept.get(key(), never) is answer


def test_who_was_not_asked_for_the_longest_gives_way(answer: Answer) -> None:
    each = 10_000
    kept = Cache(3 * each)
    for name in "abc":
        kept.get(key(name), lambda: of_bytes(answer, each))
    kept.get(key("a"), never)
    kept.get(key("d"), lambda: of_bytes(answer, each))
    assert kept.stats.bytes == 3 * each
    for name in "acd":
        kept.get(key(name), never)
    with pytest.raises(AssertionError, match="computed again"):
        kept.get(key("b"), never)


def test_an_answer_too_large_for_the_cache_leaves_the_others_in_it(answer: Answer) -> None:
    kept = Cache(20_000)
    kept.get(key("small"), lambda: of_bytes(answer, 15_000))
    assert kept.get(key("large"), lambda: of_bytes(answer, 20_001)).frame.height
    assert kept.stats == Stats(hits=0, misses=2, answers=1, bytes=15_000)
    assert Cache(0).get(key(), lambda: answer) is answer


class Slow:
    """A computation that waits for leave to end, and counts how often it began."""

    def __init__(self, outcome: Callable[[], Answer]) -> None:
        self.begun, self.leave = threading.Event(), threading.Event()
        self.times, self.outcome = 0, outcome

    def __call__(self) -> Answer:
        self.times += 1
        self.begun.set()
        assert self.leave.wait(120)
        return self.outcome()


def asked_at_once(kept: Cache, first: Slow, then: Callable[[], Answer], many: int = 4) -> list[object]:
    """What each who asks gets: one who computes, and others who come while he does."""
    with ThreadPoolExecutor(many + 1) as pool:
        futures = [pool.submit(kept.get, key(), first)]
        assert first.begun.wait(120)
        waits = threading.Semaphore(0)
        kept_future = kept._asked[key()]
        plain = kept_future.result
        kept_future.result = lambda timeout=None: (waits.release(), plain(timeout))[1]  # type: ignore[method-assign]
        futures += [pool.submit(kept.get, key(), then) for _ in range(many)]
        for _ in range(many):
            assert waits.acquire(timeout=120)
        first.leave.set()
        return [each.exception(120) or each.result() for each in futures]


def test_those_who_ask_at_once_share_one_computation(answer: Answer) -> None:
    kept, slow = Cache(PLENTY), Slow(lambda: answer)
    found = asked_at_once(kept, slow, never)
    assert all(each is answer for each in found)
    assert slow.times == 1
    assert (kept.stats.hits, kept.stats.misses) == (4, 1)


def test_a_refusal_is_shared_and_not_kept(answer: Answer) -> None:
    def refuse() -> Answer:
        raise BadRequest("No.")

    kept = Cache(PLENTY)
    found = asked_at_once(kept, Slow(refuse), never)
    assert all(isinstance(each, BadRequest) for each in found)
    assert kept.get(key(), lambda: answer) is answer


def test_who_waits_for_one_that_breaks_computes_himself(answer: Answer) -> None:
    def breaks() -> Answer:
        raise KeyboardInterrupt

    kept = Cache(PLENTY)
    error, *found = asked_at_once(kept, Slow(breaks), lambda: answer)
    assert isinstance(error, KeyboardInterrupt)
    assert all(each is answer for each in found)


def test_a_newer_snapshot_drops_the_answers_of_older_ones(answer: Answer) -> None:
    kept = Cache(PLENTY)
    kept.renewed(HERE, "1")
    kept.get(key(), lambda: answer)
    elsewhere = key()._replace(warehouse=Path("there.duckdb"))
    kept.get(elsewhere, lambda: answer)
    kept.renewed(HERE, "1")
    assert kept.stats.answers == 2
    kept.renewed(HERE, "2")
    assert kept.stats.answers == 1
    assert kept.stats.bytes == answer.frame.estimated_size() + BESIDE_THE_FRAME
    kept.get(elsewhere, never)
    kept.get(key(), lambda: answer)
    assert kept.stats.answers == 1
    kept.get(key(version="2"), lambda: answer)
    kept.get(key(version="2"), never)


def test_what_was_on_its_way_when_a_newer_one_came_is_not_kept(answer: Answer) -> None:
    kept = Cache(PLENTY)
    kept.renewed(HERE, "1")

    def meanwhile() -> Answer:
        kept.renewed(HERE, "2")
        return answer

    assert kept.get(key(), meanwhile) is answer
    assert kept.stats.answers == 0


def test_one_question_written_in_two_orders_is_one(shop: Warehouse) -> None:
    cuts = (Cut("country", ("France", "Italy")), Cut("year", ("2011",)))
    turned = (Cut("year", ("2011",)), Cut("country", ("Italy", "France")))
    one = Query(("revenue",), ("product", "city"), cuts=cuts, top=(("product", 1), ("city", 1)))
    other = replace(one, cuts=turned, top=one.top[::-1])
    kept = Cache(PLENTY)
    first, second = kept.ask(shop, one), kept.ask(shop, other)
    assert (kept.stats.hits, kept.stats.misses) == (1, 1)
    assert first.frame is second.frame
    assert [cut.level for cut in second.query.cuts] == ["year", "country"]
    for different in (
        replace(one, rows=one.rows[::-1]),
        replace(one, totals=True),
        replace(one, as_of="now"),
        one.pivot(),
        one.cut(Cut("country", ("France",))),
        one.cut(Cut("country", ("France", "Italy"), exclude=True)),
    ):
        assert canonical(different) != canonical(one)


def test_each_snapshot_and_limits_answers_for_itself(firm: Make) -> None:
    kept = Cache(PLENTY)
    one, two = firm(Line(revenue="1.00")), firm(Line(revenue="2.00", day=date(2012, 1, 1)))
    assert [kept.ask(each, Query()).frame["revenue"][0] for each in (one, two, one)] == [1, 2, 1]
    kept.ask(one, Query(), limits="country = Italy")
    assert kept.stats.misses == 3


@pytest.fixture
def fresh() -> Iterator[None]:
    answer_cache.shared.cache_clear()
    yield
    answer_cache.shared.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_the_owner_sets_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_CACHE_MB", "7")
    assert answer_cache.shared().limit == 7 << 20
    assert answer_cache.shared() is answer_cache.shared()


@pytest.mark.usefixtures("fresh")
def test_a_size_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENTELA_CACHE_MB", "much")
    with pytest.raises(BadInput, match="'much'"):
        answer_cache.shared()
