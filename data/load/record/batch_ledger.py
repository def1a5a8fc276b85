"""The ledger of deliveries: which came in by which mapping, and what became of their rows. One batch each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from data.connection import Connection, Rows
from data.load.mappings.deliveries import Waiting
from data.load.notation.stream_habits import NO_HABITS, Habits
from data.load.record.load_report import Books

# Rows of it wait for rates of exchange, and some came since.
RIPE = """EXISTS (FROM rejected WHERE rejected.batch = delivery.batch AND mended_in IS NULL
        AND ends_with(reason, ': bring [rates]'))
    AND EXISTS (FROM delivery AS later WHERE later.part = 'rates' AND later.batch > delivery.batch)"""
OF_MOMENT = """FROM delivery AS named JOIN batch AS told USING (batch)
    WHERE source = $1 AND part = $2 AND origin <> 'mended' AND told.as_of = batch.as_of"""
CAME = "SELECT 1 FROM delivery WHERE part = ? AND content_hash = ? LIMIT 1"
LOADED = f"""SELECT batch, batch = (SELECT max(batch) FROM delivery JOIN batch USING (batch)
        WHERE source = $1 AND part = $2 AND origin <> 'mended') AS latest,
    batch = (SELECT max(batch) FROM delivery AS named JOIN batch USING (batch)
        WHERE source = $1 AND part = $2 AND origin <> 'mended' AND named.file = delivery.file) AS stands,
    batch.batch = (SELECT max(batch) {OF_MOMENT} AND named.file = delivery.file) AS holds,
    delivery.file = $4 OR NOT EXISTS ({OF_MOMENT} AND named.file = $4) AS answers,
    mapping_hash, {RIPE} AS ripe, as_of, file, rows_read, rows_loaded, rows_rejected, repeats_dropped,
    repeats_kept, rows_replaced, coalesce(rows_left_out, 0)
FROM delivery JOIN batch USING (batch)
WHERE source = $1 AND part = $2 AND content_hash = $3 ORDER BY batch DESC"""


@dataclass(frozen=True, slots=True)
class EarlierBatch:
    """The batch that holds the same delivery already; `same` if loading it again would bring nothing new."""

    batch: int
    same: bool
    as_of: datetime
    books: Books


@dataclass(frozen=True, slots=True)
class Sought:
    """A delivery to be found again: of any moment and name; of a moment or a name as that file was loaded last, and of
    a moment also under another name if that file never was; or as the latest of its part alone."""

    source: str
    part: str
    content: str
    how: str
    as_of: datetime | None = None
    file: str | None = None
    latest: bool = False


def earlier(rows: Rows, sought: Sought) -> EarlierBatch | None:
    """The latest batch with the content that is sought, if there is one."""
    if not rows(CAME, [sought.part, sought.content]):
        return None
    asked = [sought.source, sought.part, sought.content, sought.file]
    for batch, latest, stands, holds, answers, loaded_how, ripe, as_of, file, *counts in rows(LOADED, asked):
        if sought.as_of is not None:
            right = sought.as_of == as_of and holds and answers
        else:
            right = sought.file is None or (sought.file == file and stands)
        if right and (latest or not sought.latest):
            return EarlierBatch(
                batch, loaded_how == sought.how and not ripe, as_of, Books(sought.part, file, *counts)
            )
    return None


def last(rows: Rows, source: str) -> list[EarlierBatch]:
    """The latest delivery of a source, if there is one."""
    found = rows(
        """SELECT batch, as_of, part, file, rows_read, rows_loaded, rows_rejected, repeats_dropped, repeats_kept,
            rows_replaced, coalesce(rows_left_out, 0) FROM delivery JOIN batch USING (batch)
        WHERE source = ? ORDER BY batch DESC LIMIT 1""",
        [source],
    )
    return [EarlierBatch(batch, True, as_of, Books(*books)) for batch, as_of, *books in found]


def brought(rows: Rows, source: str, part: str, pattern: str) -> bool:
    """Whether a stream brought a file that is called like `pattern`."""
    known = "SELECT 1 FROM delivery JOIN batch USING (batch) WHERE source = ? AND part = ? AND file GLOB ? LIMIT 1"
    return bool(rows(known, [source, part, pattern]))


def next_number(connection: Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(batch), 0) + 1 FROM batch").fetchall()[0][0])


def open_batch(
    connection: Connection, source: str, as_of: datetime, loaded_at: datetime, origin: str = "load"
) -> int:
    """Enter a batch, and say its number."""
    batch = next_number(connection)
    connection.execute("INSERT INTO batch VALUES (?, ?, ?, ?, ?)", [batch, source, as_of, loaded_at, origin])
    return batch


def record(
    connection: Connection,
    batch: int,
    books: Books,
    identity: tuple[str, str],
    header: Sequence[tuple[str, ...]],
    watermark: datetime | None = None,
) -> None:
    """Enter what was delivered."""
    counts = [
        books.rows_read,
        books.rows_loaded,
        books.rows_rejected,
        books.repeats_dropped,
        books.repeats_kept,
    ]
    values = [
        batch,
        books.part,
        books.file,
        *identity,
        json.dumps(header),
        *counts,
        books.rows_replaced,
        watermark,
        books.rows_left_out,
    ]
    connection.execute(f"INSERT INTO delivery VALUES ({', '.join('?' * len(values))})", values)


def note_reading(connection: Connection, batch: int, part: str, habits: Habits, zone: str | None) -> None:
    """Write down how the values of a batch were read: by which habits, and its days in which time zone."""
    connection.execute(
        "INSERT INTO reading VALUES (?, ?, ?, ?)", [batch, part, json.dumps(habits.plain()), zone]
    )


def habits(rows: Rows, source: str, part: str, until: int | None = None, but: int | None = None) -> Habits:
    """How the deliveries of a stream are written, the latest counting most; up to the batch `until`, without `but`."""
    found = rows(
        """SELECT habits FROM reading JOIN batch USING (batch) WHERE source = $1 AND part = $2
        AND batch <= coalesce($3, batch) AND batch IS DISTINCT FROM $4 ORDER BY batch""",
        [source, part, until, but],
    )
    told = (Habits.from_plain(json.loads(each)) for (each,) in found)
    return reduce(Habits.then, told, NO_HABITS)


def wait(connection: Connection, source: str, waiting: Waiting, now: datetime) -> None:
    """Write down that a file waits, and why, from now on."""
    connection.execute(
        "INSERT INTO waiting VALUES (?, ?, ?, ?, ?)",
        [source, waiting.part, waiting.file, waiting.reason, now],
    )


def wait_no_longer(connection: Connection, source: str, part: str, file: str) -> None:
    """It was loaded, or is gone."""
    connection.execute("DELETE FROM waiting WHERE source = ? AND part = ? AND file = ?", [source, part, file])


def still_waiting(rows: Rows, source: str) -> set[tuple[str, str, str]]:
    """What the ledger says of a source's files that wait: part, file, reason."""
    return set(rows("SELECT part, file, reason FROM waiting WHERE source = ?", [source]))


def is_undone(rows: Rows, sought: Sought) -> bool:
    """Whether the load of this very content, in this way, was undone."""
    asked = [sought.source, sought.part, sought.content, sought.how]
    return bool(
        rows(
            "SELECT 1 FROM undone WHERE source = ? AND part = ? AND content_hash = ? AND mapping_hash = ?",
            asked,
        )
    )


def forget_undone(connection: Connection, sought: Sought) -> None:
    """It is loaded again after all."""
    connection.execute(
        "DELETE FROM undone WHERE source = ? AND part = ? AND content_hash = ?",
        [sought.source, sought.part, sought.content],
    )


def take_out(connection: Connection, batch: int) -> None:
    """Remove the entry of a batch whose place another takes, and its rejected rows."""
    for table in (
        "rejected",
        "delivery",
        "described",
        "left_empty",
        "batch",
        "quality",
        "reading",
        "dismissal",
    ):
        connection.execute(f"DELETE FROM {table} WHERE batch = ?", [batch])
