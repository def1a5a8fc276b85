"""A result that is sought in a thread of its own: whoever asks sees how far it is, and who leaves loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

Result = TypeVar("Result")
Progress = Callable[[float], None]
A_LOOK = 0.1  # seconds between two looks at how far it is
_one_at_a_time = threading.Lock()


@dataclass(slots=True, eq=False)
class SoughtResult(Generic[Result]):
    """`done` goes from 0 to 1; `future` has what was found in the end, or why nothing was."""

    name: str
    future: Future[Result] = field(default_factory=Future)
    done: float = 0.0

    def begin(self, work: Callable[[Progress], Result]) -> SoughtResult[Result]:
        """Seek it from now on: `work` gets what is to be told how far it is. One at a time, each takes a processor."""

        def seek() -> None:
            with _one_at_a_time:
                try:
                    self.future.set_result(work(self._gone))
                except BaseException as error:
                    self.future.set_exception(error)

        seeker = threading.Thread(target=seek, name=f"clientela-{self.name}", daemon=True)
        add_script_run_ctx(
            seeker, get_script_run_ctx(suppress_warning=True)
        )  # it asks for what the page asks for
        seeker.start()
        return self

    def found(self, progress: Progress) -> Result:
        """What was found, once it is; what was raised is raised."""
        while not self.future.done():
            progress(self.done)
            wait([self.future], A_LOOK)
        return self.future.result()

    def _gone(self, done: float) -> None:
        self.done = done
