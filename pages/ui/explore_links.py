"""Addresses of Explore: a measure by a telling level, a level, or what lies within a member."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from cubes import catalogue
from cubes.catalogue.listed_measures import ListedMeasure
from cubes.catalogue.telling_level import telling_level
from cubes.model import Cube
from cubes.named_set import NamedSet
from cubes.query import MAIN_CUBE, Cut, Query
from data.model.canonical_tables import CUSTOMER
from data.store.warehouse import Profile

PATH = "explore"
Parameters = Mapping[str, list[str]]


def address(path: str, parameters: Parameters) -> str:
    """A link within the app.

    >>> address("explore", {"where": ["city=Łódź"]})
    'explore?where=city%3D%C5%81%C3%B3d%C5%BA'
    """
    start = path or "./"
    return f"{start}?{urlencode(parameters, doseq=True)}" if parameters else start


def of_measure(offered: ListedMeasure, profile: Profile) -> Parameters:
    """Where Explore shows a measure by the first level that tells anything apart."""
    return offered.question(profile).to_parameters()


def of_level(level: str, profile: Profile) -> Parameters:
    """Where Explore shows the members of a level, by the first measure of the first cube that has it."""
    cube = cube_with(level, profile)
    return _question(cube, level).to_parameters()


def of_member(level: str, member: str, profile: Profile) -> Parameters:
    """Where Explore shows a member (its id) by the next finer level, else by a level of another dimension."""
    cube = cube_with(level, profile)
    finer = cube.finer(level) or telling_level(cube, profile, beside=cube.level(level).dimension)
    return _question(cube, finer, Cut(level, (member,))).to_parameters()


def of_set(level: str, id: str, profile: Profile) -> Parameters:
    """Where Explore shows the members of a named set of a level."""
    return _question(cube_with(level, profile), level, Cut(level, named_set=NamedSet(id))).to_parameters()


def explored_question(asked: Query, profile: Profile) -> Parameters:
    """Where Explore shows the question of an audience, by customer; of customers alone, what the main cube knows of
    them. Raises BadRequest."""
    alone = asked.cube not in catalogue.CUBES
    cube = catalogue.load(MAIN_CUBE if alone else asked.cube, profile)
    measure = next(each.name for each in cube.measures if not each.hidden) if alone else asked.measures[0]
    return Query(
        (measure,), (CUSTOMER.name,), cuts=asked.cuts, cube=cube.name, as_of=asked.as_of
    ).to_parameters()


def levels(profile: Profile) -> dict[str, Cube]:
    """Every level of which a member is known, with the first cube that has both the level and rows."""
    cubes = [catalogue.load(name, profile) for name in catalogue.CUBES]
    loaded = [cube for cube in cubes if profile.extents[cube.fact].lines]
    return {
        level.name: cube
        for cube in reversed(loaded)
        for level in cube.levels
        if profile.known.get(level.name)
    }


def cube_with(level: str, profile: Profile) -> Cube:
    """The first cube that has a level, and rows; the main one where none has any."""
    return levels(profile).get(level) or catalogue.load(MAIN_CUBE, profile)


def _question(cube: Cube, level: str, *cuts: Cut) -> Query:
    measure = next(each.name for each in cube.measures if not each.hidden)
    return Query((measure,), (level,), cuts=cuts, cube=cube.name)
