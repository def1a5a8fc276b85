"""What a cube must know of a snapshot before it can plan: extents, members, attributes, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from data.model import segmentation
from data.model.calendar import Calendar, to_date
from data.model.canonical_tables import FACTS, FOREVER, MAIN_FACT, UNKNOWN, DimensionTable
from data.model.fact_extent import DaysOf, Extent, Rows, extents_of
from data.model.segmentation import Segmentation

FINDING = "finding"
MEMBERS = """SELECT level, count(*), count(*) FILTER (label IS DISTINCT FROM ?), count(*) FILTER (code > 0)
    FROM member GROUP BY level"""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A level that the firm brought along, or a finding saved as one, with its segmentations, the earliest first."""

    name: str
    dimension: str
    label: str
    origin: str
    segmentations: tuple[Segmentation, ...] = ()

    @property
    def is_finding(self) -> bool:
        """Whether it was mined from the facts."""
        return self.origin == FINDING


@dataclass(frozen=True, slots=True)
class Profile:
    """What a cube must know of a snapshot before it can plan.

    `extents` tells what each fact table holds, and that what was found stands until order lines end; `lines`,
    `first_day` and `last_day` are those of order lines: how many they are, and from when to when ordinary traffic goes.
    `members` counts the members of each level, `known` those of them that are not (unknown); `unnamed` are the
    dimensions that order lines may name and none does; `has_history` says that some member of the order lines'
    dimensions changed; `calendar` names its periods.
    """

    version: str
    first_day: date | None
    last_day: date | None
    lines: int
    customers: int
    orders_are_whole: bool
    firm: str
    currency: str
    attributes: tuple[Attribute, ...]
    members: Mapping[str, int]
    known: Mapping[str, int]
    extents: Mapping[str, Extent]
    calendar: Calendar
    has_history: bool = False
    unnamed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", MappingProxyType(dict(self.members)))
        object.__setattr__(self, "known", MappingProxyType(dict(self.known)))
        object.__setattr__(self, "extents", MappingProxyType(dict(self.extents)))


def read(rows: Rows, version: str, days: DaysOf = lambda _: None) -> Profile:
    """The profile of what `rows` (SQL and parameters in, tuples out) reads; `days` as `extents_of` takes it."""
    settings: dict[str, str] = dict(rows("SELECT name, value FROM setting"))
    extents = extents_of(rows, [fact.name for fact in FACTS], days)
    main = extents[MAIN_FACT.name]
    extents |= {fact.name: _standing(extents[fact.name], main) for fact in FACTS if fact.is_derived}
    counted = rows(MEMBERS, [UNKNOWN])
    attributes = rows("SELECT name, dimension, label, origin FROM attribute ORDER BY name")
    formed = segmentation.read(rows) if any(origin == FINDING for *_, origin in attributes) else {}
    return Profile(
        version=version,
        first_day=main.first_day,
        last_day=main.last_day,
        lines=main.lines,
        customers=sum(coded for level, _, _, coded in counted if level == "customer"),
        orders_are_whole=settings.get("orders_are_whole") == "yes",
        firm=settings.get("firm", ""),
        currency=settings.get("currency", ""),
        attributes=tuple(
            Attribute(name, dimension, label, origin, formed.get(name, ()))
            for name, dimension, label, origin in attributes
        ),
        members={level: count for level, count, _, _ in counted},
        known={level: known for level, _, known, _ in counted},
        extents=extents,
        calendar=Calendar.of(settings),
        has_history=_has_history(rows),
        unnamed=_unnamed(rows),
    )


def _unnamed(rows: Rows) -> frozenset[str]:
    """The dimensions of which order lines name no member, among those that they may name."""
    asked = MAIN_FACT.named_only
    named = ", ".join(f"EXISTS (FROM {MAIN_FACT.name} WHERE {table.key} > 0)" for table in asked)
    return frozenset(
        table.name for table, is_named in zip(asked, rows(f"SELECT {named}")[0], strict=True) if not is_named
    )


def _standing(found: Extent, main: Extent) -> Extent:
    """What is derived stands until something else is, so to the end of order lines; none of its days is a slip."""
    if found.whole is None:
        return found
    first, last = to_date(found.whole.first), to_date(found.whole.last)
    return Extent(found.lines, first, max(last, main.last_day or last))


def _has_history(rows: Rows) -> bool:
    """Whether a version of some member of the order lines' dimensions follows another."""
    followed = " UNION ALL ".join(_followed(table) for table in MAIN_FACT.dimensions if table.leaf)
    return bool(rows(f"{followed} LIMIT 1"))


def _followed(table: DimensionTable) -> str:
    """SQL for versions of a member that follow another that ended: few did, so it is cheap to ask of those."""
    versions = f"SELECT {table.code}, valid_from, valid_to FROM {table.name} WHERE valid_from < valid_to"
    return f"""SELECT 1 FROM ({versions} AND valid_to < TIMESTAMP '{FOREVER}') AS ended
        JOIN ({versions}) AS later USING ({table.code}) WHERE later.valid_from >= ended.valid_to"""
