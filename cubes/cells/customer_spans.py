"""Where the customers lie that a question keeps: those of one city lie close together, and a scan skips the others."""

from __future__ import annotations

from typing import Any

from cubes.cells.byte_cache import CELLS
from cubes.cells.cell_query import CellQuery
from cubes.cells.scope import Filter, Span
from cubes.model import Cube
from data.model.canonical_tables import CUSTOMER
from data.store.warehouse import Warehouse

LOOSE = 2  # of so many keys in a span one at least is meant
BYTES = 1000


def spans(warehouse: Warehouse, cube: Cube, cell_query: CellQuery) -> tuple[Span, ...]:
    """Spans of the fact's own columns that hold every line within the scope; the filters still say which.

    One of keys, by which lines are stored; by customers, also one of numbers, which lets them be counted in an
    array. Several customers asked for by name, and members as of another day, have none.
    """
    filters = tuple(each for each in cell_query.scope.filters if _is_told(cube, each))
    if not filters or cell_query.scope.as_of:
        return ()
    by_customer = any(level.name == CUSTOMER.leaf for level in cell_query.levels)
    columns = (CUSTOMER.key, CUSTOMER.code) if by_customer else (CUSTOMER.key,)
    held = CELLS.keep((warehouse.version, "spans", filters), lambda: (_read(warehouse, cube, filters), BYTES))
    return tuple(Span(f"{cube.fact}.{column}", *held[column]) for column in columns if column in held)


def _is_told(cube: Cube, kept: Filter) -> bool:
    """Whether a filter keeps customers by what the dimension says of them."""
    return cube.level(kept.level).table == CUSTOMER.name and not kept.exclude


def _read(warehouse: Warehouse, cube: Cube, filters: tuple[Filter, ...]) -> dict[str, tuple[int, int]]:
    """From where to where key and number of all versions that the filters keep go, each where they lie close."""
    parameters: list[Any] = [list(each.codes) for each in filters]
    met = " AND ".join(
        f"{cube.level(each.level).column} IN (SELECT unnest(?::INTEGER[]))" for each in filters
    )
    ends = ", ".join(f"min({column}), max({column})" for column in (CUSTOMER.key, CUSTOMER.code))
    ((versions, *found),) = warehouse.rows(
        f"SELECT count(*), {ends} FROM {CUSTOMER.name} WHERE {met}", parameters
    )
    pairs = {CUSTOMER.key: (found[0], found[1]), CUSTOMER.code: (found[2], found[3])}
    return {
        name: (low, high)
        for name, (low, high) in pairs.items()
        if versions * LOOSE > (high or 0) - (low or 0)
    }
