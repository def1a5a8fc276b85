"""How much space what is counted beforehand takes beside the facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from cubes.aggregates import aggregate_kinds
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes on disk by table: of the facts that have lines, and of each kind of what is counted beforehand."""

    facts: Mapping[str, int]
    kinds: Mapping[str, Mapping[str, int]]

    @property
    def whole(self) -> int:
        """What the facts take."""
        return sum(self.facts.values())

    @property
    def beside(self) -> int:
        """What was made beside the facts."""
        return sum(map(self.of, self.kinds))

    def of(self, kind: str) -> int:
        """What one kind takes."""
        return sum(self.kinds[kind].values())

    @property
    def share(self) -> float:
        """What was made beside the facts as a share of their bytes; 0 where there are none."""
        return self.beside / self.whole if self.whole else 0.0


def sizes(warehouse: Warehouse) -> Sizes:
    """The bytes of each table's columns as they lie compressed on disk."""
    facts = [fact for fact, extent in warehouse.profile.extents.items() if extent.lines]
    tables = {kind.name: kind.tables(warehouse.rows) for kind in aggregate_kinds.KINDS}
    found = _bytes(warehouse, [*facts, *chain.from_iterable(tables.values())])
    return Sizes(
        {fact: found[fact] for fact in facts},
        {name: {table: found[table] for table in some} for name, some in tables.items()},
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
