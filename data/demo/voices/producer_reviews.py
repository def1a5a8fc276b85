"""What customers say of those who made what they bought in the shop: one producer pleases them more, one less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from data.demo.call_centre import scores
from data.demo.district.district_partners import partner_ids
from data.demo.export_papers import WIDE, Exported
from data.demo.simulated_products import BRANDS
from data.demo.simulated_world import World, days, numbered

REVIEWS_PER_CUSTOMER = 0.25
# The score of a review: its constant, what the producer adds to it, and what the customer's mood does.
SCORE = (1.0, 1.0, 0.6)
PLEASES, DISPLEASES = {3: 1.0}, {8: -1.2}
SOONEST, LATEST = 3, 21


def deliveries(world: World) -> Iterator[Exported]:
    """The reviews, by day."""
    yield Exported("shop", "surveys", "reviews.csv", _reviews(world), WIDE, key="review", date="on", stranger="user_id",
                   sums={"satisfaction": "points"})  # fmt: skip


def truth(_world: World) -> Mapping[str, pl.DataFrame]:
    """How the points of a review follow from the producer: ten chances, each logistic in constant + effect + mood."""
    made = np.arange(len(BRANDS))
    return {"partner_review": pl.DataFrame({
        "id": partner_ids(made), "constant": SCORE[0], "effect": effects(made), "mood": SCORE[2],
    })}  # fmt: skip


def effects(partner: np.ndarray) -> np.ndarray:
    """What each producer adds to the log-odds of a point."""
    known = PLEASES | DISPLEASES
    found: np.ndarray = np.array([known.get(each, 0.0) for each in range(len(BRANDS))])[partner]
    return found


def _reviews(world: World) -> pl.DataFrame:
    random, known = world.firm.random("exports", 126), world.known("shop")
    bought = world.lines.select("customer", "product", "day", "is_return")
    bought = bought.filter(pl.Series(known.count > 0)[bought["customer"]], ~pl.col("is_return"))
    size = min(round(REVIEWS_PER_CUSTOMER * world.firm.size), len(bought))
    rows = np.sort(random.integers(0, len(bought), size))
    person, product, day = (
        bought[rows][name].to_numpy().astype(np.int64) for name in ("customer", "product", "day")
    )
    said = np.minimum(day + random.integers(SOONEST, LATEST, size), world.life[1][person])
    maker = world.goods.brand[product - 1]
    points = scores(SCORE, effects(maker), world.mood[person], np.ones(size, bool), random)
    frame = pl.DataFrame({
        "on": days(said), "user_id": known.numbers(person, random), "producer": partner_ids(maker), "points": points,
    }).sort("on", maintain_order=True)  # fmt: skip
    return frame.select(numbered("RV", size).alias("review"), pl.all())
