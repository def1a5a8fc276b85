"""Which days of a fact changed since the last publication, told by fingerprints of its rows and by no promise.

A day's fingerprint is the sum of a hash of everything that a cube reads of its rows, so that whatever a load, a
correction, an erasure or a merge of customers did is seen. Rows of later batches alone are additions; anything else
is a change. Large dimensions are looked at likewise, by shares of their members instead of days. Where the engine
itself knows of nothing but new rows since the fingerprints that were kept, only those rows are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from data.added_rows import untouched_but_for
from data.connection import Connection
from data.model.calendar import Days
from data.model.canonical_tables import WITH_LEAF, DimensionTable
from data.model.fact_extent import Day, told_apart
from data.store import rollup_schema
from data.store.member_codes import SHARE

# From so many rows on, fingerprints of a dimension are kept; of a smaller one where some are kept already.
MANY = 100_000

TABLES = ("partition", "printed")
UNREAD = ("identity_key", "row_in_source", "record_key", "content_hash", "modified_at", "number")

CREATE = """CREATE TABLE IF NOT EXISTS rollup.partition (
    fact VARCHAR NOT NULL, day_key INTEGER NOT NULL, lines BIGINT NOT NULL, fingerprint HUGEINT NOT NULL,
    through_batch INTEGER NOT NULL)"""

# Of which columns a fact's fingerprints are, and which publication was the last before they were kept. While that with
# which they were kept is put up again, none stands after it.
PRINTED = """CREATE TABLE IF NOT EXISTS rollup.printed (
    fact VARCHAR NOT NULL, columns VARCHAR NOT NULL, follows INTEGER NOT NULL, follows_at TIMESTAMP)"""
OF_LAST = """(SELECT count(*) <= 1 FROM publication AS p WHERE p.number > printed.follows) AND (follows = 0 OR EXISTS (
    FROM publication AS p WHERE p.number = printed.follows AND p.published_at = follows_at))"""


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
        self._printed: set[str] = set()
        self._found: dict[str, Touched] = {}
        self._seen: set[bool] = set()
        self._are_there: bool | None = None

    def touched(self, fact: str) -> Touched:
        """What happened to `fact` since `note` was called last; all its days, where it never was."""
        if fact not in self._found:
            self._create()
            self._found[fact] = self._touched(fact)
            self._seen.add(bool(self._found[fact].changed))
        return self._found[fact]

    def is_known(self, fact: str) -> bool:
        """Whether fingerprints of `fact` were ever kept."""
        return self._any_kept() and self._through(fact) >= 0

    def ordinary(self, fact: str) -> Days | None:
        """The days of ordinary traffic of a fact that was looked at; None where it was not, or is empty."""
        days = self.days_of(fact)
        return told_apart(days)[0] if days else None

    def days_of(self, fact: str) -> list[Day] | None:
        """The days of a fact that was looked at, and how many lines each has; None where it was not."""
        if fact not in self._found:
            return None
        return [
            (day, lines)
            for day, lines in self._rows(
                f"SELECT day_key, lines FROM print_of_{fact} WHERE lines > 0 ORDER BY day_key"
            )
        ]

    @property
    def only_additions(self) -> bool:
        """Whether facts were looked at, and lines were only added to them and to what is made of them."""
        return self._seen == {False}

    def made_anew(self) -> None:
        """Say that what is made of a fact took more than to add."""
        self._seen.add(True)

    def note(self, fact: str) -> None:
        """Keep the fingerprints that `touched` found as those of this publication."""
        self.forget(fact)
        self._keep(fact, f"(SELECT coalesce(max(batch), 0) FROM {fact})")
        self._rows(
            "INSERT INTO rollup.printed"
            " SELECT ?, ?, coalesce(max(number), 0), max_by(published_at, number) FROM publication",
            fact,
            ", ".join(self._read(fact)),
        )

    def forget(self, fact: str) -> None:
        """Take the fact for one that was never seen."""
        self._create()
        for table in TABLES:
            self._rows(f"DELETE FROM rollup.{table} WHERE fact = ?", fact)
        self._found.pop(fact, None)

    def shares(self, table: DimensionTable) -> tuple[int, ...] | None:
        """In which shares of a dimension's members an id or a name changed since this was asked in another write.

        None where they are few and nothing was ever kept. A member's versions are all in one share.
        """
        if not self._any_kept() and table.name in self._small:
            return None
        self._create()
        read = f"{table.key}, {table.code}, id, name"
        self._connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE print_of_{table.name} AS SELECT {table.code} // {SHARE} AS day_key,
                count(*) AS lines, sum(hash({read}))::HUGEINT AS fingerprint
            FROM {table.name} GROUP BY ALL"""
        )
        found = self._differing(table.name, "true")
        if found:
            self.forget(table.name)
            self._keep(table.name, "0")
        return tuple(share for share, _ in found)

    @cached_property
    def _small(self) -> set[str]:
        """The dimensions with few rows."""
        counted = " UNION ALL ".join(
            f"SELECT '{table.name}' AS name, count(*) AS n FROM {table.name}" for table in WITH_LEAF
        )
        return {name for (name,) in self._rows(f"SELECT name FROM ({counted}) WHERE n < {MANY}")}

    def _any_kept(self) -> bool:
        """Whether fingerprints of anything were ever kept."""
        if self._are_there is None:
            self._are_there = "partition" in rollup_schema.tables(self._rows)
        return self._are_there

    def _create(self) -> None:
        self._are_there = True
        self._connection.execute(rollup_schema.CREATE)
        self._connection.execute(CREATE)
        self._connection.execute(PRINTED)

    def _keep(self, name: str, through: str) -> None:
        self._rows(
            f"INSERT INTO rollup.partition SELECT ?, day_key, lines, fingerprint, {through} FROM print_of_{name}",
            name,
        )

    def _touched(self, fact: str) -> Touched:
        through = self._through(fact)
        if fact not in self._printed:
            self._print(fact, through)
            self._printed.add(fact)
        if through < 0:
            days = self._rows(f"SELECT day_key FROM print_of_{fact} ORDER BY day_key")
            return Touched(tuple(day for (day,) in days), (), through)
        found = self._differing(
            fact,
            "now.lines IS NOT NULL AND old_lines = coalesce(before.lines, 0)"
            " AND old_fingerprint = coalesce(before.fingerprint, 0)",
        )
        added = tuple(day for day, only_added in found if only_added)
        return Touched(added, tuple(day for day, only_added in found if not only_added), through)

    def _through(self, fact: str) -> int:
        """The last batch of which fingerprints are kept; -1 where none are."""
        known = "SELECT coalesce(max(through_batch), -1) FROM rollup.partition WHERE fact = ?"
        return int(self._rows(known, fact)[0][0])

    def _print(self, fact: str, through: int) -> None:
        """Fingerprints of the days of a fact, and of the lines of earlier batches on them."""
        read = self._read(fact)
        new = self._new_rows(fact, read)
        kept = " UNION ALL SELECT day_key, true, lines, fingerprint FROM rollup.partition WHERE fact = ?"
        self._rows(
            f"""CREATE OR REPLACE TEMP TABLE print_of_{fact} AS
            SELECT day_key, sum(n)::BIGINT AS lines, sum(print)::HUGEINT AS fingerprint,
                coalesce(sum(n) FILTER (WHERE old), 0)::BIGINT AS old_lines,
                coalesce(sum(print) FILTER (WHERE old), 0)::HUGEINT AS old_fingerprint
            FROM (SELECT day_key, batch <= {through} AS old, count(*) AS n, sum(hash({", ".join(read)})) AS print
                FROM {fact} WHERE {new or "true"} GROUP BY ALL{kept if new else ""})
            GROUP BY day_key""",
            *([fact] if new else []),
        )

    def _read(self, fact: str) -> list[str]:
        """The columns of a fact of which fingerprints are made."""
        columns = self._rows("SELECT name FROM pragma_table_info(?) ORDER BY cid", fact)
        return [name for (name,) in columns if name not in UNREAD]

    def _new_rows(self, fact: str, read: list[str]) -> str | None:
        """SQL that tells the rows not among the fingerprints kept; None where these may not hold for the others."""
        lines = self._rows(
            f"""SELECT sum(lines)::BIGINT FROM rollup.partition WHERE fact = $fact AND EXISTS (
                FROM rollup.printed WHERE fact = $fact AND columns = $columns AND {OF_LAST})""",
            fact=fact,
            columns=", ".join(read),
        )[0][0]
        return None if lines is None else untouched_but_for(self._connection, fact, read, lines)

    def _differing(self, name: str, told: str) -> list[tuple[Any, ...]]:
        """The days or shares of which another fingerprint is kept, and whether the condition `told` holds."""
        return self._rows(
            f"""SELECT day_key, {told} FROM print_of_{name} AS now
            FULL JOIN (FROM rollup.partition WHERE fact = ?) AS before USING (day_key)
            WHERE now.fingerprint IS DISTINCT FROM before.fingerprint OR now.lines IS DISTINCT FROM before.lines
            ORDER BY day_key""",
            name,
        )

    def _rows(self, sql: str, *parameters: str, **named: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, named or parameters).fetchall()
