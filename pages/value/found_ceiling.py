"""Attainable ceilings, sought in threads of their own: once a snapshot, for the page and for the tiles of boards."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cubes.analysis.customer_spend import customer_spend
from cubes.query import Cut, Query
from data.errors import BadRequest
from mining.customer_share.attainable_ceiling import AttainableCeiling, attainable_ceiling
from pages.ui import session
from pages.ui.sought_result import SoughtResult


def found_ceiling(
    cuts: tuple[Cut, ...], quantile: float, progress: Callable[[float], None]
) -> AttainableCeiling:
    """The ceiling within cuts, for whoever asks after the first at once. Who leaves meanwhile loses nothing: it is
    sought on. Raises BadRequest."""
    try:
        return sought_ceiling(cuts, quantile).found(progress)
    except BadRequest as error:
        raise BadRequest(error.problem, error.remedy) from error
    except Exception:
        _sought.clear()
        raise


def sought_ceiling(cuts: tuple[Cut, ...], quantile: float) -> SoughtResult[AttainableCeiling]:
    """It, from the first who asks on."""
    return _sought(session.warehouse().version, session.sets_read(cuts), quantile)


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs={Cut: repr})
def _sought(version: str, cuts: tuple[Cut, ...], quantile: float) -> SoughtResult[AttainableCeiling]:
    frame = customer_spend(session.warehouse(), session.ask_whole, Query(cuts=cuts))
    sought = SoughtResult[AttainableCeiling]("ceiling")
    return sought.begin(lambda done: attainable_ceiling(frame, quantile, progress=done))
