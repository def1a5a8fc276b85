"""A result that is sought off the page's thread: it waits its turn, tells how far it is, and can be stopped.

All long work of a process stands in one queue; as many as there are `WORKERS` are sought at once, and no more than
`MOST_WAITING` wait. Whoever leaves loses nothing: it is sought on.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Generic, TypeVar

from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from data.errors import BadRequest, ClientelaError

Result = TypeVar("Result")
Progress = Callable[[float], None]
A_LOOK = 0.1  # seconds between two looks at how far it is
WORKERS, MOST_WAITING = 2, 24


class StoppedWork(BadRequest):
    """Somebody would rather not wait."""

    def __init__(self) -> None:
        super().__init__("This was stopped before it was found.", "Start it again.")


class EndOfWork(BaseException):
    """What ends work that is stopped, wherever it is: nothing takes it for an answer."""


@dataclass(slots=True, eq=False)
class SoughtResult(Generic[Result]):
    """`done` goes from 0 to 1; `future` has what was found in the end, or why nothing was; `seconds` it took."""

    name: str
    future: Future[Result] = field(default_factory=Future)
    done: float = 0.0
    seconds: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def begin(self, work: Callable[[Progress], Result]) -> SoughtResult[Result]:
        """Have it sought when its turn comes: `work` gets what is to be told how far it is, and ends there if stopped.

        Raises BadRequest where too many wait.
        """
        seeker = threading.Thread(target=lambda: self._seek(work), name=f"clientela-{self.name}", daemon=True)
        # it asks for what the page asks for
        add_script_run_ctx(seeker, get_script_run_ctx(suppress_warning=True))
        QUEUE.put(self, seeker)
        return self

    def stop(self) -> None:
        """End it: at once where it waits, else at its next step."""
        self._stop.set()
        if QUEUE.leave(self):
            self.future.set_exception(EndOfWork())

    @property
    def is_stopped(self) -> bool:
        return self._stop.is_set() and not self._is_found

    @property
    def before(self) -> int:
        """How many are sought or wait before its turn comes; 0 where it is its turn."""
        return QUEUE.before(self)

    def found(self, progress: Progress) -> Result:
        """What was found, once it is. What was raised is raised anew, as StoppedWork where it was stopped."""
        while not self.future.done() and not self._stop.is_set():
            progress(self.done)
            wait([self.future], A_LOOK)
        if self.is_stopped:
            raise StoppedWork
        error = self.future.exception()
        if error is not None:
            raise error.with_traceback(None)  # it is raised for many, each of whom would make it longer
        return self.future.result()

    @property
    def is_lost(self) -> bool:
        """Whether nothing will come of it, not even an answer in words: stopped, or gone wrong."""
        if not self.future.done():
            return self._stop.is_set()
        error = self.future.exception()
        return error is not None and not isinstance(error, ClientelaError)

    @property
    def _is_found(self) -> bool:
        return self.future.done() and self.future.exception() is None

    def _seek(self, work: Callable[[Progress], Result]) -> None:
        began = perf_counter()
        try:
            self._gone(0.0)
            found = work(self._gone)
            self.seconds = perf_counter() - began
            self.future.set_result(found)
        except BaseException as error:
            self.future.set_exception(error)
        finally:
            QUEUE.ended(self)

    def _gone(self, done: float) -> None:
        self.done = done
        if self._stop.is_set():
            raise EndOfWork


class WorkQueue:
    """What is sought and what waits, first come first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sought: list[SoughtResult[Any]] = []
        self._waiting: deque[tuple[SoughtResult[Any], threading.Thread]] = deque()

    def put(self, sought: SoughtResult[Any], seeker: threading.Thread) -> None:
        """Start it, or let it wait. Raises BadRequest where too many wait."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                raise BadRequest(
                    f"{len(self._waiting)} other findings wait already.", "Try again in a few minutes."
                )
            self._waiting.append((sought, seeker))
            self._go_on()

    def leave(self, sought: SoughtResult[Any]) -> bool:
        """Whether it was waiting, and waits no longer."""
        with self._lock:
            found = [each for each in self._waiting if each[0] is sought]
            for each in found:
                self._waiting.remove(each)
            return bool(found)

    def ended(self, sought: SoughtResult[Any]) -> None:
        with self._lock:
            self._sought.remove(sought)
            self._go_on()

    def before(self, sought: SoughtResult[Any]) -> int:
        with self._lock:
            places = [each for each, _ in self._waiting]
            return len(self._sought) + places.index(sought) if sought in places else 0

    def under_way(self) -> tuple[SoughtResult[Any], ...]:
        """What is sought now, then what waits, in its order."""
        with self._lock:
            return (*self._sought, *(each for each, _ in self._waiting))

    def _go_on(self) -> None:
        while self._waiting and len(self._sought) < WORKERS:
            sought, seeker = self._waiting.popleft()
            self._sought.append(sought)
            seeker.start()


QUEUE = WorkQueue()
