"""What the base is worth, sought in a thread of its own: once a snapshot, for the tiles of boards."""

from __future__ import annotations

import streamlit as st

from data.errors import BadRequest
from data.store.warehouse import Warehouse
from pages.ui import session
from pages.ui.sought_result import SoughtResult
from pages.value.found_lifetime import FoundLifetime, found_lifetime
from pages.value.lifetime_view import LifetimeView


def base_value() -> FoundLifetime:
    """The value of the base as the page tells it, of all history; waits until it is there. Raises BadRequest."""
    try:
        return sought_value().found(lambda _: None)
    except BadRequest as error:
        raise BadRequest(error.problem, error.remedy) from error
    except Exception:
        _sought.clear()
        raise


def sought_value() -> SoughtResult[FoundLifetime]:
    """It, from the first who asks on. Whoever leaves meanwhile loses nothing: it is sought on."""
    return _sought(session.warehouse().version)


@st.cache_resource(show_spinner=False, max_entries=2)
def _sought(version: str) -> SoughtResult[FoundLifetime]:
    store = session.warehouse()
    return SoughtResult[FoundLifetime]("lifetime").begin(lambda _: _value(store))


def _value(store: Warehouse) -> FoundLifetime:
    session.reads(store)
    return found_lifetime(LifetimeView())
