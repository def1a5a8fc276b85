"""Going back: what was published, which of it is still kept, and how to put it up again.

Going back publishes a kept snapshot anew, so that numbers only rise, readers see what they always see, and
going back can be undone in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from data.access.deed import Deed
from data.connection import Connection
from data.errors import BadRequest, WarehouseError
from data.load.record import merged_identities
from data.operational import audiences, operational_store
from data.privacy.forgotten import still_forgotten
from data.recovery.ownership import is_own
from data.store import end_of_write, extension, warehouse_id
from data.store.publication import (
    CONSENTS_SAID,
    CONTACTS_OF,
    WRITTEN_HERE,
    History,
    Instead,
    Publication,
    kept,
    last_load,
    line,
    published,
    since_last_load,
)
from data.store.warehouse import asking, current_version, replacing

KEEPS_UNDONE = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'undone'"  # the first releases kept none
WRITTEN = (
    *merged_identities.VERDICTS.values(),
    merged_identities.UNDONE,
    operational_store.READY,
    CONSENTS_SAID,
    *audiences.DEEDS,
)
UNDONE = "source, part, file, content_hash, mapping_hash, undone_at"
Undo = tuple[tuple[Any, ...], ...]
Deliveries = dict[tuple[Any, ...], tuple[Any, ...]]
COLUMNS: dict[str, Any] = {
    "number": pl.Int64,
    "published_at": pl.Datetime("us"),
    "deed": pl.String,
    "batch": pl.Int64,
    "lines": pl.Int64,
    "revenue": pl.Decimal(18, 4),
    "state": pl.String,
}


@dataclass(frozen=True, slots=True)
class Undone:
    """A load that was undone: what is there again (`follows`), what was there (`kept`), what else went with it."""

    batches: range
    follows: int
    kept: int
    deeds: tuple[str, ...]


def history(path: Path) -> pl.DataFrame:
    """One row a publication, the latest first; `state` is "current", "kept" (one can go back to it) or ""."""
    current_version(path)
    past, there = published(path), kept(path)
    rows = [(each.number, each.published_at, each.deed, each.batch, each.lines, each.revenue,
             _state(each, past[-1], there)) for each in reversed(past)]  # fmt: skip
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _state(each: Publication, last: Publication, there: dict[int, Path]) -> str:
    if each.number == last.number:
        return "current"
    return "kept" if each.number in there else ""


def undo_load(path: Path, batch: int | None = None) -> Undone:
    """Put up again what was there before the last load. Errors: BadRequest where that cannot be; WarehouseError."""
    current_version(path)
    past = published(path)
    load = last_load(past)
    if load is None or load.batch is None:
        raise BadRequest("No load can be undone: nothing was loaded.", "'python -m data history' tells more.")
    batches = _of_load(path, brought(past, load))
    if batch is not None and batch not in batches:
        raise BadRequest(
            f"Batch {batch} is not the last load; that is batch {load.batch}.",
            "Undo the last load first, or go back to a snapshot that 'python -m data history' lists.",
        )
    if load.follows not in kept(path):
        first = load.follows == 0
        raise BadRequest(
            f"Batch {load.batch} cannot be undone: "
            + ("nothing was here before it." if first else "the snapshot before it is no longer kept."),
            "" if first else "CLIENTELA_KEEP says how many are kept; a backup can be restored.",
        )
    deeds = _gone_with_it(path, past)
    go_back(path, load.follows, f"undid the load of batch {load.batch}", past)
    return Undone(batches, load.follows, past[-1].number, deeds)


def _of_load(path: Path, batches: range) -> range:
    """These without those that were written here before the load did."""
    sql = "SELECT coalesce(max(batch), 0) FROM batch WHERE list_contains(?, origin) AND batch < ?"
    with asking(path) as rows:
        ((last,),) = rows(sql, [list(WRITTEN_HERE), batches[-1]])
    return range(max(batches[0], last + 1), batches[-1] + 1)


def _gone_with_it(path: Path, past: History) -> tuple[str, ...]:
    """What was done since the last load and is undone with it; what people wrote beside it, and contacts, are not."""
    with asking(path) as rows:
        stays = WRITTEN if warehouse_id.read(rows) else ()
    deeds = since_last_load(past)
    return tuple(deed for deed in deeds if deed not in stays and not deed.startswith(CONTACTS_OF))


def _left_behind(path: Path, snapshot: Path) -> Undo:
    """What is not to come back by itself once `snapshot` takes the place of `path`: what was delivered to the one and
    not to the other, and what was undone before. Nothing, where `path` cannot be read."""
    try:
        here, undone = _deliveries(path)
    except WarehouseError:
        return ()
    there, undone_there = _deliveries(snapshot)
    return tuple(row for each, row in {**undone_there, **undone, **here}.items() if each not in there)


def _deliveries(path: Path) -> tuple[Deliveries, Deliveries]:
    """What was delivered, and what was undone, as rows of `undone` by source, part, content and mapping."""
    with asking(path) as rows:
        undone = rows(f"SELECT {UNDONE} FROM undone") if rows(KEEPS_UNDONE) else []
        delivered = rows(
            """SELECT source, part, file, content_hash, mapping_hash, ?::TIMESTAMP
            FROM delivery JOIN batch USING (batch) WHERE origin = 'load'""",
            [datetime.now(UTC).replace(tzinfo=None)],
        )
    return _by_content(delivered), _by_content(undone)


def _by_content(rows: list[tuple[Any, ...]]) -> Deliveries:
    return {(source, part, content, how): row for row in rows for source, part, _, content, how, _ in (row,)}


def brought(past: History, load: Publication) -> range:
    """The batches of a load, of which its publication names the last: those after the load before."""
    before = [each.batch for each in line(past) if each.batch is not None and each.number < load.number]
    last = load.batch or 0
    return range(min(before[0], last - 1) + 1 if before and load.began != load.number else 1, last + 1)


def go_back(path: Path, number: int, deed: str = "", seen: History | None = None) -> int:
    """Put up publication `number` again. Errors: BadRequest where it is not kept; WarehouseError.

    `seen` are the publications that whoever asks has seen: where another came meanwhile, nothing happens. What was
    delivered since is left out of the next loads; returns how many deliveries these are, those undone before among
    them. What people wrote stays written: what the snapshot has not taken in yet comes into it.
    """
    past, there = _readable(path) if seen is None else seen, kept(path)
    if number not in there:
        listed = ", ".join(str(each) for each in sorted(there)) or "none is"
        raise BadRequest(f"Snapshot {number} is not kept.", f"Kept: {listed}.")
    with asking(there[number]):
        pass
    began = {each.number: each.began for each in past}
    left_out = _left_behind(path, there[number])
    leaves = bool(past) and began.get(number) != past[-1].began
    instead = Instead(there[number], number, own=leaves and is_own(path))
    with replacing(path, deed or f"went back to {number}", instead, Deed.LOAD) as connection:
        if _readable(path) != past:
            raise WarehouseError(
                "Somebody changed the warehouse in the meantime.",
                "Look at what it holds now, then try again.",
            )
        still_forgotten(connection, path)
        if not leaves:
            warehouse_id.carry_over(connection, path)
        carried = extension.carry_over(connection, path)
        if extension.take_in(connection, path) or carried:
            end_of_write.complete(connection)
        if left_out:
            _leave_out(connection, left_out)
    return len(left_out)


def _leave_out(connection: Connection, deliveries: Undo) -> None:
    connection.execute("DELETE FROM undone")
    for each in deliveries:
        connection.execute("INSERT INTO undone VALUES (?, ?, ?, ?, ?, ?)", list(each))


def _readable(path: Path) -> History:
    """The publications; none where what lies there is torn, which going back mends."""
    try:
        return published(path)
    except WarehouseError:
        return ()
