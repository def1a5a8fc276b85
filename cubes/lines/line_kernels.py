"""The loops over lines that everything unprepared is counted by, compiled once a machine by Numba and kept on its disk.

Each takes some lines as arrays side by side. A cell is told by adding up: `base`, and for each dimension the entry of
its table at the line's key; one that is below zero leaves the line out. What is None costs nothing: Numba compiles a
loop of its own for each combination that is asked for. They hold no lock of Python's, so that threads share the work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

Array = Any  # of numpy, or None

index = np.uint64  # what is told to be no negative number is not looked at for one
BLOCK = 4096  # lines of which those on the days asked about are gathered at once
compiled: Callable[[Callable[..., Any]], Callable[..., Any]] = numba.njit(
    nogil=True, cache=True, boundscheck=False
)


@compiled
def add_up(
    starts: Array, stops: Array, bases: Array, a: Array, of_a: Array, b: Array, of_b: Array, c: Array, of_c: Array,
    d: Array, of_d: Array, e: Array, of_e: Array, first: Array, second: Array, third: Array, lanes: int,
    there: Array, lines: Array, first_sum: Array, second_sum: Array, third_sum: Array,
) -> None:  # fmt: skip
    """Add up to three values (whole numbers) of each cell of some stretches, count its lines, note which there are.

    Lines take turns at the rows of what is added up, `lanes` of them (a power of two): sums of one cell that follow
    each other would wait for each other.
    """
    for stretch in range(len(starts)):
        base = bases[stretch]
        for each in range(starts[stretch], stops[stretch]):
            at = index(each)
            cell = base
            if a is not None:
                cell += of_a[index(a[at])]
            if b is not None:
                cell += of_b[index(b[at])]
            if c is not None:
                cell += of_c[index(c[at])]
            if d is not None:
                cell += of_d[index(d[at])]
            if e is not None:
                cell += of_e[index(e[at])]
            if cell >= 0:
                lane, own = at & index(lanes - 1), index(cell)
                there[own] = 1
                if lines is not None:
                    lines[lane, own] += 1
                if first is not None:
                    first_sum[lane, own] += first[at]
                if second is not None:
                    second_sum[lane, own] += second[at]
                if third is not None:
                    third_sum[lane, own] += third[at]


@compiled
def add_stretches(starts: Array, stops: Array, bases: Array, value: Array, found: Array) -> None:
    """Add up a value of whole stretches, each of one cell, into `found`."""
    for stretch in range(len(starts)):
        total = 0
        for at in range(index(starts[stretch]), index(stops[stretch])):
            total += value[at]
        found[bases[stretch]] += total


@compiled
def count_orders(
    starts: Array, stops: Array, bases: Array, a: Array, of_a: Array, b: Array, of_b: Array, c: Array, of_c: Array,
    d: Array, of_d: Array, e: Array, of_e: Array, begins: Array, counts: Array, number: int, last: Array, orders: Array,
    there: Array,
) -> int:  # fmt: skip
    """Count the different orders of each cell: lines of one stand side by side, and `begins` tells their first.

    `number` is that of the order before; `last` holds the number of the order last met in each cell. `counts` tells
    the lines that count, all if None. Returns the number of the last order.
    """
    for stretch in range(len(starts)):
        base = bases[stretch]
        for each in range(starts[stretch], stops[stretch]):
            at = index(each)
            number += begins[at]
            cell = base
            if a is not None:
                cell += of_a[index(a[at])]
            if b is not None:
                cell += of_b[index(b[at])]
            if c is not None:
                cell += of_c[index(c[at])]
            if d is not None:
                cell += of_d[index(d[at])]
            if e is not None:
                cell += of_e[index(e[at])]
            if cell >= 0:
                own = index(cell)
                there[own] = 1
                if counts is not None and not counts[at]:
                    continue
                if last[own] != number:
                    last[own] = number
                    orders[own] += 1
    return number


@compiled
def on_days(first: int, stop: int, day: Array, of_day: Array, chosen: Array) -> int:
    """Gather the lines whose days are asked about, without a guess at each; returns how many there are."""
    found = 0
    for at in range(index(first), index(stop)):
        chosen[index(found)] = at
        found += of_day[index(day[at])] >= 0
    return found


@compiled
def count_customers(
    base: int, count: int, key: Array, of_key: Array, place: Array, since: int, least: int, b: Array, of_b: Array,
    c: Array, of_c: Array, d: Array, of_d: Array, e: Array, of_e: Array, counts: Array, groups: int, seen: Array,
    lanes: int, customers: Array, there: Array,
) -> None:  # fmt: skip
    """Count the different customers of each cell: a bit for each place of a customer (`since` is the first) and group.

    A group is what is left of a cell without `base` and without what the customer brings to it. A place is that of the
    key, or the key itself where `place` is None; one below `least` is nobody's. For `lanes` see `add_up`; days are the
    last that is looked up (`e`).
    """
    chosen = np.empty(BLOCK, np.int64)
    for first in range(0, count, BLOCK):
        own_count = min(count - first, BLOCK)
        if e is not None:
            own_count = on_days(first, first + own_count, e, of_e, chosen)
        for each in range(own_count):
            at = index(first + each)
            if e is not None:
                at = index(chosen[index(each)])
            group = 0
            if b is not None:
                group += of_b[index(b[at])]
            if c is not None:
                group += of_c[index(c[at])]
            if d is not None:
                group += of_d[index(d[at])]
            if e is not None:
                group += of_e[index(e[at])]
            if group < 0:
                continue
            whose = index(key[at])
            cell = base + group
            if of_key is not None:
                cell += of_key[whose]
            if cell < 0:
                continue
            there[index(cell)] = 1
            own = key[at] if place is None else place[whose]
            if own < least or (counts is not None and not counts[at]):
                continue
            bit = index((own - since) * groups + group)
            word, mask = bit >> index(3), np.uint8(1 << (bit & index(7)))
            before = seen[word]
            seen[word] = before | mask
            customers[at & index(lanes - 1), index(cell)] += (before & mask) == 0


@compiled
def mark_customers(
    starts: Array, stops: Array, bases: Array, key: Array, b: Array, of_b: Array, c: Array, of_c: Array, d: Array,
    of_d: Array, e: Array, of_e: Array, marks: Array,
) -> None:  # fmt: skip
    """Set the bit of each line's customer, by key, in the row of its cell."""
    chosen = np.empty(BLOCK, np.int64)
    for stretch in range(len(starts)):
        base = bases[stretch]
        for first in range(starts[stretch], stops[stretch], BLOCK):
            count = min(stops[stretch] - first, BLOCK)
            if e is not None:
                count = on_days(first, first + count, e, of_e, chosen)
            for each in range(count):
                at = index(first + each)
                if e is not None:
                    at = index(chosen[index(each)])
                cell = base
                if b is not None:
                    cell += of_b[index(b[at])]
                if c is not None:
                    cell += of_c[index(c[at])]
                if d is not None:
                    cell += of_d[index(d[at])]
                if e is not None:
                    cell += of_e[index(e[at])]
                if cell >= 0:
                    whose = index(key[at])
                    marks[index(cell), whose >> index(6)] |= index(1) << (whose & index(63))


@compiled
def bounds(key: Array, code: Array, starts: Array, stops: Array, codes: Array, found: Array) -> None:
    """Where, in each run of lines in the order of their customers' codes, the lines of each code or a later begin."""
    for run in range(len(starts)):
        low = starts[run]
        for at in range(len(codes)):
            high = stops[run]
            while low < high:
                middle = (low + high) >> 1
                if code[key[middle]] < codes[at]:
                    low = middle + 1
                else:
                    high = middle
            found[run, at] = low


@compiled
def is_ordered(month: Array, day: Array, code: Array, key: Array, order: Array) -> bool:
    """Whether lines stand by month (told by day), customer's code and order."""
    for at in range(1, len(day)):
        one, other = month[day[at - 1]], month[day[at]]
        if one != other:
            if one > other:
                return False
            continue
        if key is not None:
            one, other = code[key[at - 1]], code[key[at]]
            if one != other:
                if one > other:
                    return False
                continue
        if order is not None and order[at - 1] > order[at]:
            return False
    return True


@compiled
def order_begins(month: Array, day: Array, code: Array, key: Array, order: Array, found: Array) -> None:
    """Mark the first line of each order in lines that stand in order."""
    for at in range(len(day)):
        found[at] = (
            at == 0
            or order[at] != order[at - 1]
            or month[day[at]] != month[day[at - 1]]
            or code[key[at]] != code[key[at - 1]]
        )
