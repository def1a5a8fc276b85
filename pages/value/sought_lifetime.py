"""What the base is worth, sought in a thread of its own: once a snapshot, for the tiles of boards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.lifetime.purchase_forecast import forecast
from pages.ui import session
from pages.value.found_lifetime import FoundLifetime, found_lifetime
from pages.value.lifetime_view import LifetimeView

A_LOOK = 0.2  # seconds between two looks at whether it is there


@dataclass(frozen=True, slots=True, eq=False)
class BaseValue:
    """What the page Lifetime tells of everybody, and how much of the value is `at_risk`: each customer's times the
    chance that nothing is bought within the horizon; None where value is not told."""

    found: FoundLifetime
    at_risk: float | None


def base_value(waiting: Callable[[], object]) -> BaseValue:
    """The value of the base as the page tells it, of all history; `waiting` is called until it is there.

    Whoever leaves meanwhile loses nothing: it is sought on. Raises BadRequest.
    """
    sought = _sought(session.warehouse().version)
    while not sought.done():
        waiting()
        wait([sought], A_LOOK)
    try:
        return sought.result()
    except BadRequest as error:
        raise BadRequest(error.problem, error.remedy) from error
    except Exception:
        _sought.clear()
        raise


@st.cache_resource(show_spinner=False, max_entries=2)
def _sought(version: str) -> Future[BaseValue]:
    future: Future[BaseValue] = Future()
    seeker = threading.Thread(
        target=_seek, args=(future, session.warehouse()), name="clientela-lifetime", daemon=True
    )
    add_script_run_ctx(seeker, get_script_run_ctx(suppress_warning=True))
    seeker.start()
    return future


def _seek(future: Future[BaseValue], store: Warehouse) -> None:
    session.reads(store)
    try:
        found = found_lifetime(LifetimeView())
        future.set_result(BaseValue(found, _at_risk(found)))
    except BaseException as error:
        future.set_exception(error)


def _at_risk(found: FoundLifetime) -> float | None:
    if isinstance(found.worth, BadRequest):
        return None
    buys = forecast(found.fitted, LifetimeView().horizon_days).customers.select("customer", "buys")
    both = found.worth.customers.select("customer", "value").join(buys, on="customer")
    return float(both.select((both["value"] * (1 - both["buys"])).sum()).item())
