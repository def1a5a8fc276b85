"""What the base is worth, sought in a thread of its own: once a snapshot, for the tiles of boards."""

from __future__ import annotations

from pages.ui.sought_result import SoughtResult
from pages.ui.sought_work import AskedWork, asked_work
from pages.value.found_lifetime import FoundLifetime, found_lifetime
from pages.value.lifetime_view import LifetimeView


def base_value() -> FoundLifetime:
    """The value of the base as the page tells it, of all history; waits until it is there. Raises BadRequest."""
    return asked_value().found()


def sought_value() -> SoughtResult[FoundLifetime]:
    """It, from the first who asks on. Whoever leaves meanwhile loses nothing: it is sought on."""
    return asked_value().sought()


def asked_value() -> AskedWork[FoundLifetime]:
    """It, not begun by that."""
    return asked_work("base value", (), lambda done: found_lifetime(LifetimeView(), done), most=2)
