"""Who or what a full export would make disappear: few leave between two exports, so many are asked about first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from data.connection import Connection
from data.errors import Lacking
from data.load.mappings.mapping import Part
from data.load.record import fact_rows
from data.load.record.member_statements import Given
from data.load.record.source_numbers import numbering_of
from data.model.canonical_tables import DimensionTable

TOLERATED = 0.2
FEW = 20  # so many may always leave
ACCEPT = "If that is so, load it with --accept; a check rows_within in its mapping takes the place of this question."


def refuse(connection: Connection, part: Part, typed: str, stream: str, as_of: datetime) -> None:
    """Errors: Lacking where `typed`, a full export, lacks more than a fifth of what its stream told before.

    A part that declares `rows_within` says itself how far its rows may go.
    """
    if part.changes != "full" or any(each.kind == "volume" for each in part.checks):
        return
    table = part.kind.table
    what = part.kind.label.lower() if table else f"rows of {part.kind.label.lower()}"
    there, missing = (
        _members(connection, part, table, typed, stream, as_of)
        if table
        else _rows(connection, part, typed, stream)
    )
    if missing > max(FEW, TOLERATED * there):
        raise Lacking(
            f"{missing:,} of the {there:,} {what} that are there are missing in this full export: they would be gone.",
            ACCEPT,
        )


def refuse_withdrawal(
    connection: Connection,
    part: Part,
    typed: str,
    stream: str,
    corrected: Sequence[int],
    accepted: bool,
    into: str,
) -> int:
    """How many records the batches `corrected` brought that `typed`, the same file once more, does not name.

    Their keys are left in the table `into`. Errors: Lacking where they are more than a fifth, unless that
    is `accepted`.
    """
    there, missing = fact_rows.withdrawn(connection, part, typed, stream, corrected, into)
    if not accepted and missing > max(FEW, TOLERATED * there):
        raise Lacking(
            f"{missing:,} of the {there:,} records that this file brought before are not in it any longer:"
            " they would be gone.",
            "If that is so, load it with --accept.",
        )
    return missing


def refuse_exchange(
    connection: Connection, part: Part, typed: str, brought: Sequence[int], accepted: bool
) -> int:
    """How many rows the batches `brought` hold, in whose place `typed` comes: the same file once more, without a key.

    Errors: Lacking where the orders (without these, the days) of more than a fifth of them are not in it, unless that
    is `accepted`: they may be other rows.
    """
    orders = part.kind.is_lines and "order" in part.filled
    named, told = ("number", "f_order") if orders else ("day_key", "(f_date - DATE '1970-01-01')::INTEGER")
    there, missing = connection.execute(
        f"""SELECT count(*), count(*) FILTER ({named} NOT IN (SELECT {told} FROM {typed} WHERE {told} IS NOT NULL))
        FROM {fact_rows.target(part)} {"JOIN sales_order USING (order_key)" if orders else ""}
        WHERE batch IN (SELECT unnest($brought::INTEGER[]))""",
        {"brought": list(brought)},
    ).fetchall()[0]
    if not accepted and missing > max(FEW, TOLERATED * there):
        what = "orders" if orders else "days"
        raise Lacking(
            f"{missing:,} of the {there:,} rows that this file brought before are of {what} that are not in it any"
            " longer: they would be gone.",
            "If that is so, load it with --accept; if these are other rows, give the file a name of its own.",
        )
    return int(there)


def _members(
    connection: Connection, part: Part, table: DimensionTable, typed: str, stream: str, as_of: datetime
) -> tuple[int, int]:
    """Of the newest full export before this one: how many members it had, and how many of them this one lacks."""
    source = stream.removesuffix(f"/{part.subject}")
    named = Given.of(part, table, typed).id_sql
    there, missing = connection.execute(
        f"""WITH latest AS (
            SELECT max(as_of) AS as_of FROM export WHERE stream = $stream AND as_of < $as_of::TIMESTAMP
        ), held AS (
            SELECT DISTINCT id FROM {table.name}_record JOIN {table.name}_identity USING (identity_key), latest
            WHERE stream = $stream AND NOT deleted AND numbering = $numbering
                AND valid_from <= latest.as_of AND seen_until >= latest.as_of
        )
        SELECT count(*), count(*) FILTER (id NOT IN (SELECT {named} FROM {typed} WHERE reason IS NULL
            AND {named} IS NOT NULL)) FROM held""",
        {"stream": stream, "as_of": as_of, "numbering": numbering_of(table, source, part.ids)},
    ).fetchall()[0]
    return there, missing


def _rows(connection: Connection, part: Part, typed: str, stream: str) -> tuple[int, int]:
    """How many rows of the stream there are, and how many fewer this export has."""
    there, now = connection.execute(
        f"""SELECT (SELECT count(*) FROM {fact_rows.target(part)} WHERE batch IN ({fact_rows.BATCHES})),
            (SELECT count(*) FROM {typed} WHERE reason IS NULL)""",
        {"stream": stream},
    ).fetchall()[0]
    return there, max(there - now, 0)
