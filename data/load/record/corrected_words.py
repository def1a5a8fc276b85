"""Words that were corrected, and by whom: a file may go back on its own word, and on no other's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from data.connection import Connection


@dataclass(frozen=True, slots=True)
class Teller:
    """A delivery as its batch, and the batches of earlier states of the same file.

    A file is told from others by its name and, where anything tells it, its moment.
    """

    batch: int
    states: tuple[int, ...] = ()

    def is_own(self, column: str) -> str:
        """SQL for whether `column`, the batch that corrected or removed something, is an earlier state of the file.

        Where an earlier release did not write it down, it is taken for one.
        """
        listed = ", ".join(str(int(each)) for each in self.states)
        return f"coalesce({column} IN ({listed}), true)" if self.states else "false"


def corrects(connection: Connection, stream: str, teller: Teller, corrected: str) -> None:
    """Write down that words of a moment are believed no longer: `corrected` is SQL for record, said_at, hash."""
    connection.execute(
        f"""INSERT INTO superseded (stream, record, said_at, hash, batch)
        SELECT $stream, record, said_at, hash, {int(teller.batch)} FROM ({corrected})""",
        {"stream": stream},
    )


def is_corrected(teller: Teller, record: str, said_at: str, hash: str) -> str:
    """SQL for whether another file corrected these words of `$stream`; its own corrections it may take back."""
    return f"""EXISTS (SELECT 1 FROM superseded AS s WHERE s.stream = $stream AND s.record = {record}
        AND s.said_at = {said_at} AND s.hash = {hash} AND NOT {teller.is_own("s.batch")})"""


def forget(connection: Connection, stream: str, batch: int, as_of: datetime) -> None:
    """A batch is taken out, and what it corrected and removed with it."""
    told = {"stream": stream, "batch": batch}
    connection.execute(
        "DELETE FROM superseded WHERE stream = $stream AND (said_at = $as_of::TIMESTAMP OR batch = $batch)",
        {**told, "as_of": as_of},
    )
    connection.execute("DELETE FROM removed WHERE stream = $stream AND batch = $batch", told)
