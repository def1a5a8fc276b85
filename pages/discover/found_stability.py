"""Whether segments come again, measured in a thread of its own: once a snapshot, told while it goes on, and stopped by
a click."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import date

import streamlit as st

from cubes.query import Cut
from mining.segments.cluster_stability import Stability
from mining.segments.clustered_segments import segment_stability
from mining.segments.feature_scale import Transform
from pages.discover.found_segments import FoundSegments
from pages.discover.segments_view import Grouping, Method
from pages.ui import session

A_LOOK = 0.1  # seconds between two looks at how far it is
_one_at_a_time = threading.Lock()


class Stopped(Exception):
    """Somebody would rather not wait."""


@dataclass(slots=True, eq=False)
class SoughtStability:
    """`done` goes from 0 to 1; `future` has what was found in the end. `stop` is set by who stops it."""

    future: Future[Stability] = field(default_factory=Future)
    stop: threading.Event = field(default_factory=threading.Event)
    done: float = 0.0

    def begin(self, finding: FoundSegments) -> None:
        """Seek it, anew where it was stopped."""
        self.future, self.stop, self.done = Future(), threading.Event(), 0.0
        own = (finding, self.future, self.stop)
        threading.Thread(target=self._seek, args=own, name="clientela-stability", daemon=True).start()

    def _seek(self, finding: FoundSegments, future: Future[Stability], stop: threading.Event) -> None:
        """Find it; one at a time, for each takes a processor for seconds."""

        def gone(done: float) -> None:
            self.done = done
            if stop.is_set():
                raise Stopped

        with _one_at_a_time:
            try:
                assert finding.clusters
                gone(0.0)
                future.set_result(segment_stability(finding.members, finding.clusters, progress=gone))
            except BaseException as error:
                future.set_exception(error)

    @property
    def found(self) -> Stability | None:
        """What was found; None while it is sought, and where it was stopped."""
        if not self.future.done() or isinstance(self.future.exception(), Stopped):
            return None
        return self.future.result()

    @property
    def stopped(self) -> bool:
        return self.stop.is_set() and self.found is None

    def watch(self, progress: Callable[[float], object]) -> None:
        """Tell how far it is until it ends. Who leaves meanwhile loses nothing."""
        while not self.future.done() and not self.stop.is_set():
            progress(self.done)
            wait([self.future], A_LOOK)


def sought_stability(grouping: Grouping, finding: FoundSegments, day: date) -> SoughtStability:
    """That of segments under the names that they were found with, begun by whoever asks first."""
    cuts = session.sets_read(grouping.cuts)
    k = grouping.k if grouping.method.takes_k else 0
    of = (grouping.method, k, grouping.features, grouping.transform)
    return _sought(session.warehouse().version, cuts, day, *of, finding)


@st.cache_resource(show_spinner=False, max_entries=32, hash_funcs={Cut: repr})
def _sought(
    version: str,
    cuts: tuple[Cut, ...],
    day: date,
    method: Method,
    k: int,
    features: tuple[str, ...],
    transform: Transform,
    _finding: FoundSegments,
) -> SoughtStability:
    sought = SoughtStability()
    sought.begin(_finding)
    return sought
