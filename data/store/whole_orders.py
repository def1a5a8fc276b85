"""Whether all orders are whole, told from neighbours: lines are stored so that those of an order lie side by side."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data.connection import Connection
from data.model.canonical_tables import FactTable

AT_ONCE = 2_000_000  # lines
TOLD = ("day_key", "customer_key", "channel_key")


def are_whole(connection: Connection, fact: FactTable) -> bool:
    """Whether each order of `fact` has one day, customer and channel, but for lines that are returns.

    False where two lines of an order differ, and also where others lie between them: then nothing is proved.
    """
    begun: list[np.ndarray] = []
    last: tuple[int, ...] = ()
    for within in _spans(connection, fact):
        columns = _columns(connection, fact, within)
        if not len(columns[0]):
            continue
        begins = _begins(columns[0], last)
        if not all(_follows(column, begins, at, last) for at, column in enumerate(columns)):
            return False
        begun.append(columns[0][begins])
        last = tuple(int(column[-1]) for column in columns)
    return _all_differ(begun)


def _columns(connection: Connection, fact: FactTable, within: str) -> list[np.ndarray]:
    """Of each line the number of its order, and what all lines of an order have to share."""
    told = connection.execute(
        f"SELECT order_key, {', '.join(TOLD)} FROM {fact.name} WHERE NOT is_return AND {within}"
    ).fetchnumpy()
    return [np.ma.getdata(told[name]) for name in ("order_key", *TOLD)]


def _spans(connection: Connection, fact: FactTable) -> Iterator[str]:
    """Conditions that part the lines as they lie one behind the other, by whole months."""
    days = f"SELECT day_key, count(*) AS n FROM {fact.name} GROUP BY day_key"
    months = connection.execute(
        f"""SELECT min(day_key), max(day_key), sum(n)::BIGINT FROM ({days})
        GROUP BY date_trunc('month', DATE '1970-01-01' + day_key) ORDER BY 1"""
    ).fetchall()
    first, held = None, 0
    for begin, end, count in months:
        if first is not None and held + count > AT_ONCE:
            yield f"day_key BETWEEN {first} AND {begin - 1}"
            first, held = None, 0
        first, held = begin if first is None else first, held + count
        last = end
    if first is not None:
        yield f"day_key BETWEEN {first} AND {last}"


def _begins(orders: np.ndarray, last: tuple[int, ...]) -> np.ndarray:
    """Which lines are of another order than the one before them."""
    found = np.ones(len(orders), bool)
    np.not_equal(orders[1:], orders[:-1], out=found[1:])
    found[0] = not last or int(orders[0]) != last[0]
    return found


def _follows(column: np.ndarray, begins: np.ndarray, at: int, last: tuple[int, ...]) -> bool:
    """Whether each line says what the one before it does, or begins an order."""
    same = column[1:] == column[:-1]
    same |= begins[1:]
    return bool(same.all()) and (bool(begins[0]) or int(column[0]) == last[at])


def _all_differ(begun: list[np.ndarray]) -> bool:
    """Whether no order begins twice."""
    if not begun:
        return True
    numbers = np.sort(np.concatenate(begun))
    return not bool((numbers[1:] == numbers[:-1]).any())
