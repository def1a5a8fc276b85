"""The virtual warehouse of a district: what a snapshot tells of stock, orders and sales, made ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from data.collaborate.district_frames import A_YEAR, CARRIED_DAYS
from data.errors import BadRequest
from data.model.calendar import day_key, to_date
from mining.partners.delivery_plans import DeliverySource
from mining.partners.district_stock import NEVER, DistrictStock, StockOverview, district_stock, stock_overview
from mining.partners.lead_chances import LeadTimes, expected_orders, lead_times
from mining.partners.told_stock import lay_told_stock

LONGEST_DAYS, USUAL_DAYS = 3_650, 28
PAIR = ("product", "partner")
COVERS = ("cover", "cover_low", "cover_high")
NOTHING = pl.DataFrame(
    schema={"product": pl.Int64, "partner": pl.Int64, "day": pl.Int64, "pieces": pl.Float64}
)


@dataclass(frozen=True, slots=True, eq=False)
class VirtualWarehouse:
    """As of a day: the `counts` that hold, `sellers` of late, `due` orders with the day on which they are expected,
    pieces `received` of the orders of a year by product and partner (how many orders, and the most of one), the last
    `unit_cost` by product and partner (`costs`) and by product whoever supplies it (`usual_costs`). `below_zero` are
    counts of less than nothing; so many are as partners `told` them, newer than any count."""

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
    told: int

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


def virtual_warehouse(
    tables: Mapping[str, pl.DataFrame],
    as_of: date,
    idle_days: int,
    demand_days: int,
    told: pl.DataFrame | None = None,
) -> VirtualWarehouse:
    """All of it made ready, once for a snapshot and for what partners `told` of their stock (product, partner, day,
    pieces), laid over what was counted. `tables` are the frames of `data.collaborate.district_frames` by name, counts
    watched over `idle_days`, demand added up over `demand_days` to the day `as_of`."""
    today = day_key(as_of)
    laid = lay_told_stock(tables["counts"], NOTHING if told is None else told, today, CARRIED_DAYS)
    counts, orders = laid.counts, tables["orders"]
    leads = lead_times(orders, today)
    due, received, costs = expected_orders(orders, leads, today), _received(orders, today), _costs(orders)
    latest = costs.unique("product", keep="last", maintain_order=True).select("product", "unit_cost")
    return VirtualWarehouse(
        as_of=as_of,
        idle_days=idle_days,
        stock=district_stock(
            counts, due, received, tables["supplied"], tables["demand"], tables["sold"], demand_days
        ),
        leads=leads,
        counts=counts,
        sellers=tables["sellers"],
        due=due,
        received=received,
        costs=costs,
        usual_costs=pl.concat([tables["costs"], latest]).unique("product", keep="first", maintain_order=True),
        below_zero=counts.filter(pl.col("on_hand") < 0).height,
        told=laid.told,
    )


def _received(orders: pl.DataFrame, today: int) -> pl.DataFrame:
    """What came of the orders of a year, by product and partner."""
    came = orders.filter((pl.col("ordered") > today - A_YEAR) & (pl.col("came") > 0))
    sums = {"pieces": pl.col("came").sum(), "orders": pl.len().cast(pl.Int64), "most": pl.col("came").max()}
    return came.group_by(PAIR).agg(**sums).sort(PAIR)


def _costs(orders: pl.DataFrame) -> pl.DataFrame:
    """What one cost last, by product and partner, the oldest of these first."""
    priced = orders.filter(pl.col("unit_cost").is_not_null()).sort("ordered", maintain_order=True)
    return priced.unique(PAIR, keep="last", maintain_order=True).select(*PAIR, "unit_cost")


def who_holds(house: VirtualWarehouse, product: int, by: date) -> pl.DataFrame:
    """Partners who hold a product or delivered it within the year, a row each: partner (code), on_hand, reserved, free
    (whole pieces; null where nothing was counted), counted_on (the oldest count), places, is_told (by the partner, not
    counted), chance, low, high, at_least, orders and median_days of the partner's own history (null without any),
    largest_order, unit_cost."""
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
            is_told=pl.col("is_told").any(),
        )
    )
    own = house.received.filter(pl.col("product") == product).select("partner", largest_order="most")
    costs = house.costs.filter(pl.col("product") == product).select("partner", "unit_cost")
    rows = held.join(own, on="partner", how="full", coalesce=True).join(costs, on="partner", how="left")
    known = [house.leads.chance(partner, days) for partner in rows["partner"]]
    return rows.select(
        "partner", "on_hand", "reserved", "free",
        pl.Series("counted_on", [None if each is None else to_date(each) for each in rows["counted"]], dtype=pl.Date),
        "places", "is_told",
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
    nothing was asked for, cover_high as well where nobody can say), revenue of a year."""
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
        *(pl.when(pl.col(name).is_finite()).then(name).alias(name) for name in ("herfindahl", *COVERS)),
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
