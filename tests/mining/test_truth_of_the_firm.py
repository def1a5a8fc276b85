"""What was planted in the demonstration firm comes back: ways of buying, products that go together, seasons."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score

from data.demo.demo_firm import FIRST_DAY, LAST_DAY, Firm
from data.demo.simulated_customers import CAMPAIGN_FIRST, CAMPAIGN_KIND, CAMPAIGN_LAST, KINDS
from data.demo.simulated_products import CATEGORIES, PROMOTED_CATEGORY
from data.demo.simulated_world import World
from mining.patterns.association_rules import RuleDemands, passing
from mining.patterns.basket_matrix import Baskets, encode
from mining.patterns.candidate_rules import candidate_rules
from mining.patterns.itemsets import frequent, suggest_support
from mining.patterns.shuffled_baskets import shuffled
from mining.portfolio.demand_variation import XyzThresholds, demand_variation
from mining.portfolio.pareto_curve import AbcThresholds
from mining.portfolio.product_lines import ProductLines, product_lines
from mining.portfolio.product_portfolio import PortfolioThresholds, product_portfolio
from mining.segments.clustered_segments import clustered
from mining.trends.member_trends import find_trends
from mining.trends.trend_effect import TrendKind
from pages.discover.baskets_view import CORRECTION
from pages.discover.segments_view import DAYS_THAT_TELL, DEFAULT_K, WAYS

FIRMS = [(lines, seed) for lines in (30_000, 40_000, 60_000) for seed in (0, 1, 2)]
of_three_sizes_and_seeds = pytest.mark.parametrize(("lines", "seed"), FIRMS)


@cache
def world(lines: int, seed: int) -> World:
    return World(Firm(lines=lines, products=400, seed=seed))


def sold(firm: World) -> pl.DataFrame:
    """Its order lines in euros and days, with the category of each product."""
    category = pl.Series([CATEGORIES[at].name for at in firm.goods.category])
    return firm.lines.select(
        "product", "customer", "units", "is_return", basket="order_key",
        day=pl.lit(FIRST_DAY) + pl.duration(days="day"), category=category[firm.lines["product"] - 1],
        revenue=pl.col("revenue") / 100, margin=(pl.col("revenue") - pl.col("cost")) / 100,
    )  # fmt: skip


def customers(firm: World) -> pl.DataFrame:
    """What the sales cube tells of each customer that the ways of buying are found by."""
    bought = ~pl.col("is_return")
    told = sold(firm).filter(pl.col("customer") > 0).group_by("customer").agg(
        last_purchase=pl.col("day").filter(bought).max(), purchase_days=pl.col("day").filter(bought).n_unique(),
        revenue=pl.col("revenue").sum(), categories=pl.col("category").filter(bought).n_unique(),
        lines=bought.sum(), orders=pl.col("basket").filter(bought).n_unique(),
        units=pl.col("units").filter(bought).sum(), returned=-pl.col("units").filter(~bought).sum(),
    )  # fmt: skip
    return told.select(
        "customer", "last_purchase", "purchase_days", "revenue", "categories", label=pl.lit(""),
        return_rate=pl.col("returned") / pl.col("units"), average_order_value=pl.col("revenue") / pl.col("orders"),
        lines_per_order=pl.col("lines") / pl.col("orders"), units_per_line=pl.col("units") / pl.col("lines"),
    )  # fmt: skip


@of_three_sizes_and_seeds
def test_planted_ways_of_buying_come_back(lines: int, seed: int) -> None:
    """By the page's own recipe: its features, its usual number of segments, who came often enough to show a way."""
    firm = world(lines, seed)
    told = customers(firm).filter(pl.col("purchase_days") >= DAYS_THAT_TELL)
    found = clustered(told, LAST_DAY, DEFAULT_K, features=WAYS).members
    planted = firm.people.segment[found["customer"].to_numpy()]
    assert len(planted) > 100
    assert adjusted_rand_score(planted, found["number"]) >= 0.8


def beyond_chance(baskets: Baskets, least: Decimal) -> set[tuple[str, str]]:
    """Pairs at the page's correction that are a tenth sure, significant and productive."""
    candidates = candidate_rules(frequent(baskets, least, 2))
    frame = passing(candidates, baskets.items, RuleDemands(least, "0.1", CORRECTION, productive=True)).frame
    return set(frame.select(pl.col(side).list.first() for side in ("antecedent", "consequent")).iter_rows())


@of_three_sizes_and_seeds
def test_planted_associations_come_back_and_none_where_nothing_goes_together(lines: int, seed: int) -> None:
    firm = world(lines, seed)
    bought = sold(firm).filter(~pl.col("is_return"))
    baskets = encode(bought.select("basket", item=pl.col("product").cast(pl.String)))
    least = suggest_support(baskets)
    planted = {(str(one + 1), str(other + 1)) for one, other in firm.goods.associations}
    assert len(planted) == 12
    assert planted <= beyond_chance(baskets, least)
    assert not beyond_chance(shuffled(baskets, np.random.default_rng(seed)), least)


def firm_lines(firm: World, item: str = "product") -> ProductLines:
    frame = sold(firm)
    if item == "category":
        place = {each.name: at for at, each in enumerate(CATEGORIES, 1)}
        frame = frame.with_columns(product=pl.col("category").replace_strict(place, return_dtype=pl.Int32))
    names = frame.group_by("product").agg(pl.col("category").first(), first_sale=pl.col("day").min())
    told = names.with_columns(id=pl.col("product").cast(pl.String), label=pl.col("product").cast(pl.String))
    return product_lines(frame, told, FIRST_DAY, LAST_DAY)


@of_three_sizes_and_seeds
def test_facts_of_the_portfolio_are_those_of_a_loop_over_lines(lines: int, seed: int) -> None:
    firm = world(lines, seed)
    found = product_portfolio(firm_lines(firm), PortfolioThresholds(AbcThresholds(), XyzThresholds()))
    revenue, units, last = defaultdict(int), defaultdict(int), defaultdict(int)
    buyers, baskets, bought = defaultdict(set), defaultdict(set), defaultdict(set)
    columns = ("product", "customer", "order_key", "units", "revenue", "is_return", "day")
    for product, customer, order, count, cents, is_return, day in firm.lines.select(columns).iter_rows():
        revenue[product] += cents
        units[product] += count
        if not is_return:
            last[product] = max(last[product], day)
            baskets[product].add(order)
            if customer:
                buyers[product].add(customer)
                bought[customer].add(product)
    alone = [next(iter(each)) for each in bought.values() if len(each) == 1]
    for row in found.products.iter_rows(named=True):
        code = row["product"]
        assert row["revenue"] == pytest.approx(revenue[code] / 100)
        told = (row["units"], row["buyers"], row["baskets"], row["sole_buyers"], row["last_sale"])
        day = FIRST_DAY + timedelta(days=last[code])
        assert told == (units[code], len(buyers[code]), len(baskets[code]), alone.count(code), day)


@of_three_sizes_and_seeds
def test_planted_seasons_are_told_from_even_demand(lines: int, seed: int) -> None:
    """By lines sold in each category: of no even one is the variation called a season's."""
    told = firm_lines(world(lines, seed), "category")
    counted = replace(told, frame=told.frame.with_columns(units=pl.lit(1)))
    found = demand_variation(counted, XyzThresholds(x=0.4))
    season = pl.Series([CATEGORIES[code - 1].season for code in found["product"]])
    even, seasonal = found.filter(season == "even"), found.filter(season != "even")
    strong = found.filter(season.is_in(["gifts", "summer"]))
    assert not even["is_seasonal"].any()
    assert seasonal["is_seasonal"].mean() >= 0.5
    assert strong["variation"].min() > even["variation"].max()


def month_courses(firm: World) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Revenue by month of the whole, each category, each kind of customer and each pair; and what is part of what."""
    kind = pl.Series([KINDS[each] for each in firm.people.kind])
    told = sold(firm).with_columns(period=pl.col("day").dt.truncate("1mo").cast(pl.Date))
    told = told.with_columns(kind=kind[told["customer"]])
    named = {"category": pl.lit("category=") + pl.col("category"), "kind": pl.lit("kind=") + pl.col("kind")}
    both = pl.concat_str(list(named.values()), separator=" & ")
    frames = [
        told.group_by("period", series=name).agg(value=pl.col("revenue").sum())
        for name in (pl.lit(""), *named.values(), both)
    ]
    kin = [(each, part) for each in frames[-1]["series"].unique() for part in each.split(" & ")]
    courses = pl.concat(each.select("series", "period", "value") for each in frames)
    return courses, pl.DataFrame(kin, schema=["series", "ancestor"], orient="row")


def test_the_planted_campaign_is_a_trend_that_nobody_asked_for() -> None:
    """Of eight firms in nine, in its very months, here of two in three; smaller firms sell too little of it."""
    found = [
        find_trends(*month_courses(World(Firm(lines=850_000, seed=seed))), "month", "") for seed in range(3)
    ]
    causes = [{each.cause.series: each.cause for each in own.alarms} for own in found]
    planted = f"category={PROMOTED_CATEGORY} & kind={CAMPAIGN_KIND}"
    told = [own[planted] for own in causes if planted in own]
    assert len(told) >= 2
    for each in told:
        months = (CAMPAIGN_FIRST, CAMPAIGN_LAST.replace(day=1))
        assert (each.kind, each.first, each.last) == (TrendKind.SPIKE, *months)
        assert each.low > 0.5
