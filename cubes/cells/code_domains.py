"""Between which numbers the codes of a column lie, asked of a snapshot once: whether counting them by bitmap pays."""

from __future__ import annotations

from data.store.warehouse import Warehouse

CODES = ("_code", "_key")
KEPT = "code_domains"
NONE = (0, 0)


def code_domain(warehouse: Warehouse, column: str) -> tuple[int, int]:
    """The least and greatest code in a column such as `sale.order_key`; zeros where it holds no codes, or none yet."""
    kept: dict[str, tuple[int, int]] = warehouse.beside.setdefault(KEPT, {})
    if column not in kept:
        kept[column] = _asked(warehouse, column) if _holds_codes(column) else NONE
    return kept[column]


def _holds_codes(column: str) -> bool:
    return column.replace(".", "_").isidentifier() and column.endswith(CODES)


def _asked(warehouse: Warehouse, column: str) -> tuple[int, int]:
    table = column.partition(".")[0]
    low, high = warehouse.rows(f"SELECT min({column}), max({column}) FROM {table}")[0]
    return (low or 0, high or 0)
