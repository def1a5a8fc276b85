"""Rejected rows, mended and loaded again: they come as a delivery of their own, and the old ones are closed."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from data import private, warehouse
from data.errors import BadInput, BadRequest
from data.load.files import find
from data.load.mapping import Mapping
from data.load.report import Report
from data.load.run import load
from data.sources.file import AS_FOUND

ROW = "row"


def load_mended(mapping: Mapping, path: Path, batch: int, part: str, frame: pl.DataFrame) -> Report:
    """Load `frame`, mended rows of `batch`: the column `row` says which, the others are those of the file.

    The rows that load are closed in the ledger; those that still cannot be are told in the report, and stay.
    Errors: BadRequest for rows that do not wait, BadInput where none can be loaded, WarehouseError.
    """
    one = mapping.part(part)
    if one is None:
        raise BadRequest(
            f"The mapping of {mapping.source} has no [{part}].", "Load its file again as a whole."
        )
    as_of = _waiting(path, batch, part, frame)
    with private.folder_for_a_while() as folder:
        file = Path(folder) / f"batch {batch} mended.csv"
        _write(frame.drop(ROW), file)
        for join in find(replace(mapping, parts=(one,)))[0].joins if one.joins else ():
            (Path(folder) / join.name).symlink_to(join.resolve())
        plain = replace(one, file=file.name, database=None, table=None, query=None, as_of=None,
                        options=replace(AS_FOUND, delimiter=",", encoding="utf-8"),
                        changes="append" if one.changes == "full" else one.changes)  # fmt: skip
        rows = [int(row) for row in frame[ROW]]
        return load(
            replace(mapping, parts=(plain,), folder=Path(folder)),
            path,
            file,
            as_of=as_of,
            mends=(batch, part, rows),
        )


def _waiting(path: Path, batch: int, part: str, frame: pl.DataFrame) -> datetime:
    """The moment of the batch. Errors: BadRequest where a row of it does not wait to be mended."""
    if ROW not in frame.columns or not frame.height:
        raise BadRequest("There is no row to load.", "Mend at least one.")
    store = warehouse.Warehouse(path)
    try:
        found = store.rows("SELECT as_of FROM batch WHERE batch = ?", [batch])
        waiting = store.rows(
            """SELECT row_in_source FROM rejected
            WHERE batch = ? AND part = ? AND mended_in IS NULL AND raw <> '{}'""",
            [batch, part],
        )
    finally:
        store.close()
    others = set(frame[ROW].to_list()) - {row for (row,) in waiting}
    if not found or others:
        raise BadRequest(
            "Some of these rows are mended already, or were never rejected.", "Open the page again."
        )
    as_of: datetime = found[0][0]
    return as_of


def _write(frame: pl.DataFrame, file: Path) -> None:
    try:
        with private.opened(file, "w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(frame.columns)
            writer.writerows([["" if value is None else value for value in row] for row in frame.iter_rows()])
    except OSError as error:
        raise BadInput(
            f"The mended rows cannot be kept: {error.strerror}.", "Make room, then try again."
        ) from error
