"""The end of every write: codes and members, then whoever derives more, by name, since the warehouse knows no cubes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module

from data import index
from data.engines.duckdb import keep_row_groups
from data.index import Connection
from data.partitions import Partitions

POSTPONED: ContextVar[bool] = ContextVar("postponed", default=False)
FOLLOWERS = ("cubes.aggregates.follow_publication:follow",)
TIDIED = 8  # every so many publications row groups are put together even if lines were only added


@contextmanager
def postponed() -> Iterator[None]:
    """For writes that others come after: what is not derived yet need not be, until the last of them.

    What is derived already is brought up to date all the same, so that no publication holds anything stale.
    """
    token = POSTPONED.set(True)
    try:
        yield
    finally:
        POSTPONED.reset(token)


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
