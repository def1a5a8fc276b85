"""What one customer allowed and took back, by channel and purpose, and which of it holds."""

from __future__ import annotations

import polars as pl

from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse

SAID = """SELECT DATE '1970-01-01' + day_key AS day, channel_code,
    lower(trim(coalesce(purpose, ''))) AS purpose, verdict, coalesce(batch.source, '') AS source
FROM consent LEFT JOIN batch USING (batch) WHERE customer_code = ?
ORDER BY day_key DESC, verdict DESC, number DESC, row_in_source DESC"""
CHANNELS = "SELECT channel_code, arg_max(name, valid_to) FROM channel GROUP BY channel_code"
SCHEMA = {"day": pl.Date, "channel": pl.String, "purpose": pl.String, "verdict": pl.String, "holds": pl.Boolean,
          "source": pl.String}  # fmt: skip


def customer_consents(warehouse: Warehouse, code: int) -> pl.DataFrame:
    """A row each time that a customer (code) gave or withdrew a consent, the latest first: `day`, `channel` (name),
    `purpose` ("" for every one), `verdict` ('given' or 'withdrawn'), `holds` (nothing later took its place) and
    `source`.

    What was said later of the same channel, and of the same purpose or every one, takes its place; of what was said on
    one day, that it was withdrawn.
    """
    said = warehouse.rows(SAID, [code])
    named = dict(warehouse.rows(CHANNELS)) if said else {}
    later: set[tuple[int, str]] = set()
    told = []
    for day, channel, purpose, verdict, source in said:
        holds = not {(channel, purpose), (channel, "")} & later
        later.add((channel, purpose))
        told.append((day, named.get(channel, UNKNOWN), purpose, verdict, holds, source))
    return pl.DataFrame(told, schema=SCHEMA, orient="row")
