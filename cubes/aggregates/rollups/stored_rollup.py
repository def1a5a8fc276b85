"""The roll-ups that a snapshot holds: what each keeps and stores, as the table `rollup.kept` says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cubes.cells.grain import Grain

CREATE = """CREATE TABLE IF NOT EXISTS rollup.kept (
    name VARCHAR NOT NULL, cube VARCHAR NOT NULL, period VARCHAR NOT NULL, levels VARCHAR[] NOT NULL,
    held VARCHAR[] NOT NULL, parts VARCHAR[] NOT NULL, parent VARCHAR NOT NULL, declared VARCHAR NOT NULL,
    cells BIGINT NOT NULL, together BIGINT DEFAULT 0)"""
OLDER = "ALTER TABLE rollup.kept ADD COLUMN IF NOT EXISTS together BIGINT DEFAULT 0"


@dataclass(frozen=True, slots=True)
class StoredRollUp:
    """One roll-up: the table `rollup.<name>`, by period first, a row a cell or, after loads, a few.

    `held` are all levels that it has a column of, `parts` the columns stored, `parent` the roll-up that it is made
    of ("" is the fact itself); `declared` tells the declarations that it was made by from others.
    """

    name: str
    cube: str
    grain: Grain
    held: frozenset[str]
    parts: frozenset[str]
    parent: str
    declared: str
    cells: int

    @property
    def table(self) -> str:
        return f"rollup.{self.name}"


def read(rows: Callable[..., list[tuple[Any, ...]]], cube: str) -> list[StoredRollUp]:
    """The roll-ups of a cube, the smallest first; none where the snapshot knows of none."""
    if not rows("SELECT 1 FROM duckdb_tables() WHERE schema_name = 'rollup' AND table_name = 'kept'"):
        return []
    found = rows(
        "SELECT name, period, levels, held, parts, parent, declared, cells FROM rollup.kept WHERE cube = ?"
        " ORDER BY cells, name",
        [cube],
    )
    return [
        StoredRollUp(name, cube, Grain(period, tuple(levels)), frozenset(held), frozenset(stored), *rest)
        for name, period, levels, held, stored, *rest in found
    ]
