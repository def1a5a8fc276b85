"""Before anything leaves: whoever makes a file, a copy or a message asks here first, and it stands in the audit."""

from __future__ import annotations

from pathlib import Path

from data.people import audit_log
from data.people.audit_event import NOTHING, AuditEvent, AuditSubject


def exporting(
    what: str, subject: AuditSubject = NOTHING, rows: int | None = None, at: Path | None = None
) -> None:
    """Say that `what` (a closed word) is about to leave, with how many rows, from the warehouse at `at`.

    Errors: WarehouseError where the audit cannot be written: nothing leaves unseen.
    """
    audit_log.note(AuditEvent.EXPORTED, subject, what, amount=rows, at=at)
