"""The stock cube: what lay where, counted from time to time, so that it never adds up over time."""

from __future__ import annotations

from cubes.catalogue.declared_cube import DeclaredCube
from cubes.model import Kind, Measure

# What was counted: a product, of a partner, in a place.
SERIES = ("stock.product_code", "stock.partner_code", "coalesce(stock.place, '')")
CARRIED_DAYS = 92
CARRIED = f"; where it has none, at its last count of the {CARRIED_DAYS} days before the period's end."

MEASURES = (
    Measure(
        "on_hand",
        "On hand",
        Kind.SEMI_ADDITIVE,
        "units",
        f"Pieces of each product and place at its last count of the period{CARRIED}",
        column="stock.on_hand",
        over_time="last",
        series=SERIES,
        carried_days=CARRIED_DAYS,
        empty="null",
        rising=0,
    ),
    Measure(
        "on_hand_at_first",
        "On hand at first",
        Kind.SEMI_ADDITIVE,
        "units",
        f"Pieces of each product and place at its first count of the period{CARRIED}",
        column="stock.on_hand",
        over_time="first",
        series=SERIES,
        carried_days=CARRIED_DAYS,
        empty="null",
        rising=0,
    ),
    Measure(
        "average_on_hand",
        "Average on hand",
        Kind.SEMI_ADDITIVE,
        "units",
        "Pieces of each product and place on average over the days of the period on which it was counted, added up.",
        column="stock.on_hand",
        over_time="average",
        series=SERIES,
        carried_days=CARRIED_DAYS,
        empty="null",
        rising=0,
    ),
    Measure(
        "on_order",
        "On order",
        Kind.SEMI_ADDITIVE,
        "units",
        f"Pieces ordered and not yet received, of each product and place at its last count of the period{CARRIED}",
        column="stock.on_order",
        over_time="last",
        series=SERIES,
        carried_days=CARRIED_DAYS,
        empty="null",
        rising=0,
    ),
    Measure(
        "to_reorder",
        "To reorder",
        Kind.SEMI_ADDITIVE,
        "count",
        f"Each product and place at or below its reorder level at its last count of the period{CARRIED}",
        column="CASE WHEN stock.on_hand <= stock.reorder_level THEN 1 ELSE 0 END",
        over_time="last",
        series=SERIES,
        carried_days=CARRIED_DAYS,
        empty="null",
        rising=-1,
        is_whole=True,
    ),
    Measure(
        "stock_counts",
        "Counts of stock",
        Kind.ADDITIVE,
        "count",
        "How often a product was counted somewhere.",
        aggregate="count",
        rising=0,
    ),
    Measure(
        "products_stocked",
        "Products counted",
        Kind.DISTINCT,
        "count",
        "Different products that were counted; (unknown) is not one.",
        column="stock.product_code",
        condition="stock.product_code > 0",
        rising=0,
    ),
)

cube = DeclaredCube("stock", "Stock levels", "stock", MEASURES)
