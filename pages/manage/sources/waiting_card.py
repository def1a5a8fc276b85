"""Files that could not be loaded when they were last looked at, and why."""

from __future__ import annotations

from data.quality import source_health
from pages.manage.shared.html_tables import TableCell, table
from pages.manage.shared.source_words import subject
from pages.ui import session
from pages.ui.local_time import in_words
from pages.ui.page_states import card, section


def waiting_card() -> None:
    """Draw them, where any wait."""
    waiting = source_health.waiting(session.warehouse())
    if waiting.is_empty():
        return
    with card("waiting"):
        section("Files that wait", "They stopped no others; each is tried again with the next load.")
        rows = [
            (
                TableCell(row["source"]),
                TableCell(subject(row["part"])),
                TableCell(row["file"]),
                TableCell(in_words(row["since"]), "quiet"),
                TableCell(row["reason"], "look"),
            )
            for row in waiting.iter_rows(named=True)
        ]
        table(("Source", "Of", "File", "Since", "Why"), rows, "waiting", "Files that wait")
