"""What a mapping would make of a file, shown on its first rows before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from data.connection import Connection
from data.errors import BadInput, Undecided
from data.load import evidence
from data.load.evidence.notice import Notice, asked
from data.load.mappings.deliveries import only_file
from data.load.mappings.mapping import Mapping, Part
from data.load.notation.stream_habits import NO_HABITS, Habits
from data.load.shape_delivery import ShapedDelivery, look_up, reshape_rows
from data.load.stage_delivery import stage_first_rows
from data.load.typing.typed_rows import type_rows
from data.sources.file import AS_FOUND, Options, Staged, stage
from data.store import duckdb_engine as engine

SAMPLE = 2000


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of the order lines as they are and as they would be, and what is wrong with them.

    `typed` has row, reason (null where the row is sound), then the canonical fields and the attributes that the
    mapping fills; it is empty when the mapping cannot be applied, and `problems` says why. `notices` are what was
    noticed in the first `rows` rows, of which the mapping leaves out `left_out`; `zoned` says that the dates are
    moments with a zone or offset of their own.
    """

    raw: pl.DataFrame
    typed: pl.DataFrame
    problems: tuple[str, ...]
    notices: tuple[Notice, ...] = ()
    rows: int = 0
    zoned: bool = False
    left_out: int = 0


def preview(
    mapping: Mapping, file: Path | None = None, rows: int = 50, zone: str = "", habits: Habits = NO_HABITS
) -> Preview:
    """Show the first `rows` rows through `mapping`, with the days of the time zone `zone`.

    `habits` are those of the deliveries before. Errors: BadInput if the file itself cannot be read.
    """
    delivery = only_file(mapping, file)
    part = delivery.part
    with engine.scratch() as connection, stage_first_rows(connection, delivery, SAMPLE) as staged:
        raw, shaped, beside = _raw(connection, staged.rows, rows), ShapedDelivery(delivery, staged.rows), None
        told: tuple[str, ...] = ()
        asks: tuple[Notice, ...] = ()
        try:
            mapping.check()
            shaped = reshape_rows(connection, staged)
            beside = look_up(connection, shaped)
            return _typed(connection, beside, raw, rows, zone, habits, mapping.currency or "")
        except Undecided as error:
            asks = (asked(error, part),)
        except (BadInput, engine.EngineError) as error:
            words = str(error) if isinstance(error, BadInput) else str(error).strip().splitlines()[0]
            told = (words,)
        seen = evidence.untyped(connection, part, beside.rows, beside.look_ups) if beside else ()
        return Preview(raw, pl.DataFrame(), told, (*asks, *seen), shaped.rows.rows)


def head(path: Path, options: Options = AS_FOUND, rows: int = 50) -> pl.DataFrame:
    """The first rows of a file as text. Errors: BadInput."""
    with engine.scratch() as connection:
        return _raw(connection, stage(connection, path, "raw", options, rows), rows)


def _typed(
    connection: Connection,
    shaped: ShapedDelivery,
    raw: pl.DataFrame,
    rows: int,
    zone: str,
    habits: Habits,
    report: str,
) -> Preview:
    part, staged, table = shaped.part, shaped.rows, "typed"
    told = type_rows(connection, part, staged, shaped.look_ups, table, zone, habits, report)
    zoned = told.habits.zones.get(part.columns.get("date", "")) == "told"
    left_out = staged.rows - int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
    frame = connection.sql(f"FROM {table} ORDER BY place LIMIT {int(rows)}").pl().drop("place")
    frame = _signed(
        part, frame.rename({name: name[2:] for name in frame.columns if name[:2] in ("f_", "a_")})
    )
    reasons = connection.execute(
        f"SELECT reason, count(*), min(row) FROM {table} WHERE reason IS NOT NULL"
        " GROUP BY reason ORDER BY 2 DESC, 3 LIMIT 20"
    ).fetchall()
    bad = connection.execute(
        f"SELECT reason, count(*), min(row) FROM {staged.bad} GROUP BY reason ORDER BY 3 LIMIT 20"
    )
    problems = [_problem(*each) for each in [*bad.fetchall(), *reasons]]
    if left_out and left_out == staged.rows:
        problems.append("The mapping leaves out every row of these: look at its only.")
    notices = (
        *evidence.notices(connection, part, staged, shaped.look_ups, table),
        *evidence.applied(connection, part, staged, table),
    )
    return Preview(raw, frame, tuple(problems), notices, staged.rows, zoned, left_out)


def _signed(part: Part, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with the amounts of returns as a load makes them."""
    if part.returns != "positive" or "is_return" not in frame.columns:
        return frame
    amounts = [name for name in ("quantity", "revenue", "cost") if name in frame.columns]
    return frame.with_columns(
        pl.when(pl.col("is_return")).then(-pl.col(name).abs()).otherwise(pl.col(name)).alias(name)
        for name in amounts
    )


def _problem(reason: str, count: int, row: int) -> str:
    return f"Row {row}: {reason}." if count == 1 else f"{count:,} rows, first {row}: {reason}."


def _raw(connection: Connection, staged: Staged, rows: int) -> pl.DataFrame:
    frame: pl.DataFrame = connection.sql(f"FROM {staged.table} ORDER BY rowid LIMIT {int(rows)}").pl()
    return frame.rename(dict(zip(frame.columns, staged.columns, strict=True)))
