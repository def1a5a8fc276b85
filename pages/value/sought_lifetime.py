"""What the base is worth, sought in a thread of its own: once a snapshot, for the tiles of boards."""

from __future__ import annotations

from dataclasses import dataclass

from data.errors import BadRequest
from mining.lifetime.purchase_forecast import forecast
from pages.ui.sought_result import Progress, SoughtResult
from pages.ui.sought_work import AskedWork, asked_work
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
    return _asked_value().found()


def sought_value() -> SoughtResult[BaseValue]:
    """It, from the first who asks on. Whoever leaves meanwhile loses nothing: it is sought on."""
    return _asked_value().sought()


def _asked_value() -> AskedWork[BaseValue]:
    return asked_work("base value", (), _value, most=2)


def _value(done: Progress) -> BaseValue:
    found = found_lifetime(LifetimeView(), done)
    return BaseValue(found, _at_risk(found))


def _at_risk(found: FoundLifetime) -> float | None:
    if isinstance(found.worth, BadRequest):
        return None
    buys = forecast(found.fitted, LifetimeView().horizon_days).customers.select("customer", "buys")
    both = found.worth.customers.select("customer", "value").join(buys, on="customer")
    return float(both.select((both["value"] * (1 - both["buys"])).sum()).item())
