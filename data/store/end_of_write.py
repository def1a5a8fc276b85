"""The end of every write: derived facts, codes and members, then whoever derives more, as registered."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from data.connection import Connection
from data.derived_facts import follow_sources, line_suppliers
from data.errors import WarehouseError
from data.lifecycle import follow_facts, follow_partners, purchase_cohorts
from data.lifecycle.stage_changes import StageChange
from data.model.canonical_tables import MAIN_FACT
from data.store import (
    changed_days,
    event_log,
    extension,
    member_codes,
    rollup_schema,
    score_bands,
    unfollowed,
)
from data.store.changed_days import Partitions
from data.store.duckdb_engine import keep_row_groups

HEARD: ContextVar[list[StageChange] | None] = ContextVar("heard", default=None)
POSTPONED: ContextVar[bool] = ContextVar("postponed", default=False)
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


@contextmanager
def heard() -> Iterator[list[StageChange]]:
    """What the ends of writes in here changed in stages is put into what is yielded."""
    changes: list[StageChange] = []
    token = HEARD.set(changes)
    try:
        yield changes
    finally:
        HEARD.reset(token)


def complete(connection: Connection) -> None:
    """Derive what follows from the tables as they now are, in the writer's transaction: the end of every write.

    Of many lines that were only added it may be left for the same publication to be put up again (see `unfollowed`).
    """
    days = Partitions(connection)
    line_suppliers.follow(connection)
    if not POSTPONED.get() and unfollowed.may_be_left(connection, days):
        _begin(connection, days)
        unfollowed.note(connection)
    else:
        _derive(connection)
        unfollowed.forget(connection)
    recoded = member_codes.rebuild(connection, days)
    for each in extension.registered():
        each.follow(connection, days, recoded)
    if not extension.registered() and _is_derived(connection):
        raise WarehouseError(
            "The warehouse holds roll-ups, and this process would leave them behind.",
            "Write with 'python -m data', or register what follows a publication first.",
        )
    ((number,),) = connection.execute("SELECT coalesce(max(number), 0) FROM publication").fetchall()
    if days.only_additions and number % TIDIED:
        keep_row_groups(connection)


def _begin(connection: Connection, days: Partitions) -> None:
    """What lines are grouped by is told at once, of those that came."""
    if (ordinary := days.ordinary(MAIN_FACT.name)) is None:
        purchase_cohorts.follow(connection)
    else:
        purchase_cohorts.begin(connection, ordinary)


def _derive(connection: Connection) -> None:
    """The facts and levels that are derived from others."""
    if moved := follow_facts.follow(connection):
        logging.getLogger(event_log.NAME).info("%s", moved)
        if (changes := HEARD.get()) is not None:
            changes.append(moved)
    score_bands.follow(connection)
    purchase_cohorts.follow(connection)
    follow_sources.follow(connection)
    follow_partners.follow(connection)
    for each in extension.registered():
        each.derive(connection)


def _is_derived(connection: Connection) -> bool:
    """Whether the warehouse holds anything that those who are registered derive."""
    there = rollup_schema.tables(lambda sql: connection.execute(sql).fetchall())
    return bool(set(there) - set(changed_days.TABLES))
