"""Members that campaigns bring themselves, the campaign first: made as a load makes them, by a stream of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from data.connection import Connection
from data.history.version_exchange import spans
from data.load.record import derived_versions, member_statements, source_numbers
from data.load.record.corrected_words import Teller
from data.load.record.member_statements import Stream
from data.model.canonical_tables import DimensionTable
from data.temporary_tables import owned

SOURCE = "clientela"
NAMED, FOUND, TOUCHED, SPAN = "own_named", "own_found", "own_touched", "own_span"


def own_member(
    connection: Connection, table: DimensionTable, id: str, texts: Mapping[str, str], since: date, batch: int
) -> int:
    """The code of the member of a shared numbering that is called `id`; `batch` brings it where there is none yet.

    `texts` are its name and what stands above it, as they hold from the day `since` on.
    """
    code = _code(connection, table, id)
    return _make(connection, table, id, texts, since, batch) if code is None else code


def _code(connection: Connection, table: DimensionTable, id: str) -> int | None:
    found = connection.execute(
        f"SELECT {table.code} FROM {table.name}_identity WHERE numbering = '' AND id = ?", [id]
    ).fetchall()
    return int(found[0][0]) if found else None


def _make(
    connection: Connection, table: DimensionTable, id: str, texts: Mapping[str, str], since: date, batch: int
) -> int:
    moment, stream = datetime.combine(since, time()), Stream(f"{SOURCE}/{table.name}s", trust=0, full=False)
    given = "".join(f", ${name}::VARCHAR AS {name}" for name in texts)
    with owned(connection, NAMED, "newcomer", FOUND, TOUCHED, "spoken_of"):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {NAMED} AS SELECT $id::VARCHAR AS id{given}", {"id": id, **texts}
        )
        newcomers = source_numbers.assign(connection, table, "", NAMED, list(texts))
        source_numbers.lookup(connection, table, "", newcomers, FOUND)
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE said AS
            SELECT identity_key, $since::TIMESTAMP AS since, $since::TIMESTAMP AS until, false AS deleted,
                hash({", ".join(texts)}) AS hash, 1 AS row, {", ".join(texts)} FROM {NAMED} JOIN {FOUND} USING (id)""",
            {"since": moment},
        )
        member_statements.absorb(connection, table, stream, Teller(batch), list(texts), moment)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {TOUCHED} AS SELECT code FROM {FOUND} JOIN {NAMED} USING (id)"
        )
        derived_versions.derive(connection, table, TOUCHED)
    made = _code(connection, table, id)
    assert made is not None
    return made


def version_on(connection: Connection, table: DimensionTable, code: int, day: int) -> int:
    """The key of the version of a member that stands for a day; 0 for who is not known."""
    with owned(connection, TOUCHED, SPAN):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {TOUCHED} AS SELECT {int(code)} AS code")
        spans(connection, table, TOUCHED, SPAN)
        sql = f"SELECT key FROM {SPAN} WHERE {int(day)} BETWEEN first_day AND last_day"
        found = connection.execute(sql).fetchall()
    return int(found[0][0]) if found else 0
