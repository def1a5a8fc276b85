"""Before anything leaves: whoever makes a file, a copy or a message asks here first, and it stands in the audit."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from data.errors import BadRequest
from data.people import audit_log
from data.people.audit_event import NOTHING, AuditEvent, AuditSubject


@dataclass(frozen=True, slots=True)
class ExportRule:
    """What the policy of whoever acts says of exports."""

    is_allowed: bool = True
    needs_reason: bool = False


ANYTHING = ExportRule()
RULE: ContextVar[ExportRule] = ContextVar("export_rule", default=ANYTHING)


def export_rule() -> ExportRule:
    """The rule for whoever acts."""
    return RULE.get()


def exporting(
    what: str, subject: AuditSubject = NOTHING, rows: int | None = None, at: Path | None = None
) -> None:
    """Say that `what` (a closed word) is about to leave, with how many rows, from the warehouse at `at`.

    Errors: BadRequest where the policy allows no exports, or wants a reason and none is given; WarehouseError where
    the audit cannot be written: nothing leaves unseen.
    """
    rule = export_rule()
    if not rule.is_allowed:
        audit_log.note(AuditEvent.REFUSED, subject, what, amount=rows, at=at)
        raise BadRequest("Your role exports nothing.", "Ask whoever administers roles.")
    if rule.needs_reason and not audit_log.reason_given():
        raise BadRequest("An export needs a reason here.", "Say --reason and why; the audit keeps it.")
    audit_log.note(AuditEvent.EXPORTED, subject, what, amount=rows, at=at)
