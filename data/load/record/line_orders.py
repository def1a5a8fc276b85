"""Which order each line of a delivery is of, and which line stands for it.

Exports mostly write the lines of an order one after the other. Where they do, and no order was known before, orders are
numbered from neighbours; that they are whole is proved by the numbers of the orders being different. Else lines are put
together by their texts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.connection import Connection
from data.store.duckdb_engine import quickly_compressed
from data.temporary_tables import drop

NEXT_KEY = """SELECT greatest((SELECT coalesce(max(order_key), 0) FROM sales_order),
                              (SELECT coalesce(max(order_key), 0) FROM sale))"""
NUMBERED, OF_LINE = "order_line", "order_of_line"


@dataclass(frozen=True, slots=True)
class LineOrders:
    """Of each line, by ascending `rows`: its order, whether it is a return, whether it is the one for its order."""

    rows: np.ndarray
    order_key: np.ndarray
    is_return: np.ndarray
    is_order: np.ndarray

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """What is told of a line, by the columns of its fact."""
        return {"order_key": self.order_key, "is_return": self.is_return, "is_order": self.is_order}

    def at(self, rows: np.ndarray) -> np.ndarray | slice:
        """Where these rows stand."""
        places = _places(self.rows, rows)
        if len(places) and places[-1] - places[0] + 1 == len(places) and _ascends(places):
            return slice(int(places[0]), int(places[-1]) + 1)
        return places


def number_orders(
    connection: Connection, typed: str, returned: str, number: str | None, source: str
) -> LineOrders:
    """Enter the orders of the lines `typed` in `sales_order`; `number` names their column, where they have one.

    `returned` is SQL for whether a line is a return. A line without a number is an order of its own.
    """
    if number is None:
        return _alone(connection, typed, returned, source)
    found = _of_neighbours(connection, typed, returned, number, source)
    if found is None:
        found = _of_texts(connection, typed, returned, number, source)
    drop(connection, NUMBERED, OF_LINE)
    return found


def _alone(connection: Connection, typed: str, returned: str, source: str) -> LineOrders:
    first = _next_key(connection)
    _enter_alone(connection, typed, "true", first, source)
    told = connection.execute(f"SELECT row, {returned} AS returned FROM {typed}").fetchnumpy()
    return _by_row(told["row"], first + told["row"], told["returned"], ~told["returned"])


def _of_neighbours(
    connection: Connection, typed: str, returned: str, number: str, source: str
) -> LineOrders | None:
    """None where orders were known before, or lines of one do not stand together."""
    begins = f"{number} IS DISTINCT FROM lag({number}) OVER ()"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {NUMBERED} AS SELECT row, {number} AS number
        FROM (SELECT row, {number}, {begins} AS begins FROM {typed}) WHERE begins"""
    )
    heads = connection.execute(f"SELECT row, hash(number) AS hash FROM {NUMBERED}").fetchnumpy()
    if not (_all_differ(heads["hash"]) and _ascends(heads["row"])) or _any_unfit(connection, source):
        return None
    lines = connection.execute(f"SELECT row, {returned} AS returned FROM {typed}").fetchnumpy()
    rows, is_return = lines["row"], lines["returned"]
    if not _ascends(rows):
        return None
    known = _next_key(connection)
    with quickly_compressed(connection):
        connection.execute(
            f"INSERT INTO sales_order SELECT {known} + row_number() OVER (), $source, number FROM {NUMBERED}",
            {"source": source},
        )
    order_keys = np.zeros(len(rows), np.int32 if known + len(rows) < np.iinfo(np.int32).max else np.int64)
    order_keys[_places(rows, heads["row"])] = 1
    order_keys = np.cumsum(order_keys, dtype=order_keys.dtype, out=order_keys) + known
    return LineOrders(rows, order_keys, is_return, _first_of_each(order_keys, ~is_return))


def _any_unfit(connection: Connection, source: str) -> bool:
    """Whether any of the numbers is none, or known."""
    sql = f"""SELECT EXISTS (FROM {NUMBERED} WHERE number IS NULL) OR EXISTS (
        FROM sales_order WHERE source = ? AND number IN (SELECT number FROM {NUMBERED}))"""
    return bool(connection.execute(sql, [source]).fetchall()[0][0])


def _of_texts(connection: Connection, typed: str, returned: str, number: str, source: str) -> LineOrders:
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {NUMBERED} AS SELECT {number} AS number, min(row) AS row,
            min(row) FILTER (NOT {returned}) AS first FROM {typed} WHERE {number} IS NOT NULL GROUP BY ALL"""
    )
    connection.execute(
        f"""INSERT INTO sales_order SELECT ({NEXT_KEY}) + row_number() OVER (ORDER BY row), $source, number
        FROM {NUMBERED} WHERE number NOT IN (SELECT number FROM sales_order WHERE source = $source)""",
        {"source": source},
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE {OF_LINE} AS
        SELECT number, order_key, first, order_key IN (SELECT order_key FROM sale WHERE is_order) AS flagged
        FROM {NUMBERED} JOIN (FROM sales_order WHERE source = $source) USING (number)""",
        {"source": source},
    )
    alone = _next_key(connection)
    _enter_alone(connection, typed, f"{number} IS NULL", alone, source)
    told = connection.execute(
        f"""SELECT l.row, coalesce(o.order_key, {alone} + l.row)::INTEGER AS order_key, {returned} AS returned,
            NOT returned AND coalesce(l.row = o.first AND NOT o.flagged, true) AS stands
        FROM {typed} AS l LEFT JOIN {OF_LINE} AS o ON o.number = l.{number}"""
    ).fetchnumpy()
    return _by_row(told["row"], told["order_key"], told["returned"], told["stands"])


def _enter_alone(connection: Connection, typed: str, which: str, first: int, source: str) -> None:
    connection.execute(
        f"INSERT INTO sales_order SELECT {first} + row, $source, '' FROM {typed} WHERE {which}",
        {"source": source},
    )


def _next_key(connection: Connection) -> int:
    """The key after which the next orders are numbered."""
    return int(connection.execute(NEXT_KEY).fetchall()[0][0])


def _all_differ(hashes: np.ndarray) -> bool:
    """Whether no two are equal: then what they are of differs, too."""
    ordered = np.sort(hashes)
    return not bool((ordered[1:] == ordered[:-1]).any())


def _places(rows: np.ndarray, sought: np.ndarray) -> np.ndarray:
    """Where the rows that are sought stand among the ascending `rows`."""
    gapless = len(rows) and rows[-1] - rows[0] + 1 == len(rows)
    return sought - rows[0] if gapless else np.searchsorted(rows, sought)


def _ascends(rows: np.ndarray) -> bool:
    return bool((rows[1:] > rows[:-1]).all())


def _first_of_each(keys: np.ndarray, fit: np.ndarray) -> np.ndarray:
    """Whether a line is the first of its key, which neighbours share, among those that are `fit`."""
    at = np.flatnonzero(fit)
    of_fit = keys[at]
    begins = np.ones(len(at), bool)
    np.not_equal(of_fit[1:], of_fit[:-1], out=begins[1:])
    found = np.zeros(len(keys), bool)
    found[at] = begins
    return found


def _by_row(rows: np.ndarray, keys: np.ndarray, is_return: np.ndarray, is_order: np.ndarray) -> LineOrders:
    if _ascends(rows):
        return LineOrders(rows, keys, is_return, is_order)
    order = np.argsort(rows)
    return LineOrders(rows[order], keys[order], is_return[order], is_order[order])
