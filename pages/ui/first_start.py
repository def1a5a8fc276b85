"""The first start: without a warehouse, one is simulated once, however many people are watching."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import streamlit as st

from data import environment
from data.store import private_files
from pages.ui.page_states import card, page_title


class Preparation:
    """Simulates the demonstration firm in a thread of its own, so that a closed browser does not end it."""

    def __init__(self, path: Path) -> None:
        self.share = 0.0
        self.words = "Starting"
        self.problem: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(path,), name="first-start", daemon=True)
        self._thread.start()

    def under_way(self) -> bool:
        return self._thread.is_alive()

    def _run(self, path: Path) -> None:
        from data.demo import Firm
        from data.demo.integration import integrate

        try:
            private_files.make_folder(path.parent)
            integrate(path, Firm(), progress=self._note)
        except Exception as problem:  # shown to whoever waits
            self.problem = problem

    def _note(self, share: float, words: str) -> None:
        self.share, self.words = min(max(share, 0.0), 1.0), words


def ensure_warehouse() -> None:
    """Go on where there is a warehouse; else show how far its making is, and run the page again after."""
    path = environment.warehouse()
    if path.exists():
        return
    work = _preparation(str(path.resolve()))
    with card("first-start"):
        page_title(
            "Preparing the demonstration firm",
            "Clientela starts with a simulated firm; bring your own files under Data.",
        )
        bar = st.progress(work.share, text=work.words)
        while work.under_way():
            bar.progress(work.share, text=work.words)
            time.sleep(0.4)
    if work.problem is not None:
        _preparation.clear()
        raise work.problem
    if path.exists():
        st.rerun()
    _preparation.clear()
    raise RuntimeError(f"the demonstration firm was simulated, yet there is no warehouse at {path}")


@st.cache_resource(show_spinner=False)
def _preparation(path: str) -> Preparation:
    return Preparation(Path(path))
