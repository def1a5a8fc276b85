"""The lines of a fact in memory: a narrow array for each column that questions ask for, in the order that they count in.

Lines stand by month, customer's code and order, so that those of a month are a run, those of some customers a run in it,
and those of an order stand side by side. A column is read once a snapshot, and goes when room is wanted for others.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cubes.cells.byte_cache import ByteCache
from cubes.cells.packed_codes import Packing
from cubes.lines.line_tables import codes_of_customers
from cubes.model import Cube
from data import environment
from data.model.calendar import Days
from data.model.canonical_tables import CUSTOMER, FACT
from data.store.event_log import NAME as LOG
from data.store.warehouse import Warehouse

LINES = ByteCache(environment.LINES_MB)
PIECE = 8 * 122_880  # lines read at once: whole row groups of the engine's
AT_ONCE = 3_000_000  # so many lines are read while the question waits
DAY, BEGINS = "day", "order begins"


@dataclass(frozen=True, slots=True)
class Months:
    """The months that have lines: the code of each, and where its lines begin and the last end."""

    codes: np.ndarray
    starts: np.ndarray


class LineStore:
    """The lines of one fact of a whole snapshot. Safe to use from many threads."""

    def __init__(self, warehouse: Warehouse, cube: Cube) -> None:
        self._warehouse, self._cube = warehouse, cube
        self.fact = FACT[cube.fact]
        self.lines = warehouse.profile.extents[cube.fact].lines
        whole = warehouse.profile.extents[cube.fact].whole
        self.since = whole.first if whole else 0
        self.days = whole or Days(0, -1)
        self.has_customers = CUSTOMER in self.fact.dimensions
        self._lock, self._wanted = threading.Lock(), dict[str, str]()
        self._reading: threading.Thread | None = None
        self._constant: dict[str, int] = {}
        self._months: Months | None = None
        self._order: np.ndarray | None = None

    @property
    def months(self) -> Months:
        """Known once any column was read."""
        assert self._months
        return self._months

    def fits(self, columns: Collection[str]) -> bool:
        """Whether so many columns have room in memory, at four bytes a line each."""
        return 4 * self.lines * len(columns) <= LINES.limit

    def ready(self, columns: Mapping[str, str]) -> bool:
        """Whether these columns (SQL by name) are in memory; where they are not, they are read: in the background where
        they are many lines."""
        placed = all(map(self._is_here, self._placed_by))
        missing = {name: sql for name, sql in columns.items() if not self._is_here(name)}
        missing = {name: sql for name, sql in missing.items() if name not in self._placed_by}
        if placed and not missing:
            return True
        with self._lock:
            self._wanted |= missing
            if self._reading is None or not self._reading.is_alive():
                self._reading = threading.Thread(target=self._read_wanted, daemon=True)
                self._reading.start()
            reading = self._reading
        if self.lines <= AT_ONCE:
            reading.join()
        return all(map(self._is_here, (*columns, *self._placed_by)))

    def wait(self) -> None:
        """Until everything that was wanted was read."""
        while self._reading and self._reading.is_alive():
            self._reading.join()

    def column(self, name: str) -> np.ndarray | int | None:
        """The values of a column in the order of lines; one number where all are the same; None where it is gone."""
        if name in self._constant:
            return self._constant[name]
        found: np.ndarray | None = LINES.get(self._key(name))
        return found

    def _is_here(self, name: str) -> bool:
        return self._months is not None and self.column(name) is not None

    def _key(self, name: str) -> tuple[str, str, str]:
        return self._warehouse.version, self.fact.name, name

    def _read_wanted(self) -> None:
        """Read what is wanted, until nothing more is. What cannot be read is left to the engine's own scans."""
        while True:
            with self._lock:
                wanted, self._wanted = self._wanted, {}
            if not wanted:
                return
            try:
                self._read(wanted)
            except (
                Exception
            ):  # a snapshot that was closed meanwhile, or no memory: questions are answered without
                logging.getLogger(LOG).info(
                    "lines of %s are not held in memory", self.fact.name, exc_info=True
                )
                return

    def _read(self, wanted: Mapping[str, str]) -> None:
        if not all(map(self._is_here, self._placed_by)):
            self._months = None
        first = {} if self._months else self._placing
        found = self._scanned({**first, **wanted})
        if self._months is None:
            self._place(found)
        for name in wanted:
            self._keep(name, found.pop(name))

    @property
    def _placing(self) -> dict[str, str]:
        """What the order of lines is told by, SQL by name."""
        fact = self.fact.name
        customer = {CUSTOMER.key: f"{fact}.{CUSTOMER.key}"} if self.has_customers else {}
        order = {"@order": f"{fact}.{self._order_column}"} if self._order_column else {}
        return {DAY: f"{fact}.day_key - {self.since}", **customer, **order}

    @property
    def _placed_by(self) -> tuple[str, ...]:
        """The columns that are kept of what the order of lines is told by."""
        return (
            DAY,
            *([CUSTOMER.key] if self.has_customers else []),
            *([BEGINS] if self._order_column else []),
        )

    @cached_property
    def _order_column(self) -> str | None:
        """The column that numbers orders."""
        flagged = (each.column for each in self._cube.measures if each.flag)
        return next((each.rpartition(".")[2] for each in flagged), None) if self.has_customers else None

    def _place(self, found: dict[str, np.ndarray]) -> None:
        """Work out in which order lines stand, and keep what that was told by."""
        from cubes.lines import line_kernels

        day, key, order = found.pop(DAY), found.pop(CUSTOMER.key, None), found.pop("@order", None)
        month = self._month_of_day
        code = self.code_of_key if key is not None else None
        if not line_kernels.is_ordered(month, day, code, key, order):
            self._order = _order([month[day], *([code[key]] if key is not None and code is not None else []),
                                  *([order] if order is not None else [])])  # fmt: skip
            day, key, order = (None if each is None else each[self._order] for each in (day, key, order))
        per_month = np.bincount(month[day], minlength=int(month.max(initial=-1)) + 1)
        there = np.flatnonzero(per_month)
        codes = np.array(self._month_codes, np.int32)[there]
        months = Months(codes, np.concatenate([[0], np.cumsum(per_month[there])]).astype(np.int64))
        if order is not None:
            begins = np.zeros(self.lines, np.uint8)
            line_kernels.order_begins(month, day, code, key, order, begins)
            LINES.put(self._key(BEGINS), begins, begins.nbytes)
        for name, column in ((DAY, day), (CUSTOMER.key, key)):
            if column is not None:
                LINES.put(self._key(name), column, column.nbytes)
        self._months = months

    @cached_property
    def _month_codes(self) -> list[int]:
        """The code of each month of the days of the fact, in order."""
        return list(dict.fromkeys(self._months_of_days))

    @cached_property
    def _months_of_days(self) -> list[int]:
        at = self._warehouse.profile.calendar.period_at
        return [at("month", self.since + day) for day in range(len(self.days))]

    @cached_property
    def _month_of_day(self) -> np.ndarray:
        """Which month, from 0 on, each day of the fact lies in."""
        number = {code: at for at, code in enumerate(self._month_codes)}
        return np.array([number[code] for code in self._months_of_days], np.int32)

    @cached_property
    def code_of_key(self) -> np.ndarray:
        """The code of each customer by key (int32)."""
        return codes_of_customers(self._warehouse)

    def _keep(self, name: str, column: np.ndarray) -> None:
        """Keep a column as it was read, in the order of lines."""
        if len(column) and (column == column[0]).all():
            self._constant[name] = int(column[0])
            return
        own = column if self._order is None else column[self._order]
        LINES.put(self._key(name), own, own.nbytes)

    def _scanned(self, columns: Mapping[str, str]) -> dict[str, np.ndarray]:
        """Columns (SQL of whole numbers by name) in the order in which the table holds its rows."""
        fact = self.fact.name
        chosen = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
        ((last,),) = self._warehouse.rows(f"SELECT max(rowid) FROM {fact}")
        found: dict[str, np.ndarray] = {name: np.zeros(self.lines, np.uint8) for name in columns}
        at = 0
        for first in range(0, (last or 0) + 1, PIECE):
            piece = self._warehouse.arrays(
                f'SELECT rowid AS "@row", {chosen} FROM {fact} WHERE rowid >= ? AND rowid < ?',
                [first, first + PIECE],
            )
            row = piece.pop("@row")
            sorting = None if (row[1:] > row[:-1]).all() else np.argsort(row)
            for name, values in piece.items():
                own = np.ma.filled(values, 0)
                found[name] = _put(found[name], at, own if sorting is None else own[sorting])
            at += len(row)
        return found


def store_of(warehouse: Warehouse, cube: Cube) -> LineStore:
    """The lines of a cube's fact in this snapshot, whoever asks: read once for all."""
    whole = warehouse.whole
    name = ("lines", cube.fact)
    if name not in whole.beside:
        whole.beside[name] = LineStore(whole, cube)
    found: LineStore = whole.beside[name]
    return found


def _order(columns: list[np.ndarray]) -> np.ndarray:
    """How rows are put in the order of several columns, the first of which weighs most."""
    packing = Packing.of(columns)
    if packing.bound >= 1 << 63:
        found: np.ndarray = np.lexsort(columns[::-1])
    else:
        found = np.argsort(packing.packed(columns, len(columns[0])), kind="stable")
    return found.astype(np.int32) if len(found) < 1 << 31 else found


def _put(column: np.ndarray, at: int, values: np.ndarray) -> np.ndarray:
    """The column with these values from a place on, in a wider type where they need one."""
    kind = column.dtype
    if len(values):
        low, high = int(values.min()), int(values.max())
        kinds = (np.dtype(each) for each in (np.uint8, np.uint16, np.int32, np.int64))
        fitting = next(each for each in kinds if low >= np.iinfo(each).min and high <= np.iinfo(each).max)
        kind = np.promote_types(kind, fitting)
        kind = np.dtype(np.int32) if kind == np.uint32 else kind
    found = column.astype(kind, copy=False)
    found[at : at + len(values)] = values
    return found
