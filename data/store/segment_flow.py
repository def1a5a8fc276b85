"""Who stood in which segment on a day, who moved between two days on which they were formed, how large each was."""

from __future__ import annotations

from datetime import date

import polars as pl

from data.errors import BadRequest
from data.model.canonical_tables import DIMENSION, UNKNOWN
from data.model.segmentation import NOT_YET, close_of
from data.store.warehouse import Attribute, Warehouse


def flow(warehouse: Warehouse, attribute: str, before: date, after: date) -> pl.DataFrame:
    """How many members were in which segment on both days: columns `before`, `after`, `members`.

    Who was in none on either day is left out. Raises BadRequest where no such finding is saved.
    """
    table = DIMENSION[_saved(warehouse, attribute).dimension]
    first = f"arg_min({attribute}, valid_from)"
    stood = f"coalesce(arg_max({attribute}, valid_from) FILTER (WHERE valid_from <= ?), {first})"
    return warehouse.frame(
        f"""SELECT before, after, count(*) AS members FROM (
            SELECT {stood} AS before, {stood} AS after FROM {table.name}
            WHERE valid_from < valid_to AND {table.code} > 0 GROUP BY {table.code})
        WHERE before <> '{UNKNOWN}' OR after <> '{UNKNOWN}' GROUP BY ALL ORDER BY ALL""",
        [close_of(before), close_of(after)],
    )


def standing(warehouse: Warehouse, attribute: str, day: date) -> pl.DataFrame:
    """The segment that each member stood in at the close of a day: columns `customer` (id), `segment`.

    Who was in none is left out. Raises BadRequest where no such finding is saved.
    """
    table = DIMENSION[_saved(warehouse, attribute).dimension]
    return warehouse.frame(
        f"""SELECT id AS customer, {attribute} AS segment FROM {table.name}
        WHERE valid_from <= ? AND ? < valid_to AND {table.code} > 0
            AND {attribute} NOT IN ('{UNKNOWN}', '{NOT_YET}') ORDER BY ALL""",
        [close_of(day), close_of(day)],
    )


def sizes(warehouse: Warehouse, attribute: str) -> pl.DataFrame:
    """How many members stood in each segment at the close of each day on which they were formed.

    Columns `formed_on`, `segment`, `members`; who was in none is left out. Raises BadRequest where no such finding is
    saved.
    """
    saved = _saved(warehouse, attribute)
    table = DIMENSION[saved.dimension]
    days = [each.formed_on for each in saved.segmentations]
    return warehouse.frame(
        f"""SELECT formed_on, {attribute} AS segment, count(*) AS members
        FROM {table.name} JOIN (SELECT unnest(?::DATE[]) AS formed_on, unnest(?::TIMESTAMP[]) AS since)
            ON valid_from <= since AND since < valid_to
        WHERE {table.code} > 0 AND {attribute} NOT IN ('{UNKNOWN}', '{NOT_YET}') GROUP BY ALL ORDER BY ALL""",
        [days, [close_of(day) for day in days]],
    )


def _saved(warehouse: Warehouse, attribute: str) -> Attribute:
    saved = {each.name: each for each in warehouse.profile.attributes if each.is_finding}
    if attribute not in saved:
        raise BadRequest(f"No finding {attribute!r} is saved.", "Save segments first.")
    return saved[attribute]
