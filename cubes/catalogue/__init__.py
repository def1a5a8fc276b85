"""The cubes that this warehouse offers, one file each."""

from __future__ import annotations

from cubes.catalogue import (
    case_events,
    consents,
    contacts,
    interactions,
    invoices,
    price_offers,
    proposals,
    purchases,
    requests,
    responses,
    retention,
    sales,
    scores,
    stages,
    stock,
    supply,
    wallets,
)
from cubes.catalogue.ratios import BETWEEN
from cubes.model import Cube
from data.errors import BadRequest, did_you_mean
from data.store.warehouse import Profile

CUBES = {
    each.cube.name: each.cube
    for each in (
        sales,
        interactions,
        contacts,
        responses,
        consents,
        stock,
        supply,
        invoices,
        proposals,
        price_offers,
        wallets,
        scores,
        stages,
        purchases,
        retention,
        requests,
        case_events,
    )
}
from cubes.catalogue import target_measures  # noqa: E402  of the key figures, which are measures of the cubes above

CUBES[target_measures.cube.name] = target_measures.cube
MEASURE_NAMES = frozenset(
    each.name for each in (*(each for cube in CUBES.values() for each in cube.measures), *BETWEEN)
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
