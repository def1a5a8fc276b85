"""A table of a PostgreSQL server, found in its catalogue: what it is called there, and how exact its numbers are."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from data.errors import BadInput, did_you_mean

if TYPE_CHECKING:
    from data.sources.postgres import CopyQuestion

KNOWN = """SELECT c.oid, n.nspname AS schema, c.relname AS name,
    format('%I.%I', n.nspname, c.relname) AS quoted, pg_table_is_visible(c.oid) AS visible,
    has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT') AS readable
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname NOT LIKE 'pg\\_%' ORDER BY n.nspname, c.relname"""
DECIMALS = """SELECT position, size FROM (
    SELECT row_number() OVER (ORDER BY attnum) - 1 AS position, atttypid, atttypmod - 4 AS size
    FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped) AS every
WHERE atttypid = 'numeric'::regtype AND size >= 0"""
WIDEST = 38


async def find_table(connection: Any, question: CopyQuestion) -> tuple[int, str]:
    """The table's number, and its name as the server itself quotes it. Errors: BadInput."""
    given = question.table or ""
    said = given.replace('"', "")
    known = await connection.fetch(KNOWN)
    tests = (
        lambda row: given in (f"{row['schema']}.{row['name']}", row["quoted"]),
        lambda row: said == f"{row['schema']}.{row['name']}",
        lambda row: said == row["name"] and row["visible"],
        lambda row: said.casefold() == f"{row['schema']}.{row['name']}".casefold(),
        lambda row: said.casefold() == row["name"].casefold(),
    )
    for test in tests:
        if len(found := [row for row in known if test(row)]) == 1:
            return _readable(found[0], question)
    hint = _near(said, [row for row in known if row["readable"]])
    raise BadInput(f"There is no table {given!r} in the database of {question.variable}.", hint)


def _near(said: str, readable: list[Any]) -> str:
    """The tables that may be meant: by their own names, the schema left aside."""
    if not readable:
        return "Its account may read no table at all."
    bare = {row["name"].casefold() for row in readable}
    near = get_close_matches(said.rpartition(".")[2].casefold(), bare, n=1)
    meant = [row for row in readable if row["name"].casefold() in near] or readable
    names = [f"{row['schema']}.{row['name']}" for row in meant]
    return f"Did you mean {' or '.join(map(repr, names[:3]))}?" if near else did_you_mean(said, names)


def _readable(row: Any, question: CopyQuestion) -> tuple[int, str]:
    if not row["readable"]:
        raise BadInput(
            f"The account of {question.variable} may not read {row['quoted']}.",
            f"Ask for GRANT SELECT ON {row['quoted']} and USAGE of its schema.",
        )
    return row["oid"], row["quoted"]


async def numeric_types(connection: Any, oid: int) -> dict[int, str]:
    """By position, DuckDB's type of the columns declared as numeric with digits and places."""
    return {
        row["position"]: f"DECIMAL({row['size'] >> 16},{row['size'] & 0x7FF})"
        for row in await connection.fetch(DECIMALS, oid)
        if (row["size"] & 0x7FF) <= row["size"] >> 16 <= WIDEST
    }
