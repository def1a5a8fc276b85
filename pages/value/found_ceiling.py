"""Attainable ceilings, sought in threads of their own: once a snapshot, for the page and for the tiles of boards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field

import polars as pl
import streamlit as st

from cubes.analysis.customer_spend import customer_spend
from cubes.query import Cut, Query
from data.errors import BadRequest
from mining.customer_share.attainable_ceiling import AttainableCeiling, attainable_ceiling
from pages.ui import session

A_LOOK = 0.1  # seconds between two looks at how far it is
_one_at_a_time = threading.Lock()


@dataclass(slots=True, eq=False)
class SoughtCeiling:
    """`done` goes from 0 to 1; `future` has what was found in the end, or why nothing was."""

    future: Future[AttainableCeiling] = field(default_factory=Future)
    done: float = 0.0

    def seek(self, frame: pl.DataFrame, quantile: float) -> None:
        """Find it; one at a time, for each takes a processor for seconds."""

        def gone(done: float) -> None:
            self.done = done

        with _one_at_a_time:
            try:
                self.future.set_result(attainable_ceiling(frame, quantile, progress=gone))
            except BaseException as error:
                self.future.set_exception(error)


def found_ceiling(
    cuts: tuple[Cut, ...], quantile: float, progress: Callable[[float], None]
) -> AttainableCeiling:
    """The ceiling within cuts, for whoever asks after the first at once. Who leaves meanwhile loses nothing: it is
    sought on. Raises BadRequest."""
    sought = _sought(session.warehouse().version, session.sets_read(cuts), quantile)
    while not sought.future.done():
        progress(sought.done)
        wait([sought.future], A_LOOK)
    try:
        return sought.future.result()
    except BadRequest as error:
        raise BadRequest(error.problem, error.remedy) from error
    except Exception:
        _sought.clear()
        raise


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs={Cut: repr})
def _sought(version: str, cuts: tuple[Cut, ...], quantile: float) -> SoughtCeiling:
    frame = customer_spend(session.warehouse(), session.ask_whole, Query(cuts=cuts))
    found = SoughtCeiling()
    threading.Thread(target=found.seek, args=(frame, quantile), name="clientela-ceiling", daemon=True).start()
    return found
