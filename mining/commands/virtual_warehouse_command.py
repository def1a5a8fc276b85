"""`python -m mining virtual-warehouse`. Stock over the district's partners, who could deliver, what hangs on one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from cubes import catalogue
from cubes.drill_through.product_rows import member_names
from cubes.members.member_search import Member, find
from data.collaborate.district_frames import buyers_of, district_frames
from data.collaborate.partners_stock import partners_stock
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, days_ahead, typed_day
from mining.partners.delivery_plans import DeliveryPlan, delivery_options
from mining.partners.district_stock import StockOverview
from mining.partners.named_members import NOBODY, named
from mining.partners.stock_moves import stock_moves, with_sellers
from mining.partners.supply_concentration import supply_concentration, without_partner
from mining.partners.virtual_warehouse import (
    USUAL_DAYS,
    VirtualWarehouse,
    delivery_sources,
    due_by,
    product_table,
    virtual_warehouse,
    who_holds,
)

Names = Mapping[str, pl.DataFrame]
INDEPENDENT = "Chances of plans are products: partners are taken to be late independently of each other."


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--product", metavar="PRODUCT", help="who could deliver this product, by id or name")
    parser.add_argument("--pieces", type=_pieces, default=1, help="how many of it")
    parser.add_argument(
        "--by", type=typed_day, metavar="DAY", help="until when; four weeks from the last day if left away"
    )
    parser.add_argument("--without", metavar="PARTNER", help="what hangs on this partner, by id or name")
    parser.add_argument(
        "--weeks", type=days_ahead, default=13, help="of demand that days of cover are told by"
    )
    parser.add_argument(
        "--idle", type=days_ahead, default=56, metavar="DAYS", help="after which stock is dead"
    )
    parser.add_argument(
        "--lasting", type=days_ahead, default=60, metavar="DAYS", help="that moves fill up for"
    )


def _pieces(text: str) -> int:
    if not (text.lstrip("-").isascii() and text.lstrip("-").isdecimal() and len(text) < 16):
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no whole number; write one like 100")
    return int(text)


def _virtual_warehouse(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """All products, or the ways to deliver one, or what hangs on a partner. Raises BadRequest."""
    _check_options(options)
    frames = district_frames(warehouse, options.weeks, options.idle)
    told = partners_stock(warehouse)
    house = virtual_warehouse(frames.tables, frames.as_of, options.idle, frames.demand_days, told)
    by = options.by or house.as_of + timedelta(USUAL_DAYS)
    house.check_day(by)
    names = {level: member_names(warehouse, level) for level in ("product", "partner")}
    if options.product is not None:
        return _delivery(house, names, _member(warehouse, "product", options.product), options.pieces, by)
    overview = house.overview(by)
    if options.without is not None:
        return _without(warehouse, house, overview, names, _member(warehouse, "partner", options.without))
    return _all(house, overview, names, by, options.lasting)


def _check_options(options: argparse.Namespace) -> None:
    """Raises BadRequest for what this command does not listen to."""
    if options.where or options.until or options.as_of:
        raise BadRequest(
            "The virtual warehouse is told of all rows, as of the last day that is known.",
            "Leave --where, --until and --as-of away; --by says until when something is wanted.",
        )
    if options.product is not None and options.without is not None:
        raise BadRequest("--product and --without are two questions.", "Ask them one after the other.")


def _member(warehouse: Warehouse, level: str, name: str) -> Member:
    return find(warehouse, catalogue.load("stock", warehouse.profile).level(level), (name,))[0]


def _all(house: VirtualWarehouse, overview: StockOverview, names: Names, by: date, lasting: int) -> Finding:
    """A row a product; partners, moves and dead stock beside them."""
    products, supply = product_table(house, overview), supply_concentration(house.stock, overview)
    moves = stock_moves(with_sellers(house.counts, house.sellers), house.today, house.idle_days, lasting)
    index, sole = supply.index, products.filter(pl.col("only").is_not_null())
    figures = {
        **_days(house, by), "products": products.height, "free": products["free"].sum(),
        "promise": products["promise"].sum(), "sole_sourced": sole.height,
        "sole_revenue": round(float(sole["revenue"].sum()), 2), "herfindahl": index.index,
        "herfindahl_low": index.low, "herfindahl_high": index.high, "partners": index.parts,
        "dead": moves.dead.height, "moved_pieces": moves.moves["pieces"].sum(),
    }  # fmt: skip
    more = {
        "partners": named(supply.partners, partner=names["partner"]),
        "moves": named(moves.moves, product=names["product"], partner=names["partner"], to_partner=names["partner"]),
        "dead": named(moves.dead, **names),
    }  # fmt: skip
    shown = named(products, product=names["product"], only=names["partner"])
    return Finding(shown, figures, tuple(_notes(house)), more)


def _delivery(house: VirtualWarehouse, names: Names, product: Member, pieces: int, by: date) -> Finding:
    """A row a plan; who has it and what is on order beside them. Raises BadRequest."""
    options = delivery_options(delivery_sources(house, product.code, by), pieces)
    holders = who_holds(house, product.code, by)
    figures: dict[str, Any] = {
        **_days(house, by), "product": product.id, "pieces": pieces, "short": max(options.short, 0),
        "plans": len(options.plans), "every_combination_seen": options.all_seen,
    }  # fmt: skip
    for name, plan in (("surest", options.surest), ("cheapest", options.cheapest)):
        if plan is not None:
            figures |= {f"{name}_chance": plan.chance, f"{name}_cost": plan.cost}
    notes = [*_notes(house), INDEPENDENT]
    if holders.is_empty():
        notes.append("It was never counted anywhere of late, and nobody delivered it within the year.")
    more = {
        "holders": named(holders, partner=names["partner"]),
        "due": named(due_by(house, product.code), partner=names["partner"]),
    }
    return Finding(_plans(options.plans, names["partner"]), figures, tuple(notes), more)


def _plans(plans: tuple[DeliveryPlan, ...], partners: pl.DataFrame) -> pl.DataFrame:
    told = dict(partners.select("code", "label").iter_rows()) | {0: NOBODY}
    rows = [
        (" + ".join(f"{pieces} from {told.get(partner, partner)}" for partner, pieces in each.parts), len(each.parts),
         each.cost, each.chance, each.low, each.high)
        for each in plans
    ]  # fmt: skip
    kinds = {"plan": pl.String, "partners": pl.Int64, "cost": pl.Float64, "chance": pl.Float64, "low": pl.Float64,
             "high": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _without(
    warehouse: Warehouse, house: VirtualWarehouse, overview: StockOverview, names: Names, partner: Member
) -> Finding:
    """A row a product that hangs on a partner. Raises BadRequest where none does."""
    loss = without_partner(house.stock, overview, partner.code)
    bought = buyers_of(warehouse, loss.sole["product"].to_list(), house.as_of)
    customers, smallest = bought.filter(pl.col("code") > 0).height, warehouse.policy.smallest
    figures = {
        "as_of": house.as_of.isoformat(), "partner": partner.id, "products": loss.products.height,
        "sole_sourced": loss.sole.height, "sole_revenue": round(loss.sole_revenue, 2),
        "at_risk": round(loss.at_risk, 2), "revenue_of_the_year": round(loss.whole_revenue, 2),
        "customers_of_sole_sourced": customers if customers >= smallest else None,
    }  # fmt: skip
    return Finding(named(loss.products, product=names["product"]), figures, tuple(_notes(house)))


def _days(house: VirtualWarehouse, by: date) -> dict[str, str]:
    return {"as_of": house.as_of.isoformat(), "by": by.isoformat()}


def _notes(house: VirtualWarehouse) -> list[str]:
    notes = (
        []
        if house.has_reserved
        else ["No count tells what is reserved: all that is counted is taken to be free."]
    )
    if house.told:
        notes.append(f"Stocks as partners told them, newer than any count: {house.told}.")
    if house.below_zero:
        notes.append(f"Counts of less than nothing, taken as none free: {house.below_zero}.")
    if house.leads.before:
        notes.append(f"Orders received before they were made, left out of lead times: {house.leads.before}.")
    undated = house.due["expected"].null_count()
    if undated:
        notes.append(f"Open orders without a day on which anybody can expect them, not promised: {undated}.")
    return notes


VIRTUAL_WAREHOUSE = Command(
    "stock over the partners of the district, who could deliver what by when, and what hangs on one of them",
    "virtual-warehouse",
    _options,
    _virtual_warehouse,
)
