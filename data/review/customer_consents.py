"""What one customer allowed and took back, by channel and purpose, and which of it holds."""

from __future__ import annotations

import polars as pl

from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse

# What was said later of the same channel, and of the same purpose or every one, takes its place; of what was said on
# one day, that it was withdrawn.
SAID = """WITH said AS (
    SELECT DATE '1970-01-01' + day_key AS day, channel_code, lower(trim(coalesce(purpose, ''))) AS purpose, verdict,
        coalesce(batch.source, '') AS source,
        row_number() OVER (ORDER BY day_key, verdict, number, row_in_source) AS nth
    FROM consent LEFT JOIN batch USING (batch) WHERE customer_code = ?),
named AS (SELECT channel_code, arg_max(name, valid_to) AS channel FROM channel GROUP BY channel_code)
SELECT day, coalesce(channel, ?) AS channel, purpose, verdict, NOT EXISTS (
    FROM said AS later WHERE later.channel_code = said.channel_code AND later.purpose IN (said.purpose, '')
        AND later.nth > said.nth) AS holds, source
FROM said LEFT JOIN named USING (channel_code) ORDER BY nth DESC"""


def customer_consents(warehouse: Warehouse, code: int) -> pl.DataFrame:
    """A row each time that a customer (code) gave or withdrew a consent, the latest first: `day`, `channel` (name),
    `purpose` ("" for every one), `verdict` ('given' or 'withdrawn'), `holds` (nothing later took its place) and
    `source`."""
    return warehouse.frame(SAID, [code, UNKNOWN])
