"""The end of every write: codes and members, then whoever derives more, by name, since the warehouse knows no cubes."""

from __future__ import annotations

from importlib import import_module

from data import index
from data.engines.duckdb import keep_row_groups
from data.index import Connection
from data.partitions import Partitions

FOLLOWERS = ("cubes.rollups:follow",)
TIDIED = 8  # every so many publications row groups are put together even if lines were only added


def complete(connection: Connection) -> None:
    """Derive what follows from the tables as they now are, in the writer's transaction: the end of every write."""
    days = Partitions(connection)
    index.rebuild(connection, days)
    for each in FOLLOWERS:
        module, _, function = each.partition(":")
        getattr(import_module(module), function)(connection, days)
    ((number,),) = connection.execute("SELECT coalesce(max(number), 0) FROM publication").fetchall()
    if days.only_additions and number % TIDIED:
        keep_row_groups(connection)
