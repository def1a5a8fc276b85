"""The roll-ups that a snapshot holds: what each keeps and stores, as the table `rollup.kept` says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cubes.cells.grain import Grain
from data.connection import Connection
from data.model.fact_extent import Rows
from data.store import rollup_schema
from data.store.warehouse import Warehouse

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


def is_there(rows: Rows) -> bool:
    """Whether the snapshot knows of roll-ups at all."""
    return "kept" in rollup_schema.tables(rows)


def tables(rows: Rows) -> list[str]:
    """The table of each roll-up of every cube."""
    found = rows("SELECT name FROM rollup.kept ORDER BY name") if is_there(rows) else []
    return [f"rollup.{name}" for (name,) in found]


def prepare(connection: Connection) -> None:
    """Create the table in which they are noted, where it is not there yet."""
    connection.execute(CREATE)
    connection.execute(OLDER)


def note(connection: Connection, roll_up: StoredRollUp, columns: Sequence[str]) -> None:
    """Create the table of a new roll-up, with these columns beside its levels, and note it."""
    held = sorted(roll_up.held)
    create(connection, f"TABLE {roll_up.table}", held, columns)
    grain = roll_up.grain
    connection.execute(
        "INSERT INTO rollup.kept VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
        [roll_up.name, roll_up.cube, grain.period, list(grain.levels), held, list(columns), roll_up.parent,
         roll_up.declared],
    )  # fmt: skip


def read(rows: Rows, cube: str) -> list[StoredRollUp]:
    """The roll-ups of a cube, the smallest first; none where the snapshot knows of none."""
    if not is_there(rows):
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


def open_to(warehouse: Warehouse, cube: str) -> list[StoredRollUp]:
    """The roll-ups of a cube as they are read: those that the cluster made, where one is set up."""
    if not warehouse.cluster:
        return read(warehouse.rows, cube)
    found = (parsed(each) for each in warehouse.cluster.manifest.rollups)
    return sorted((each for each in found if each.cube == cube), key=lambda each: (each.cells, each.name))


def written(roll_up: StoredRollUp) -> dict[str, Any]:
    """A roll-up as a manifest tells it, which `parsed` reads."""
    told = {name: getattr(roll_up, name) for name in ("name", "cube", "parent", "declared", "cells")}
    grain = {"period": roll_up.grain.period, "levels": list(roll_up.grain.levels)}
    return {**told, **grain, "held": sorted(roll_up.held), "parts": sorted(roll_up.parts)}


def parsed(told: Mapping[str, Any]) -> StoredRollUp:
    """The roll-up that was `written`."""
    grain = Grain(told["period"], tuple(told["levels"]))
    names = (frozenset(told["held"]), frozenset(told["parts"]))
    return StoredRollUp(
        told["name"], told["cube"], grain, *names, told["parent"], told["declared"], told["cells"]
    )


def create(connection: Connection, table: str, held: Iterable[str], stored: Iterable[str]) -> None:
    """An empty table for cells; one made `AS ... LIMIT 0` would lose whole row groups in DuckDB 2.0."""
    columns = [*(f'"{level}" INTEGER' for level in sorted(held)), *(f'"{name}" BIGINT' for name in stored)]
    connection.execute(f"CREATE OR REPLACE {table} ({', '.join(columns)})")
