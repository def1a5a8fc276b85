"""What the page Virtual warehouse finds: frames of a snapshot handed to miners, each result remembered."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
import streamlit as st

from cubes.drill_through.product_rows import member_names
from cubes.members.member_search import Member
from data.collaborate.district_frames import buyers_of, district_frames, stock_course
from data.collaborate.partners_stock import partners_stock
from mining.partners.delivery_plans import DeliveryOptions, delivery_options
from mining.partners.district_stock import StockOverview
from mining.partners.named_members import named
from mining.partners.stock_moves import StockMoves, stock_moves, with_sellers
from mining.partners.supply_concentration import (
    Concentration,
    PartnerLoss,
    SupplyConcentration,
    order_concentration,
    supply_concentration,
    without_partner,
)
from mining.partners.virtual_warehouse import (
    NOTHING,
    USUAL_DAYS,
    VirtualWarehouse,
    delivery_sources,
    due_by,
    product_table,
    virtual_warehouse,
    who_holds,
)
from pages.collaborate.virtual_warehouse_view import VirtualWarehouseView
from pages.ui import member_lookup, session

Told = tuple[tuple[int, int, int, float], ...]
KEPT, DEMAND_DAYS, FEW = 4, 14, 10


@dataclass(frozen=True, slots=True, eq=False)
class FoundWarehouse:
    """The virtual warehouse of a snapshot, and what stands of each product by a day: `products` as `product_table` with
    names; `at_risk` are those of one source that are short."""

    house: VirtualWarehouse
    by: date
    overview: StockOverview
    products: pl.DataFrame
    at_risk: pl.DataFrame
    supply: SupplyConcentration
    moves: StockMoves


@dataclass(frozen=True, slots=True, eq=False)
class FoundProduct:
    """One product: as `products` has it, who holds it (with names, their codes in `codes`), the ways to deliver so many
    `pieces` by the day, its open orders, its counts of half a year, and how concentrated its orders are."""

    member: Member
    row: dict[str, object]
    pieces: int
    holders: pl.DataFrame
    codes: tuple[int, ...]
    options: DeliveryOptions
    due: pl.DataFrame
    course: pl.DataFrame
    orders: Concentration


@dataclass(frozen=True, slots=True, eq=False)
class FoundLoss:
    """What hangs on a partner: products with names; who bought those that nobody else supplies, `unknown` being the
    revenue with nobody known."""

    member: Member
    loss: PartnerLoss
    products: pl.DataFrame
    buyers: pl.DataFrame
    unknown: float


def found_warehouse(view: VirtualWarehouseView) -> FoundWarehouse:
    """All but the product and the partner asked for. Raises BadRequest without stock, and for a day that is past."""
    store = session.warehouse()
    told = tuple(partners_stock(store).rows())
    return _found(store.version, view.weeks, view.idle, view.lasting, view.short, view.by, told)


def found_product(view: VirtualWarehouseView, found: FoundWarehouse) -> FoundProduct | None:
    """The product asked for, else the one of most partners that sells most; None where nothing is known of any.
    Raises BadRequest."""
    member = _product(view, found)
    if member is None:
        return None
    version, house = session.warehouse().version, found.house
    rows = found.products.filter(pl.col("product_id") == member.id).to_dicts()
    row = rows[0] if rows else {}
    pieces = view.pieces or max(FEW, math.ceil(DEMAND_DAYS * float(row.get("daily") or 0)))
    partners = _names(version, "partner")
    own = house.received.filter(pl.col("product") == member.code)
    holders = who_holds(house, member.code, found.by)
    return FoundProduct(
        member,
        row,
        pieces,
        named(holders, partner=partners),
        tuple(holders["partner"]),
        delivery_options(delivery_sources(house, member.code, found.by), pieces),
        named(due_by(house, member.code), partner=partners),
        named(_course(version, member.code, house.as_of), partner=partners),
        order_concentration(dict(own.select("partner", "orders").iter_rows())),
    )


def found_loss(view: VirtualWarehouseView, found: FoundWarehouse) -> FoundLoss | None:
    """What hangs on the partner asked for, else on the one that most hangs on; None where no partner supplies
    anything. Raises BadRequest."""
    member = _partner(view, found)
    if member is None:
        return None
    version = session.warehouse().version
    loss = without_partner(found.house.stock, found.overview, member.code)
    bought = _buyers(version, tuple(loss.sole["product"]), found.house.as_of)
    known = bought.filter(pl.col("code") > 0).with_columns(
        share=pl.when(pl.col("in_all") > 0).then(pl.col("revenue") / pl.col("in_all"))
    )
    products = named(loss.products, product=_names(version, "product")).with_columns(
        pl.col("lasts").fill_nan(None)
    )
    unknown = float(bought.filter(pl.col("code") <= 0)["revenue"].sum())
    return FoundLoss(member, loss, products, known, unknown)


def partners_named(codes: pl.Series) -> list[Member]:
    """The partners of these codes, in their order."""
    names = _names(session.warehouse().version, "partner")
    told = {
        code: Member(id, code, label) for code, id, label in names.select("code", "id", "label").iter_rows()
    }
    return [told[code] for code in codes if code in told]


def moves_named(found: FoundWarehouse) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The moves and what lies dead, with names and what it is worth at cost (null where no cost is known)."""
    version = session.warehouse().version
    names = {"product": _names(version, "product"), "partner": _names(version, "partner")}
    costs = found.house.usual_costs
    moves = found.moves.moves.join(costs, on="product", how="left", maintain_order="left")
    moves = moves.with_columns(value=pl.col("pieces") * pl.col("unit_cost"))
    dead = found.moves.dead.join(costs, on="product", how="left", maintain_order="left")
    dead = dead.with_columns(value=pl.col("on_hand") * pl.col("unit_cost"))
    return _dearest_first(named(moves, **names, to_partner=names["partner"])), _dearest_first(
        named(dead, **names)
    )


def _dearest_first(frame: pl.DataFrame) -> pl.DataFrame:
    sorted_ = frame.sort(
        "value", "product_id", descending=[True, False], nulls_last=True, maintain_order=True
    )
    return sorted_.drop("unit_cost")


def supply_named(found: FoundWarehouse) -> pl.DataFrame:
    """Partners by the revenue that they supply, with names."""
    return named(found.supply.partners, partner=_names(session.warehouse().version, "partner"))


def named_customers(buyers: pl.DataFrame) -> pl.DataFrame:
    """Customers (code) by id and name: customer, name, revenue, share, products."""
    names = _names(session.warehouse().version, "customer")
    told = buyers.join(names, on="code", how="left", maintain_order="left")
    return told.select(customer="id", name="label", revenue="revenue", share="share", products="products")


def _product(view: VirtualWarehouseView, found: FoundWarehouse) -> Member | None:
    level = session.cube("stock").level("product")
    if view.product:
        return member_lookup.find(session.warehouse(), level, (view.product,))[0]
    rows = found.products.sort("partners", "revenue", descending=True)
    return (
        member_lookup.find(session.warehouse(), level, (rows["product_id"][0],))[0] if rows.height else None
    )


def _partner(view: VirtualWarehouseView, found: FoundWarehouse) -> Member | None:
    if view.without:
        level = session.cube("stock").level("partner")
        return member_lookup.find(session.warehouse(), level, (view.without,))[0]
    most = found.supply.partners.sort("sole_revenue", "revenue", descending=True)
    return next(iter(partners_named(most["partner"])), None)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _house(version: str, weeks: int, idle: int, told: Told) -> VirtualWarehouse:
    rows = pl.DataFrame(told, schema=NOTHING.schema, orient="row")
    frames = district_frames(session.warehouse(), weeks, idle)
    return virtual_warehouse(frames.tables, frames.as_of, idle, frames.demand_days, rows)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _found(
    version: str, weeks: int, idle: int, lasting: int, short: int, by: date | None, told: Told
) -> FoundWarehouse:
    house = _house(version, weeks, idle, told)
    day = by or house.as_of + timedelta(USUAL_DAYS)
    house.check_day(day)
    overview = house.overview(day)
    names = {"product": _names(version, "product"), "only": _names(version, "partner")}
    products = named(product_table(house, overview), **names)
    is_short = pl.col("only").is_not_null() & (pl.col("cover") < short)
    at_risk = products.filter(is_short).sort("revenue", "product_id", descending=[True, False])
    return FoundWarehouse(
        house,
        day,
        overview,
        products,
        at_risk,
        supply_concentration(house.stock, overview),
        stock_moves(with_sellers(house.counts, house.sellers), house.today, idle, lasting),
    )


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _names(version: str, level: str) -> pl.DataFrame:
    return member_names(session.warehouse(), level)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _buyers(version: str, products: tuple[int, ...], as_of: date) -> pl.DataFrame:
    return buyers_of(session.warehouse(), [*products], as_of)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _course(version: str, product: int, as_of: date) -> pl.DataFrame:
    return stock_course(session.warehouse(), product, as_of)
