"""The cubes that this warehouse offers, one file each."""

from __future__ import annotations

from collections.abc import Callable

from cubes.catalogue import sales
from cubes.model import Cube
from data.errors import BadRequest, did_you_mean
from data.warehouse import Profile

CUBES: dict[str, Callable[[Profile], Cube]] = {"sales": sales.cube}


def load(name: str, profile: Profile) -> Cube:
    """The cube of that name over this snapshot, its attributes included. Raises BadRequest."""
    if name not in CUBES:
        raise BadRequest(f"There is no cube {name!r}.", did_you_mean(name, CUBES))
    return CUBES[name](profile)
