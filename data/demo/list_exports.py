"""What the ERP lists besides customers: products that changed their category, channels, partners by stage, prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import polars as pl

from data.demo.customer_exports import EXPORTS
from data.demo.demo_firm import FIRST_DAY, day_index, month_index
from data.demo.district.agreed_events import agreements
from data.demo.district.district_partners import PARTNERS, STAGES, partner_ids, partners, stages, supplier_ids
from data.demo.export_papers import ITALIAN, Exported
from data.demo.simulated_orders import CHANNELS
from data.demo.simulated_products import (
    BRANDS,
    CATEGORIES,
    PRICE_CHANGE_CATEGORY,
    PRICE_CHANGE_DAY,
    category_number,
    price_factors,
    subcategories,
)
from data.demo.simulated_world import World, choice

PRODUCT_EXPORTS = (date(2023, 7, 1), date(2025, 1, 1), date(2026, 1, 1))
RECLASSIFIED = 0.015
PRICE_DAYS = (FIRST_DAY, date(2024, 1, 1), date(2025, 1, 1), PRICE_CHANGE_DAY)


def product_ids(product: np.ndarray) -> pl.Series:
    """The numbers of products by their place in the catalogue."""
    return "P" + pl.Series(product + 1).cast(pl.String).str.zfill(5)


def deliveries(world: World) -> Iterator[Exported]:
    """Products at three dates, channels once, partners at six dates, and the price list."""
    was, turn = reclassified(world)
    for number, day in enumerate(PRODUCT_EXPORTS):
        ware = np.where(turn > number, was, world.goods.subcategory)
        yield Exported(
            "erp", "products", f"articoli_{day:%Y%m%d}.csv", _products(world, ware), ITALIAN, key="Articolo"
        )
    kinds, names = zip(*CHANNELS, strict=True)
    codes = [f"CH{code:02d}" for code in range(1, len(CHANNELS) + 1)]
    channels = pl.DataFrame({"Codice": codes, "Canale": names, "Tipo": kinds})
    yield Exported("erp", "channels", "canali.csv", channels, ITALIAN, key="Codice")
    for day, stage in zip(EXPORTS, stages(world), strict=True):
        frame = partners(world).with_columns(Stadio=choice(STAGES, stage))
        yield Exported("erp", "partners", f"fornitori_{day:%Y%m%d}.csv", frame, ITALIAN, key="Codice")
    yield Exported("erp", "partner_events", "accordi_fornitori.csv", agreements(world), ITALIAN, key="Numero",
                   date="Data", stranger="Codice")  # fmt: skip
    yield Exported("erp", "prices", "listino.csv", _prices(world), ITALIAN, date="Dal", stranger="Articolo",
                   sums={"unit_price": "Prezzo", "unit_cost": "Costo"})  # fmt: skip


def truth(world: World) -> Mapping[str, pl.DataFrame]:
    """Products that stood elsewhere before, and the stages of the partners."""
    was, turn = reclassified(world)
    rows = np.flatnonzero(turn < len(PRODUCT_EXPORTS))
    names = pl.Series([name for _, name, *_ in subcategories()])
    moved = pl.DataFrame({
        "product_code": rows + 1, "id": product_ids(rows), "before": names[pl.Series(was[rows])],
        "after": names[pl.Series(world.goods.subcategory[rows])],
        "as_of": pl.Series(PRODUCT_EXPORTS)[pl.Series(turn[rows])],
    })  # fmt: skip
    held = [
        pl.DataFrame({"id": partner_ids(np.arange(PARTNERS)), "stage": choice(STAGES, stage)}).with_columns(
            as_of=day
        )
        for day, stage in zip(EXPORTS, stages(world), strict=True)
    ]
    return {"product_change": moved, "partner_stage": pl.concat(held)}


def reclassified(world: World) -> tuple[np.ndarray, np.ndarray]:
    """By product the subcategory before, and the export that first shows the present one (large for none)."""
    random, size = world.firm.random("exports", 101), len(world.goods.names)
    chosen = random.random(size) < RECLASSIFIED
    was = (world.goods.subcategory + random.integers(1, len(subcategories()), size)) % len(subcategories())
    turn = np.where(chosen, random.integers(1, len(PRODUCT_EXPORTS), size), 99)
    return np.where(chosen, was, world.goods.subcategory), turn


def _products(world: World, ware: np.ndarray) -> pl.DataFrame:
    wares = subcategories()
    number = np.array([each[0] for each in wares])[ware]
    every = np.arange(len(ware))
    return pl.DataFrame({
        "Articolo": product_ids(every), "Descrizione": world.goods.names,
        "Reparto": choice(tuple(each.department for each in CATEGORIES), number),
        "Categoria": choice(tuple(each.name for each in CATEGORIES), number),
        "Sottocategoria": choice(tuple(each[1] for each in wares), ware),
        "Marca": choice(BRANDS, world.goods.brand), "Fornitore": supplier_ids(world, every),
    })  # fmt: skip


def listed(world: World, product: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List price and cost in cents of products on days, as the lines were priced."""
    month = np.array([month_index(each) for each in PRICE_DAYS])
    factors, at = (
        price_factors(),
        np.searchsorted([day_index(each) for each in PRICE_DAYS], day, side="right") - 1,
    )
    category = world.goods.category[product]
    price = np.rint(world.goods.price[product] * factors[month[at], category])
    return price, np.rint(world.goods.unit_cost[product] * factors.min(axis=1)[month[at]])


def _prices(world: World) -> pl.DataFrame:
    """A row a product for each January, and for each of the category whose price was raised."""
    raised = np.flatnonzero(world.goods.category == category_number(PRICE_CHANGE_CATEGORY))
    every = np.arange(len(world.goods.names))
    groups = [raised if day == PRICE_CHANGE_DAY else every for day in PRICE_DAYS]
    product = np.concatenate(groups)
    when = [day for day, group in zip(PRICE_DAYS, groups, strict=True) for _ in group]
    price, cost = listed(
        world, product, np.repeat([day_index(day) for day in PRICE_DAYS], [len(g) for g in groups])
    )
    return pl.DataFrame(
        {"Dal": when, "Articolo": product_ids(product), "Prezzo": price / 100, "Costo": cost / 100}
    )
