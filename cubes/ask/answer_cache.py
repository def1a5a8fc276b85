"""Answers already given, shared by all sessions of the process: one question of one snapshot as one policy shows it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from cachetools import LRUCache

from cubes.ask import answer
from cubes.ask.answer import Answer
from cubes.ask.read_sets import with_sets
from cubes.query import Cut, Query
from data import environment
from data.errors import ClientelaError
from data.store.warehouse import Warehouse

A_MEGABYTE = 1 << 20
BESIDE_THE_FRAME = 4096
BYTES_A_MEMBER = 40


class AnswerKey(NamedTuple):
    """What an answer belongs to: `version` is that of the snapshot as the asker's policy shows it, `limits` the text of
    other limits that the asker set.

    The question holds who stands in its sets, see `read_sets.with_sets`.
    """

    warehouse: Path
    version: str
    limits: str
    question: Query

    @property
    def snapshot(self) -> str:
        """The version of the snapshot itself."""
        return self.version.partition("+")[0]


@dataclass(frozen=True, slots=True)
class Stats:
    """How the cache fared: questions found and not found in it, answers in it, and their size in bytes."""

    hits: int
    misses: int
    answers: int
    bytes: int


class Cache:
    """Answers within `limit` bytes; those that were not asked for the longest give way first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._kept: LRUCache[AnswerKey, tuple[Answer, int]] = LRUCache(limit, getsizeof=itemgetter(1))
        self._asked: dict[AnswerKey, Future[Answer | None]] = {}
        self._newest: dict[Path, str] = {}
        self._hits = self._misses = 0

    def ask(self, warehouse: Warehouse, query: Query, limits: str = "") -> Answer:
        """The answer of this snapshot, computed at most once at a time. Raises BadRequest as `answer.ask` does."""
        query = with_sets(warehouse, query, anew=True)
        key = AnswerKey(warehouse.path, warehouse.version, limits, canonical(query))
        asked = replace(query, cuts=key.question.cuts)
        return as_asked(self.get(key, lambda: answer.ask(warehouse, asked)), query)

    def get(self, key: AnswerKey, compute: Callable[[], Answer]) -> Answer:
        """What is kept under `key`, or else what `compute` gives.

        Who asks while another computes waits for that answer, or for its refusal; where the other fails in any
        other way, he computes it himself. Nothing of a failure is kept.
        """
        while True:
            with self._lock:
                if key in self._kept:
                    self._hits += 1
                    return self._kept[key][0]
                running = self._asked.get(key)
                if running is None:
                    mine = self._asked[key] = Future()
                    self._misses += 1
            if running is None:
                return self._computed(key, compute, mine)
            found = running.result()
            if found is not None:
                with self._lock:
                    self._hits += 1
                return found

    def _computed(self, key: AnswerKey, compute: Callable[[], Answer], mine: Future[Answer | None]) -> Answer:
        try:
            found = compute()
        except BaseException as error:
            self._done(key)
            if isinstance(error, ClientelaError):
                mine.set_exception(error)
            else:
                mine.set_result(None)
            raise
        self._done(key, found)
        mine.set_result(found)
        return found

    def _done(self, key: AnswerKey, found: Answer | None = None) -> None:
        with self._lock:
            del self._asked[key]
            if found is not None and self._newest.get(key.warehouse, key.snapshot) == key.snapshot:
                self._keep(key, found)

    def _keep(self, key: AnswerKey, found: Answer) -> None:
        size = found.frame.estimated_size() + BESIDE_THE_FRAME + BYTES_A_MEMBER * found.members_named
        if size <= self.limit:
            self._kept[key] = (found, int(size))

    def renewed(self, path: Path, version: str) -> None:
        """From now on `version` is the snapshot of the warehouse at `path`: answers of others go, and none is kept."""
        with self._lock:
            if self._newest.get(path) == version:
                return
            self._newest[path] = version
            for key in [key for key in self._kept if key.warehouse == path and key.snapshot != version]:
                del self._kept[key]

    def clear(self) -> None:
        """Forget every answer; what was counted stays."""
        with self._lock:
            self._kept.clear()

    @property
    def stats(self) -> Stats:
        with self._lock:
            return Stats(self._hits, self._misses, len(self._kept), int(self._kept.currsize))


@cache
def shared() -> Cache:
    """The one cache of this process. Raises BadInput where `CLIENTELA_CACHE_MB` is no number."""
    return Cache(environment.megabytes(environment.CACHE_MB) * A_MEGABYTE)


def canonical(query: Query) -> Query:
    """One of all the questions that have the same answer: cuts, their members and tops in an order of their own."""
    cuts = tuple(_ordered(query.cuts[at]) for at in _order(query))
    return replace(query, cuts=cuts, top=tuple(sorted(query.top)))


def _ordered(cut: Cut) -> Cut:
    return replace(cut, members=tuple(sorted(cut.members)))


def _order(query: Query) -> list[int]:
    """The places of a question's cuts in the order of `canonical`."""
    return sorted(range(len(query.cuts)), key=lambda at: str(_ordered(query.cuts[at])))


def as_asked(found: Answer, query: Query) -> Answer:
    """The answer to the canonical question with its cuts in the order of this one."""
    order = _order(query)
    cuts = tuple(found.query.cuts[order.index(at)] for at in range(len(order)))
    return found if cuts == found.query.cuts else replace(found, query=replace(found.query, cuts=cuts))
