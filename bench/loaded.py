"""The wide fact in memory, where it fits: for those who have everything there."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from bench.contestant import Contestant, Pandas, Polars, connected
from bench.machine import free_mb
from bench.members import Members
from bench.timing import clocked
from data.store.warehouse import Warehouse

BYTES_A_LINE = {"Polars": 55, "pandas": 85}
ROOM = {"Polars": 2.5, "pandas": 3.0}
RESERVE_MB = 3000


def contestant(name: str, warehouse: Warehouse, members: Members, wide: Path) -> Contestant | None:
    """Polars or pandas with all lines loaded, and what that took; None, with the reason printed, where they are too
    many: a question may need some times the lines' own room beside the other contestants."""
    lines = warehouse.profile.lines
    need = lines * BYTES_A_LINE[name] * ROOM[name] / 1e6 + RESERVE_MB
    if need > free_mb():
        print(
            f"{name} is left out at {lines:,} lines: they would need about {need / 1000:,.0f} GB of memory,"
            f" of which {free_mb() / 1000:,.0f} GB are free."
        )
        return None
    found, took = clocked(lambda: _loaded(name, warehouse, members, wide))
    print(
        f"{name} loaded {lines:,} lines in {took.wall_ms / 1000:.1f} s (told apart, not counted).", flush=True
    )
    return found


def _loaded(name: str, warehouse: Warehouse, members: Members, wide: Path) -> Contestant:
    connection = connected(wide, warehouse)
    try:
        member: pl.DataFrame = connection.sql("FROM member").pl()
        select = "SELECT * REPLACE (units::BIGINT AS units) FROM wide"
        if name == "pandas":
            return Pandas(members, connection.sql(select).df(), member)
        months = connection.execute("SELECT DISTINCT month_code FROM wide ORDER BY 1").fetchall()
        parts = [connection.sql(f"{select} WHERE month_code = {month}").pl() for (month,) in months]
        return Polars(members, pl.concat(parts, rechunk=False), member)
    finally:
        connection.close()
