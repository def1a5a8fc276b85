"""Which days of a fact changed since the last publication, told by fingerprints of its rows and by no promise.

A day's fingerprint is the sum of a hash of everything that a cube reads of its rows, so that whatever a load, a
correction, an erasure or a merge of customers did is seen. Rows of later batches alone are additions; anything else
is a change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from data.index import Connection

UNREAD = ("identity_key", "row_in_source", "record_key", "content_hash", "modified_at", "number")

CREATE = """CREATE TABLE IF NOT EXISTS rollup.partition (
    fact VARCHAR NOT NULL, day_key INTEGER NOT NULL, lines BIGINT NOT NULL, fingerprint HUGEINT NOT NULL,
    through_batch INTEGER NOT NULL)"""


@dataclass(frozen=True, slots=True)
class Touched:
    """Days (since 1970-01-01) to which lines of batches after `through_batch` were added, and days changed else."""

    added: tuple[int, ...]
    changed: tuple[int, ...]
    through_batch: int

    def __bool__(self) -> bool:
        return bool(self.added or self.changed)


class Partitions:
    """The facts of one write, each looked at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._found: dict[str, Touched] = {}

    def touched(self, fact: str) -> Touched:
        """What happened to `fact` since `note` was called last; all its days, where it never was."""
        if fact not in self._found:
            self._connection.execute("CREATE SCHEMA IF NOT EXISTS rollup")
            self._connection.execute(CREATE)
            self._found[fact] = self._touched(fact)
        return self._found[fact]

    def note(self, fact: str) -> None:
        """Keep the fingerprints that `touched` found as those of this publication."""
        self.forget(fact)
        self._connection.execute(
            f"""INSERT INTO rollup.partition SELECT ?, day_key, lines, fingerprint, (
                SELECT coalesce(max(batch), 0) FROM {fact}) FROM print_of_{fact}""",
            [fact],
        )

    def forget(self, fact: str) -> None:
        """Take the fact for one that was never seen."""
        self._connection.execute(CREATE)
        self._connection.execute("DELETE FROM rollup.partition WHERE fact = ?", [fact])
        self._found.pop(fact, None)

    def _touched(self, fact: str) -> Touched:
        through = int(
            self._rows("SELECT coalesce(max(through_batch), -1) FROM rollup.partition WHERE fact = ?", fact)[
                0
            ][0]
        )
        columns = self._rows(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND schema_name = 'main'"
            " AND database_name = current_database() ORDER BY column_index",
            fact,
        )
        read = f"hash({', '.join(name for (name,) in columns if name not in UNREAD)})"
        self._connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE print_of_{fact} AS
            SELECT day_key, sum(n)::BIGINT AS lines, sum(print)::HUGEINT AS fingerprint,
                coalesce(sum(n) FILTER (WHERE old), 0)::BIGINT AS old_lines,
                coalesce(sum(print) FILTER (WHERE old), 0)::HUGEINT AS old_fingerprint
            FROM (SELECT day_key, batch <= {through} AS old, count(*) AS n, sum({read}) AS print
                FROM {fact} GROUP BY ALL)
            GROUP BY day_key"""
        )
        found = self._rows(
            f"""SELECT day_key, now.lines IS NOT NULL AND old_lines = coalesce(before.lines, 0)
                AND old_fingerprint = coalesce(before.fingerprint, 0)
            FROM print_of_{fact} AS now
            FULL JOIN (FROM rollup.partition WHERE fact = ?) AS before USING (day_key)
            WHERE now.fingerprint IS DISTINCT FROM before.fingerprint OR now.lines IS DISTINCT FROM before.lines
            ORDER BY day_key""",
            fact,
        )
        added = tuple(day for day, only_added in found if only_added)
        return Touched(added, tuple(day for day, only_added in found if not only_added), through)

    def _rows(self, sql: str, fact: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, [fact]).fetchall()
