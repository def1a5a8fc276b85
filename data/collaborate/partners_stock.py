"""Stock as partners tell it of themselves at the portal, by codes of a snapshot."""

from __future__ import annotations

from typing import Any

import polars as pl

from data.model.calendar import day_key
from data.operational import operational_store, statement_log
from data.operational.statement_kinds import TOLD_STOCK
from data.store.warehouse import Warehouse

# Numbers of sources are looked up among what whoever looks may see.
KNOWN = """SELECT product_code AS product, partner_code AS partner, day, pieces
FROM (SELECT unnest($1::VARCHAR[]) AS product_numbering, unnest($2::VARCHAR[]) AS product_id,
    unnest($3::VARCHAR[]) AS partner_numbering, unnest($4::VARCHAR[]) AS partner_id, unnest($5::BIGINT[]) AS day,
    unnest($6::DOUBLE[]) AS pieces) AS said
JOIN product_identity AS product ON product.numbering = product_numbering AND product.id = product_id
JOIN partner_identity AS partner ON partner.numbering = partner_numbering AND partner.id = partner_id
WHERE product_code > 0 AND partner_code > 0 ORDER BY day, product_code, partner_code"""
COLUMNS = {"product": pl.Int64, "partner": pl.Int64, "day": pl.Int64, "pieces": pl.Float64}


def partners_stock(warehouse: Warehouse) -> pl.DataFrame:
    """What partners say that they have: product, partner (codes), day (since 1970), pieces. Errors: WarehouseError."""
    said = _said(warehouse)
    if not said:
        return pl.DataFrame(schema=COLUMNS)
    found = warehouse.frame(KNOWN, [list(each) for each in zip(*said, strict=True)])
    return found.select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())


def _said(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    held = statement_log.current(operational_store.of(warehouse), TOLD_STOCK)
    told = [each.values(TOLD_STOCK) for each in held]
    return [
        (*values["product"], *values["partner"], day_key(values["day"]), float(values["pieces"]))  # type: ignore[misc, arg-type]
        for values in told
    ]
