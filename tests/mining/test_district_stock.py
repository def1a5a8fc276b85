"""The virtual warehouse as arrays: promises, cover, sources, concentration and losses, by hand and a second way."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from data.collaborate.district_frames import district_frames
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.partners.delivery_plans import delivery_options
from mining.partners.district_stock import DistrictStock, district_stock, stock_overview
from mining.partners.lead_chances import expected_orders, lead_times
from mining.partners.stock_cover import days_of_cover
from mining.partners.supply_concentration import order_concentration, supply_concentration, without_partner
from mining.partners.virtual_warehouse import (
    VirtualWarehouse,
    delivery_sources,
    due_by,
    product_table,
    virtual_warehouse,
    who_holds,
)
from tests.district_firm import LAST, district_firm

# The same promises by SQL of another shape: the last counts by QUALIFY, the rest of open orders by what was promised.
PROMISED = """WITH last AS (
    SELECT product_code, greatest(on_hand - coalesce(reserved, 0), 0) AS free FROM stock
    WHERE on_hand IS NOT NULL AND day_key BETWEEN $1 - 92 AND $1
    QUALIFY rank() OVER (PARTITION BY product_code, partner_code, coalesce(place, '') ORDER BY day_key DESC) = 1),
coming AS (
    SELECT product_code, quantity_ordered - (SELECT coalesce(sum(quantity), 0) FROM receipt
        WHERE supply_order = lead_time.number) AS free FROM lead_time
    WHERE received_on IS NULL AND promised_on - DATE '1970-01-01' BETWEEN $1 AND $2)
SELECT product_code, sum(free)::DOUBLE FROM (FROM last UNION ALL FROM coming) GROUP BY 1 ORDER BY 1"""


@pytest.fixture
def firm(tmp_path: Path) -> Warehouse:
    return district_firm(tmp_path / "w.duckdb")


@pytest.fixture
def house(firm: Warehouse) -> VirtualWarehouse:
    frames = district_frames(firm, weeks=4)
    return virtual_warehouse(frames.tables, frames.as_of, frames.idle_days, frames.demand_days)


def code(firm: Warehouse, level: str, label: str) -> int:
    return int(firm.rows("SELECT code FROM member WHERE level = ? AND label = ?", [level, label])[0][0])


def rows_of(firm: Warehouse, house: VirtualWarehouse, days: int) -> dict[str, dict[str, Any]]:
    names = dict(firm.rows("SELECT code, label FROM member WHERE level = 'product'"))
    table = product_table(house, house.overview(LAST + timedelta(days)))
    return {names[row["product"]]: row for row in table.to_dicts()}


def test_promises_of_the_tiny_district(firm: Warehouse, house: VirtualWarehouse) -> None:
    near, far = rows_of(firm, house, 5), rows_of(firm, house, 6)
    cup = near["Cup"]
    assert (cup["on_hand"], cup["free"], cup["expected"], cup["promise"]) == (120.0, 110.0, 0.0, 110.0)
    assert (far["Cup"]["expected"], far["Cup"]["promise"]) == (
        18.0,
        128.0,
    )  # 30 ordered, 12 came, promised in 6 days
    assert (cup["partners"], cup["sources"], cup["only"]) == (2, 2, None)
    mug = near["Mug"]
    assert (mug["on_hand"], mug["free"]) == (4.0, 7.0)  # 3 fewer than none elsewhere take none of these away
    assert (mug["sources"], mug["only"], mug["herfindahl"]) == (1, code(firm, "partner", "Alba"), 1.0)
    assert far["Pot"]["promise"] == 0.0  # Cima never delivered, and nobody can say
    assert (house.below_zero, house.leads.before) == (1, 1)
    # Received of Cup within the year: 100 of Alba, 72 of Bora, 12 of them of an order that is open.
    assert cup["herfindahl"] == pytest.approx((100 / 172) ** 2 + (72 / 172) ** 2)


def test_promises_by_other_sql(firm: Warehouse, house: VirtualWarehouse) -> None:
    for days in (0, 3, 6, 60):
        asked = [house.today, house.today + days]
        table = product_table(house, house.overview(LAST + timedelta(days)))
        told = {
            product: promise for product, promise in table.select("product", "promise").iter_rows() if promise
        }
        assert told == {product: free for product, free in firm.rows(PROMISED, asked) if free}


def test_open_orders_are_expected_as_promised_or_as_the_partner_delivers(
    house: VirtualWarehouse, firm: Warehouse
) -> None:
    due = due_by(house, code(firm, "product", "Cup")).to_dicts()
    assert [(each["pieces"], each["expected_on"]) for each in due] == [(18.0, LAST + timedelta(6))]
    assert due_by(house, code(firm, "product", "Pot"))["expected_on"].to_list() == [None]


def test_chances_are_of_the_partners_own_orders(house: VirtualWarehouse, firm: Warehouse) -> None:
    alba, bora, cima = (code(firm, "partner", each) for each in ("Alba", "Bora", "Cima"))
    leads = house.leads
    assert leads.orders(alba) == 13
    five = leads.chance(alba, 5)
    assert five is not None
    assert (five.share, five.orders, five.known) == (pytest.approx(9 / 13), 13, 13)
    assert five.low < 9 / 13 < five.high
    assert leads.typical(alba) == (5.0, 20.0)
    late = leads.chance(alba, 150)
    assert late is not None
    assert late.share == pytest.approx(12 / 13)  # what ended without coming never comes
    # Of Bora four came on day 10, one is open since ten days: it was there when they came.
    ten = leads.chance(bora, 10)
    assert ten is not None
    assert ten.share == pytest.approx(4 / 5)
    nine = leads.chance(bora, 9)
    assert nine is not None
    assert nine.share == 0.0
    assert 0 < nine.high < 0.5
    # Cima never delivered: watched for 20 days, its chance is at least nothing, and nobody knows what comes after.
    silent = leads.chance(cima, 30)
    assert silent is not None
    assert (silent.share, silent.high, silent.at_least) == (0.0, 1.0, True)
    assert leads.chance(99, 5) is None


def test_of_what_waited_shorter_nobody_knows_and_a_promise_that_is_past_is_none() -> None:
    orders = pl.DataFrame(
        {
            "product": 1, "partner": 7, "ordered": [0, 0, 0, 60, 95], "promised": [9, 9, 9, 90, None],
            "received": [10, 20, 60, None, None], "has_ended": False, "pieces": 8.0, "came": [8.0, 8.0, 8.0, 3.0, None],
        }
    )  # fmt: skip
    leads = lead_times(orders, 100)
    known = leads.chance(7, 45)
    assert known is not None
    assert (known.orders, known.known) == (5, 3)  # two wait for 40 and 5 days
    due = expected_orders(orders, leads, 100).sort("ordered")
    # After 40 days one of three was still to come, and was there on day 60; after 5 half were on day 20.
    assert due.select("pieces", "expected").rows() == [(5.0, 120), (8.0, 115)]


def test_who_could_deliver(house: VirtualWarehouse, firm: Warehouse) -> None:
    cup, by = code(firm, "product", "Cup"), LAST + timedelta(10)
    held = {row["partner"]: row for row in who_holds(house, cup, by).to_dicts()}
    alba, bora = held[code(firm, "partner", "Alba")], held[code(firm, "partner", "Bora")]
    assert (alba["free"], alba["on_hand"], alba["reserved"], alba["places"], alba["unit_cost"]) == (
        70,
        80.0,
        10.0,
        2,
        4.0,
    )
    assert (bora["free"], bora["unit_cost"], bora["largest_order"]) == (40, 2.0, 15.0)
    options = delivery_options(delivery_sources(house, cup, by), 60)
    assert options.surest is not None
    assert options.cheapest is not None
    assert options.surest.is_whole
    assert (options.surest.cost, options.surest.chance) == (240.0, pytest.approx(10 / 13))
    assert options.cheapest.cost == 40 * 2 + 20 * 4
    assert options.cheapest.chance == pytest.approx(10 / 13 * 4 / 5)
    pot = who_holds(house, code(firm, "product", "Pot"), by)
    assert pot["free"].to_list() == [None]  # Bora delivered some, and tells no stock


def test_what_hangs_on_a_partner(house: VirtualWarehouse, firm: Warehouse) -> None:
    overview = house.overview(LAST)
    supply = supply_concentration(house.stock, overview)
    names = dict(firm.rows("SELECT code, label FROM member WHERE level = 'partner'"))
    told = {names[row["partner"]]: row for row in supply.partners.to_dicts()}
    # Cup 560 by pieces received, 100 and 72; Mug 30 of Alba; Jar 9 by pieces held, 4 and 50; Pot sold nothing.
    assert told["Alba"]["revenue"] == pytest.approx(560 * 100 / 172 + 30 + 9 * 4 / 54)
    assert told["Bora"]["revenue"] == pytest.approx(560 * 72 / 172 + 9 * 50 / 54)
    assert (told["Alba"]["sole"], told["Alba"]["sole_revenue"]) == (1, 30.0)
    total = 560 + 30 + 9
    shares = [told[each]["revenue"] / total for each in ("Alba", "Bora")]
    assert supply.index.index == pytest.approx(sum(each**2 for each in shares))
    loss = without_partner(house.stock, overview, code(firm, "partner", "Alba"))
    assert (loss.sole_revenue, loss.whole_revenue) == (30.0, 599.0)
    assert loss.at_risk == pytest.approx(told["Alba"]["revenue"])
    cup = loss.products.filter(pl.col("product") == code(firm, "product", "Cup")).to_dicts()[0]
    assert (cup["elsewhere"], cup["lasts"], cup["sources"]) == (40.0, pytest.approx(40 / 2), 2)
    with pytest.raises(BadRequest, match="Nothing hangs on this partner"):
        without_partner(house.stock, overview, 99)


def test_a_day_that_is_past_or_too_far_is_a_sentence(house: VirtualWarehouse) -> None:
    with pytest.raises(BadRequest, match=r"is past: what is known here ends on 2025-06-30"):
        house.check_day(LAST - timedelta(1))
    with pytest.raises(BadRequest, match="within ten years"):
        house.check_day(LAST + timedelta(4_000))


def drawn(seed: int) -> tuple[DistrictStock, pl.DataFrame, pl.DataFrame]:
    random = np.random.default_rng(seed)
    size = int(random.integers(1, 60))
    counts = pl.DataFrame(
        {
            "product": random.integers(1, 9, size), "partner": random.integers(0, 6, size),
            "on_hand": random.integers(-4, 50, size).astype(float), "reserved": random.integers(0, 20, size) * 1.0,
        }
    )  # fmt: skip
    due = pl.DataFrame(
        {
            "product": random.integers(1, 9, 9),
            "expected": [None, *random.integers(90, 120, 8)],
            "pieces": np.arange(9.0),
        },
        schema_overrides={"expected": pl.Int64},
    )
    received = pl.DataFrame(
        {
            "product": random.integers(1, 12, 9),
            "partner": random.integers(1, 6, 9),
            "pieces": random.integers(0, 9, 9) * 1.0,
        }
    )
    demand = pl.DataFrame({"product": [1, 2, 3], "pieces": [28.0, 3.0, 0.0], "squares": [50.0, 9.0, 0.0]})
    sold = pl.DataFrame({"product": np.arange(1, 12), "revenue": random.integers(0, 99, 11) * 1.0})
    return district_stock(counts, due, received, received.head(2), demand, sold, 28), counts, due


def test_lines_that_name_their_supplier_tell_where_no_order_does() -> None:
    frame = pl.DataFrame({"product": [1, 1, 2, 3], "partner": [5, 6, 5, 6], "pieces": [30.0, 10.0, 4.0, 2.0]})
    counts = pl.DataFrame(
        {"product": [1, 3], "partner": [7, 7], "on_hand": [9.0, 9.0], "reserved": [0.0, 0.0]}
    )
    empty = frame.clear().with_columns(expected=pl.lit(0), squares=pl.lit(0.0))
    sold = pl.DataFrame({"product": [1, 2, 3], "revenue": [100.0, 10.0, 1.0]})
    stock = district_stock(counts, empty, frame.filter(product=3), frame, empty, sold, 28)
    overview = stock_overview(stock, 0)
    assert overview.herfindahl.tolist() == [0.75**2 + 0.25**2, 1.0, 1.0]
    assert overview.sources.tolist() == [3, 1, 2]  # who holds it is a source, too
    assert supply_concentration(stock, overview).partners.select("partner", "revenue").rows() == [
        (5, 85.0), (6, 26.0), (7, 0.0),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_promised_beyond_what_there_is(seed: int) -> None:
    stock, counts, due = drawn(seed)
    before: np.ndarray | None = None
    for by in (80, 100, 130):
        overview = stock_overview(stock, by)
        for at, product in enumerate(stock.products):
            held = counts.filter((pl.col("product") == product) & (pl.col("on_hand") > 0))["on_hand"].sum()
            coming = due.filter(pl.col("product") == product)["pieces"].sum()
            assert 0 <= overview.promise[at] <= held + coming
        assert before is None or (overview.promise >= before).all()  # a later day promises no less
        before = overview.promise
        known = ~np.isnan(overview.herfindahl)
        assert (overview.herfindahl[known] * overview.sources[known] >= 1 - 1e-9).all()
        assert (overview.herfindahl[known] <= 1 + 1e-9).all()
        assert (overview.sole <= (overview.sources == 1)).all()
    supply = supply_concentration(stock, overview)
    assert supply.partners["revenue"].sum() + supply.untold == pytest.approx(stock.revenue.sum())


def test_cover_is_the_plain_quotient_without_spread_and_holds_what_chance_does() -> None:
    one = days_of_cover(np.array([100.0, 0.0, 5.0]), np.array([4.0, 4.0, 0.0]), np.zeros(3), 91)
    assert one.days[:2].tolist() == one.low[:2].tolist() == one.high[:2].tolist() == [25.0, 0.0]
    assert all(math.isnan(each[2]) for each in (one.days, one.low, one.high))
    random, inside, rounds = np.random.default_rng(1), 0, 2_000
    for _ in range(rounds):
        seen = random.negative_binomial(2, 0.25, 91)  # 6 a day, variance 24
        found = days_of_cover(np.array([150.0]), np.array([seen.mean()]), np.array([seen.var(ddof=1)]), 91)
        gone = int(np.searchsorted(np.cumsum(random.negative_binomial(2, 0.25, 400)), 150)) + 1
        inside += bool(found.low[0] <= gone <= found.high[0] + 1)
    assert 0.93 < inside / rounds < 0.97
    rare = days_of_cover(np.array([5.0]), np.array([1 / 91]), np.array([1 / 91]), 91)
    assert math.isinf(rare.high[0])  # one piece in 91 days tells no end


def test_the_interval_of_the_index_is_that_of_products_drawn_anew() -> None:
    random = np.random.default_rng(3)
    size = 300
    pairs = pl.DataFrame(
        {"product": np.repeat(np.arange(1, size + 1), 2), "partner": random.integers(1, 7, 2 * size), "on_hand": 1.0,
         "reserved": 0.0}
    )  # fmt: skip
    empty = pl.DataFrame(schema={"product": pl.Int64, "partner": pl.Int64, "pieces": pl.Float64, "expected": pl.Int64,
                                 "squares": pl.Float64})  # fmt: skip
    sold = pl.DataFrame({"product": np.arange(1, size + 1), "revenue": random.lognormal(0, 1.2, size)})
    stock = district_stock(pairs, empty, empty, empty, empty, sold, 28)
    found = supply_concentration(stock, stock_overview(stock, 0)).index
    spread = np.zeros((size, 6))
    for pair, partner, share in zip(stock.pair, stock.pair_partner, stock.share, strict=True):
        spread[pair, partner] += share * stock.revenue[pair]
    sums = np.array([random.multinomial(size, np.full(size, 1 / size)) @ spread for _ in range(4_000)])
    shares = sums / sums.sum(axis=1, keepdims=True)
    low, high = np.quantile((shares**2).sum(axis=1), [0.025, 0.975])
    assert found.index is not None
    assert found.low is not None
    assert found.high is not None
    assert found.high / found.index == pytest.approx(high / np.median((shares**2).sum(axis=1)), rel=0.05)
    assert found.low <= found.index <= found.high
    assert low / found.low == pytest.approx(1, abs=0.1)


def test_few_orders_leave_room_for_a_partner_who_was_not_seen() -> None:
    few, many = order_concentration({1: 3}), order_concentration({1: 300})
    assert few.index == many.index == 1.0
    assert few.low is not None
    assert many.low is not None
    assert few.low < 0.8 < 0.98 < many.low
    assert order_concentration({}).index is None
