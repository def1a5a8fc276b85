"""The first line of each order in each category, product and so on: it stands for the order there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cubes.model import Cube, Measure
from cubes.rollups import parts
from data.errors import WarehouseError


def beside(connection: Any, cube: Cube, held: Collection[str], within: str) -> tuple[str, dict[str, str]]:
    """SQL that joins the first lines to the fact's, and the SQL of each part that counts them, by name."""
    joins = ""
    found: dict[str, str] = {}
    for measure in cube.measures:
        levels = [level for level in parts.across(cube, measure) if level in held] if measure.flag else []
        if levels:
            table = f"first_of_{measure.name}"
            _mark(connection, cube, measure, levels, within, table)
            joins += f" JOIN {table} ON {table}.line = {cube.fact}.rowid"
            found |= {
                parts.at_level(measure, level): f"(({table}.bits >> {at}) & 1)::UTINYINT"
                for at, level in enumerate(levels)
            }
    return joins, found


def _mark(connection: Any, cube: Cube, measure: Measure, levels: list[str], within: str, table: str) -> None:
    """Make the temporary `table`: the number of each line, and a bit a level. Errors: WarehouseError."""
    order = f"CASE WHEN {measure.condition or 'true'} THEN {measure.column} ELSE -1 END"
    columns = ", ".join([f"{cube.fact}.rowid", order, *(cube.level(level).column for level in levels)])
    tables = dict.fromkeys(joined for level in levels if (joined := cube.level(level).table))
    joins = "".join(f" JOIN {joined} USING ({joined}_key)" for joined in tables)
    rows = connection.execute(f"SELECT {columns} FROM {cube.fact}{joins} WHERE {within}").fetchnumpy()
    line, whole, *codes = (np.ma.filled(np.ma.asarray(each), -1) for each in rows.values())
    bits = np.zeros(len(line), np.uint32)
    for at, first in enumerate(firsts(whole, dict(zip(levels, codes, strict=True))).values()):
        bits |= first.astype(np.uint32) << np.uint32(at)
    connection.register("given", pd.DataFrame({"line": line, "bits": bits}))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM given")
    connection.unregister("given")
    written = connection.execute(
        f"SELECT count(*), coalesce(sum(line), 0), coalesce(sum(bits), 0) FROM {table}"
    )
    if written.fetchall()[0] != (len(line), sum(line.tolist()), int(bits.sum(dtype=np.int64))):
        raise WarehouseError("The first lines of orders were not written as they were found.", "Load again.")


def firsts(order: np.ndarray, codes: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Which lines (booleans) are the first of their order with their code, by level; order -1 is none.

    >>> firsts(np.array([7, 7, 7, 8]), {"category": np.array([1, 2, 1, 1])})["category"].tolist()
    [True, True, False, True]
    """
    known = np.flatnonzero(order >= 0)
    if not bool(np.all(order[known][1:] >= order[known][:-1])):
        known = known[np.argsort(order[known], kind="stable")]
    of = order[known]
    found = {}
    for level, code in codes.items():
        own, first = code[known], np.ones(len(known), bool)
        back, later = 1, np.flatnonzero(of[1:] == of[:-1]) + 1
        while len(later):
            first[later[own[later] == own[later - back]]] = False
            back += 1
            later = later[later >= back]
            later = later[of[later] == of[later - back]]
        found[level] = np.zeros(len(order), bool)
        found[level][known[first]] = True
    return found


def _order(measure: Measure) -> str:
    return f"CASE WHEN {measure.condition or 'true'} THEN {measure.column} ELSE -1 END"
