"""The conformed dimensions as a cube sees them: the same levels around every fact, so that answers can be joined."""

from __future__ import annotations

from collections.abc import Iterable

from cubes.catalogue import segment_formation
from cubes.model import Dimension, Hierarchy, Level, Measure
from data.model.calendar import Calendar
from data.model.canonical_tables import FACT, DimensionTable, FactTable
from data.store.warehouse import Attribute, Profile

DIMENSION_LABELS = {"line": "Order line"}
COHORT = (
    "A cohort is the period of a customer's first purchase ever, whatever the filters; an order that comes late moves"
    " its customer to an earlier one."
)


def around(fact: str, profile: Profile, measures: Iterable[Measure]) -> tuple[Dimension, ...]:
    """The dimensions of a fact over this snapshot; what the firm brought along as attributes become levels.

    Levels of which nothing is known are left out of the hierarchies, so that drilling skips them. An attribute
    that bears the name of a measure is left out altogether.
    """
    taken = frozenset(measure.name for measure in measures)
    known = (table for table in FACT[fact].dimensions if _is_named(FACT[fact], table, profile))
    conformed = (_dimension(FACT[fact], table, profile, taken) for table in known)
    return (_time(fact, profile.calendar), *(dimension for dimension in conformed if dimension.levels))


def _is_named(fact: FactTable, table: DimensionTable, profile: Profile) -> bool:
    return table not in fact.named_only or table.name not in profile.unnamed


def _dimension(fact: FactTable, table: DimensionTable, profile: Profile, taken: frozenset[str]) -> Dimension:
    own = [each for each in profile.attributes if each.dimension == table.name and each.name not in taken]
    leaf = (table.leaf,) if table.leaf else ()
    levels = [_level(fact, table, name) for name in (*table.descriptors, *leaf)]
    levels += [_derived_level(table, name) for name in table.derived_levels]
    levels += [_own_level(table, each) for each in own]
    hierarchies = [_hierarchy(names, profile) for names in table.hierarchies]
    hierarchies += [Hierarchy(names[0], (*names, *leaf)) for names in table.derived]
    hierarchies += [Hierarchy(each.name, (each.name, *leaf)) for each in own]
    label = DIMENSION_LABELS.get(table.name, table.name.capitalize())
    return Dimension(table.name, label, tuple(levels), tuple(hierarchies))


def _derived_level(table: DimensionTable, name: str) -> Level:
    column, label = f"{table.name}.{name}_code", name.replace("_", " ").capitalize()
    return Level(name, label, table.name, column, table.name, is_derived=True, formed=COHORT)


def _own_level(table: DimensionTable, own: Attribute) -> Level:
    column = f"{table.name}.{own.name}_code"
    if not own.is_finding:
        return Level(own.name, own.label, table.name, column, table.name)
    label, sentence = segment_formation.label(own), segment_formation.sentence(own)
    return Level(own.name, label, table.name, column, table.name, is_mined=True, formed=sentence)


def _hierarchy(names: tuple[str, ...], profile: Profile) -> Hierarchy:
    *above, leaf = names
    known = tuple(name for name in above if profile.known.get(name, 0))
    return Hierarchy(names[0], (*known, leaf))


def _level(fact: FactTable, table: DimensionTable, name: str) -> Level:
    label = name.replace("_", " ").capitalize()
    if name == table.leaf and fact.is_coded(table):
        return Level(name, label, table.name, f"{fact.name}.{table.code}")
    return Level(name, label, table.name, f"{table.name}.{name}_code", table.name)


def _time(fact: str, calendar: Calendar) -> Dimension:
    levels = tuple(
        Level(name, calendar.label(name), "time", f"{fact}.day_key", is_time=True)
        if name == "day"
        else Level(name, calendar.label(name), "time", f"time.{name}_code", "time", True)
        for name in calendar.levels
    )
    hierarchies = tuple(Hierarchy(names[0], names) for names in calendar.hierarchies)
    return Dimension("time", "Time", levels, hierarchies)
