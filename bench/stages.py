"""Stages of all customers derived again after a load that touches one in a hundred, as every write does at its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import duckdb

from bench.following import FIRST_BATCH, bring, copy_of
from bench.timing import clocked
from bench.wide import quoted
from data.connection import Connection
from data.lifecycle import follow_facts
from data.lifecycle.stage_changes import StageChange
from data.lifecycle.stage_history import StageRun

LOADS = 3
ONE_IN = 100


@dataclass(slots=True)
class Followed:
    """What following took at the end of each write: milliseconds on the wall, and what it found."""

    walls: list[float] = field(default_factory=list)
    runs: list[StageRun] = field(default_factory=list)


def measured(firm: Path) -> dict[str, Any]:
    """Seconds of the stages and of the whole write, the median of three loads: an order of one in a hundred customers,
    the day after the last; who is due by the clock that day is looked at as well."""
    with copy_of(firm) as path, _clocked() as followed:
        writes = []
        for batch in range(FIRST_BATCH, FIRST_BATCH + LOADS):
            more = path.with_suffix(".parquet")
            customers = _orders(path, more, batch)
            writes.append(clocked(lambda more=more, batch=batch: bring(path, more, batch))[1].wall_ms)  # type: ignore[misc]
    last = followed.runs[-1]
    return {
        "customers": customers,
        "touched": last.touched,
        "changed": last.changed,
        "stages_s": median(followed.walls) / 1000,
        "write_s": median(writes) / 1000,
    }


@contextmanager
def _clocked() -> Iterator[Followed]:
    """What following the facts takes while this lasts."""
    followed, follow = Followed(), follow_facts.follow

    def timed(connection: Connection) -> StageChange | None:
        change, took = clocked(lambda: follow(connection))
        if change:
            followed.walls.append(took.wall_ms)
            followed.runs.append(change.run)
        return change

    with patch.object(follow_facts, "follow", timed):
        yield followed


def _orders(path: Path, to: Path, batch: int) -> int:
    """Write a line of each customer in a hundred, others each time; how many customers there are in all."""
    with closing(duckdb.connect(":memory:")) as connection:
        connection.execute(f"ATTACH '{quoted(path)}' AS own (READ_ONLY)")
        last_day, last_order, customers = connection.execute(
            "SELECT max(day_key), max(order_key), count(DISTINCT customer_code) FROM own.sale"
        ).fetchall()[0]
        connection.execute(
            f"""COPY (
                SELECT * REPLACE (order_key + {last_order} AS order_key, {last_day + 1}::INTEGER AS day_key,
                    TRUE AS is_order, {batch} AS batch, row_number() OVER () AS row_in_source)
                FROM own.sale WHERE customer_code % {ONE_IN} = {batch} AND NOT is_return
                QUALIFY row_number() OVER (PARTITION BY customer_code ORDER BY row_in_source) = 1)
            TO '{quoted(to)}' (FORMAT parquet)"""
        )
        return int(customers)
