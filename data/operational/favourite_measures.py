"""The measures that people of the firm like to find first, by the names that every cube knows: `sales.revenue`."""

from __future__ import annotations

from pathlib import Path

from data.operational import operational_store
from data.operational.statement_kinds import FAVOURITE_MEASURE
from data.operational.statement_log import current, say
from data.store.warehouse import Warehouse


def favourites(warehouse: Warehouse) -> tuple[str, ...]:
    """Those that hold now, in the order in which they were chosen."""
    told = current(operational_store.of(warehouse), FAVOURITE_MEASURE)
    return tuple(str(each.told["measure"]) for each in told if each.told["verdict"] == "kept")


def set_favourite(warehouse: Path, measure: str, is_favourite: bool) -> None:
    """Say so, where it is not so already. Errors: BadRequest, WarehouseError."""
    store = operational_store.ready(warehouse)
    verdict = "kept" if is_favourite else "dropped"
    held = {each.told["measure"]: each.told["verdict"] for each in current(store, FAVOURITE_MEASURE)}
    if held.get(measure, "dropped") != verdict:
        say(store, FAVOURITE_MEASURE, {"measure": measure, "verdict": verdict})
