"""What is known of every customer now, for lists that people work through: where they live and how to reach them."""

from __future__ import annotations

import polars as pl

from data.model.canonical_tables import CUSTOMER, UNKNOWN
from data.store.warehouse import Warehouse


def customer_details(warehouse: Warehouse) -> pl.DataFrame:
    """One row a known customer: `customer` (id), then each descriptor, attribute and field of contact of which anything
    is known of anybody, as text; null where it is not known. Of contact the most trusted, then latest statement."""
    attributes = [each.name for each in warehouse.profile.attributes if each.dimension == CUSTOMER.name]
    described = [*dict.fromkeys((*CUSTOMER.descriptors, *attributes))]
    now = ", ".join(f"nullif({each}, '{UNKNOWN}') AS {each}" for each in described)
    said = ", ".join(
        f"arg_max({each}, (trust, seen_until, stream)) FILTER ({each} IS NOT NULL) AS {each}"
        for each in CUSTOMER.contact
    )
    found = warehouse.frame(
        f"""SELECT id AS customer, {now}, {", ".join(CUSTOMER.contact)} FROM (
            SELECT * FROM customer WHERE customer_code > 0
            QUALIFY row_number() OVER (PARTITION BY customer_code ORDER BY valid_to DESC, customer_key DESC) = 1)
        LEFT JOIN (
            SELECT customer_code, {said} FROM customer_record JOIN customer_identity USING (identity_key)
            WHERE NOT deleted GROUP BY customer_code) USING (customer_code)
        ORDER BY id"""
    )
    return found.select(
        "customer", *(name for name in found.columns[1:] if found[name].null_count() < found.height)
    )
