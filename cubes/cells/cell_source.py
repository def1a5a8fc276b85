"""What can give the cells of a read: the lines themselves, or something counted beforehand."""

from __future__ import annotations

from typing import Protocol

from cubes.cells.cell_arrays import Cells
from cubes.cells.cell_query import CellQuery
from cubes.cells.statement import SqlStatement


class CellSource(Protocol):
    """Gives cells, and says in words and in SQL where they come from."""

    @property
    def names_every_cell(self) -> bool:
        """Whether a cell that has lines is always there, even where it counts nobody."""

    def words(self, sized: bool = True) -> str:
        """What it is, for people to read; `sized`: and how much it holds, of rows that a policy hides as well."""

    def statement(self, cell_query: CellQuery) -> SqlStatement:
        """SQL that gives the same cells."""

    def cells(self, cell_query: CellQuery) -> list[Cells]:
        """The cells of each grouping set."""
