"""A derived fact that has a row for each of some rows of another: it follows them customer by customer.

It keeps no account of what it was derived from. Each of its rows says which row of which batch it stands for and what
that pointed at, so whose rows do not agree with theirs is found by adding up hashes of both: a load, one undone, a
merge, an erasure and going back are told alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from data.connection import Connection
from data.model.calendar import Days
from data.model.canonical_tables import CUSTOMER, FACT
from data.model.fact_extent import extents_of
from data.temporary_tables import owned

TOUCHED, WANTED = "derived_touched", "derived_wanted"
AS_THEY_COME = ""
AT_ONCE = 100_000  # customers
CUSTOMER_COLUMNS = f"{CUSTOMER.key}, {CUSTOMER.code}, identity_key"


@dataclass(frozen=True, slots=True)
class MirroredFact:
    """`fact` has a row for each row of `source` that meets `condition` and names a customer.

    `derived` is SQL that gives the rows of the customers in `derived_touched` from `source_row`, with the columns of
    the fact; `due` is SQL for rows of the fact that the clock alone makes others. Both may say `{as_of}`, the last
    day of the source's ordinary traffic: a date years away from all others is a slip, and counts for nothing.
    """

    fact: str
    source: str
    condition: str
    derived: str
    due: str = "false"

    def follow(self, connection: Connection) -> bool:
        """Bring the fact up to date; whether anything was to be done. Whoever asks owns `derived_touched`."""
        days = ordinary_days(connection, self.source)
        first, as_of = (days.first, days.last) if days else (0, -1)
        meant = f"{self.condition} AND customer_code > 0 AND day_key BETWEEN {first} AND {as_of}"
        self._look(connection, meant, as_of)
        touched = bool(connection.execute(f"SELECT count(*) FROM {TOUCHED}").fetchall()[0][0])
        if touched:
            for mine in shares(connection, TOUCHED):
                rows = f"SELECT * FROM {self.source} WHERE {meant} AND {mine}"
                wanted = f"WITH source_row AS ({rows}) {self.derived.format(as_of=as_of)}"
                put_in_place(connection, self.fact, wanted, mine)
        return touched

    def _look(self, connection: Connection, meant: str, as_of: int) -> None:
        """`derived_touched` (code): the customers whose rows do not stand for those of the source."""
        keys = ", ".join(table.key for table in FACT[self.fact].dimensions)
        added = f"sum(hash(batch, row_in_source, day_key, identity_key, {keys})) AS print"
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE {TOUCHED} AS
            SELECT customer_code AS code FROM
                (SELECT customer_code, {added} FROM {self.source} WHERE {meant} GROUP BY customer_code) AS told
                FULL JOIN (SELECT customer_code, {added} FROM {self.fact} GROUP BY customer_code) AS held
                    USING (customer_code)
            WHERE told.print IS DISTINCT FROM held.print
            UNION SELECT customer_code FROM {self.fact} WHERE {self.due.format(as_of=as_of)}"""
        )


def ordinary_days(connection: Connection, fact: str) -> Days | None:
    """The days of a fact's ordinary traffic."""
    rows = extents_of(lambda sql, values=(): connection.execute(sql, values).fetchall(), [fact])
    return rows[fact].ordinary


def shares(connection: Connection, whose: str) -> Iterator[str]:
    """SQL conditions that are met by the customers of a table (code), so many at once as need little memory."""
    bounds = connection.execute(
        f"""SELECT min(code), max(code) FROM (SELECT code, (row_number() OVER (ORDER BY code) - 1) // {AT_ONCE} AS share
            FROM {whose}) GROUP BY share ORDER BY share"""
    ).fetchall()
    for first, last in bounds:
        within = f"customer_code BETWEEN {first} AND {last}"
        yield f"{within} AND customer_code IN (SELECT code FROM {whose} WHERE code BETWEEN {first} AND {last})"


def put_in_place(
    connection: Connection, fact: str, wanted: str, mine: str, order: str = "day_key, customer_code"
) -> None:
    """Make the rows of a fact that meet `mine` those that the SQL `wanted` gives; new ones are stored in this order,
    or as they come.

    Only what differs is written: rows that stay are no change to whoever counts them beforehand.
    """
    order = f"ORDER BY {order}, batch, row_in_source" if order else ""
    ((held,),) = connection.execute(f"SELECT EXISTS (FROM {fact} WHERE {mine})").fetchall()
    if not held:
        connection.execute(f"INSERT INTO {fact} BY NAME SELECT * FROM ({wanted}) {order}")
        return
    with owned(connection, WANTED):
        declared = replace(FACT[fact], name=WANTED).create()
        connection.execute(declared.replace("CREATE TABLE IF NOT EXISTS", "CREATE OR REPLACE TEMP TABLE"))
        connection.execute(f"INSERT INTO {WANTED} BY NAME {wanted}")
        connection.execute(
            f"DELETE FROM {fact} WHERE {mine} AND {_hash(fact)} NOT IN (SELECT {_hash(WANTED)} FROM {WANTED})"
        )
        connection.execute(
            f"""INSERT INTO {fact} BY NAME SELECT * FROM {WANTED}
            WHERE {_hash(WANTED)} NOT IN (SELECT {_hash(fact)} FROM {fact} WHERE {mine}) {order}"""
        )


def _hash(table: str) -> str:
    """SQL for a hash of all columns of a row."""
    return f"hash({table})"
