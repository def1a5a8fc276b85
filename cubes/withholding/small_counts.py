"""Small counts: which cells of a read are withheld where a policy shows no count of few customers.

A number stands on the customers whose lines it counts. Where those are fewer than the policy's `smallest`, but
somebody, every measure that counts these lines is withheld, and of other cells what would tell how many they are. What
is withheld hangs on the cells that are asked for and never on the measures, so that one measure tells nothing that
another one hides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cubes.cells.cell_arrays import ROLLED_UP
from cubes.cells.cell_query import CellQuery
from cubes.cells.packed_codes import positions
from cubes.members.single_customers import check_single_customers, tells_single_customers
from cubes.model import Cube, Kind, Level, Measure
from cubes.query import Cut
from cubes.withholding.complementary_cells import is_small, withhold
from cubes.withholding.counted_lines import CountedLines, read_lines
from data.access.policy import Policy
from data.errors import BadRequest, NotAllowed
from data.model.canonical_tables import CUSTOMER
from data.store.warehouse import Warehouse

MOST_CELLS = 20_000


@dataclass(frozen=True, slots=True)
class Withholding:
    """What is withheld beside what a policy asks for: the cells `also`, told as `CountedLines.regions` tells them."""

    also: frozenset[int] = frozenset()


AS_POLICY = Withholding()


@dataclass(frozen=True, slots=True, eq=False)
class WithheldRead:
    """What was withheld of one read: of its cells whose lines meet `condition`, those `hidden`.

    That is a mask over the cells of its grouping sets and of all their margins, one set after the other in the order of
    `CountedLines.cells`. Margins that are not hidden could be added up, and count as shown.
    """

    cube: Cube
    cell_query: CellQuery
    condition: str
    hidden: np.ndarray

    @property
    def told(self) -> tuple[object, ...]:
        """What tells it from other reads, and from the same one of which something else was withheld."""
        asked = self.cell_query
        tops = tuple((level, tuple(codes)) for level, codes in asked.tops.items())
        return (
            self.cube.name,
            asked.levels,
            asked.sets,
            asked.scope,
            tops,
            self.condition,
            self.hidden.tobytes(),
        )


@dataclass(frozen=True, slots=True)
class SmallCounts:
    """One question to a cube whose small counts are withheld: `conditions` are what lines its measures count, a set of
    their places for each measure."""

    warehouse: Warehouse
    cube: Cube
    conditions: tuple[str, ...]
    counted_by: Mapping[str, frozenset[int]]
    also: frozenset[int]

    @property
    def marks(self) -> tuple[Measure, ...]:
        """A column of cells for each condition: 1 where the measures that count such lines are withheld."""
        doc = "Whether numbers that stand on these lines are withheld."
        return tuple(
            Measure(f"withheld_{at}", "Withheld", Kind.ADDITIVE, "count", doc, aggregate="count")
            for at in range(len(self.conditions))
        )

    def marked(self, frame: pl.DataFrame, cell_query: CellQuery) -> tuple[pl.DataFrame, list[WithheldRead]]:
        """The cells of a read with their `marks`, and what was withheld. Errors: BadRequest for too many cells."""
        marks, reads = [], []
        counted = read_lines(self.warehouse, self.cube, cell_query, self.conditions)
        for mark, condition, lines in zip(self.marks, self.conditions, counted, strict=True):
            hidden = self._hidden(lines)
            reads.append(WithheldRead(self.cube, cell_query, condition, hidden))
            marks.append(pl.Series(mark.name, _of_rows(frame, cell_query, lines, hidden).astype(np.int64)))
        return frame.with_columns(marks), reads

    def members_withheld(self, cell_query: CellQuery, measure: str) -> frozenset[int]:
        """The codes of the members of a question's one level of whom a measure is withheld."""
        found: set[int] = set()
        counted = read_lines(self.warehouse, self.cube, cell_query, self.conditions)
        for at in self.counted_by[measure]:
            (codes,) = counted[at].cells[0].codes
            found.update(codes[self._hidden(counted[at])[: len(codes)]].tolist())
        return frozenset(found)

    def _hidden(self, lines: CountedLines) -> np.ndarray:
        """Which cells are withheld, a mask over all grouping sets."""
        hidden = withheld_cells(lines, self.warehouse.policy.smallest)
        if self.also:
            hidden = hidden | np.isin(lines.regions, np.array(list(self.also), np.uint64))
        return hidden


def small_counts(
    warehouse: Warehouse,
    cube: Cube,
    measures: Sequence[Measure],
    ratios: Sequence[Measure],
    withholding: Withholding = AS_POLICY,
) -> SmallCounts | None:
    """How small counts are withheld of these measures; None where all is shown, or lines are of no customers."""
    if tells_single_customers(warehouse.policy) or not any(each.is_customer for each in cube.levels):
        return None
    _check_measures(warehouse.policy, measures)
    own = {each.name: line_condition(cube, each) for each in measures}
    conditions = tuple(dict.fromkeys(own.values()))
    counted_by = {name: frozenset([conditions.index(each)]) for name, each in own.items()}
    parts = {each.name: counted_by[each.numerator] | counted_by[each.denominator] for each in ratios}
    return SmallCounts(warehouse, cube, conditions, counted_by | parts, withholding.also)


def check_levels(warehouse: Warehouse, levels: Iterable[Level], cuts: Iterable[Cut]) -> None:
    """Errors: NotAllowed for single customers among the cells, and for cuts that choose them by name or by rule."""
    if any(each.is_customer for each in levels) or any(each.level == CUSTOMER.leaf for each in cuts):
        check_single_customers(warehouse.policy, "Cells by customer")


def _check_measures(policy: Policy, measures: Iterable[Measure]) -> None:
    for each in measures:
        if each.of or each.series:
            raise NotAllowed(
                f"{each.label} counts other days than those of its cell, and is not shown where counts of fewer"
                f" than {policy.smallest} customers are withheld.",
                "Ask for another measure, such as customers.",
            )


def line_condition(cube: Cube, measure: Measure) -> str:
    """What lines a measure counts, as SQL, whoever they are of; empty where it counts all."""
    parts = [each for each in measure.condition.split(" AND ") if each != f"{cube.fact}.customer_code > 0"]
    if measure.empty == "null" and measure.column:
        parts.append(f"({measure.column}) IS NOT NULL")
    return " AND ".join(each for each in parts if each)


def withheld_cells(lines: CountedLines, smallest: int) -> np.ndarray:
    """Which cells are withheld, a mask over all grouping sets. Errors: BadRequest where they are too many to tell."""
    small = is_small(lines.people, smallest)
    if not small.any():
        return small
    if len(small) > MOST_CELLS:
        raise BadRequest(
            f"The answer has more than {MOST_CELLS:,} cells, too many to tell which of them are to be withheld.",
            "Filter it, go up a level, or leave one level out.",
        )
    found = withhold(lines.spaces(), small, smallest)
    return np.ones(len(small), bool) if found.exposed else found.hidden


def _of_rows(
    frame: pl.DataFrame, cell_query: CellQuery, lines: CountedLines, hidden: np.ndarray
) -> np.ndarray:
    """Which rows of a frame of cells are hidden."""
    found = np.zeros(frame.height, bool)
    groupings = frame["grouping"].to_numpy()
    for at, kept in enumerate(cell_query.sets):
        bits = sum(0 if keep else 1 << (len(kept) - 1 - place) for place, keep in enumerate(kept))
        rows = np.flatnonzero(groupings == bits)
        cells = lines.cells[at]
        start = lines.first_of_set[at]
        own = hidden[start : start + len(cells.places)]
        places = _places(frame, cell_query.kept(kept), rows, cells.codes)
        found[rows[places >= 0]] = own[places[places >= 0]]
    return found


def _places(
    frame: pl.DataFrame, levels: Sequence[Level], rows: np.ndarray, codes: Sequence[np.ndarray]
) -> np.ndarray:
    """Which of the cells of these codes each row is; -1 where it is none of them."""
    if not levels:
        return np.zeros(len(rows), np.int64)
    own = [
        frame[f"{each.name}.code"].fill_null(ROLLED_UP).to_numpy()[rows].astype(np.int32) for each in levels
    ]
    return positions(own, codes)
