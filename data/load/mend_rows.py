"""Rejected rows: mended and loaded again, settled by what came since, or dismissed."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from data.access.deed import Deed
from data.errors import BadInput, BadRequest
from data.load.load_run import load
from data.load.mappings import kept_mappings
from data.load.mappings.deliveries import find
from data.load.mappings.mapping import Mapping, Part
from data.load.notation.stream_habits import NO_HABITS, Habits
from data.load.record import batch_ledger as ledger
from data.load.record.fact_rows import target
from data.load.record.load_report import Report
from data.load.record.mended_rows import DISMISSED, Mends
from data.load.record.source_numbers import numbering_of
from data.model.canonical_tables import DimensionTable
from data.sources.file import AS_FOUND
from data.store import private_files, warehouse
from data.store.warehouse import Warehouse

ROW = "row"
WRITTEN_BY_PROGRAMS = (".xlsx", ".parquet")
MENDABLE = " AND raw <> '{}'"
WAITING = f"SELECT row_in_source FROM rejected WHERE batch = ? AND part = ? AND mended_in IS NULL{MENDABLE}"
LATER_EXPORT = """SELECT max(e.batch) FROM export AS e, batch AS b
    WHERE b.batch = $1 AND e.stream = b.source || '/' || $2 AND e.batch > b.batch AND e.as_of >= b.as_of"""
OPEN = """SELECT row_in_source AS row, {value} AS named FROM rejected
    WHERE batch = $1 AND part = $2 AND mended_in IS NULL AND raw <> '{{}}'"""


def load_mended(mapping: Mapping, path: Path, batch: int, part: str, frame: pl.DataFrame) -> Report:
    """Load `frame`, mended rows of `batch`: the column `row` says which, the others are those of the file.

    They are read as their file was, and join what it brought. The rows that load are closed in the ledger; those
    that still cannot be are told in the report, and stay. Errors: BadRequest for rows that do not wait, BadInput
    where none can be loaded, WarehouseError.
    """
    one = mapping.part(part)
    if one is None:
        raise BadRequest(
            f"The mapping of {mapping.source} has no [{part}].", "Load its file again as a whole."
        )
    if ROW not in frame.columns or not frame.height:
        raise BadRequest("There is no row to load.", "Mend at least one.")
    rows = tuple(int(row) for row in frame[ROW])
    as_of, habits = _context(path, one, batch, rows)
    renamed = _renamed(path, one, batch, frame)
    with private_files.folder_for_a_while() as folder:
        file = Path(folder) / f"batch {batch} mended.csv"
        _write(frame.drop(ROW), file)
        for join in find(replace(mapping, parts=(one,))).look_ups(part) if one.joins else ():
            private_files.stand_in(Path(folder) / join.name, join)
        # What stood on an order's first line was filled into its rejected rows before they were put aside.
        plain = replace(one, file=file.name, database=None, table=None, query=None, as_of=None,
                        options=replace(AS_FOUND, delimiter=",", encoding="utf-8"),
                        shape=replace(one.shape, fill=None),
                        changes="append" if one.changes == "full" else one.changes)  # fmt: skip
        return load(
            replace(mapping, parts=(plain,), folder=Path(folder)),
            path,
            file,
            as_of=as_of,
            mends=Mends(batch, part, rows, habits, renamed),
        )


def dismiss(path: Path, batch: int, part: str, rows: Sequence[int], reason: str) -> int:
    """Close rejected rows that are never to be loaded, and say how many; the ledger keeps the `reason`.

    Errors: BadRequest without a reason, or for rows that do not wait; WarehouseError.
    """
    said = " ".join(reason.split())
    if not said or not rows:
        raise BadRequest("Nobody said why these rows are dismissed.", "Write a few words, then try again.")
    warehouse.current_version(path)
    with warehouse.writing(path, f"{len(rows):,} rejected rows dismissed", Deed.LOAD) as connection:
        waiting = connection.execute(WAITING.removesuffix(MENDABLE), [batch, part]).fetchall()
        _check_open(set(rows) - {row for (row,) in waiting})
        chosen = {"batch": batch, "part": part, "rows": list(rows)}
        these = "batch = $batch AND part = $part AND row_in_source IN (SELECT unnest($rows::BIGINT[]))"
        connection.execute(f"UPDATE rejected SET mended_in = {DISMISSED} WHERE {these}", chosen)
        connection.execute(
            f"INSERT INTO dismissal SELECT DISTINCT batch, part, row_in_source, $why, $at FROM rejected WHERE {these}",
            {**chosen, "why": said, "at": datetime.now(UTC).replace(tzinfo=None)},
        )
    return len(set(rows))


def take_back(path: Path, batch: int, part: str, rows: Sequence[int]) -> int:
    """Let dismissed rows wait again, and say how many. Errors: BadRequest for rows that are not dismissed."""
    warehouse.current_version(path)
    chosen = {"batch": batch, "part": part, "rows": list(rows)}
    these = "batch = $batch AND part = $part AND row_in_source IN (SELECT unnest($rows::BIGINT[]))"
    with warehouse.writing(path, f"{len(rows):,} dismissed rows taken back", Deed.LOAD) as connection:
        found = connection.execute(
            f"UPDATE rejected SET mended_in = NULL WHERE {these} AND mended_in = {DISMISSED} RETURNING row_in_source",
            chosen,
        ).fetchall()
        if {row for (row,) in found} != set(rows):
            raise BadRequest("Some of these rows are not dismissed.", "Open the page again.")
        connection.execute(f"DELETE FROM dismissal WHERE {these}", chosen)
    return len(set(rows))


def settled(store: Warehouse, batch: int, part: str) -> dict[int, int]:
    """Of the rows of a batch that wait: those whose record, or whose whole export, has come since, and as which batch.

    What tells a row from others must be columns of text; without a key nothing tells whether it came again.
    """
    later = store.rows(LATER_EXPORT, [batch, part])[0][0]
    if later is not None:
        return {row: int(later) for (row,) in store.rows(WAITING, [batch, part])}
    source = store.rows("SELECT source FROM batch WHERE batch = ?", [batch])
    mapping = kept_mappings.kept(store, source[0][0], part) if source else None
    if mapping is None:
        return {}
    one, stream = mapping.parts[0], f"{mapping.source}/{part}"
    if one.kind.table is not None:
        return _listed_since(store, one, one.kind.table, mapping.source, batch)
    return _delivered_since(store, one, stream, batch)


def _delivered_since(store: Warehouse, part: Part, stream: str, batch: int) -> dict[int, int]:
    columns = [part.columns.get(name) for name in part.key if part.kind.field(name).kind == "text"]
    if not part.key or len(columns) < len(part.key) or None in columns:
        return {}
    named = ", ".join(_value(at) for at in range(4, 4 + len(columns)))
    found = store.rows(
        f"""SELECT row, max(f.batch) FROM ({OPEN.format(value=f"hash($3::VARCHAR, {named})")}) AS o
        JOIN {target(part)} AS f ON f.record_key = o.named AND f.batch > $1
        JOIN batch AS b ON b.batch = f.batch AND b.origin <> 'mended' GROUP BY row""",
        [batch, part.subject, stream, *(_pointer(str(each)) for each in columns)],
    )
    return dict(found)


def _listed_since(
    store: Warehouse, part: Part, table: DimensionTable, source: str, batch: int
) -> dict[int, int]:
    column = part.columns.get(table.name)
    if column is None:
        return {}
    found = store.rows(
        f"""SELECT row, max(r.batch) FROM ({OPEN.format(value=_value(5))}) AS o
        JOIN {table.name}_identity AS i ON i.id = o.named AND i.numbering = $4
        JOIN {table.name}_record AS r ON r.identity_key = i.identity_key AND r.stream = $3 AND r.batch > $1
        JOIN batch AS b ON b.batch = r.batch AND b.origin <> 'mended' GROUP BY row""",
        [
            batch,
            part.subject,
            f"{source}/{part.subject}",
            numbering_of(table, source, part.ids),
            _pointer(column),
        ],
    )
    return dict(found)


def _value(at: int) -> str:
    """SQL for a value of a row, `at` being the parameter that says of which column."""
    return f"nullif(trim(json_extract_string(raw, ${at}::VARCHAR)), '')"


def _pointer(column: str) -> str:
    """Where a column stands in a row that is kept as JSON."""
    return "/" + column.replace("~", "~0").replace("/", "~1")


def _context(path: Path, part: Part, batch: int, rows: Sequence[int]) -> tuple[datetime, Habits]:
    """The moment of the batch, and how its file is written. Errors: BadRequest where a row cannot be mended."""
    store = Warehouse(path)
    try:
        found = store.rows(
            "SELECT as_of, source, file FROM batch JOIN delivery USING (batch) WHERE batch = ? AND part = ?",
            [batch, part.subject],
        )
        waiting = {row for (row,) in store.rows(WAITING, [batch, part.subject])}
        _check_open(set(rows) - waiting if found else set(rows))
        of_everything = part.changes == "full" and part.kind.table is None
        if of_everything and store.rows(LATER_EXPORT, [batch, part.subject])[0][0] is not None:
            raise BadRequest(
                "A later export took the place of the one that these rows are from.",
                "What they tell came with it, or holds no longer: dismiss them.",
            )
        as_of, source, file = found[0]
        by_program = part.database or file.lower().endswith(WRITTEN_BY_PROGRAMS)
        plain = Habits(decimals={"": "."}) if by_program else NO_HABITS
        return as_of, plain.then(ledger.habits(store.rows, source, part.subject, until=batch))
    finally:
        store.close()


def _renamed(path: Path, part: Part, batch: int, frame: pl.DataFrame) -> tuple[int, ...]:
    """The places in `frame` of rows whose key reads otherwise than it did, or did not read at all."""
    named = [column for name in part.key if (column := part.columns.get(name)) in frame.columns]
    store = Warehouse(path)
    try:
        found = store.rows(
            """SELECT row_in_source, raw FROM rejected WHERE batch = ? AND part = ?
            AND row_in_source IN (SELECT unnest(?::BIGINT[])) AND json_valid(raw)""",
            [batch, part.subject, frame[ROW].cast(pl.Int64).to_list()],
        )
    finally:
        store.close()
    before = {row: json.loads(raw) for row, raw in found}
    return tuple(
        at
        for at, row in enumerate(frame.iter_rows(named=True), 1)
        if any(_bare(row[name]) != _bare(before.get(int(row[ROW]), {}).get(name)) for name in named)
    )


def _bare(value: object) -> str:
    return "" if value is None else str(value).strip()


def _check_open(others: set[int]) -> None:
    if others:
        raise BadRequest(
            "Some of these rows are mended already, or were never rejected.", "Open the page again."
        )


def _write(frame: pl.DataFrame, file: Path) -> None:
    try:
        with private_files.opened(file, "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(frame.columns)
            writer.writerows([["" if value is None else value for value in row] for row in frame.iter_rows()])
    except OSError as error:
        raise BadInput(
            f"The mended rows cannot be kept: {error.strerror}.", "Make room, then try again."
        ) from error
