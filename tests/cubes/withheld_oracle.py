"""What all that was shown tells, found the slow way: from the lines in plain Python, nothing shared with `cubes`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linprog

from tests.tiny import Line

Holds = Callable[[Line], bool]


@dataclass
class Attacker:
    """Knows which lines there could be, and the counts of the cells that were shown."""

    lines: Sequence[Line]
    cells: list[frozenset[int]] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)

    def sees(self, holds: Holds, shown: bool) -> None:
        """A cell of the lines that `holds`, whose counts were shown or not."""
        cell = frozenset(at for at, line in enumerate(self.lines) if holds(line))
        if cell in self.cells:
            self.shown[self.cells.index(cell)] |= shown
        else:
            self.cells.append(cell)
            self.shown.append(shown)

    def customers(self, cell: Iterable[int]) -> int:
        return len({self.lines[at].customer for at in cell} - {"(unknown)"})

    def small(self, smallest: int) -> list[int]:
        """The cells of few customers."""
        return [at for at, cell in enumerate(self.cells) if 0 < self.customers(cell) < smallest]

    def of_lines(self, target: int) -> tuple[float, float]:
        """How many lines a cell may have."""
        atoms = self._atoms()
        known = [each for each, shown in zip(self.cells, self.shown, strict=True) if shown]
        equal = np.array([[atom <= cell for atom in atoms] for cell in known], float).reshape(-1, len(atoms))
        sought = np.array([atom <= self.cells[target] for atom in atoms], float)
        return _ends(sought, equal, [len(cell) for cell in known], np.zeros((0, len(atoms))), [])

    def of_customers(self, target: int) -> tuple[float, float]:
        """How many customers a cell may have: parts that add up do so by nature, of others none exceeds the whole."""
        atoms = self._atoms()
        width = len(atoms) + 1
        equal: list[np.ndarray] = []
        equals: list[float] = []
        limits: list[np.ndarray] = []
        most: list[float] = []
        for at, cell in enumerate(self.cells):
            if not (self.shown[at] or at == target):
                continue
            parts = [place for place, atom in enumerate(atoms) if atom <= cell]
            total, whole = self.customers(cell), np.zeros(width)
            whole[parts] = 1
            own = np.zeros(width)
            own[-1] = 0.0 if self.shown[at] else 1.0
            value = float(total) if self.shown[at] else 0.0
            if sum(self.customers(atoms[place]) for place in parts) == total:
                equal.append(whole - own)
                equals.append(value)
                continue
            limits.append(own - whole)
            most.append(-value)
            for place in parts:
                one = np.zeros(width)
                one[place] = 1
                limits.append(one - own)
                most.append(value)
        sought = np.zeros(width)
        sought[-1] = 1
        if self.shown[target]:
            return (self.customers(self.cells[target]),) * 2
        return _ends(
            sought, np.array(equal).reshape(-1, width), equals, np.array(limits).reshape(-1, width), most
        )

    def _atoms(self) -> list[frozenset[int]]:
        found: dict[tuple[bool, ...], set[int]] = {}
        for at in range(len(self.lines)):
            found.setdefault(tuple(at in cell for cell in self.cells), set()).add(at)
        return [frozenset(each) for places, each in found.items() if any(places)]


def _ends(
    sought: np.ndarray, equal: np.ndarray, equals: Sequence[float], limits: np.ndarray, most: Sequence[float]
) -> tuple[float, float]:
    found = [
        linprog(sign * sought, A_eq=equal, b_eq=equals, A_ub=limits, b_ub=most, bounds=(0, None))
        for sign in (1, -1)
    ]
    least, greatest = (each.fun if each.status == 0 else -np.inf for each in found)
    return float(least), float(-greatest)
