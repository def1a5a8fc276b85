"""A cube as its file declares it: a fact and the measures on it; over a snapshot it becomes a cube."""

from __future__ import annotations

from dataclasses import dataclass

from cubes.catalogue.dimensions import around
from cubes.model import Cube, Measure
from data.store.warehouse import Profile


@dataclass(frozen=True, slots=True)
class DeclaredCube:
    """`fact` is the name of one of `FACTS`; its dimensions are conformed, and so need no declaration here."""

    name: str
    label: str
    fact: str
    measures: tuple[Measure, ...]

    def __call__(self, profile: Profile) -> Cube:
        """The cube over this snapshot, the firm's own attributes included."""
        dimensions = around(self.fact, profile, self.measures)
        return Cube(self.name, self.label, self.fact, dimensions, self.measures)
