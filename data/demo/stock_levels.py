"""Stock week by week and what was ordered of the district's producers: what was there, less what was sold, plus
what came, is what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS
from data.demo.export_papers import ITALIAN, Exported
from data.demo.list_exports import PARTNERS, partner_ids, product_ids, supplier_ids
from data.demo.simulated_products import BRANDS
from data.demo.simulated_world import World, days, numbered, once

WEEKS = 20
LEAD_WEEKS = (1, 2, 3, 4, 5)
MEAN_DELAY_WEEKS = (0.1, 0.4, 0.8, 1.5)
FILLS = (1.0, 0.98, 0.9)
COVER_WEEKS, LOT_WEEKS = 2, 4
PLACE = "Prato"


@dataclass(frozen=True, slots=True)
class Flow:
    """By product and week: on hand and on order at the week's end; orders as columns of equal length."""

    on_hand: np.ndarray
    on_order: np.ndarray
    reorder_level: np.ndarray
    orders: Mapping[str, np.ndarray]


def deliveries(world: World) -> Iterator[Exported]:
    """The stock of each week's end, and the orders of the same weeks."""
    flow = flows(world)
    yield Exported("erp", "stock", "giacenze.csv", _stock(world, flow), ITALIAN, date="Data", stranger="Articolo",
                   sums={"on_hand": "Giacenza", "on_order": "In ordine", "reorder_level": "Scorta minima"})  # fmt: skip
    yield Exported("erp", "lead_times", "ordini_fornitori.csv", _orders(world, flow), ITALIAN, key="Ordine",
                   date="Data", stranger="Articolo",
                   sums={"quantity_ordered": "Qtà ordinata", "quantity_received": "Qtà ricevuta"})  # fmt: skip


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """What may be expected of each supplier."""
    lead, delay, fill = habits()
    return {"supplier": pl.DataFrame({
        "id": partner_ids(np.arange(PARTNERS)), "lead_weeks": lead, "mean_delay_weeks": delay, "fill_share": fill,
    })[: len(BRANDS)]}  # fmt: skip


def habits() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By partner: weeks to deliver as promised, mean weeks beyond, and the share that arrives."""
    number = np.arange(PARTNERS)
    return (
        np.array(LEAD_WEEKS)[number % 5],
        np.array(MEAN_DELAY_WEEKS)[number % 4],
        np.array(FILLS)[number % 3],
    )


def week_ends() -> np.ndarray:
    return DAYS - 1 - 7 * np.arange(WEEKS)[::-1]


@once
def flows(world: World) -> Flow:
    """Order again a lot when stock and orders fall below the reorder level; what would lack is had at once."""
    random, sold = world.random("supply"), _sold(world)
    size = len(sold)
    lead, delay, fill = (each[world.goods.brand] for each in habits())
    pace = np.maximum(sold.mean(axis=1), 0.5)
    level, lot = np.ceil(pace * (lead + COVER_WEEKS)), np.ceil(pace * LOT_WEEKS) + 1
    due = np.zeros((size, WEEKS + 1))
    hand, ordered = level + np.floor(lot / 2), np.zeros(size)
    on_hand, on_order, made = np.empty((size, WEEKS)), np.empty((size, WEEKS)), []
    for week in range(WEEKS):
        hand = hand + due[:, week] - sold[:, week]
        urgent = np.maximum(-hand, 0)
        hand = hand + urgent
        made.append(_urgent(urgent, week))
        arriving = [each for each in made if "lot" in each and (each["week"] == week).any()]
        for each in arriving:
            here = each["week"] == week
            np.subtract.at(ordered, each["product"][here], each["quantity"][here])
        places = np.flatnonzero(hand + ordered < level)
        comes = week + lead[places] + random.poisson(delay[places])
        gets = np.maximum(np.rint(lot[places] * fill[places]), 1)
        np.add.at(due, (places, np.minimum(comes, WEEKS)), gets)
        ordered[places] += lot[places]
        made.append({"product": places, "placed": np.full(len(places), week), "week": comes, "quantity": lot[places],
                     "received": gets, "lead": lead[places], "lot": lot[places]})  # fmt: skip
        on_hand[:, week], on_order[:, week] = hand, ordered
    names = ("product", "placed", "week", "quantity", "received", "lead")
    return Flow(
        on_hand, on_order, level, {name: np.concatenate([each[name] for each in made]) for name in names}
    )


def _sold(world: World) -> np.ndarray:
    """Units sold less those that came back, by product and week."""
    begins = int(week_ends()[0]) - 6
    recent = world.lines.filter(pl.col("day") >= begins)
    week = (recent["day"].to_numpy().astype(np.int64) - begins) // 7
    sold = np.zeros((len(world.goods.names), WEEKS))
    np.add.at(sold, (recent["product"].to_numpy() - 1, week), recent["units"].to_numpy())
    return sold


def _urgent(lacking: np.ndarray, week: int) -> dict[str, np.ndarray]:
    rows = np.flatnonzero(lacking > 0)
    same, amount = np.full(len(rows), week), lacking[rows]
    return {
        "product": rows,
        "placed": same,
        "week": same,
        "quantity": amount,
        "received": amount,
        "lead": same * 0,
    }


def _stock(world: World, flow: Flow) -> pl.DataFrame:
    size = len(flow.on_hand)
    product = np.tile(np.arange(size), WEEKS)
    return pl.DataFrame({
        "Data": days(np.repeat(week_ends(), size)), "Articolo": product_ids(product),
        "Fornitore": supplier_ids(world, product), "Magazzino": PLACE,
        "Giacenza": flow.on_hand.T.ravel().astype(np.int64), "In ordine": flow.on_order.T.ravel().astype(np.int64),
        "Scorta minima": np.tile(flow.reorder_level, WEEKS).astype(np.int64),
    })  # fmt: skip


def _orders(world: World, flow: Flow) -> pl.DataFrame:
    """One row an order; what has not come yet has no day of receipt and no quantity."""
    made, ends = flow.orders, week_ends()
    came = made["week"] < WEEKS
    placed = ends[made["placed"]] - 3 * (made["lead"] == 0)
    received = np.where(came, ends[np.minimum(made["week"], WEEKS - 1)] - 3, -9999)
    quantity = pl.Series(made["received"].astype(np.int64)).set(pl.Series(~came), None)
    return pl.DataFrame({
        "Ordine": numbered("OF", len(placed)), "Data": days(placed), "Articolo": product_ids(made["product"]),
        "Fornitore": supplier_ids(world, made["product"]), "Consegna prevista": days(placed + 7 * made["lead"]),
        "Ricevuto il": days(received), "Qtà ordinata": made["quantity"].astype(np.int64), "Qtà ricevuta": quantity,
    })  # fmt: skip
