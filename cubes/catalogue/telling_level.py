"""The levels that tell something apart: where a look at a measure may begin."""

from __future__ import annotations

from collections.abc import Iterable

from cubes.model import Cube, Dimension
from data.store.warehouse import Profile

MOST = 200
OVER_TIME = "quarter"


def telling(dimension: Dimension, profile: Profile) -> str | None:
    """The first level of a dimension that has a few known members: two or more, and not hundreds."""
    few = range(2, MOST + 1)
    return next((level.name for level in dimension.levels if profile.known.get(level.name, 0) in few), None)


def telling_level(cube: Cube, profile: Profile, shared: Iterable[Cube] = (), beside: str = "") -> str:
    """The first telling level of a cube that the cubes `shared` have as well, of no time and not of the dimension
    `beside`; quarters where there is none."""
    common = [{level.name for level in each.levels} for each in shared]
    found = (telling(each, profile) for each in cube.dimensions if each.name not in ("time", beside))
    return next((each for each in found if each and all(each in levels for levels in common)), OVER_TIME)
