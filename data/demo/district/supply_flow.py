"""What was ordered of the district and what came of it, week by week, and what lay in the firm's store of it.

A lot is ordered when what is there and what was ordered fall below the reorder level. The store began with as much as
was needed lest anything ever lacked, so that what lies there is what was there, less what was sold, plus what came.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.demo.demo_firm import DAYS
from data.demo.district.district_partners import SHARES, suppliers
from data.demo.district.supplier_habits import (
    LEAST_SHARE,
    fill_share,
    lead_weeks,
    mean_delay_weeks,
    short_chance,
)
from data.demo.simulated_world import World, once

WEEKS, COUNTED_WEEKS = 104, 20
COVER_WEEKS, LOT_WEEKS = 2, 8
LONGEST_DELAY, ENDED_AFTER_WEEKS = 20, 2
# An order of so many pieces may come in two or three parts, these shares of the time.
SPLIT_PIECES, PARTS_SHARES = 12, (0.6, 0.3, 0.1)
NEVER = 9999
Columns = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Flow:
    """Orders and receipts as columns of equal length; by product and counted week what lay there, and was ordered.

    `orders`: product, partner, placed (day), promised, quantity, whole_on (day on which the last part came), received,
    ended (day on which the rest was given up; NEVER). `receipts`: order (its place), day, quantity. Days beyond the
    last of the firm have not come.
    """

    on_hand: np.ndarray
    on_order: np.ndarray
    reorder_level: np.ndarray
    orders: Columns
    receipts: Columns


def week_ends(weeks: int = COUNTED_WEEKS) -> np.ndarray:
    """The last days of the firm's last weeks."""
    return DAYS - 1 - 7 * np.arange(weeks)[::-1]


@once
def flows(world: World) -> Flow:
    """Everything that was ordered and came in the last two years."""
    random = world.random("supply")
    sold, pace = _sold(world)
    pace = np.maximum(pace, 0.5)
    lead = lead_weeks(world.goods.brand)
    level, lot = np.ceil(pace * (lead + COVER_WEEKS)), np.ceil(pace * LOT_WEEKS) + 1
    orders = _orders(world, sold, level, lot, random)
    receipts = _receipts(orders, random)
    on_hand, first = _on_hand(sold, level, orders, receipts)
    least = np.ceil(pace * COVER_WEEKS) + first
    return Flow(on_hand, _on_order(len(level), orders, receipts), least, orders, receipts)


@dataclass(frozen=True, slots=True)
class SoldWeeks:
    """Units sold less those that came back, by product, a week at a time."""

    product: np.ndarray
    units: np.ndarray
    edges: np.ndarray
    size: int

    def of(self, week: int) -> np.ndarray:
        rows = slice(self.edges[week], self.edges[week + 1])
        return np.bincount(self.product[rows], self.units[rows], self.size)


def _sold(world: World) -> tuple[SoldWeeks, np.ndarray]:
    """By week, and by product how many a week."""
    begins, size = int(week_ends(WEEKS)[0]) - 6, len(world.goods.names)
    day = world.lines["day"].to_numpy()
    edges = np.searchsorted(day, begins + 7 * np.arange(WEEKS + 1))
    product, units = (world.lines[name].to_numpy() for name in ("product", "units"))
    found = SoldWeeks(product - 1, units, edges, size)
    every = slice(edges[0], edges[-1])
    return found, np.bincount(found.product[every], units[every], size) / WEEKS


def _orders(
    world: World, sold: SoldWeeks, level: np.ndarray, lot: np.ndarray, random: np.random.Generator
) -> Columns:
    """Order again when what is there or on its way is below the level; what does not come is missed once given up."""
    standing = level + np.floor(lot * random.random(len(lot)))
    given_up = np.zeros((LONGEST_DELAY + 16, len(lot)))
    made = []
    for week, end in enumerate(week_ends(WEEKS)):
        now = week % len(given_up)
        standing = standing - sold.of(week) - given_up[now]
        given_up[now] = 0
        product = np.flatnonzero(standing < level)
        placed = _placed(world, product, lot[product], week, int(end), random)
        standing[product] += lot[product]
        np.add.at(
            given_up,
            ((placed["whole_week"] + ENDED_AFTER_WEEKS) % len(given_up), product),
            placed["quantity"] - placed["received"],
        )
        made.append(placed)
    return {name: np.concatenate([each[name] for each in made]) for name in made[0]}


def _placed(
    world: World, product: np.ndarray, lot: np.ndarray, week: int, end: int, random: np.random.Generator
) -> Columns:
    """The orders of the end of a week: of whom, when each will have come, and how much of it."""
    size, day = len(product), np.full(len(product), end)
    partner = _chosen_partner(world, product, random)
    lead, late = lead_weeks(partner), random.poisson(mean_delay_weeks(partner, day))
    whole_week = week + lead + np.minimum(late, LONGEST_DELAY)
    is_short = random.random(size) < short_chance(fill_share(partner, day))
    share = np.where(is_short, random.uniform(LEAST_SHARE, 1, size), 1.0)
    received = np.maximum(np.rint(lot * share), 1)
    whole_on = end + 7 * (whole_week - week) - random.integers(0, 6, size)
    given_up = whole_on + 7 * ENDED_AFTER_WEEKS
    return {
        "product": product, "partner": partner, "placed": day, "promised": day + 7 * lead, "quantity": lot,
        "received": received, "week": np.full(size, week), "whole_week": whole_week, "whole_on": whole_on,
        "ended": np.where(received < lot, given_up, NEVER),
    }  # fmt: skip


def _chosen_partner(world: World, product: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """One of the suppliers of each product, by their shares of the orders."""
    known = suppliers(world)[product]
    steps = np.cumsum(SHARES, axis=1)[(known >= 0).sum(axis=1) - 1]
    at = (random.random(len(product))[:, None] >= steps[:, :-1]).sum(axis=1)
    found: np.ndarray = known[np.arange(len(product)), at]
    return found


def _receipts(orders: Columns, random: np.random.Generator) -> Columns:
    """The parts in which orders came, the last of each when it was whole, the others a week before each other."""
    size = len(orders["product"])
    steps = np.cumsum(PARTS_SHARES)[:-1]
    parts = 1 + (random.random(size)[:, None] >= steps).sum(axis=1)
    parts = np.where(orders["received"] >= SPLIT_PIECES, parts, 1)
    order = np.repeat(np.arange(size), parts)
    nth = np.arange(len(order)) - np.repeat(np.cumsum(parts) - parts, parts)
    before = parts[order] - 1 - nth
    week = np.maximum(orders["whole_week"][order] - before, orders["week"][order] + 1)
    day = np.maximum(orders["whole_on"][order] - 7 * before, orders["placed"][order] + 1)
    quantity = np.floor(orders["received"][order] / parts[order])
    rest = orders["received"] - np.floor(orders["received"] / parts) * (parts - 1)
    return {
        "order": order,
        "week": week,
        "day": day,
        "quantity": np.where(before == 0, rest[order], quantity),
    }


def _on_hand(
    sold: SoldWeeks, level: np.ndarray, orders: Columns, receipts: Columns
) -> tuple[np.ndarray, np.ndarray]:
    """What lay there at the ends of the counted weeks, and what had to be there at first lest anything lacked."""
    by_week = _by_week(
        orders["product"][receipts["order"]], receipts["week"], receipts["quantity"], sold.size
    )
    hand, least, counted = level.copy(), np.zeros(sold.size), []
    for week in range(WEEKS):
        hand = hand + by_week(week) - sold.of(week)
        least = np.minimum(least, hand)
        if week >= WEEKS - COUNTED_WEEKS:
            counted.append(hand)
    return np.column_stack(counted) - least[:, None], -least


def _on_order(size: int, orders: Columns, receipts: Columns) -> np.ndarray:
    """What was ordered by the ends of the counted weeks and neither came nor was given up."""
    product, missed = orders["product"], orders["quantity"] - orders["received"]
    moves = (
        _by_week(product, orders["week"], orders["quantity"], size),
        _by_week(product[receipts["order"]], receipts["week"], -receipts["quantity"], size),
        _by_week(product, orders["whole_week"] + ENDED_AFTER_WEEKS, -missed, size),
    )
    standing, counted = np.zeros(size), []
    for week in range(WEEKS):
        standing = standing + sum(move(week) for move in moves)
        if week >= WEEKS - COUNTED_WEEKS:
            counted.append(standing)
    return np.column_stack(counted)


def _by_week(
    product: np.ndarray, week: np.ndarray, quantity: np.ndarray, size: int
) -> Callable[[int], np.ndarray]:
    """By product what a week moves."""
    order = np.argsort(week, kind="stable")
    edges = np.searchsorted(week[order], np.arange(WEEKS + 1))

    def of(at: int) -> np.ndarray:
        rows = order[edges[at] : edges[at + 1]]
        return np.bincount(product[rows], quantity[rows], size)

    return of
