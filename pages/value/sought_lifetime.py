"""What the base is worth, sought in a thread of its own: once a snapshot, for the tiles of boards."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.lifetime.purchase_forecast import forecast
from pages.ui import session
from pages.ui.sought_result import SoughtResult
from pages.value.found_lifetime import FoundLifetime, found_lifetime
from pages.value.lifetime_view import LifetimeView


@dataclass(frozen=True, slots=True, eq=False)
class BaseValue:
    """What the page Lifetime tells of everybody, and how much of the value is `at_risk`: each customer's times the
    chance that nothing is bought within the horizon; None where value is not told."""

    found: FoundLifetime
    at_risk: float | None


def base_value() -> BaseValue:
    """The value of the base as the page tells it, of all history; waits until it is there. Raises BadRequest."""
    try:
        return sought_value().found(lambda _: None)
    except BadRequest as error:
        raise BadRequest(error.problem, error.remedy) from error
    except Exception:
        _sought.clear()
        raise


def sought_value() -> SoughtResult[BaseValue]:
    """It, from the first who asks on. Whoever leaves meanwhile loses nothing: it is sought on."""
    return _sought(session.warehouse().version)


@st.cache_resource(show_spinner=False, max_entries=2)
def _sought(version: str) -> SoughtResult[BaseValue]:
    store = session.warehouse()
    return SoughtResult[BaseValue]("lifetime").begin(lambda _: _value(store))


def _value(store: Warehouse) -> BaseValue:
    session.reads(store)
    found = found_lifetime(LifetimeView())
    return BaseValue(found, _at_risk(found))


def _at_risk(found: FoundLifetime) -> float | None:
    if isinstance(found.worth, BadRequest):
        return None
    buys = forecast(found.fitted, LifetimeView().horizon_days).customers.select("customer", "buys")
    both = found.worth.customers.select("customer", "value").join(buys, on="customer")
    return float(both.select((both["value"] * (1 - both["buys"])).sum()).item())
