"""Which tables hold anything: a name is looked for in these alone, for a search is costly even where nothing is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def filled(rows: Callable[[str], list[tuple[Any, ...]]], tables: Iterable[str]) -> set[str]:
    """Those of `tables` that have rows."""
    each = [f"""SELECT '{table}' WHERE EXISTS (FROM "{table}")""" for table in dict.fromkeys(tables)]
    return {table for (table,) in rows(" UNION ALL ".join(each))} if each else set()
