"""The virtual warehouse of a district: what a snapshot tells of stock, orders and sales, made ready to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from data.collaborate.district_frames import A_YEAR, DistrictFrames
from data.errors import BadRequest
from data.model.calendar import day_key, to_date
from mining.partners.delivery_plans import DeliverySource
from mining.partners.district_stock import NEVER, DistrictStock, StockOverview, district_stock, stock_overview
from mining.partners.lead_chances import LeadTimes, expected_orders, lead_times

LONGEST_DAYS = 3_650
PAIR = ("product", "partner")


@dataclass(frozen=True, slots=True, eq=False)
class VirtualWarehouse:
    """As of a day: the `counts` that hold, `sellers` of late, `due` orders with the day on which they are expected,
    pieces `received` of the orders of a year by product and partner (how many orders, and the most of one), the last
    `unit_cost` by product and partner (`costs`) and by product whoever supplies it (`usual_costs`). `below_zero` are
    counts of less than nothing."""

    as_of: date
    idle_days: int
    stock: DistrictStock
    leads: LeadTimes
    counts: pl.DataFrame
    sellers: pl.DataFrame
    due: pl.DataFrame
    received: pl.DataFrame
    costs: pl.DataFrame
    usual_costs: pl.DataFrame
    below_zero: int

    @property
    def today(self) -> int:
        """The day as of which all is told, since 1970."""
        return day_key(self.as_of)

    @property
    def has_reserved(self) -> bool:
        """Whether any count says what is reserved."""
        return self.counts["reserved"].drop_nulls().len() > 0

    def overview(self, by: date) -> StockOverview:
        """What can be promised by a day."""
        return stock_overview(self.stock, day_key(by))

    def check_day(self, by: date) -> None:
        """Raises BadRequest for a day that is past, or too far away to say anything of."""
        if by < self.as_of:
            raise BadRequest(
                f"{by} is past: what is known here ends on {self.as_of}.", "Ask for that day or a later one."
            )
        if by > self.as_of + timedelta(LONGEST_DAYS):
            raise BadRequest(f"{by} is too far away to say anything of.", "Ask for a day within ten years.")


def virtual_warehouse(frames: DistrictFrames) -> VirtualWarehouse:
    """All of it made ready, once for a snapshot."""
    today = day_key(frames.as_of)
    leads = lead_times(frames.orders, today)
    due = expected_orders(frames.orders, leads, today)
    came = frames.orders.filter((pl.col("ordered") > today - A_YEAR) & (pl.col("came") > 0))
    received = came.group_by(PAIR).agg(
        pieces=pl.col("came").sum(), orders=pl.len().cast(pl.Int64), most=pl.col("came").max()
    )
    costs = (
        frames.orders.filter(pl.col("unit_cost").is_not_null())
        .sort("ordered", maintain_order=True)
        .unique(PAIR, keep="last", maintain_order=True)
        .select(*PAIR, "unit_cost")
    )
    counts = frames.counts
    stock = district_stock(
        counts, due, received, frames.supplied, frames.demand, frames.sold, frames.demand_days
    )
    latest = costs.unique("product", keep="last", maintain_order=True).select("product", "unit_cost")
    usual = pl.concat([frames.costs, latest]).unique("product", keep="first", maintain_order=True)
    below = counts.filter(pl.col("on_hand") < 0).height
    return VirtualWarehouse(
        frames.as_of, frames.idle_days, stock, leads, counts, frames.sellers, due, received.sort(PAIR), costs, usual,
        below,
    )  # fmt: skip


def who_holds(house: VirtualWarehouse, product: int, by: date) -> pl.DataFrame:
    """Partners who hold a product or delivered it within the year, a row each: partner (code), on_hand, reserved, free
    (whole pieces; null where nothing was counted), counted_on (the oldest count), places, chance, low, high, at_least,
    orders and median_days of the partner's own history (null without any), largest_order, unit_cost."""
    days = day_key(by) - house.today
    held = (
        house.counts.filter(pl.col("product") == product)
        .group_by("partner")
        .agg(
            on_hand=pl.col("on_hand").sum(),
            reserved=pl.when(pl.col("reserved").is_not_null().any()).then(pl.col("reserved").sum()),
            free=(pl.col("on_hand") - pl.col("reserved").fill_null(0)).clip(0).sum().floor().cast(pl.Int64),
            counted=pl.col("day").min(),
            places=pl.len().cast(pl.Int64),
        )
    )
    own = house.received.filter(pl.col("product") == product).select("partner", largest_order="most")
    costs = house.costs.filter(pl.col("product") == product).select("partner", "unit_cost")
    rows = held.join(own, on="partner", how="full", coalesce=True).join(costs, on="partner", how="left")
    known = [house.leads.chance(partner, days) for partner in rows["partner"]]
    return rows.select(
        "partner", "on_hand", "reserved", "free",
        pl.Series("counted_on", [None if each is None else to_date(each) for each in rows["counted"]], dtype=pl.Date),
        "places",
        pl.Series("chance", [each and each.share for each in known], dtype=pl.Float64),
        pl.Series("low", [each and each.low for each in known], dtype=pl.Float64),
        pl.Series("high", [each and each.high for each in known], dtype=pl.Float64),
        pl.Series("at_least", [each and each.at_least for each in known], dtype=pl.Boolean),
        pl.Series("orders", [house.leads.orders(each) for each in rows["partner"]], dtype=pl.Int64),
        pl.Series("median_days", [house.leads.typical(each)[0] for each in rows["partner"]], dtype=pl.Float64),
        "largest_order", "unit_cost",
    ).sort("chance", "free", "partner", descending=[True, True, False], nulls_last=True)  # fmt: skip


def delivery_sources(house: VirtualWarehouse, product: int, by: date) -> tuple[DeliverySource, ...]:
    """The partners with pieces of a product free, and how surely each delivers by a day."""
    days = day_key(by) - house.today
    rows = who_holds(house, product, by).filter(pl.col("free") > 0)
    return tuple(
        DeliverySource(partner, free, house.leads.chance(partner, days), cost)
        for partner, free, cost in rows.select("partner", "free", "unit_cost").iter_rows()
    )


def product_table(house: VirtualWarehouse, overview: StockOverview) -> pl.DataFrame:
    """A row a product: product (code), on_hand, free, expected, promise, partners, sources, only (code of its sole
    source, null where there are several), herfindahl, daily demand, cover, cover_low and cover_high (days; null where
    nothing was asked for, infinite where nobody can say), revenue of a year."""
    stock, cover = house.stock, overview.cover
    only = pl.Series(stock.partners[overview.only] if len(stock.partners) else overview.only)
    return pl.DataFrame(
        {
            "product": stock.products,
            "on_hand": overview.on_hand,
            "free": overview.available,
            "expected": overview.expected,
            "promise": overview.promise,
            "partners": overview.hold,
            "sources": overview.sources,
            "only": only,
            "herfindahl": overview.herfindahl,
            "daily": stock.daily,
            "cover": cover.days,
            "cover_low": cover.low,
            "cover_high": cover.high,
            "revenue": stock.revenue,
        }
    ).with_columns(
        pl.when(pl.Series(overview.sole)).then("only").alias("only"),
        pl.col("herfindahl", "cover", "cover_low", "cover_high").fill_nan(None),
    )


def due_by(house: VirtualWarehouse, product: int) -> pl.DataFrame:
    """The open orders of a product, the next expected first: partner, ordered_on, pieces, expected_on (null where
    nobody can say)."""
    own = house.due.filter(pl.col("product") == product).sort("expected", nulls_last=True)
    days = [None if each is None or each == NEVER else to_date(each) for each in own["expected"]]
    return own.select(
        "partner",
        pl.Series("ordered_on", [to_date(each) for each in own["ordered"]], dtype=pl.Date),
        "pieces",
        pl.Series("expected_on", days, dtype=pl.Date),
    )
