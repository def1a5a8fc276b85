"""Orders of known customers, each with its place among theirs: who is new, who came back, and after how long."""

from __future__ import annotations

from data.derived_facts.mirrored_rows import CUSTOMER_COLUMNS, MirroredFact
from data.model.canonical_tables import MAIN_FACT

PURCHASES = MirroredFact(
    "purchase",
    MAIN_FACT.name,
    "is_order",
    f"""SELECT day_key, {CUSTOMER_COLUMNS}, channel_key, number, batch, row_in_source,
        row_number() OVER own AS nth, day_key - lag(day_key) OVER own AS days_since
    FROM source_row LEFT JOIN sales_order USING (order_key)
    WINDOW own AS (PARTITION BY customer_code ORDER BY day_key, order_key, batch, row_in_source)""",
)
