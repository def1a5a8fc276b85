"""The parts of a tile come to its number, counted a second time by loops."""

from __future__ import annotations

import random

import polars as pl
import pytest

from mining.customer_share.attainable_wallet import attainable
from mining.retention.repeat_rate import repeat_rate
from pages.overview.tile_details import by_likeness, by_orders, repeats_told, wallet_told


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


def test_groups_of_look_alikes_come_to_the_share() -> None:
    chance = random.Random(3)
    people = [(str(at), chance.uniform(-5, 200), chance.choice("xyz")) for at in range(200)]
    wallet = attainable(pl.DataFrame(people, schema=["customer", "spend", "alike"], orient="row"))
    parts = by_likeness(wallet)
    for name, customers, spend, most, share in parts.iter_rows():
        own = sorted(max(each[1], 0.0) for each in people if each[2] == name)
        at = 0.8 * (len(own) - 1)
        best = own[int(at)] + (at % 1) * (own[int(at) + 1] - own[int(at)])
        assert customers == len(own)
        assert spend == pytest.approx(sum(own))
        assert most == pytest.approx(sum(max(each, best) for each in own))
        assert share == pytest.approx(spend / most)
    assert parts["spend"].sum() / parts["attainable"].sum() == pytest.approx(wallet.share)
    assert wallet_told(parts, "EUR").endswith(f": {wallet.share:.1%}.")
