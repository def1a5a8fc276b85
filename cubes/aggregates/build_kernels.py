"""The loops by which many lines are put together when what is kept is built, compiled once a machine by Numba.

They hold no lock of Python's, so that threads share the work.
"""

from __future__ import annotations

from cubes.lines.line_kernels import Array, compiled, index


@compiled
def place_words(column: Array, at: int, found: Array) -> None:
    """Put a word of each line into its row."""
    for each in range(len(column)):
        found[index(each), index(at)] = column[index(each)]


@compiled
def fold_lines(cell: Array, words: Array, sums: int, least: int, found: Array, there: Array) -> None:
    """Put the words of lines (int64, a row a line) together by cell: the first `sums` of them added up, the `least`
    after these by least value, the others by greatest; and note which cells there are."""
    width = words.shape[1]
    for each in range(len(cell)):
        at = index(each)
        own = index(cell[at])
        there[own] = 1
        for word in range(sums):
            found[own, index(word)] += words[at, index(word)]
        for word in range(sums, sums + least):
            found[own, index(word)] = min(found[own, index(word)], words[at, index(word)])
        for word in range(sums + least, width):
            found[own, index(word)] = max(found[own, index(word)], words[at, index(word)])


@compiled
def are_together(order: Array, low: int, seen: Array) -> bool:
    """Whether the lines of each order stand side by side, but for lines of no order (-1) between them."""
    last = -1
    for each in range(len(order)):
        own = order[index(each)]
        if own >= 0 and own != last:
            if seen[index(own - low)]:
                return False
            seen[index(own - low)] = 1
            last = own
    return True


@compiled
def mark_firsts(order: Array, code: Array, bit: int, found: Array) -> None:
    """Set a bit of each line that is the first of its order with its code; the lines of an order stand together."""
    for at in range(len(order)):
        if order[at] < 0:
            continue
        before = at - 1
        while before >= 0 and (order[before] == order[at] or order[before] < 0):
            if order[before] >= 0 and code[before] == code[at]:
                break
            before -= 1
        if before < 0 or (order[before] != order[at] and order[before] >= 0):
            found[at] |= bit


@compiled
def count_changes(cell: Array, key: Array, last: Array, found: Array) -> None:
    """Count the lines of each cell whose key is another than that of the line before in the cell (`last`, none: -1)."""
    for each in range(len(cell)):
        at = index(each)
        own = index(cell[at])
        if last[own] != key[at]:
            last[own] = key[at]
            found[own] += 1


@compiled
def place_changes(cell: Array, key: Array, last: Array, free: Array, found: Array) -> None:
    """Put the keys that `count_changes` counted side by side, those of a cell from its `free` place on."""
    for each in range(len(cell)):
        at = index(each)
        own = index(cell[at])
        if last[own] != key[at]:
            last[own] = key[at]
            found[index(free[own])] = key[at]
            free[own] += 1


@compiled
def is_ascending(keys: Array, bounds: Array, found: Array) -> bool:
    """Tell of each run of keys whether every key is greater than the one before; whether all runs are so."""
    every = True
    for run in range(len(bounds) - 1):
        ascends = True
        for at in range(bounds[run] + 1, bounds[run + 1]):
            ascends &= keys[at] > keys[at - 1]
        found[run] = ascends
        every &= ascends
    return every


@compiled
def close_up(keys: Array, bounds: Array, found: Array) -> None:
    """Move the different keys of each ascending run together, in place, and note where each run then begins."""
    free = 0
    for run in range(len(bounds) - 1):
        found[run] = free
        for at in range(bounds[run], bounds[run + 1]):
            if at == bounds[run] or keys[at] != keys[free - 1]:
                keys[free] = keys[at]
                free += 1
    found[len(bounds) - 1] = free
