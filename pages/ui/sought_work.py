"""Long work that pages ask for: sought once for the same data, parameters and code, and awaited in view."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import Any, Generic

import streamlit as st

from pages.ui import page_record, session
from pages.ui.code_version import code_version
from pages.ui.sought_result import A_LOOK, Progress, Result, SoughtResult, StoppedWork
from pages.ui.style.formats import count_text

A_MOMENT = 0.2  # seconds after which somebody is told that it takes longer
MOST_OF_A_KIND = 8
STOPPED = "sought-work-stopped"
_kept: OrderedDict[WorkKey, SoughtResult[Any]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class WorkKey:
    """What a result depends on: what was asked (`parameters`, as they are written), of which warehouse and version of
    it, by which code; `policy` is what a person may see, which is everything so far."""

    kind: str
    parameters: tuple[str, ...]
    warehouse: str
    version: str
    code: str
    policy: str = ""

    @property
    def name(self) -> str:
        return self.kind.replace(" ", "-")


@dataclass(frozen=True, slots=True, eq=False)
class AskedWork(Generic[Result]):
    """Work that is asked of the snapshot that this run reads, and not begun by that."""

    key: WorkKey
    work: Callable[[Progress], Result] = field(repr=False)
    most: int = MOST_OF_A_KIND

    def sought(self) -> SoughtResult[Result]:
        """It, from the first who asks on; anew where it was stopped or went wrong. Raises BadRequest: too many wait."""
        with _lock:
            found = _kept.pop(self.key, None)
            if found is None or found.is_lost:
                store = session.warehouse()

                def work(progress: Progress) -> Result:
                    session.reads(store)
                    return self.work(progress)

                found = SoughtResult[Result](self.key.kind).begin(work)
            _kept[self.key] = found
            _forget_beyond(self.key.kind, self.most)
            return found

    def found(self, progress: Progress = lambda done: None) -> Result:
        """What is found, waiting for it. What was raised is raised; BadRequest anew each time."""
        return self.sought().found(progress)


def asked_work(
    kind: str, parameters: object, work: Callable[[Progress], Result], most: int = MOST_OF_A_KIND
) -> AskedWork[Result]:
    """`parameters` are told apart by how they are written; of a kind the last `most` results are kept."""
    store = session.warehouse()
    written = tuple(map(repr, parameters)) if isinstance(parameters, tuple) else (repr(parameters),)
    return AskedWork(WorkKey(kind, written, str(store.path), store.version, code_version()), work, most)


def forget_work() -> None:
    """Keep nothing any longer; what is sought goes on to its end."""
    with _lock:
        _kept.clear()


def await_work(asked: AskedWork[Result], words: str) -> Result | None:
    """What was found. Meanwhile `words`, how far it is or how many are before it, and a button that stops it.

    None where this person stopped it, which is said with a way to start it again. Raises what the work raises.
    """
    place = st.empty()
    if st.session_state.get(STOPPED) == asked.key:
        _told_stopped(place, asked.key.name)
        return None
    sought = asked.sought()
    wait([sought.future], A_MOMENT)
    try:
        if not sought.future.done():
            _shown(place, asked, sought, words)
        found = sought.found(lambda done: None)
    except StoppedWork:
        _told_stopped(place, asked.key.name)
        return None
    place.empty()
    page_record.took(sought.seconds)
    return found


def found_yet(asked: AskedWork[Result]) -> Result | None:
    """What was found, None while it is sought: from now on, unless this person stopped it."""
    if st.session_state.get(STOPPED) == asked.key:
        return None
    sought = asked.sought()
    return sought.found(lambda done: None) if sought.future.done() else None


def watch_work(place: st.delta_generator.DeltaGenerator, asked: AskedWork[Any], words: str) -> None:
    """Tell at `place` how far it is, with a way to stop it; the page is drawn anew once it is found."""
    with place:
        if await_work(asked, words) is not None:
            st.rerun()


def _shown(
    place: st.delta_generator.DeltaGenerator,
    asked: AskedWork[Any],
    sought: SoughtResult[Any],
    words: str,
) -> None:
    """Tell how far it is until it ends."""

    def stop() -> None:
        st.session_state[STOPPED] = asked.key
        sought.stop()

    with place.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"sought-{asked.key.name}"
    ):
        bar = st.empty()
        st.button("Cancel", key=f"sought-stop-{asked.key.name}", icon=":material/close:", on_click=stop)
    while not sought.future.done() and not sought.is_stopped:
        bar.progress(min(sought.done, 1.0), _told(sought, words))
        wait([sought.future], A_LOOK)


def _told(sought: SoughtResult[Any], words: str) -> str:
    before = sought.before
    return f"{words} {count_text(before, 'finding')} before this one." if before else words


def _told_stopped(place: st.delta_generator.DeltaGenerator, name: str) -> None:
    with place.container(horizontal=True, vertical_alignment="center", gap="small", key=f"stopped-{name}"):
        st.html(
            '<p class="clientela-quiet" data-testid="work-stopped">This was stopped before it was found.</p>',
            width="content",
        )
        st.button(
            "Start again",
            key=f"sought-again-{name}",
            icon=":material/refresh:",
            on_click=lambda: st.session_state.pop(STOPPED, None),
        )


def _forget_beyond(kind: str, most: int) -> None:
    for key in [each for each in _kept if each.kind == kind][:-most]:
        del _kept[key]
