"""Roll-ups in memory: columns of the small ones, read once a snapshot and dropped when others are wanted more."""

from __future__ import annotations

import numpy as np

from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.cells.byte_cache import CELLS
from cubes.cells.packed_codes import Groups, grouped
from data.store.warehouse import Warehouse

EXACT = 2.0**53  # whole numbers below add up exactly as float64


class RollUpColumns:
    """One roll-up of one snapshot, column by column, in the order of its periods."""

    def __init__(self, warehouse: Warehouse, kept: StoredRollUp) -> None:
        self.kept = kept
        self._warehouse = warehouse
        # the cluster's rows stand in another order than the snapshot's
        self._own = (warehouse.version, kept.name, "here" if warehouse.cluster is None else "cluster")

    def codes(self, level: str) -> np.ndarray:
        """The code of each cell at a level (int32)."""
        return self._column(level, np.int32)

    def values(self, part: str, fold: str = "sum") -> np.ndarray:
        """A stored number of each cell (float64); where there is none, 0 in sums, else NaN. Raises OverflowError."""
        return self._column(part, np.float64, 0 if fold == "sum" else np.nan)

    def groups(self, levels: tuple[str, ...]) -> Groups:
        """The groups of all its cells by some levels."""
        key = (*self._own, "groups", levels)

        def make() -> tuple[Groups, int]:
            found = grouped([self.codes(name) for name in levels], self.kept.cells).closed_up
            return found, found.nbytes

        return CELLS.keep(key, make)

    def _column(self, name: str, kind: type, missing: float = 0) -> np.ndarray:
        key = (*self._own, name)
        return CELLS.keep(key, lambda: _sized(self._read(name, kind, missing)[self._order()]))

    def _order(self) -> np.ndarray:
        """Where the cells of each period stand, period by period."""
        key = (*self._own, "order")
        period = self.kept.grain.period
        return CELLS.keep(
            key, lambda: _sized(np.argsort(self._read(period, np.int32, 0), kind="stable").astype(np.int32))
        )

    def _read(self, name: str, kind: type, missing: float) -> np.ndarray:
        """A column in the order of the file's rows, whichever order the engine gives them in."""
        if self._warehouse.cluster:
            return _exact(self._warehouse.cluster.column(self.kept.table, name).astype(kind), name)
        found = self._warehouse.arrays(f'SELECT rowid, "{name}" AS own FROM {self.kept.table}')
        own: np.ndarray = np.ma.filled(np.ma.asarray(found["own"]).astype(kind), missing)
        row = found["rowid"]
        if not bool(np.all(row[1:] > row[:-1])):
            own = own[np.argsort(row, kind="stable")]
        return _exact(own, name)


def _exact(column: np.ndarray, name: str) -> np.ndarray:
    """The column, if it adds up exactly. Raises OverflowError."""
    if column.dtype == np.float64 and float(np.nansum(np.abs(column))) >= EXACT:
        raise OverflowError(name)
    return column


def _sized(array: np.ndarray) -> tuple[np.ndarray, int]:
    return array, array.nbytes
