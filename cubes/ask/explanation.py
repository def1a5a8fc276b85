"""What gave the cells of an answer, and why nothing else did: values, each with its sentence."""

from __future__ import annotations

from dataclasses import dataclass

from cubes.aggregates.aggregate import Refused
from cubes.cells.count_method import CountMethod


@dataclass(frozen=True, slots=True)
class CellsRead:
    """Which measures, by which levels (their labels), were read from where."""

    measures: tuple[str, ...]
    levels: tuple[str, ...]
    source: str

    def __str__(self) -> str:
        by = " x ".join(self.levels).lower() or "all"
        return f"{', '.join(self.measures)} by {by}: read from {self.source}."


@dataclass(frozen=True, slots=True)
class Counted:
    """How the different values of a measure were counted in the lines."""

    measure: str
    method: CountMethod

    def __str__(self) -> str:
        return f"{self.measure} counted by {self.method.by}: {self.method.reason}."


Explained = CellsRead | Counted | Refused
