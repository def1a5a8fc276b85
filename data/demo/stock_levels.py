"""What the ERP notes of supply: stock week by week, orders to the district's firms, and each time that goods came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import polars as pl

from data.demo.demo_firm import DAYS, day_index
from data.demo.district import partner_stock
from data.demo.district.district_partners import partner_ids, product_suppliers, supplier_ids
from data.demo.district.supplier_habits import degraded, habits, price_factor
from data.demo.district.supply_flow import COUNTED_WEEKS, NEVER, Flow, flows, week_ends
from data.demo.export_papers import ITALIAN, Exported
from data.demo.list_exports import listed, product_ids
from data.demo.simulated_world import World, days, numbered

PLACE = "Prato"
NOTED_FROM = date(2025, 1, 1)
NOT_YET = -9999


def deliveries(world: World) -> Iterator[Exported]:
    """The stock of each week's end and of the partners, the orders of two years, and the receipts of the last."""
    flow = flows(world)
    stock = pl.concat([_stock(world, flow), partner_stock.counts(world)])
    yield Exported("erp", "stock", "giacenze.csv", stock, ITALIAN, date="Data", stranger="Articolo",
                   sums={"on_hand": "Giacenza", "on_order": "In ordine", "reorder_level": "Scorta minima"})  # fmt: skip
    yield Exported("erp", "lead_times", "ordini_fornitori.csv", _orders(world, flow), ITALIAN, key="Ordine",
                   date="Data", stranger="Articolo",
                   sums={"quantity_ordered": "Qtà ordinata", "quantity_received": "Qtà ricevuta",
                         "unit_cost": "Costo unitario"})  # fmt: skip
    yield Exported("erp", "receipts", "ricevimenti.csv", _receipts(flow), ITALIAN, key="Ricevimento", date="Data",
                   stranger="Articolo", sums={"quantity": "Quantità"})  # fmt: skip


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """What may be expected of each supplier, which gets worse, who supplies what, and what lies dead where."""
    return {
        "supplier": habits(),
        "degraded_supplier": degraded(),
        "product_supplier": product_suppliers(world),
        "dead_stock": partner_stock.dead_stock(world),
    }


def _stock(world: World, flow: Flow) -> pl.DataFrame:
    size = len(flow.on_hand)
    product = np.tile(np.arange(size), COUNTED_WEEKS)
    return pl.DataFrame({
        "Data": days(np.repeat(week_ends(), size)), "Articolo": product_ids(product),
        "Fornitore": supplier_ids(world, product), "Magazzino": PLACE,
        "Giacenza": flow.on_hand.T.ravel().astype(np.int64), "In ordine": flow.on_order.T.ravel().astype(np.int64),
        "Scorta minima": np.tile(flow.reorder_level, COUNTED_WEEKS).astype(np.int64),
    })  # fmt: skip


def _orders(world: World, flow: Flow) -> pl.DataFrame:
    """One row an order; what has not come whole, and was not given up, has no day of receipt."""
    made, came = flow.orders, _came_by_now(flow)
    ended = np.where(made["ended"] < DAYS, made["ended"], NOT_YET)
    whole = (made["whole_on"] < DAYS) & ((made["ended"] == NEVER) | (made["ended"] < DAYS))
    cost = np.rint(listed(world, made["product"], made["placed"])[1] * price_factor(made["partner"])) / 100
    return pl.DataFrame({
        "Ordine": _order_ids(np.arange(len(came))), "Data": days(made["placed"]),
        "Articolo": product_ids(made["product"]), "Fornitore": partner_ids(made["partner"]),
        "Consegna prevista": days(made["promised"]), "Ricevuto il": days(np.where(whole, made["whole_on"], NOT_YET)),
        "Chiuso il": days(ended), "Qtà ordinata": made["quantity"].astype(np.int64),
        "Qtà ricevuta": pl.Series(came).set(pl.Series(came == 0), None), "Costo unitario": cost,
    })  # fmt: skip


def _came_by_now(flow: Flow) -> np.ndarray:
    """By order the pieces that came until the firm's last day."""
    held = flow.receipts["day"] < DAYS
    size = len(flow.orders["product"])
    came = np.bincount(flow.receipts["order"][held], flow.receipts["quantity"][held], size)
    return came.astype(np.int64)


def _receipts(flow: Flow) -> pl.DataFrame:
    """Each time that goods came of an order placed since receipts are noted, by day."""
    made, came = flow.orders, flow.receipts
    noted = (made["placed"][came["order"]] >= day_index(NOTED_FROM)) & (came["day"] < DAYS)
    rows = np.flatnonzero(noted)
    rows = rows[np.argsort(came["day"][rows], kind="stable")]
    order = came["order"][rows]
    return pl.DataFrame({
        "Ricevimento": numbered("RC", len(rows)), "Data": days(came["day"][rows]), "Ordine": _order_ids(order),
        "Articolo": product_ids(made["product"][order]), "Fornitore": partner_ids(made["partner"][order]),
        "Quantità": came["quantity"][rows].astype(np.int64),
    })  # fmt: skip


def _order_ids(order: np.ndarray) -> pl.Series:
    return "OF" + pl.Series(order + 1).cast(pl.String).str.zfill(6)
