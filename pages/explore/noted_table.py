"""The table of a view with the marks of what people wrote about its cells."""

from __future__ import annotations

from dataclasses import replace

from pages.explore.explore_view import View
from pages.explore.noted_places import noted_cells
from pages.explore.notes_panel import all_notes, told
from pages.explore.table_of_view import table
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.pivot.pivot_table import PivotTable


def noted_table(view: View, grid: AnswerGrid) -> PivotTable:
    """The table, marked. Errors: WarehouseError where what people wrote cannot be read."""
    profile = session.warehouse().profile
    marked = noted_cells(all_notes(), view, grid, profile.calendar, told)
    return replace(table(grid, view, profile, profile.currency), notes=tuple(marked))
