"""Who moved from which segment to which between two days on which segments were formed."""

from __future__ import annotations

from datetime import date

import polars as pl

from data.errors import BadRequest
from data.model.canonical_tables import DIMENSION, UNKNOWN
from data.model.segmentation import close_of
from data.store.warehouse import Warehouse


def flow(warehouse: Warehouse, attribute: str, before: date, after: date) -> pl.DataFrame:
    """How many members were in which segment on both days: columns `before`, `after`, `members`.

    Who was in none on either day is left out. Raises BadRequest where no such finding is saved.
    """
    saved = {each.name: each for each in warehouse.profile.attributes if each.is_finding}
    if attribute not in saved:
        raise BadRequest(f"No finding {attribute!r} is saved.", "Save segments first.")
    table = DIMENSION[saved[attribute].dimension]
    first = f"arg_min({attribute}, valid_from)"
    stood = f"coalesce(arg_max({attribute}, valid_from) FILTER (WHERE valid_from <= ?), {first})"
    return warehouse.frame(
        f"""SELECT before, after, count(*) AS members FROM (
            SELECT {stood} AS before, {stood} AS after FROM {table.name}
            WHERE valid_from < valid_to AND {table.code} > 0 GROUP BY {table.code})
        WHERE before <> '{UNKNOWN}' OR after <> '{UNKNOWN}' GROUP BY ALL ORDER BY ALL""",
        [close_of(before), close_of(after)],
    )
