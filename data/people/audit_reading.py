"""The audit as a frame to read: who, when, what; subjects by what stands for them, never by what they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from data.errors import BadRequest, did_you_mean
from data.people import audit_log, audit_store
from data.people.audit_event import AuditEvent, AuditSubject

EVENTS = tuple(each.value for each in AuditEvent)
SCHEMA: dict[str, Any] = {
    "number": pl.Int64,
    "moment": pl.String,
    "person": pl.String,
    "roles": pl.String,
    "place": pl.String,
    "event": pl.String,
    "detail": pl.String,
    "kind": pl.String,
    "subject": pl.String,
    "amount": pl.Int64,
    "reason": pl.String,
    "policy": pl.String,
}
SELECTED = """SELECT entry.number, moment, person, roles, place, event, detail, kind, subject, amount,
    CASE WHEN reason.words IS NOT NULL THEN reason.words WHEN entry.reason <> '' THEN '(erased)' ELSE '' END, policy
FROM entry LEFT JOIN reason ON reason.number = entry.number"""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is read of the audit: of one person, one event, from and to a day (UTC, both among them), of one subject."""

    person: str = ""
    event: str = ""
    since: date | None = None
    until: date | None = None
    subject: AuditSubject | None = None

    def __post_init__(self) -> None:
        if self.event and self.event not in EVENTS:
            raise BadRequest(f"There is no event {self.event!r}.", did_you_mean(self.event, EVENTS))


def read_audit(warehouse: Path, wanted: AuditFilter) -> pl.DataFrame:
    """The entries of the audit of a warehouse, the oldest first: the columns of `SCHEMA`, `moment` in UTC.

    Errors: WarehouseError.
    """
    audit_log.flush()
    file = audit_store.place(warehouse)
    with audit_store.reading(file) as connection:
        rows = _rows(connection, file, wanted) if connection else []
    frame = pl.DataFrame(rows, SCHEMA, orient="row")
    return frame.with_columns(pl.col("moment").str.to_datetime(time_unit="ms", time_zone="UTC"))


def persons_of(warehouse: Path) -> list[str]:
    """Everybody who did something, in the order of the alphabet. Errors: WarehouseError."""
    with audit_store.reading(audit_store.place(warehouse)) as connection:
        if connection is None:
            return []
        return [
            name for (name,) in connection.execute("SELECT DISTINCT person FROM entry ORDER BY lower(person)")
        ]


def _rows(connection: sqlite3.Connection, file: Path, wanted: AuditFilter) -> Sequence[tuple[Any, ...]]:
    told: dict[str, Any] = {
        "person = ?": wanted.person,
        "event = ?": wanted.event,
        "moment >= ?": wanted.since and wanted.since.isoformat(),
        "substr(moment, 1, 10) <= ?": wanted.until and wanted.until.isoformat(),
        "subject = ?": wanted.subject and _stands_for(connection, file, wanted.subject),
    }
    kept = {sql: value for sql, value in told.items() if value}
    where = f" WHERE {' AND '.join(kept)}" if kept else ""
    return connection.execute(f"{SELECTED}{where} ORDER BY entry.number", list(kept.values())).fetchall()


def _stands_for(connection: sqlite3.Connection, file: Path, subject: AuditSubject) -> str:
    """What stands for a subject in the entries; something that nothing is called where it never came up."""
    known = audit_store.known_by(subject, audit_store.key_of(file))
    found = connection.execute("SELECT value FROM pseudonym WHERE known_by = ?", [known]).fetchone()
    return str(found[0]) if found else "nothing"
