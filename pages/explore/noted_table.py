"""The table of a view with the marks of what people wrote about its cells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from data.operational.notes import Note
from pages.explore.explore_view import View
from pages.explore.noted_places import noted_cells
from pages.explore.notes_panel import told
from pages.explore.table_of_view import table
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.pivot.pivot_table import PivotTable


def noted_table(view: View, grid: AnswerGrid, notes: Iterable[Note]) -> PivotTable:
    """The table, marked."""
    profile = session.warehouse().profile
    marked = noted_cells(notes, view, grid, profile.calendar, told)
    return replace(table(grid, view, profile, profile.currency), notes=tuple(marked))
