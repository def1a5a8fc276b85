"""Who the district's firms are: those of the brands, those that supply beside them, those that sell, and the others.

The first three are active throughout; the others rise through the stages, and some fall.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from data.demo.customer_exports import EXPORTS
from data.demo.simulated_orders import CHANNEL_CODE
from data.demo.simulated_products import BRANDS
from data.demo.simulated_world import World, choice, once

PARTNERS = 60
PARTNER_TYPES = ("Spinner", "Weaver", "Dyer", "Finisher", "Tailor", "Reseller")
STAGES = ("Candidate", "Selected", "Onboarding", "Active", "Suspended", "Left")
SETTLED, RISES, FALLS = 3, 0.6, 0.06
FIRM_NAMES = (
    "Gori", "Nistri", "Betti", "Cecchi", "Vannucci", "Bini", "Magni", "Lenzi", "Sarti", "Baldi", "Innocenti",
    "Ciabatti", "Meoni", "Pacini", "Rosati", "Targetti",
)  # fmt: skip
WORKS = {"Spinner": "Filatura", "Weaver": "Tessitura", "Dyer": "Tintoria", "Finisher": "Rifinizione",
         "Tailor": "Confezioni", "Reseller": "Commerciale"}  # fmt: skip
TOWNS = ("Montemurlo", "Vaiano", "Vernio", "Cantagallo", "Calenzano", "Carmignano", "Agliana", "Quarrata")
# Two resellers by channel of partners, and where they keep what they sell.
RESELLERS = {
    "Alpen Kontor": (17, 23),
    "Casa Levante": (29, 35),
    "Maison Lys": (41, 47),
    "Rete Distretto": (53, 59),
}
SHOPS = {17: "Munich", 23: "Innsbruck", 29: "Barcelona", 35: "Valencia", 41: "Lyon", 47: "Ghent", 53: "Leeds",
         59: "Florence"}  # fmt: skip
# Who can make what a brand makes, by turns of the categories.
SECOND_SUPPLIERS = (14, 16, 19, 21, 24, 26, 28, 31, 33, 36, 38, 40)
# Of every second category most products can be had of two partners, and few of the others.
SHARED, RARELY_SHARED, SHARED_BY_THREE = 0.6, 0.15, 0.3
SHARES = ((1.0, 0.0, 0.0), (0.75, 0.25, 0.0), (0.6, 0.25, 0.15))
NOBODY = -1
# One is suspended, and gone half a year later.
LEAVES, LEAVING = 15, (3, 3, 3, 4, 5, 5)


def partner_ids(partner: np.ndarray) -> pl.Series:
    """The numbers of partners by their place in the district."""
    return "F" + pl.Series(partner + 1).cast(pl.String).str.zfill(3)


def supplier_ids(world: World, product: np.ndarray) -> pl.Series:
    """The partner who makes each product: the one of its brand."""
    return partner_ids(world.goods.brand[product])


def partners(_world: World) -> pl.DataFrame:
    """The district's firms: those of the brands first."""
    kind = np.arange(PARTNERS) % len(PARTNER_TYPES)
    works = [WORKS[PARTNER_TYPES[each]] for each in kind]
    named = [f"{work} {FIRM_NAMES[at * 7 % len(FIRM_NAMES)]}" for at, work in enumerate(works)]
    names = [*BRANDS, *(f"{name} {at}" for at, name in enumerate(named[len(BRANDS) :], 1))]
    return pl.DataFrame(
        {"Codice": partner_ids(np.arange(PARTNERS)), "Nome": names, "Tipo": choice(PARTNER_TYPES, kind)}
    )


def settled() -> np.ndarray:
    """By partner whether it is active throughout."""
    sellers = [each for pair in RESELLERS.values() for each in pair]
    every = np.arange(PARTNERS)
    found: np.ndarray = (every < len(BRANDS)) | np.isin(every, [*sellers, *SECOND_SUPPLIERS])
    return found


@once
def stages(world: World) -> list[np.ndarray]:
    """The stage of each partner at each export: the settled are active; others rise, some fall, one leaves."""
    random, stays = world.firm.random("exports", 102), settled()
    found = [np.where(stays, SETTLED, random.integers(0, SETTLED + 1, PARTNERS))]
    for _ in EXPORTS[1:]:
        rises = (random.random(PARTNERS) < RISES) & (found[-1] < SETTLED)
        falls = (random.random(PARTNERS) < FALLS) & (found[-1] >= SETTLED) & ~stays
        found.append(np.minimum(found[-1] + rises + falls, len(STAGES) - 1))
    for held, stage in zip(found, LEAVING, strict=True):
        held[LEAVES] = stage
    return found


@once
def suppliers(world: World) -> np.ndarray:
    """By product its suppliers, that of the brand first: three columns, NOBODY where there are fewer."""
    random, size, category = world.firm.random("exports", 120), len(world.goods.names), world.goods.category
    drawn, third = random.random(size), random.random(size) < SHARED_BY_THREE
    shared = drawn < np.where(category % 2 == 0, SHARED, RARELY_SHARED)
    turns = np.array(SECOND_SUPPLIERS)
    second = np.where(shared, turns[category % len(turns)], NOBODY)
    last = np.where(shared & third, turns[(category + 5) % len(turns)], NOBODY)
    return np.column_stack([world.goods.brand, second, last])


def sellers(customer: np.ndarray, channel: np.ndarray) -> np.ndarray:
    """The partner who sold each line, by codes of customer and channel: one of the two of its channel, always the same
    to a customer; else NOBODY."""
    pairs = np.full((len(CHANNEL_CODE) + 1, 2), NOBODY)
    for name, two in RESELLERS.items():
        pairs[CHANNEL_CODE[name]] = two
    found: np.ndarray = pairs[channel, customer % 2]
    return found


def product_suppliers(world: World) -> pl.DataFrame:
    """Who supplies each product, and which share of the orders goes to each."""
    found = suppliers(world)
    share = np.array(SHARES)[(found >= 0).sum(axis=1) - 1]
    product, rank = np.nonzero(found >= 0)
    return pl.DataFrame({
        "product_code": product + 1, "partner": partner_ids(found[product, rank]), "rank": rank + 1,
        "share_of_orders": share[product, rank],
    })  # fmt: skip
