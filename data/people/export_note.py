"""Before anything leaves: whoever makes a file, a copy or a message asks here first, and it stands in the audit."""

from __future__ import annotations

from pathlib import Path

from data.access.acting import acting
from data.access.deed import Deed
from data.errors import BadRequest
from data.people import audit_log
from data.people.audit_event import NOTHING, AuditEvent, AuditSubject


def exporting(
    what: str, subject: AuditSubject = NOTHING, rows: int | None = None, at: Path | None = None
) -> None:
    """Say that `what` (a closed word) is about to leave, with how many rows, from the warehouse at `at`.

    Errors: NotAllowed where the policy of whoever acts allows no exports; BadRequest where it wants a reason and none
    is given; WarehouseError where the audit cannot be written: nothing leaves unseen.
    """
    policy = acting().policy
    if not policy.may(Deed.EXPORT):
        audit_log.note(AuditEvent.REFUSED, subject, what, amount=rows, at=at)
        policy.check(Deed.EXPORT)
    if policy.reason and not audit_log.reason_given():
        raise BadRequest("An export needs a reason here.", "Say --reason and why; the audit keeps it.")
    audit_log.note(AuditEvent.EXPORTED, subject, what, amount=rows, at=at)


def shown(what: str, rows: int | None = None, at: Path | None = None) -> None:
    """Say that `what` was shown on a terminal, as on a page: that is no export, whoever may look may see it."""
    audit_log.note(AuditEvent.ASKED, detail=what, amount=rows, at=at)
