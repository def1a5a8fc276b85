"""The first start: without a warehouse one is simulated, one of an earlier release is brought up to date; once, however
many people are watching."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from data import environment
from data.store import older_warehouse, private_files
from data.store.schema_release import EarlierRelease
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.page_states import card, page_title

log = logging.getLogger("clientela")
TOLD = "brought-up-to-date"
Progress = Callable[[float, str], None]


class Preparation:
    """Works in a thread of its own, so that a closed browser does not end it."""

    def __init__(self, work: Callable[[Progress], object]) -> None:
        self.share = 0.0
        self.words = "Starting"
        self.told = ""
        self.problem: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), name="first-start", daemon=True)
        self._thread.start()

    def under_way(self) -> bool:
        return self._thread.is_alive()

    def _run(self, work: Callable[[Progress], object]) -> None:
        try:
            self.told = str(work(self._note) or "")
        except Exception as problem:  # shown to whoever waits
            self.problem = problem

    def _note(self, share: float, words: str) -> None:
        self.share, self.words = min(max(share, 0.0), 1.0), words


def ensure_warehouse() -> None:
    """Go on where there is a warehouse of this release; else show how far its making is, and run the page again."""
    path = environment.warehouse()
    if not path.exists():
        _wait(
            _demonstration(str(path.resolve())),
            "Preparing the demonstration firm",
            "Clientela starts with a simulated firm; bring your own files under Data.",
        )
    elif _is_older():
        _wait(
            _renewal(str(path.resolve())),
            "Bringing the warehouse up to date",
            "An earlier release made it. Nothing of it is lost, and as it was it is kept beside it.",
        )
    elif told := st.session_state.pop(TOLD, ""):
        st.toast(as_plain(told), duration="infinite")


def _is_older() -> bool:
    try:
        session.warehouse()
    except EarlierRelease:
        return True
    except Exception:  # the page itself tells
        return False
    return False


def _wait(work: Preparation, title: str, sentence: str) -> None:
    with card("first-start"):
        page_title(title, sentence)
        bar = st.progress(work.share, text=work.words)
        while work.under_way():
            bar.progress(work.share, text=work.words)
            time.sleep(0.4)
    _demonstration.clear()
    _renewal.clear()
    if work.problem is not None:
        raise work.problem
    st.session_state[TOLD] = work.told
    st.rerun()


@st.cache_resource(show_spinner=False)
def _demonstration(path: str) -> Preparation:
    return Preparation(lambda note: _simulate(Path(path), note))


def _simulate(path: Path, note: Progress) -> None:
    from data.demo import Firm
    from data.demo.integration import integrate

    private_files.make_folder(path.parent)
    integrate(path, Firm(), progress=note)


@st.cache_resource(show_spinner=False)
def _renewal(path: str) -> Preparation:
    return Preparation(lambda note: _renew(Path(path), note))


def _renew(path: Path, note: Progress) -> str:
    done = older_warehouse.bring_up_to_date(path, note)
    if done:
        log.info("%s", done)
    return str(done or "")
