"""What stands in the product file and is no product, such as postage and fees: as somebody said once, by product id."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from data.operational import operational_store
from data.operational.standing_on import StandingOn
from data.operational.statement_kinds import PRODUCT_ROLE
from data.operational.statement_log import current, writing
from data.store.warehouse import Warehouse


class ProductRole(StrEnum):
    PRODUCT = "product"
    FEE = "fee"


def product_roles(warehouse: Warehouse) -> dict[str, ProductRole]:
    """The role of each product of which it was said, by its id; of others it was not asked."""
    told = current(operational_store.of(warehouse), PRODUCT_ROLE)
    return {str(each.told["product"]): ProductRole(each.told["role"]) for each in told}


def seen_roles(warehouse: Warehouse) -> frozenset[str]:
    """The statements that give the roles as they are now."""
    return frozenset(each.id for each in current(operational_store.of(warehouse), PRODUCT_ROLE))


def set_roles(
    warehouse: Path, roles: Mapping[str, ProductRole], standing_on: StandingOn | None = None
) -> None:
    """Say so of each product where it was not said already. Errors: BadRequest, ChangedMeanwhile, WarehouseError."""
    with writing(operational_store.ready(warehouse)) as log:
        held = {each.told["product"]: each.told["role"] for each in log.current(PRODUCT_ROLE)}
        new = [(product, role) for product, role in roles.items() if held.get(product) != role]
        every = [{"product": product, "role": role.value} for product, role in new]
        log.say_all(PRODUCT_ROLE, every, standing_on=standing_on)
