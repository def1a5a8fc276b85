"""What the page Audit shows, frozen: of whom, which event, which days, and one measure by rows and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cubes.address_parameters import check_names, only
from data.errors import BadRequest, did_you_mean
from data.people.audit_cube import AuditQuestion
from data.people.audit_event import AuditEvent

PARAMETERS = ("person", "event", "days", "measure", "rows", "columns")
DAYS = {7: "Last 7 days", 30: "Last 30 days", 90: "Last 90 days", 365: "Last 365 days", 0: "All that is kept"}
NOTHING_BESIDE = "none"
USUAL = AuditQuestion("events", "person", "event")


@dataclass(frozen=True, slots=True)
class AuditView:
    """`person` and `event` filter (empty: all), `days` are the last so many (0: all), `question` is what is counted."""

    person: str = ""
    event: str = ""
    days: int = 30
    question: AuditQuestion = USUAL

    def to_parameters(self) -> dict[str, list[str]]:
        asked = self.question
        told = {
            "person": self.person,
            "event": self.event,
            "days": "" if self.days == 30 else str(self.days),
            "measure": asked.measure if asked.measure != USUAL.measure else "",
            "rows": asked.rows if asked.rows != USUAL.rows else "",
            "columns": (asked.columns or NOTHING_BESIDE) if asked.columns != USUAL.columns else "",
        }
        return {name: [value] for name, value in told.items() if value}

    def of(self, person: str) -> AuditView:
        return replace(self, person=person)

    def where(self, event: str) -> AuditView:
        return replace(self, event=event)

    def within(self, days: int) -> AuditView:
        return replace(self, days=days)

    def counting(self, measure: str) -> AuditView:
        return replace(self, question=replace(self.question, measure=measure))

    def by(self, rows: str) -> AuditView:
        """Rows of another level; columns of the same level go."""
        columns = "" if rows == self.question.columns else self.question.columns
        return replace(self, question=replace(self.question, rows=rows, columns=columns))

    def across(self, columns: str) -> AuditView:
        return replace(self, question=replace(self.question, columns=columns))


def parse_audit(url: Mapping[str, Sequence[str]]) -> AuditView:
    """From the URL's parameters. Raises BadRequest."""
    check_names(url, PARAMETERS)
    told = {name: only(url, name) for name in PARAMETERS}
    event, days = told["event"], told["days"] or "30"
    if event and event not in [each.value for each in AuditEvent]:
        raise BadRequest(f"There is no event {event[:40]!r}.", did_you_mean(event, map(str, AuditEvent)))
    if not days.isdecimal() or int(days) not in DAYS:
        raise BadRequest(f"{days[:40]!r} is no number of days.", "Choose a period from the list.")
    rows = told["rows"] or USUAL.rows
    columns = told["columns"] or ("" if rows == USUAL.columns else USUAL.columns)
    columns = "" if columns == NOTHING_BESIDE else columns
    return AuditView(
        told["person"], event, int(days), AuditQuestion(told["measure"] or USUAL.measure, rows, columns)
    )
