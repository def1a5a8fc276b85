"""Publications of many lines leave for later what follows from them: whoever loads may put it off, and has it follow.

The lines are there, with codes and members; facts that are derived from them hold those of earlier batches alone, and
say so, until the same publication is put up again with all that follows. A write that does not put off follows it all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from data.added_rows import OWN_ROWS
from data.connection import Connection
from data.model.canonical_tables import MAIN_FACT
from data.model.fact_extent import Rows
from data.store.changed_days import Partitions

FROM_LINES = 100_000  # fewer are followed in the time that a second publication takes
SETTING = "derived_through_batch"
ONLY_ADDED = "lines_only_added"
PUT_OFF: ContextVar[bool] = ContextVar("put_off", default=False)


@contextmanager
def putting_off() -> Iterator[None]:
    """Writes in here may leave what follows from many lines; whoever says so calls `warehouse.follow` afterwards."""
    token = PUT_OFF.set(True)
    try:
        yield
    finally:
        PUT_OFF.reset(token)


def may_be_left(connection: Connection, days: Partitions) -> bool:
    """Whether this write may leave it: it brought many lines, and changed none that something is kept of."""
    if not PUT_OFF.get() or _added(connection) < FROM_LINES:
        return False
    fact = MAIN_FACT.name
    if not days.is_known(fact):
        return True
    if days.touched(fact).changed:
        return False
    connection.execute(f"SET VARIABLE {ONLY_ADDED} = true")
    return True


def are_only_added(connection: Connection) -> bool:
    """Whether it is known of the write of this connection that it did nothing to lines but add."""
    return bool(connection.execute("SELECT getvariable(?)", [ONLY_ADDED]).fetchall()[0][0])


def _added(connection: Connection) -> int:
    """How many lines this transaction added."""
    added = f"SELECT count(*) FROM {MAIN_FACT.name} WHERE rowid >= {OWN_ROWS}"
    return int(connection.execute(added).fetchall()[0][0])


def note(connection: Connection) -> None:
    """What is derived holds the lines of the batches before those that this transaction added."""
    earlier = f"SELECT coalesce(max(batch), 0) FROM {MAIN_FACT.name} WHERE rowid < {OWN_ROWS}"
    connection.execute(
        f"INSERT INTO setting SELECT ?, ({earlier})::VARCHAR ON CONFLICT DO NOTHING", [SETTING]
    )


def forget(connection: Connection) -> None:
    """All that follows is there."""
    connection.execute("DELETE FROM setting WHERE name = ?", [SETTING])


def is_left(connection: Connection) -> bool:
    """Whether the snapshot that is being written leaves anything."""
    return through_batch(lambda sql, values: connection.execute(sql, list(values)).fetchall()) is not None


def through_batch(rows: Rows) -> int | None:
    """The last batch whose lines derived facts hold; None where they hold all."""
    found = rows("SELECT value FROM setting WHERE name = ?", [SETTING])
    return int(found[0][0]) if found else None
