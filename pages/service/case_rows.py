"""Cases as lines of a table: each leads to its case, with what is late or waits in its own tone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import urlencode

from data.service.service_case import ServiceCase
from pages.manage.shared.html_tables import TableCell
from pages.service import case_words as words
from pages.service.cases_view import CasesView

HEADS = ("Case", "Customer", "Age", "Due", "Waits", "Priority", "Whose", "From")
PRIORITY_TONES = {"urgent": "bad", "high": "look", "low": "quiet"}


def case_rows(
    view: CasesView, cases: Sequence[ServiceCase], at: datetime, day: date
) -> list[tuple[TableCell, ...]]:
    """A row each under `HEADS`, as of a moment (UTC) and the day of whoever looks."""
    return [_row(view, each, at, day) for each in cases]


def _row(view: CasesView, case: ServiceCase, at: datetime, day: date) -> tuple[TableCell, ...]:
    state = case.state
    href = f"cases?{urlencode(view.opened(case.case).to_parameters(), doseq=True)}"
    late = "bad" if case.is_due(day) and state.due != day else "look" if case.is_due(day) else ""
    waits = words.waits_words(case, at)
    return (
        TableCell(f"{case.case.id} {state.topic}".strip(), href=href),
        TableCell(case.called or case.shown or "(unknown)"),
        TableCell(words.age_words(case.age_days(at)) if state.is_open else "closed"),
        TableCell(words.due_words(state.due, day), late),
        TableCell(waits, "look" if waits else ""),
        TableCell(state.priority.capitalize(), PRIORITY_TONES.get(state.priority, "")),
        TableCell(state.assignee or "nobody", "" if state.assignee else "quiet"),
        TableCell(case.case.source or "here", "quiet"),
    )
