"""Up to which batch of a fact what is counted beforehand holds its lines, where a publication left the others to be
followed: those are read beside it until a later publication follows."""

from __future__ import annotations

from data.connection import Connection
from data.model.fact_extent import Rows
from data.store import rollup_schema
from data.store.changed_days import Touched

TABLE = "behind"
CREATE = "CREATE TABLE IF NOT EXISTS rollup.behind (fact VARCHAR PRIMARY KEY, through_batch INTEGER NOT NULL)"


def through_batches(rows: Rows) -> dict[str, int]:
    """The last batch that is held, by each fact that is behind."""
    if TABLE not in rollup_schema.tables(rows):
        return {}
    return dict(rows("SELECT fact, through_batch FROM rollup.behind"))


def note(connection: Connection, fact: str, through_batch: int) -> None:
    """From now on no line of a later batch is held, until `caught_up`."""
    connection.execute(CREATE)
    connection.execute("INSERT OR REPLACE INTO rollup.behind VALUES (?, ?)", [fact, through_batch])


def caught_up(connection: Connection, fact: str) -> None:
    """All lines of a fact are held."""
    connection.execute(CREATE)
    connection.execute("DELETE FROM rollup.behind WHERE fact = ?", [fact])


def with_earlier(connection: Connection, fact: str, touched: Touched, through_batch: int | None) -> Touched:
    """What is to be followed of a fact: what was touched now, and what was added after `through_batch` before."""
    if through_batch is None:
        return touched
    rows = connection.execute(f"SELECT DISTINCT day_key FROM {fact} WHERE batch > ?", [through_batch])
    added = {day for (day,) in rows.fetchall()} - set(touched.changed)
    return Touched(tuple(sorted(added)), touched.changed, through_batch)
