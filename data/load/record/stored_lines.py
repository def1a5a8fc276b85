"""Order lines written in the order in which they are stored: by month, customer, order and row.

Rows of twenty columns are slow to sort, and all of them at once take much memory. So lines are read a few months at a
time, and one whole number a line is sorted: the columns then follow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.connection import Connection
from data.load.record.line_orders import LineOrders
from data.model.canonical_tables import CUSTOMER, SALE
from data.packed_order import packed_order

AT_ONCE = 600_000  # lines
ROW_GROUP = 122_880  # as the engine lays them out
REUSED = (
    pa.system_memory_pool()
)  # the usual one gives memory back and takes it anew, which costs more than sorting
Month = tuple[date, date, int]  # first and last day, how many lines


@dataclass(frozen=True, slots=True)
class LineColumns:
    """SQL for the columns of a fact, by name, of the rows of `table`, called `l`, and the `joins` they need."""

    table: str
    joins: str
    columns: Mapping[str, str]

    @property
    def constant(self) -> dict[str, str]:
        """Those that are alike in all rows, and that these are not sorted by."""
        alike = {name: sql for name, sql in self.columns.items() if sql.isdigit() or sql.startswith("NULL::")}
        return {name: sql for name, sql in alike.items() if name != CUSTOMER.key}

    def read(self, within: str) -> str:
        """SQL for the others, of the rows within a condition."""
        told = (f"{sql} AS {name}" for name, sql in self.columns.items() if name not in self.constant)
        return f"SELECT {', '.join(told)} FROM {self.table} AS l{self.joins} WHERE {within}"


def write(connection: Connection, lines: LineColumns, orders: LineOrders) -> None:
    """Append the lines to their fact, and what is told of their orders, in whole row groups: others are put together
    at the end of the write, which costs as much again."""
    held: list[pa.Table] = []
    for within in _shares(connection, lines):
        found = connection.sql(lines.read(within)).to_arrow_table()
        held.append(_in_order(found, orders))
        together = pa.concat_tables(held)
        whole = len(together) // ROW_GROUP * ROW_GROUP
        if whole:
            _append(connection, together.slice(0, whole), lines.constant)
        held = [together.slice(whole)]
    for rest in held:
        _append(connection, rest, lines.constant)


def _shares(connection: Connection, lines: LineColumns) -> Iterator[str]:
    """Conditions that part the lines as they lie one behind the other, each for about as many as are read at once."""
    days = f"SELECT f_date AS day, count(*) AS n FROM {lines.table} GROUP BY day"  # months of lines cost twice the time
    months = connection.execute(
        f"SELECT min(day), max(day), sum(n)::BIGINT FROM ({days}) GROUP BY date_trunc('month', day) ORDER BY 1"
    ).fetchall()
    for first, last, count in _together(months):
        within = f"f_date BETWEEN DATE '{first}' AND DATE '{last}'"
        parts = -(-count // (2 * AT_ONCE))
        yield from [within] if parts == 1 else _of_customers(connection, lines, within, parts)


def _together(months: Sequence[Month]) -> Iterator[Month]:
    """Months put together as long as they have few lines."""
    held: Month | None = None
    for first, last, count in months:
        if held and held[2] + count > AT_ONCE:
            yield held
            held = None
        held = (held[0], last, held[2] + count) if held else (first, last, count)
    if held:
        yield held


def _of_customers(connection: Connection, lines: LineColumns, within: str, parts: int) -> Iterator[str]:
    """The lines of a long month by so many spans of customers."""
    key = lines.columns[CUSTOMER.key]
    highest = int(connection.execute(f"SELECT max({CUSTOMER.key}) FROM {CUSTOMER.name}").fetchall()[0][0])
    step = highest // parts + 1
    for first in range(0, highest + 1, step):
        yield f"{within} AND {key} BETWEEN {first} AND {first + step - 1}"


def _in_order(found: pa.Table, orders: LineOrders) -> pa.Table:
    """The lines as they are to be stored, with their orders."""
    found = found.combine_chunks(memory_pool=REUSED)
    days, customers, rows = (_numbers(found, name) for name in ("day_key", CUSTOMER.key, "row_in_source"))
    at = orders.at(rows)
    order = _stored_order(days, customers, orders.order_key[at], rows)
    sorted_lines = pc.take(found, _of_array(order), boundscheck=False, memory_pool=REUSED)
    for name, values in orders.columns.items():
        sorted_lines = sorted_lines.append_column(name, _of_array(values[at][order]))
    return sorted_lines


def _numbers(found: pa.Table, name: str) -> np.ndarray:
    """A column without nulls as an array over the same memory."""
    (chunk,) = found.column(name).chunks or [pa.array([], pa.int64())]
    return np.from_dlpack(chunk)


def _of_array(values: np.ndarray) -> pa.Array:
    """The same numbers or flags for Arrow, whose own way there imports pandas first."""
    kind, held = pa.from_numpy_dtype(values.dtype), np.ascontiguousarray(values)
    if held.dtype == bool:
        held = np.packbits(held, bitorder="little")
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(held)])


def _stored_order(
    days: np.ndarray, customers: np.ndarray, order_keys: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Where each of the lines is found that are to lie one behind the other."""
    months = _months(days)
    rises = (rows[1:] > rows[:-1]).all() and (order_keys[1:] >= order_keys[:-1]).all()
    found = packed_order(months, customers) if rises else None
    return np.lexsort((rows, order_keys, customers, months)) if found is None else found


def _months(days: np.ndarray) -> np.ndarray:
    """The month of each day, counted from the first of them."""
    if not len(days):
        return days
    first = days.min()
    every = np.arange(first, days.max() + 1).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    months: np.ndarray = (every - every[0])[days - first]
    return months


def _append(connection: Connection, some: pa.Table, constant: Mapping[str, str]) -> None:
    """The engine finds the lines by their name here; had they been registered, they would stay until the commit."""
    told = "".join(f", {sql} AS {name}" for name, sql in constant.items())
    sorted_lines = some.combine_chunks(memory_pool=REUSED)
    connection.sql(f"INSERT INTO {SALE.name} BY NAME SELECT *{told} FROM sorted_lines")
    del sorted_lines  # the engine found it by its name
