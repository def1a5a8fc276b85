"""The lines of a fact in memory: a narrow array for each column that is asked for, all in one order.

Lines stand by month, customer's code and order: those of a month are a run, those of some customers a run in it, and
those of an order stand side by side. A column is read once a snapshot, and goes when room is wanted for others.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from itertools import count
from typing import Any
from weakref import WeakSet

import numpy as np

from cubes.cells.byte_cache import MEGABYTE
from cubes.lines import earlier_lines
from cubes.lines.earlier_lines import AddedLines, DayPrints, LinePrints
from cubes.lines.held_lines import BEGINS, DAY, KINDS, Column, HeldLines, Months, narrowest, ordered
from cubes.lines.line_tables import codes_of_customers
from cubes.model import Cube
from data import environment
from data.model.calendar import Days
from data.model.canonical_tables import CUSTOMER, FACT
from data.store.event_log import NAME as LOG
from data.store.warehouse import Warehouse

PIECE = 8 * 122_880  # lines read at once: whole row groups of the engine's
# Whether this process holds lines in memory, as a dashboard does and a command of one question does not; and whether
# questions wait for lines that are read for them.
HOLDS, WAITS = False, False
LEAST_LINES = 20_000  # of fewer, the engine's own scan takes no longer
MOST_DAYS = 1 << 17  # 358 years: a mistyped day far from all others would make tables of millions of days
STORES: WeakSet[LineStore] = WeakSet()
REHEARSED: set[tuple[Any, ...]] = set()  # the compiled loops that are there, by what tells them from others
_uses = count()


class LineStore:
    """The lines of one fact of a whole snapshot, or those `after` a batch, as long as it is open. Safe to use from many
    threads."""

    def __init__(self, warehouse: Warehouse, cube: Cube, after: int | None = None) -> None:
        self._warehouse, self._cube = warehouse, cube
        self.path = warehouse.path.resolve()
        self.fact = FACT[cube.fact]
        self.after = after
        self.lines = warehouse.profile.extents[cube.fact].lines if after is None else self._lines_after(after)
        whole = warehouse.profile.extents[cube.fact].whole
        self.since = whole.first if whole else 0
        self.days = whole or Days(0, -1)
        self.has_customers = CUSTOMER in self.fact.dimensions
        self._lock, self._wanted, self._behind = (
            threading.Lock(),
            dict[str, str](),
            list[Callable[[], object]](),
        )
        self._thread: threading.Thread | None = None
        self._is_stopped = False
        self._held: HeldLines | None = None
        self._order: np.ndarray | None = None
        self.sql, self.highest = dict[str, str](), 0
        self._taking = threading.Lock()
        self._added: AddedLines | None = None
        self._is_alone = self._was_taken = self._is_retired = False
        self.used, self._uses = 0, dict[str, int]()
        STORES.add(self)
        warehouse.before_closing.append(self.stop)

    @property
    def holding(self) -> HeldLines | None:
        """What it holds now."""
        return self._held

    @property
    def bytes(self) -> int:
        """What its columns take in memory."""
        return self._held.bytes if self._held else 0

    def held(self, wanted: Mapping[str, str]) -> HeldLines | None:
        """The lines with these columns (SQL of whole numbers by name) and those that all need; None where they are not
        in memory: then they are read behind the answer, if there is room."""
        names = (*wanted, *self.placed_by)
        if 4 * self.lines * len(names) > environment.megabytes(environment.LINES_MB) * MEGABYTE:
            return None
        self.used = next(_uses)
        self._uses |= dict.fromkeys(wanted, self.used)
        if self._with(names) is None:
            self._try_to_take_over(wanted)
        if self._with(names) is None and not self._is_retired:
            self.behind(wanted)
        return self._with(names)

    def _try_to_take_over(self, wanted: Mapping[str, str]) -> None:
        """The same as `_take_over`; where that is not possible, since memory is short, lines are read anew."""
        try:
            self._take_over(wanted)
        except Exception:
            logging.getLogger(LOG).info("lines of %s are read anew", self.fact.name, exc_info=True)
            with self._taking:
                self._added, self._is_alone = None, True

    def _take_over(self, wanted: Mapping[str, str]) -> None:
        """Take columns over from an earlier snapshot, at once, and the others that it has behind the answer."""
        with self._taking:
            is_first = self._added is None and not self._is_alone and self.after is None
            if is_first and self._held is None:
                self._added = earlier_lines.added_lines(self)
            added, self._is_alone = self._added, self._added is None
            if added is None:
                return
            found = dict(self._held.columns) if self._held else {}
            every = {**dict.fromkeys(self.placed_by, ""), **wanted}
            missing = {name: sql for name, sql in every.items() if name not in found}
            make_room(self, 4 * self.lines * len(missing))
            for name, sql in missing.items():
                if (column := added.column(name, sql)) is not None:
                    found[name] = column
            self._was_taken = True
            self._hold(HeldLines(found, added.months), wanted)
        if is_first:
            self.behind({}, self._take_over_all)

    def retire(self) -> None:
        """Another snapshot has taken over what is held: what is not, is not read for whoever sees this one still."""
        self._is_retired = True

    def _take_over_all(self) -> None:
        """Everything that an earlier snapshot has, a column after the other; then it is let go."""
        added = self._added
        for name, sql in added.earlier.sql.items() if added else ():
            if not self._is_stopped:
                self._take_over({name: sql})
        with self._taking:
            self._added, self._is_alone = None, True

    def _hold(self, held: HeldLines, wanted: Mapping[str, str]) -> None:
        self._held = held
        self.sql |= {
            name: sql for name, sql in wanted.items() if name in held.columns and name not in self.placed_by
        }
        if self.after is None:
            earlier_lines.remember(self, held)

    def _lines_after(self, batch: int) -> int:
        sql = f"SELECT count(*) FROM {self.fact.name} WHERE batch > ?"
        return int(self._warehouse.rows(sql, [batch])[0][0])

    @cached_property
    def prints(self) -> LinePrints | None:
        """By what its lines are told from those of other snapshots."""
        return LinePrints.of(self._warehouse, self.fact.name) if self.after is None else None

    def added_prints(self, since: LinePrints) -> DayPrints:
        """Of each day how many lines came in later batches, and their fingerprint."""
        rows = self._warehouse.rows(
            f"SELECT day_key, count(*), sum(hash({since.columns}))::HUGEINT FROM {self.fact.name} WHERE batch > ?"
            " GROUP BY day_key",
            [since.through_batch],
        )
        return {day: (lines, print) for day, lines, print in rows}

    def added(self, through_batch: int, columns: Mapping[str, str]) -> dict[str, np.ndarray]:
        """Columns (SQL by name) of the lines of later batches, in the order in which the table holds them."""
        chosen = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
        found = self._warehouse.arrays(
            f'SELECT rowid AS "@row", {chosen} FROM {self.fact.name} WHERE batch > ?', [through_batch]
        )
        order = np.argsort(found.pop("@row"))
        return {
            name: own.astype(narrowest(own))
            for name, values in found.items()
            for own in [np.ma.filled(values, 0)[order]]
        }

    def month_numbers(self, codes: np.ndarray) -> np.ndarray:
        """Which month, from 0 on, months are by their codes."""
        number = {code: at for at, code in enumerate(self.month_codes)}
        return np.array([number[code] for code in codes.tolist()], np.int64)

    def _with(self, names: Collection[str]) -> HeldLines | None:
        """What is held, if these columns are among it: what goes meanwhile stays with whoever has it."""
        held = self._held
        return held if held is not None and all(name in held.columns for name in names) else None

    def behind(self, wanted: Mapping[str, str], work: Callable[[], object] | None = None) -> None:
        """Read columns that are not here yet, and do some work, in a thread of the store's own."""
        with self._lock:
            self._wanted |= {name: sql for name, sql in wanted.items() if name not in self.placed_by}
            self._behind += [work] if work else []
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
        if WAITS:
            self.wait()

    def wait(self) -> None:
        """Until nothing is done behind answers any more."""
        while thread := self._thread:
            thread.join()

    def let_go(self, most: int = 0) -> None:
        """Let go of the columns not asked for longest until the others take at most so many bytes, of all where what
        every question needs takes more: they are read again where they are wanted again."""
        held = self._held
        if held is None or held.bytes <= most:
            return
        kept = {name: held.columns[name] for name in self.placed_by}
        others = [name for name in held.columns if name not in kept]
        for name in sorted(others, key=lambda name: self._uses.get(name, 0), reverse=True):
            kept[name] = held.columns[name]
            if HeldLines(kept, held.months).bytes > most:
                del kept[name]
                break
        found = HeldLines(kept, held.months)
        self._held = found if found.bytes <= most else None
        if self.after is None:
            earlier_lines.remember(self, self._held)

    def stop(self) -> None:
        """Read no further: the snapshot is closed, or the process ends."""
        self._is_stopped = True
        self.wait()

    def _work(self) -> None:
        """Read what is wanted and do what is to be done, until there is nothing left. What cannot be read, since the
        snapshot was closed or memory is short, is left to the engine's own scans."""
        while True:
            with self._lock:
                wanted, self._wanted = self._wanted, {}
                work, self._behind = self._behind, []
            try:
                self._read(wanted)
                for each in work:
                    if not self._is_stopped:
                        each()
            except Exception:
                logging.getLogger(LOG).info(
                    "lines of %s are not held in memory", self.fact.name, exc_info=True
                )
            with self._lock:
                if not self._wanted and not self._behind:
                    self._thread = None
                    return

    def _read(self, wanted: Mapping[str, str]) -> None:
        if self._was_taken and self._with(tuple(wanted)):
            return
        if self._was_taken:  # that stands in an order of its own
            wanted = {**{name: sql for name, sql in self.sql.items() if self._with((name,))}, **wanted}
        make_room(self, 4 * self.lines * len(self._missing(self._read_before, wanted)))
        held = self._read_before  # less than before, where that made room
        missing = self._missing(held, wanted)
        if not missing:
            return
        of = self.prints  # while the snapshot is open
        found = self._scanned(missing)
        months, kept = (held.months, dict(held.columns)) if held else self._placed(found)
        kept |= {name: self._kept(found.pop(name)) for name in list(found)}
        with self._taking:
            self._added, self._is_alone, self._was_taken = None, True, False
            self._hold(HeldLines(kept, months), wanted)
        if of:
            earlier_lines.rehearse(HeldLines(kept, months))

    @property
    def _read_before(self) -> HeldLines | None:
        """What is held in the order in which lines are read."""
        return None if self._was_taken else self._held

    def _missing(self, held: HeldLines | None, wanted: Mapping[str, str]) -> dict[str, str]:
        """What is to be read, SQL by name, for what is wanted to be held as well."""
        if held is None:
            return {**self.placing, **wanted}
        return {name: sql for name, sql in wanted.items() if name not in held.columns}

    @property
    def placing(self) -> dict[str, str]:
        """What the order of lines is told by, SQL by name."""
        fact = self.fact.name
        customer = {CUSTOMER.key: f"{fact}.{CUSTOMER.key}"} if self.has_customers else {}
        order = {"@order": f"{fact}.{self._order_column}"} if self._order_column else {}
        return {DAY: f"{fact}.day_key - {self.since}", **customer, **order}

    @property
    def placed_by(self) -> tuple[str, ...]:
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

    def _placed(self, found: dict[str, np.ndarray]) -> tuple[Months, dict[str, Column]]:
        """Work out in which order lines stand: their months, and the columns that are kept of what it was told by."""
        from cubes.lines import line_kernels

        day, key, order = found.pop(DAY), found.pop(CUSTOMER.key, None), found.pop("@order", None)
        month, code = self.month_of_day, self.code_of_key if key is not None else None
        self._order = None
        if not line_kernels.is_ordered(month, day, code, key, order):
            told = [month[day], None if key is None or code is None else code[key], order]
            self._order = ordered([each for each in told if each is not None])
            day = day[self._order]
            key, order = (None if each is None else each[self._order] for each in (key, order))
        kept: dict[str, Column] = {DAY: day} if key is None else {DAY: day, CUSTOMER.key: key}
        if order is not None:
            self.highest = int(order.max(initial=0))
            begins = np.zeros(self.lines, np.uint8)
            line_kernels.order_begins(month, day, code, key, order, begins)
            kept[BEGINS] = begins
        per_month = np.bincount(month[day], minlength=int(month.max(initial=-1)) + 1)
        return Months.of(np.array(self.month_codes, np.int32), per_month), kept

    @cached_property
    def month_codes(self) -> list[int]:
        """The code of each month of the days of the fact, in order."""
        return list(dict.fromkeys(self._months_of_days))

    @cached_property
    def _months_of_days(self) -> list[int]:
        at = self._warehouse.profile.calendar.period_at
        return [at("month", self.since + day) for day in range(len(self.days))]

    @cached_property
    def month_of_day(self) -> np.ndarray:
        """Which month, from 0 on, each day of the fact lies in."""
        number = {code: at for at, code in enumerate(self.month_codes)}
        return np.array([number[code] for code in self._months_of_days], np.int32)

    @cached_property
    def code_of_key(self) -> np.ndarray:
        """The code of each customer by key (int32)."""
        return codes_of_customers(self._warehouse)

    def _kept(self, column: np.ndarray) -> Column:
        """A column as it was read, in the order of lines; its one value where all are the same."""
        if len(column) and (column == column[0]).all():
            return int(column[0])
        return column if self._order is None else column[self._order]

    def _scanned(self, columns: Mapping[str, str]) -> dict[str, np.ndarray]:
        """Columns (SQL of whole numbers by name) in the order in which the table holds its rows."""
        if self.after is not None:
            return self.added(self.after, columns)
        fact = self.fact.name
        chosen = ", ".join(f'{sql} AS "{name}"' for name, sql in columns.items())
        ((last,),) = self._warehouse.rows(f"SELECT max(rowid) FROM {fact}")
        found: dict[str, np.ndarray] = {name: np.zeros(self.lines, np.uint8) for name in columns}
        at = 0
        for first in range(0, (last or 0) + 1, PIECE):
            if self._is_stopped:
                raise InterruptedError
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


def hold() -> None:
    """From now on this process holds lines in memory, until it ends."""
    global HOLDS
    if not HOLDS:
        HOLDS = True
        atexit.register(_stop_reading)


def _stop_reading() -> None:
    """Let no thread be torn off while it reads."""
    for each in list(STORES):
        each.stop()


def make_room(store: LineStore, needed: int) -> None:
    """Let go of the lines that were not asked for longest, until there is room for so many bytes more of a store."""
    granted = environment.megabytes(environment.LINES_MB) * MEGABYTE
    for each in sorted(STORES, key=lambda each: each.used):
        if earlier_lines.in_memory(list(STORES)) + needed <= granted:
            return
        if each is not store:
            each.let_go()
    if earlier_lines.in_memory(list(STORES)) + needed > granted:
        earlier_lines.forget()
        store.let_go(granted - needed)


def store_of(warehouse: Warehouse, cube: Cube, after: int | None = None) -> LineStore:
    """The lines of a cube's fact in this snapshot, or those `after` a batch, whoever asks: read once for all."""
    whole = warehouse.whole
    name = ("lines", cube.fact, after)
    if name not in whole.beside:
        whole.beside[name] = LineStore(whole, cube, after)
    found: LineStore = whole.beside[name]
    return found


def is_held(warehouse: Warehouse, cube: Cube) -> bool:
    """Whether the lines of a cube's fact may be held in memory, and are enough to be worth it."""
    extent = warehouse.whole.profile.extents[cube.fact]
    is_worth_it = extent.lines >= LEAST_LINES and len(extent.whole or ()) <= MOST_DAYS
    return HOLDS and warehouse.is_published and is_worth_it


def rehearsed(store: LineStore, shape: tuple[Any, ...], rehearse: Callable[[], object]) -> bool:
    """Whether the loops of a shape are compiled; where they are not yet, `rehearse` does it behind the answer."""

    def work() -> None:
        rehearse()
        REHEARSED.add(shape)

    if shape not in REHEARSED:
        store.behind({}, work)
    return shape in REHEARSED


def _put(column: np.ndarray, at: int, values: np.ndarray) -> np.ndarray:
    """The column with these values from a place on, in a wider type where they need one."""
    kind = max(KINDS.index(column.dtype.type), KINDS.index(narrowest(values)))
    found: np.ndarray = column.astype(KINDS[kind], copy=False)
    found[at : at + len(values)] = values
    return found
