"""Calls and tickets in which a customer brought a subject, and whether it was solved at once: nobody came back with it.

A request within `WITHIN_DAYS` days of another of the same customer and subject is no first one. A first request was
solved at once where none followed within as many days; those days must have passed, else it is not known.
"""

from __future__ import annotations

from data.derived_facts.mirrored_rows import CUSTOMER_COLUMNS, MirroredFact

WITHIN_DAYS = 7
# Calls that the firm made itself bring no subject of the customer's.
ASKED = (
    "lower(kind) IN ('call', 'ticket') AND topic IS NOT NULL AND lower(coalesce(direction, 'in')) <> 'out'"
)
KNOWN = f"day_key <= {{as_of}} - {WITHIN_DAYS}"

SERVICE_REQUESTS = MirroredFact(
    "service_request",
    "interaction",
    ASKED,
    f"""SELECT *, CASE WHEN is_first = 1 AND {KNOWN}
            THEN (coalesce(days_to_next, {WITHIN_DAYS} + 1) > {WITHIN_DAYS})::INTEGER END AS solved
    FROM (
        SELECT day_key, {CUSTOMER_COLUMNS}, channel_key, channel_code, campaign_key, campaign_code, partner_key,
            partner_code, number, batch, row_in_source,
            (coalesce(day_key - lag(day_key) OVER own, {WITHIN_DAYS} + 1) > {WITHIN_DAYS})::INTEGER AS is_first,
            lead(day_key) OVER own - day_key AS days_to_next
        FROM source_row
        WINDOW own AS (
            PARTITION BY customer_code, lower(topic) ORDER BY day_key, lower(kind), batch, row_in_source))""",
    due=f"is_first = 1 AND (solved IS NULL) = ({KNOWN})",
)
