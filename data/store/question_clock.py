"""No question keeps the processors for good: one that takes too long is stopped, and told so in a sentence."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from data import environment
from data.errors import BadRequest

EVERY_SECONDS = 0.5
_numbers = itertools.count()
_running: dict[int, TimedQuestion] = {}


@dataclass(slots=True)
class TimedQuestion:
    """What runs until `deadline`, in seconds of the monotonic clock, and how it is stopped."""

    deadline: float
    interrupt: Callable[[], None] = field(repr=False)
    is_late: bool = False


@contextmanager
def timed(interrupt: Callable[[], None]) -> Iterator[None]:
    """`interrupt` is called where what stands in here takes longer than the limit. Errors: BadRequest then."""
    seconds = environment.limit(environment.QUESTION_SECONDS)
    if not seconds:
        yield
        return
    number, question = next(_numbers), TimedQuestion(time.monotonic() + seconds, interrupt)
    _running[number] = question
    _watcher()
    try:
        yield
    except Exception as error:
        if not question.is_late:
            raise
        raise BadRequest(
            f"The question was stopped: it took longer than {seconds:,} seconds.",
            f"Ask for fewer rows, or a shorter period. {environment.QUESTION_SECONDS} sets the limit.",
        ) from error
    finally:
        del _running[number]


def stop_late(now: float) -> None:
    """Stop what should have ended before `now`."""
    for question in list(_running.values()):
        if question.deadline < now and not question.is_late:
            question.is_late = True
            question.interrupt()


@cache
def _watcher() -> threading.Thread:
    """The one thread that looks at the clock, begun with the first question."""
    watching = threading.Thread(target=_watch, name="clientela-question-clock", daemon=True)
    watching.start()
    return watching


def _watch() -> None:
    while True:
        time.sleep(EVERY_SECONDS)
        stop_late(time.monotonic())
