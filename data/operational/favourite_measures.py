"""The measures that people of the firm like to find first, by the names that every cube knows: `sales.revenue`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from data.operational import operational_store
from data.operational.statement_kinds import FAVOURITE_MEASURE
from data.operational.statement_log import Statement, current, say
from data.store.warehouse import Warehouse


def favourites(warehouse: Warehouse) -> tuple[str, ...]:
    """Those that hold now, in the order in which they were chosen."""
    return favourites_among(current(operational_store.of(warehouse), FAVOURITE_MEASURE))


def favourites_among(told: Iterable[Statement]) -> tuple[str, ...]:
    """The same of statements that were read already."""
    return tuple(str(each.told["measure"]) for each in told if each.told["verdict"] == "kept")


def set_favourite(warehouse: Path, measure: str, is_favourite: bool) -> None:
    """Say so, where it is not so already. Errors: BadRequest, WarehouseError."""
    store = operational_store.ready(warehouse)
    verdict = "kept" if is_favourite else "dropped"
    held = {each.told["measure"]: each.told["verdict"] for each in current(store, FAVOURITE_MEASURE)}
    if held.get(measure, "dropped") != verdict:
        say(store, FAVOURITE_MEASURE, {"measure": measure, "verdict": verdict})
