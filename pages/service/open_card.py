"""What waits with a customer beside cases: proposals and price offers without an answer, bills to be paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.review.time_line import open_events
from pages.manage.shared.html_tables import TableCell, table
from pages.service.event_words import details, kind_name
from pages.ui import session
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text, format_day

MOST = 20


def open_card(code: int) -> None:
    """The oldest first; nothing where nothing waits."""
    found = open_events(session.warehouse(), code, MOST)
    if found.is_empty():
        return
    with card("open", "stretch"):
        at_least = "At least " if found.height == MOST else ""
        section("Waits", f"{at_least}{count_text(found.height, 'matter')}, the oldest first.")
        table(("Since", "What", "Details"), map(_row, found.iter_rows(named=True)), "open", "What waits")


def _row(event: Mapping[str, Any]) -> tuple[TableCell, ...]:
    return (
        TableCell(format_day(event["day"]), "quiet"),
        TableCell(kind_name(event["kind"])),
        TableCell(details(event, session.currency())),
    )
