"""What lies at the district's partners, as they tell it: at second suppliers, and at resellers, some of it dead.

What is dead at a reseller has not been sold there for half a year, nor counted otherwise, and is sold by another.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS
from data.demo.district.district_partners import (
    NOBODY,
    SHOPS,
    TOWNS,
    partner_ids,
    sellers,
    suppliers,
)
from data.demo.district.supply_flow import week_ends
from data.demo.simulated_world import World, choice, days, once

EVERY_WEEKS = 4
RECENT_DAYS = 182
LIVE, DEAD, LEAST_SOLD = 40, 6, 4
LEAST_PIECES, MEAN_WEEKS = 8, 3.0
# What lies there at the five counts against the first: it goes down, comes in once, and goes down.
COURSE = (1.0, 0.7, 1.3, 0.9, 0.6)


def counts(world: World) -> pl.DataFrame:
    """Every fourth week the pieces of each product at each partner that holds it, with the columns of the ERP."""
    random = world.firm.random("exports", 121)
    held = pl.concat([_at_suppliers(world, random), _at_resellers(world, random)])
    ends = week_ends()[::-1][::EVERY_WEEKS][::-1]
    size = len(held)
    moves = np.array(COURSE)[:, None] * random.uniform(0.95, 1.05, (len(ends), size))
    pieces = np.rint(held["pieces"].to_numpy() * np.where(held["is_dead"].to_numpy(), 1.0, moves))
    return pl.DataFrame({
        "Data": days(np.repeat(ends, size)), "Articolo": pl.concat([held["id"]] * len(ends)),
        "Fornitore": pl.concat([partner_ids(held["partner"].to_numpy())] * len(ends)),
        "Magazzino": pl.concat([held["place"]] * len(ends)), "Giacenza": pieces.ravel().astype(np.int64),
        "In ordine": pl.Series([None] * len(ends) * size, dtype=pl.Int64),
        "Scorta minima": pl.Series([None] * len(ends) * size, dtype=pl.Int64),
    })  # fmt: skip


def dead_stock(world: World) -> pl.DataFrame:
    """What lies dead at a reseller, how much of it, and which other sold most of it in the last half year."""
    return _dead(world).select(
        "id", held_by=partner_ids(_dead(world)["partner"].to_numpy()), place="place", on_hand="pieces",
        sold_by=partner_ids(_dead(world)["elsewhere"].to_numpy()), units_sold_there="units",
    )  # fmt: skip


def _at_suppliers(world: World, random: np.random.Generator) -> pl.DataFrame:
    known = suppliers(world)[:, 1:]
    product, rank = np.nonzero(known != NOBODY)
    partner = known[product, rank]
    towns = choice(TOWNS, partner % len(TOWNS))
    pieces = LEAST_PIECES + random.exponential(MEAN_WEEKS * _pace(world)[product])
    return _held(product, partner, towns, pieces, is_dead=False)


def _at_resellers(world: World, random: np.random.Generator) -> pl.DataFrame:
    """What each sold most of late, and what is dead."""
    best = _sold(world).sort("partner", "units", "product", descending=[False, True, False])
    live = best.group_by("partner", maintain_order=True).head(LIVE)
    partner, dead = live["partner"].to_numpy(), _dead(world)
    pieces = LEAST_PIECES + live["units"].to_numpy() * random.uniform(0.1, 0.6, len(live))
    moving = _held(live["product"].to_numpy(), partner, _places(partner), pieces, is_dead=False)
    still = _held(
        dead["product"].to_numpy(), dead["partner"].to_numpy(), dead["place"], dead["pieces"].to_numpy(), is_dead=True
    )  # fmt: skip
    return pl.concat([moving, still])


def _pace(world: World) -> np.ndarray:
    """By product the units sold a week in the last half year."""
    late = world.lines.filter(pl.col("day") >= DAYS - RECENT_DAYS, ~pl.col("is_return"))
    size = len(world.goods.names)
    return np.bincount(late["product"].to_numpy() - 1, late["units"].to_numpy(), size) / (RECENT_DAYS / 7)


@once
def _sold(world: World) -> pl.DataFrame:
    """By reseller and product (its place) the units sold in the last half year, where any were."""
    late = world.lines.filter(pl.col("day") >= DAYS - RECENT_DAYS, ~pl.col("is_return"))
    by = sellers(late["customer"].to_numpy(), late["channel"].to_numpy())
    return (
        late.select(partner=pl.Series(by), product=pl.col("product").cast(pl.Int64) - 1, units="units")
        .filter(pl.col("partner") != NOBODY)
        .group_by("partner", "product").agg(pl.col("units").sum().cast(pl.Float64))
    )  # fmt: skip


@once
def _dead(world: World) -> pl.DataFrame:
    """Of each reseller some products that it did not sell in half a year and another did."""
    random = world.firm.random("exports", 122)
    best = _sold(world).sort("product", "units", "partner", descending=[False, True, False])
    moving = best.filter(pl.col("units") >= LEAST_SOLD).unique("product", keep="first", maintain_order=True)
    found = []
    for partner in SHOPS:
        own = best.filter(partner=partner)["product"]
        others = moving.filter(~pl.col("product").is_in(own.implode()))
        rows = np.sort(random.permutation(len(others))[:DEAD])
        found.append(
            others[rows].select("product", "units", elsewhere="partner").with_columns(partner=pl.lit(partner))
        )
    whole = pl.concat(found)
    return whole.with_columns(
        id="P" + (pl.col("product") + 1).cast(pl.String).str.zfill(5),
        place=_places(whole["partner"].to_numpy()),
        pieces=pl.Series(random.integers(5, 60, len(whole)).astype(np.float64)),
    )


def _places(partner: np.ndarray) -> pl.Series:
    return pl.Series(partner).replace_strict(SHOPS, return_dtype=pl.String)


def _held(
    product: np.ndarray, partner: np.ndarray, place: pl.Series, pieces: np.ndarray, *, is_dead: bool
) -> pl.DataFrame:
    return pl.DataFrame({
        "id": "P" + pl.Series(product + 1).cast(pl.String).str.zfill(5), "partner": partner.astype(np.int64),
        "place": place, "pieces": pieces, "is_dead": np.full(len(product), is_dead),
    })  # fmt: skip
