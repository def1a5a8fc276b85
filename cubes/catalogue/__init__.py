"""The cubes that this warehouse offers, one file each."""

from __future__ import annotations

from collections.abc import Callable

from cubes.catalogue import (
    contacts,
    interactions,
    invoices,
    price_offers,
    proposals,
    responses,
    sales,
    stock,
)
from cubes.catalogue.ratios import BETWEEN
from cubes.model import Cube
from data.errors import BadRequest, did_you_mean
from data.store.warehouse import Profile

MODULES = (sales, interactions, contacts, responses, stock, invoices, proposals, price_offers)
CUBES: dict[str, Callable[[Profile], Cube]] = {
    "sales": sales.cube,
    "interactions": interactions.cube,
    "contacts": contacts.cube,
    "responses": responses.cube,
    "stock": stock.cube,
    "invoices": invoices.cube,
    "proposals": proposals.cube,
    "price_offers": price_offers.cube,
}
MEASURE_NAMES = frozenset(
    each.name for each in (*(each for module in MODULES for each in module.MEASURES), *BETWEEN)
)
_made: dict[str, tuple[Profile, Cube]] = {}


def load(name: str, profile: Profile) -> Cube:
    """The cube of that name over this snapshot, its attributes included. Raises BadRequest."""
    if name not in CUBES:
        raise BadRequest(f"There is no cube {name!r}.", did_you_mean(name, CUBES))
    kept = _made.get(name)
    if kept is None or kept[0] is not profile:
        kept = _made[name] = (profile, CUBES[name](profile))
    return kept[1]
