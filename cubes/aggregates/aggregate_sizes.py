"""How much space roll-ups and sets of customers take beside the facts, and what the owner lets them take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cubes import catalogue
from cubes.aggregates.follow_publication import DEFAULTS, LEAST_LINES, SHARE
from cubes.aggregates.rollups import stored_rollup
from data.store.warehouse import Warehouse

TABLES = "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name = 'rollup'"
SETS = ("rollup.bitmap", "rollup.bitmap_grain")


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes on disk by table: the facts that have lines, the roll-ups, the stored sets of customers."""

    facts: Mapping[str, int]
    roll_ups: Mapping[str, int]
    sets: int

    @property
    def whole(self) -> int:
        """What the facts take."""
        return sum(self.facts.values())

    @property
    def beside(self) -> int:
        """What was made beside the facts."""
        return sum(self.roll_ups.values()) + self.sets

    @property
    def share(self) -> float:
        """The same as a share of the facts' bytes; 0 where there are none."""
        return self.beside / self.whole if self.whole else 0.0


def sizes(warehouse: Warehouse) -> Sizes:
    """The bytes of each table's columns as they lie compressed on disk."""
    there = {table for (table,) in warehouse.rows(TABLES)}
    facts = [fact for fact, extent in warehouse.profile.extents.items() if extent.lines]
    roll_ups = [each.table for cube in catalogue.CUBES for each in stored_rollup.read(warehouse.rows, cube)]
    sets = [table for table in SETS if table in there]
    found = _bytes(warehouse, [*facts, *roll_ups, *sets])
    return Sizes(
        {fact: found[fact] for fact in facts},
        {table: found[table] for table in roll_ups},
        sum(found[table] for table in sets),
    )


def _bytes(warehouse: Warehouse, tables: list[str]) -> dict[str, int]:
    """Several small segments share a block: one reaches from where it begins to where the next does."""
    if not tables:
        return {}
    segments = " UNION ALL ".join(
        f"""SELECT {at} AS owner, block_id, block_offset, len(additional_block_ids) AS more
            FROM pragma_storage_info('{table}') WHERE block_id >= 0"""
        for at, table in enumerate(tables)
    )
    rows = warehouse.rows(
        f"""WITH segment AS ({segments}), block AS (SELECT max(block_size) AS size FROM pragma_database_size()),
        reach AS (SELECT owner, more, coalesce(
                lead(block_offset) OVER (PARTITION BY block_id ORDER BY block_offset), size) - block_offset
                + more * size AS bytes FROM segment, block)
        SELECT owner, sum(bytes)::BIGINT FROM reach GROUP BY owner"""
    )
    found = dict(rows)
    return {table: found.get(at, 0) for at, table in enumerate(tables)}


def share(warehouse: Warehouse) -> float:
    """The owner's budget: what roll-ups and sets may take, as a share of the facts."""
    return _setting(warehouse, SHARE)


def least_lines(warehouse: Warehouse) -> int:
    """From how many lines of a fact on roll-ups are made of it."""
    return int(_setting(warehouse, LEAST_LINES))


def _setting(warehouse: Warehouse, name: str) -> float:
    found = warehouse.rows("SELECT value FROM setting WHERE name = ?", [name])
    return float(found[0][0] if found else DEFAULTS[name])


@dataclass(frozen=True, slots=True)
class StoredSets:
    """The sets stored of one measure at one grain: how many, and the bytes of their members."""

    cube: str
    measure: str
    levels: tuple[str, ...]
    sets: int
    bytes: int


def stored_sets(warehouse: Warehouse) -> list[StoredSets]:
    """The grains at which sets of customers are stored, the largest first; none where there are none."""
    if SETS[0] not in {table for (table,) in warehouse.rows(TABLES)}:
        return []
    rows = warehouse.rows(
        """SELECT cube, measure, grain, count(*), coalesce(sum(octet_length(bits)), 0)::BIGINT FROM rollup.bitmap
        GROUP BY cube, measure, grain ORDER BY 5 DESC, 1, 2, 3"""
    )
    return [
        StoredSets(cube, measure, tuple(filter(None, grain.split(","))), sets, size)
        for cube, measure, grain, sets, size in rows
    ]
