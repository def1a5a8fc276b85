"""The log of questions: which levels and measures are asked for together, and how often, to keep those ready.

It holds shapes and nothing else: no member, no name, nobody who asked. It lies beside the warehouse, in
`<name>.questions.json`; several processes may write to it, and what cannot be read of it is begun anew.
"""

from __future__ import annotations

import atexit
import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from data.store import file_locks, private_files

MOST_SHAPES = 500
MOST_BYTES = 1 << 22
MOST_WAITING = 200
EVERY_SECONDS = 5.0
AT_THE_END = 20


class ShapeKey(NamedTuple):
    """What makes a shape: names of levels and measures alone, each kind in the order of the alphabet."""

    cube: str
    by: tuple[str, ...]
    filtered: tuple[str, ...]
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionShape:
    """Questions by the same levels (`by`), filtered on the same levels, for the same measures of a cube.

    `source` is what answered the last of them; `last_asked` is in UTC. The levels and measures are those of the
    day they were asked: the cube of now may lack some.
    """

    cube: str
    by: tuple[str, ...]
    filtered: tuple[str, ...]
    measures: tuple[str, ...]
    source: str
    count: int
    last_asked: datetime


class _Tally(NamedTuple):
    """How often, when last (seconds since 1970), and what answered then."""

    times: int
    last: float
    source: str

    def and_(self, other: _Tally) -> _Tally:
        later = max(self, other, key=lambda each: each.last)
        return later._replace(times=self.times + other.times)


class QuestionLog:
    """The log of one warehouse as one process writes it: gathered in memory, and written every few seconds."""

    def __init__(self, warehouse: Path, clock: Callable[[], float] = time.time) -> None:
        self.warehouse = warehouse
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[ShapeKey, _Tally] = {}
        self._written = clock()

    def note(self, key: ShapeKey, source: str) -> None:
        """One question more of this shape."""
        now = self._clock()
        with self._lock:
            before = self._waiting.get(key)
            self._waiting[key] = _Tally(before.times + 1 if before else 1, now, source)
            due = now - self._written >= EVERY_SECONDS or len(self._waiting) >= MOST_WAITING
            if due:
                self._written = now
        if due:
            self.flush()

    def flush(self) -> bool:
        """Write down what is waiting; where that cannot be done now, it waits on. Says whether it could."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        if not waiting or _written(self.warehouse, waiting):
            return True
        with self._lock:
            self._waiting = _latest(_together(waiting, self._waiting))
        return False


_logs: dict[Path, QuestionLog] = {}


def log(warehouse: Path) -> QuestionLog:
    """This process's log of the warehouse at that path."""
    return _logs.get(warehouse) or _logs.setdefault(warehouse, QuestionLog(warehouse))


@atexit.register
def _flush_all() -> None:
    for each in tuple(_logs.values()):
        for _ in range(AT_THE_END):
            if each.flush() or not each.warehouse.parent.is_dir():
                break
            time.sleep(0.01)


def shapes(warehouse: Path) -> list[QuestionShape]:
    """What was asked of the warehouse at that path, the most frequent first; nothing where no log can be read."""
    if warehouse in _logs:
        _logs[warehouse].flush()
    found = sorted(_read(_file(warehouse)).items(), key=lambda each: (-each[1].times, each[0]))
    return [
        QuestionShape(*key, asked.source, asked.times, datetime.fromtimestamp(asked.last, UTC))
        for key, asked in found
    ]


def _file(warehouse: Path) -> Path:
    return warehouse.with_name(f"{warehouse.name}.questions.json")


def _written(warehouse: Path, waiting: dict[ShapeKey, _Tally]) -> bool:
    """Whether these could be added to what the file holds; only the latest shapes stay in it."""
    file = _file(warehouse)
    part = file.with_name(f"{file.name}.part")
    try:
        with file_locks.alone(warehouse.with_name(f"{warehouse.name}.questions.lock")):
            with private_files.opened(part, "w", encoding="utf-8") as out:
                out.write(_text(_latest(_together(_read(file), waiting))))
            os.replace(part, file)
    except OSError:  # another writes just now, or nobody may
        return False
    return True


def _together(one: dict[ShapeKey, _Tally], other: dict[ShapeKey, _Tally]) -> dict[ShapeKey, _Tally]:
    found = dict(one)
    for key, asked in other.items():
        found[key] = found[key].and_(asked) if key in found else asked
    return found


def _latest(asked: dict[ShapeKey, _Tally]) -> dict[ShapeKey, _Tally]:
    latest = sorted(asked.items(), key=lambda each: each[1].last, reverse=True)
    return dict(latest[:MOST_SHAPES])


def _text(asked: dict[ShapeKey, _Tally]) -> str:
    rows = (json.dumps([*key, *each]) for key, each in asked.items())
    return "[\n" + ",\n".join(rows) + "\n]\n"


def _read(file: Path) -> dict[ShapeKey, _Tally]:
    """What the file holds; nothing where it is damaged, too large or not there."""
    with suppress(OSError, ValueError, TypeError, RecursionError):
        if file.stat().st_size <= MOST_BYTES:
            return dict(map(_row, json.loads(file.read_text(encoding="utf-8"))))
    return {}


def _row(row: Iterable[object]) -> tuple[ShapeKey, _Tally]:
    """Errors: ValueError, TypeError for what this module did not write."""
    cube, by, filtered, measures, times, last, source = row
    if not (isinstance(cube, str) and isinstance(source, str) and type(times) is int and times > 0):
        raise ValueError("not a shape")
    if not (isinstance(last, float | int) and 0 <= last < 1e11):
        raise ValueError("no moment")
    return ShapeKey(cube, _names(by), _names(filtered), _names(measures)), _Tally(times, last, source)


def _names(listed: object) -> tuple[str, ...]:
    if not (isinstance(listed, list) and all(isinstance(each, str) for each in listed)):
        raise ValueError("not names")
    return tuple(listed)
