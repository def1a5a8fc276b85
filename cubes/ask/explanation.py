"""What gave the cells of an answer, and why nothing else did: values, each with its sentence."""

from __future__ import annotations

from dataclasses import dataclass

from cubes.aggregates.aggregate import Refused
from cubes.cells.count_method import CountMethod
from data.model.said import Said, said


@dataclass(frozen=True, slots=True)
class CellsRead:
    """Which measures, by which levels (their labels), were read from where."""

    measures: tuple[str, ...]
    levels: tuple[str, ...]
    source: str

    @property
    def sentence(self) -> Said:
        by = " x ".join(self.levels).lower() or "all"
        return said("{} by {}: read from {}.", ", ".join(self.measures), by, self.source)

    def __str__(self) -> str:
        return str(self.sentence)


@dataclass(frozen=True, slots=True)
class Counted:
    """How the different values of a measure were counted in the lines."""

    measure: str
    method: CountMethod

    @property
    def sentence(self) -> Said:
        return said("{} counted by {}: {}.", self.measure, str(self.method.by), self.method.reason.sentence)

    def __str__(self) -> str:
        return str(self.sentence)


Explained = CellsRead | Counted | Refused
