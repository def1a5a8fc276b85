"""What was made of the rejected rows of a batch: which were mended, as which batch, and which were dismissed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from data.connection import Connection, Rows
from data.load.mappings.mapping import Part
from data.load.notation.stream_habits import NO_HABITS, Habits

DISMISSED = 0


@dataclass(frozen=True, slots=True)
class Mends:
    """Rows to be loaded again: of which batch and part, their numbers in order, and how their file is written.

    `renamed` are the places (from 1) of those among them whose key reads otherwise than in the file.
    """

    batch: int
    part: str
    rows: tuple[int, ...]
    habits: Habits = NO_HABITS
    renamed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Mended:
    """Rows (part, row) by what became of them: the batch that they were loaded as, or why they never are."""

    loaded: Mapping[tuple[str, int], int] = field(default_factory=dict)
    dismissed: Mapping[tuple[str, int], tuple[str, datetime]] = field(default_factory=dict)

    @property
    def batches(self) -> tuple[int, ...]:
        return tuple(sorted(set(self.loaded.values())))


def of_batch(rows: Rows, batch: int) -> Mended:
    """What was made of the rejected rows of a batch."""
    loaded = rows(
        "SELECT part, row_in_source, mended_in FROM rejected WHERE batch = ? AND mended_in > 0", [batch]
    )
    dismissed = rows(
        "SELECT part, row_in_source, reason, dismissed_at FROM dismissal WHERE batch = ?", [batch]
    )
    return Mended(
        {(part, row): mended_in for part, row, mended_in in loaded},
        {(part, row): (reason, at) for part, row, reason, at in dismissed},
    )


def siblings(rows: Rows, mends: Mends) -> tuple[int, ...]:
    """The batches that brought the other rows of the same delivery."""
    return (mends.batch, *of_batch(rows, mends.batch).batches)


def refuse_taken(
    connection: Connection, part: Part, typed: str, stream: str, mends: Mends, beside: Sequence[int]
) -> None:
    """Reject rows of `typed` that were given the key of another row of their delivery (batches `beside`), or of this
    file, where a key names one row: the number is mistyped, as likely as not."""
    if not mends.renamed or not part.key or (part.kind.is_lines and "line" not in part.key):
        return
    key = ", ".join(f"f_{name}" for name in part.key)
    told = ", ".join(f"'{name} ' || f_{name}" for name in part.key)
    fact = part.kind.of_fact.name
    connection.execute(
        f"""UPDATE {typed} SET reason = concat_ws(', ', {told}) || ' has a row already: give it the number that it has'
        WHERE reason IS NULL AND row IN (SELECT unnest($renamed::BIGINT[])) AND (
            hash($stream, {key}) IN (SELECT record_key FROM {fact} WHERE batch IN (SELECT unnest($beside::INTEGER[])))
            OR row IN (SELECT row FROM {typed} QUALIFY count(*) OVER (PARTITION BY {key}) > 1))""",
        {"stream": stream, "renamed": list(mends.renamed), "beside": list(beside)},
    )


def restore(connection: Connection, before: Mended, batch: int, typed: str) -> int:
    """Rows of `batch` that were mended or dismissed when it was another batch stay so.

    Returns how many rows of `typed` are left out: they are loaded already, as they were mended.
    """
    if not before.loaded and not before.dismissed:
        return 0
    state = "UPDATE rejected SET mended_in = ? WHERE batch = ? AND part = ? AND row_in_source = ?"
    for (part, row), mended_in in before.loaded.items():
        connection.execute(state, [mended_in, batch, part, row])
    for (part, row), (reason, at) in before.dismissed.items():
        found = connection.execute(f"{state} RETURNING 1", [DISMISSED, batch, part, row]).fetchall()
        if found:
            connection.execute("INSERT INTO dismissal VALUES (?, ?, ?, ?, ?)", [batch, part, row, reason, at])
    again = {"rows": [row for _, row in before.loaded]}
    known = f"FROM {typed} WHERE row IN (SELECT unnest($rows::BIGINT[]))"
    left_out = connection.execute(f"SELECT count(*) {known}", again).fetchall()[0][0]
    connection.execute(f"DELETE {known}", again)
    return int(left_out)


def close(connection: Connection, mends: Mends, batch: int) -> None:
    """The rejected rows that were loaded as `batch` wait no longer; those that still cannot be wait where they were."""
    again = connection.execute("SELECT row_in_source FROM rejected WHERE batch = ?", [batch]).fetchall()
    still = {row for (row,) in again}
    loaded = [row for at, row in enumerate(mends.rows, 1) if at not in still]
    connection.execute(
        """UPDATE rejected SET mended_in = ? WHERE batch = ? AND part = ?
        AND row_in_source IN (SELECT unnest(?::BIGINT[]))""",
        [batch, mends.batch, mends.part, loaded],
    )
    connection.execute("DELETE FROM rejected WHERE batch = ? AND mended_in IS NULL", [batch])
    connection.execute(
        "UPDATE delivery SET rows_read = rows_read - rows_rejected, rows_rejected = 0 WHERE batch = ?",
        [batch],
    )
