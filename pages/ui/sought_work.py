"""Long work that pages ask for: sought once for the same data, parameters and code, and awaited in view."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import Any, Generic

import streamlit as st

from data.access.acting import acting, acting_as
from pages.ui import page_record, session
from pages.ui.code_version import code_version
from pages.ui.sought_result import Progress, Result, SoughtResult, StoppedWork
from pages.ui.style.formats import count_text

A_MOMENT = 0.3  # seconds that a page itself waits: most results are there by then
A_LOOK = 0.5  # seconds between two looks at how far it is
MOST_OF_A_KIND = 8
STOPPED, GONE_WRONG = "sought-work-stopped", "sought-work-gone-wrong"
_kept: OrderedDict[WorkKey, SoughtResult[Any]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class WorkKey:
    """What a result depends on: what was asked (`parameters`, as they are written), of which warehouse and version of
    it, which tells apart what policies show, by which code."""

    kind: str
    parameters: tuple[str, ...]
    warehouse: str
    version: str
    code: str

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
                store, who = session.warehouse(), acting()

                def work(progress: Progress) -> Result:
                    with acting_as(who):
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
    """What was found, from now on sought where nobody asked yet. None while it is not there: then `words` are told, how
    far it is or how many are before it, and a button stops it; the page is drawn anew once it is there.

    None too where this person stopped it, which is said with a way to start it again. The page is not held up: whatever
    else it draws hears clicks. Raises what the work raises.
    """
    if st.session_state.get(STOPPED) == asked.key:
        _told_stopped(asked.key.name)
        return None
    key, gone_wrong = st.session_state.pop(GONE_WRONG, (None, None))
    sought = gone_wrong if gone_wrong is not None and key == asked.key else asked.sought()
    wait([sought.future], A_MOMENT)
    if not sought.future.done():
        _looked_for(asked, sought, words)
        return None
    try:
        found = sought.found(lambda done: None)
    except StoppedWork:  # by another person, just now
        _told_stopped(asked.key.name)
        return None
    page_record.took(sought.seconds)
    return found


def found_yet(asked: AskedWork[Result]) -> Result | None:
    """What was found, None while it is sought: from now on, unless this person stopped it."""
    if st.session_state.get(STOPPED) == asked.key:
        return None
    sought = asked.sought()
    return sought.found(lambda done: None) if sought.future.done() else None


def found_already(asked: AskedWork[Result]) -> Result | None:
    """What was found; None where nobody asked yet, or it is still sought: it is not begun by this."""
    with _lock:
        sought = _kept.get(asked.key)
    if sought is None or sought.is_lost or not sought.future.done():
        return None
    found: Result = sought.found(lambda done: None)
    return found


def watch_work(asked: AskedWork[Any], words: str) -> None:
    """As `await_work`, for a part of a page whose rest is drawn meanwhile: all is drawn anew once it is found."""
    if await_work(asked, words) is not None:
        st.rerun()


@st.fragment(run_every=A_LOOK)
def _looked_for(asked: AskedWork[Any], sought: SoughtResult[Any], words: str) -> None:
    """How far it is, looked at again and again until it ends."""
    if sought.is_lost and not sought.is_stopped:
        st.session_state[GONE_WRONG] = (asked.key, sought)  # told once, not sought again and again
    if sought.future.done() or sought.is_stopped:
        st.rerun()

    def stop() -> None:
        st.session_state[STOPPED] = asked.key
        sought.stop()

    name = asked.key.name
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"sought-{name}"):
        st.progress(min(sought.done, 1.0), _told(sought, words))
        st.button("Cancel", key=f"sought-stop-{name}", icon=":material/close:", on_click=stop)


def _told(sought: SoughtResult[Any], words: str) -> str:
    before = sought.before
    return f"{words} {count_text(before, 'finding')} before this one." if before else words


def _told_stopped(name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"stopped-{name}"):
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
