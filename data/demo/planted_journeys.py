"""What touches customers before they buy: some kinds of contact truly raise the odds of a purchase soon after.

Purchases are drawn first. A touch of a kind then falls `odds` times as often on a day of a customer's dealings that a
purchase follows within `WITHIN_DAYS` days as on any other. By Bayes the odds that one follows a touch are `odds` times
those of a day taken at random, as if the touch had raised them: nothing else tells the days apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS
from data.demo.simulated_world import World, once

WITHIN_DAYS = 14
# By system and kind. Sessions are those that end in no order; newsletters raise nothing, nor do fairs.
ODDS: Mapping[tuple[str, str], float] = {
    ("crm", "visit"): 4.0,
    ("crm", "phone call"): 1.5,
    ("crm", "fair"): 1.0,
    ("crm", "letter"): 2.5,
    ("callcentre", "call made"): 2.0,
    ("shop", "web session"): 1.5,
    ("shop", "e-mail"): 1.0,
}
Met = tuple[np.ndarray, np.ndarray]


def truth(_world: World) -> Mapping[str, pl.DataFrame]:
    """By system and kind of touch: times the odds that a purchase follows within so many days."""
    rows = [(system, kind, odds, WITHIN_DAYS) for (system, kind), odds in ODDS.items()]
    return {"journey": pl.DataFrame(rows, schema=["system", "touch", "odds", "within_days"], orient="row")}


def drawn_toward(
    world: World, draw: Callable[[int], Met], odds: float, size: int, random: np.random.Generator
) -> Met:
    """So many of the (person, day) pairs that `draw` gives, those that a purchase follows `odds` times as often."""
    if odds == 1:
        return draw(size)
    found: list[Met] = []
    while sum(len(day) for _, day in found) < size:
        person, day = draw(round(max(odds, 1) * size) + 1)
        weight = np.where(_is_before_purchase(world, person, day), odds, 1)
        kept = np.flatnonzero(random.random(len(day)) * max(odds, 1) < weight)
        random.shuffle(kept)
        found.append((person[kept], day[kept]))
    person, day = (np.concatenate(each)[:size] for each in zip(*found, strict=True))
    return person, day


def _is_before_purchase(world: World, person: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Whether each of these customers buys on one of the days that follow."""
    bought, asked = _purchases(world), person * 2 * DAYS + day
    following = bought[np.searchsorted(bought, asked, side="right")]
    found: np.ndarray = following - asked <= WITHIN_DAYS
    return found


@once
def _purchases(world: World) -> np.ndarray:
    """Customer and day of each line bought as one number, in order; the last is far from all days."""
    bought = world.lines.filter(~pl.col("is_return"), pl.col("customer") > 0).select("customer", "day")
    told = bought["customer"].cast(pl.Int64) * 2 * DAYS + bought["day"].cast(pl.Int64)
    return np.append(np.sort(told.to_numpy()), np.iinfo(np.int64).max)
