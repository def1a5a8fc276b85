"""What lies beside the warehouse and holds a person: kept snapshots, and what was left behind half-way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.delivery.schedule import read_states, write_states
from data.errors import ClientelaError
from data.model.canonical_tables import CUSTOMER
from data.operational import operational_store, statement_erasure
from data.operational.statement_kinds import SourceNumber
from data.people import audit_erasure, portal_links
from data.privacy.filled_tables import filled
from data.privacy.person import Person
from data.store import duckdb_engine as engine
from data.store import private_files, publication

TEXTS = """SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'snapshot'
AND schema_name = 'main' AND data_type = 'VARCHAR'"""


def purge(path: Path, person: Person) -> list[str]:
    """Let go of the snapshots beside the warehouse that hold the person; sentences on which."""
    beside = [each for mark in ("before", "exchanged") for each in path.parent.glob(f"{path.name}.{mark}*")]
    doomed = [
        each
        for each in (*publication.kept(path).values(), *beside)
        if each.is_file() and _holds(each, person)
    ]
    for each in doomed:
        each.unlink()
    names = ", ".join(sorted(each.name for each in doomed))
    gone = [f"Snapshots that held the person are gone, so that nobody can go back to them: {names}."]
    return [
        *(gone if doomed else []), *_written(path, person), *_shut_out(path, person), *_unlinked(path, person),
        *_unfinished(path, person),
    ]  # fmt: skip


def _written(path: Path, person: Person) -> list[str]:
    """What people wrote about the person; a sentence on how much."""
    found = statement_erasure.erase(operational_store.place(path), person.as_subject)
    return [f"{found:,} things that people wrote held the person, and no longer do."] if found else []


def _shut_out(path: Path, person: Person) -> list[str]:
    """The person's links to the portal; a sentence on how many."""
    found = portal_links.forget(path, lambda member: person.as_subject.is_own(SourceNumber(*member)))
    return [f"{found:,} links to the portal were the person's, and open nothing any more."] if found else []


def _unlinked(path: Path, person: Person) -> list[str]:
    """What stood for the person in the audit; a sentence where something did."""
    numbers = {person.id, *(number for *_, number in person.identities)}
    found = audit_erasure.unlink(path, numbers, person.meant_by)
    return ["The audit no longer tells who saw the person, nor what was searched for."] if found else []


def _unfinished(path: Path, person: Person) -> list[str]:
    """What was left half-way, and uploads that were not loaded; a sentence on what may still be in use."""
    uploads = [each for each in private_files.UPLOADS.glob("*") if each.is_dir()]
    private_files.clear_away(path)
    for each in uploads:
        private_files.remove(each)
    _strike_out(path, person)
    left = ", ".join(sorted(each.name for each in private_files.in_use(path)))
    gone = ["Files that were uploaded and not loaded yet are gone: bring them again."] if uploads else []
    return [*gone, *([f"In use at the moment, look again in an hour: {left}."] if left else [])]


def _strike_out(path: Path, person: Person) -> None:
    """What the schedule noted of loads may quote the person."""
    states = read_states(path)
    with engine.scratch() as connection:
        quoting = {
            name: replace(state, words="") for name, state in states.items()
            if connection.execute("SELECT regexp_matches(?, ?)", [state.words, person.meant]).fetchall()[0][0]
        }  # fmt: skip
    if quoting:
        write_states(path, states | quoting)


def _holds(file: Path, person: Person) -> bool:
    """Whether a snapshot knows the person; one that cannot be read might."""
    try:
        reader = engine.Reader(file)
    except (ClientelaError, engine.EngineError):
        return True
    try:
        return any(
            _in_table(reader, table, columns, person) for table, columns in _text_columns(reader).items()
        )
    except engine.EngineError:
        return True
    finally:
        reader.close()


def _text_columns(reader: engine.Reader) -> dict[str, list[str]]:
    """The columns of text of each table that holds anything."""
    columns: dict[str, list[str]] = {}
    for table, column in reader.rows(TEXTS):
        columns.setdefault(table, []).append(column)
    searched = filled(reader.rows, columns)
    return {table: columns[table] for table in columns if table in searched}


def _in_table(reader: engine.Reader, table: str, columns: Sequence[str], person: Person) -> bool:
    named = " OR ".join(f'regexp_matches("{column}", $named)' for column in columns)
    known = {
        f"{CUSTOMER.name}_identity": "list_contains($ids, id)",
        CUSTOMER.name: "list_contains($ids, id)",
    }.get(table)
    query = f'SELECT 1 FROM "{table}" WHERE {named}{f" OR {known}" if known else ""} LIMIT 1'
    values: dict[str, Any] = {"named": person.named}
    if known:
        values["ids"] = [person.id, *(number for *_, number in person.identities)]
    return bool(reader.cursor().execute(query, values).fetchall())
