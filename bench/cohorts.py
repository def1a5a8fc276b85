"""The triangle of monthly cohorts, from the sets of customers kept beforehand, beside SQL over all order lines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb

from bench.question import Disagreement
from bench.timing import clocked, typical
from bench.wide import quoted
from cubes.analysis.cohort_cells import CUSTOMERS, CohortCells, cohort_cells
from cubes.query import Query
from data.store.warehouse import Warehouse
from mining.retention.cohort_triangle import CohortTriangle, Kept, triangle

ROUNDS = 5
SQL = """WITH bought AS (
    SELECT DISTINCT customer_code, date_trunc('month', DATE '1970-01-01' + day_key) AS period
    FROM own.sale WHERE customer_code > 0 AND NOT is_return
), begun AS (SELECT period, min(period) OVER (PARTITION BY customer_code) AS cohort FROM bought)
SELECT cohort, period, count(*) FROM begun GROUP BY ALL ORDER BY ALL"""


def measured(firm: Path) -> dict[str, Any]:
    """Milliseconds on the wall of the triangle first asked, and of those that follow; and of the SQL, which must count
    the same. Raises Disagreement."""
    with closing(Warehouse(firm)) as warehouse:
        (cells, _), first = clocked(lambda: _triangle(warehouse))
        ours = typical([clocked(lambda: _triangle(warehouse))[1] for _ in range(ROUNDS)])
        lines = warehouse.profile.lines
    with closing(_opened(firm)) as connection:
        ask: Callable[[], list[Any]] = lambda: connection.execute(SQL).fetchall()  # noqa: E731
        found, sql = clocked(ask)
    counted = cells.frame.sort("cohort", "period")["customers"].to_list()
    if counted != [count for _, _, count in found]:
        raise Disagreement("The cohorts of the sets and of the lines are not the same.")
    return {"lines": lines, "cells": len(found), "source": cells.source, "first_ms": first.wall_ms,
            "ours_ms": ours.wall_ms, "sql_ms": sql.wall_ms}  # fmt: skip


def _triangle(warehouse: Warehouse) -> tuple[CohortCells, CohortTriangle]:
    cells = cohort_cells(warehouse, Query(), "month", measures=CUSTOMERS)
    last = cells.periods[-1]
    return cells, triangle(cells.frame, last.code, last.is_whole, Kept.CUSTOMERS)


def _opened(firm: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute(f"ATTACH '{quoted(firm)}' AS own (READ_ONLY)")
    return connection
