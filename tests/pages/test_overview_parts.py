"""The parts of a tile come to its number, counted a second time by loops."""

from __future__ import annotations

import polars as pl

from mining.retention.repeat_rate import repeat_rate
from pages.overview.tile_details import by_orders, repeats_told


def test_customers_by_orders_come_to_the_repeat_rate() -> None:
    orders = [0, 1, 1, 2, 3, 3, 4, 9, 0, 1]
    frame = pl.DataFrame({"customer": [str(at) for at in range(len(orders))], "orders": orders})
    parts = by_orders(frame)
    assert dict(parts.select("orders", "customers").rows()) == {"1": 3, "2": 1, "3": 2, "4 or more": 2}
    assert repeats_told(parts) == "5 of 8 customers ordered twice or more: 62.5%."
    assert repeat_rate(frame)["rate"][0] == 5 / 8


def test_nobody_who_ordered_has_no_rate() -> None:
    parts = by_orders(pl.DataFrame({"customer": ["a"], "orders": [0]}))
    assert repeats_told(parts) == "0 of 0 customers ordered twice or more."
