"""The portfolio: published figures, each part a second way, planted truths, and what no what-if may break."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.stats import poisson

from data.errors import BadRequest
from mining.portfolio.basket_halo import basket_halo
from mining.portfolio.demand_variation import XyzThresholds, demand_variation
from mining.portfolio.fee_candidates import fee_candidates
from mining.portfolio.pareto_curve import AbcThresholds, abc_classes, pareto_curve
from mining.portfolio.product_lines import ProductLines, product_lines
from mining.portfolio.product_portfolio import PortfolioThresholds, product_portfolio
from mining.portfolio.sole_buyers import sole_buyers
from mining.portfolio.substitutes import substitutes
from mining.portfolio.verdicts import verdicts
from mining.portfolio.what_if import what_if
from tests.data.load_files import REAL

SINCE, UNTIL = date(2022, 1, 1), date(2024, 12, 31)


def made(rows: list[dict[str, Any]], categories: dict[int, str] | None = None) -> ProductLines:
    """Lines of what the rows say: product, customer, basket, day, revenue; the rest is usual."""
    usual = {
        "customer": 1,
        "basket": 1,
        "day": SINCE,
        "revenue": 1.0,
        "margin": 0.5,
        "units": 1.0,
        "is_return": False,
    }
    frame = pl.DataFrame([usual | row for row in rows])
    first = frame.group_by("product").agg(first_sale=pl.col("day").min()).sort("product")
    names = first.with_columns(
        id=pl.format("P{}", "product"),
        label=pl.format("Product {}", "product"),
        category=pl.col("product").replace_strict(categories or {}, default=None, return_dtype=pl.String),
    )
    return product_lines(frame, names, SINCE, UNTIL)


def baskets(seed: int, count: int = 3_000) -> list[list[int]]:
    """Baskets of eight products, each bought by chance, but 1 and 2 never together."""
    draw = np.random.default_rng(seed)
    held = draw.random((count, 8)) < 0.2
    both = held[:, 0] & held[:, 1]
    held[both, np.where(draw.random(both.sum()) < 0.5, 0, 1)] = False
    return [(np.flatnonzero(row) + 1).tolist() for row in held]


def of_baskets(told: list[list[int]]) -> ProductLines:
    rows = [
        {
            "product": product,
            "basket": at,
            "customer": at % 400 + 1,
            "day": SINCE + timedelta(days=at % 1_000),
        }
        for at, basket in enumerate(told)
        for product in basket
    ]
    return made(rows, dict.fromkeys(range(1, 9), "one"))


@cache
def online_retail() -> ProductLines:
    """The 397,884 lines of known customers with a quantity and a price above nought."""
    if not (REAL / "online_retail").is_dir():
        pytest.skip("Online Retail is not here")
    read = pl.read_parquet(REAL / "online_retail")
    kept = read.filter(
        pl.col("CustomerID").is_not_null() & (pl.col("Quantity") > 0) & (pl.col("UnitPrice") > 0)
    )
    frame = kept.select(
        product=pl.col("StockCode").rank("dense").cast(pl.Int64),
        id="StockCode",
        customer=pl.col("CustomerID").cast(pl.Int64),
        basket=pl.col("InvoiceNo").rank("dense").cast(pl.Int64),
        day=pl.col("InvoiceDate").cast(pl.Date),
        revenue=pl.col("Quantity") * pl.col("UnitPrice").cast(pl.Float64),
        margin=pl.lit(None, pl.Float64),
        units=pl.col("Quantity").cast(pl.Float64),
        is_return=pl.lit(False),
    )
    names = frame.group_by("product").agg(pl.col("id").first(), first_sale=pl.col("day").min())
    names = names.with_columns(label="id", category=pl.lit(None, pl.String))
    return product_lines(frame, names, date(2010, 12, 1), date(2011, 12, 9))


def test_the_figures_of_online_retail() -> None:
    folio = product_portfolio(online_retail(), PortfolioThresholds())
    assert online_retail().frame.height == 397_884
    assert folio.products.height == folio.curve.members == 3_665
    assert [folio.curve.needed(share) for share in (0.5, 0.8, 0.95)] == [226, 777, 1_699]
    assert folio.curve.made_by(0.2) == pytest.approx(0.7865, abs=5e-5)
    assert folio.customer_curve.needed(0.8) == 1_133
    assert folio.customer_curve.made_by(0.2) == pytest.approx(0.7459, abs=5e-5)
    assert folio.sole.height == 91
    assert folio.sole["revenue"].sum() == pytest.approx(150_268.79)
    assert folio.products.filter(pl.col("abc") == "A").height == 777
    assert folio.verdicts["products"].sum() == 3_665
    assert folio.verdicts["revenue"].sum() == pytest.approx(8_911_407.90)


def test_classes_are_those_of_a_loop() -> None:
    values = [5.0, -3.0, 80.0, 10.0, 0.0, 5.0, 0.2]
    running, expected = 0.0, {}
    for value, at in sorted(((-each, at) for at, each in enumerate(values) if each > 0)):
        before, running = running, running - value
        expected[at] = "A" if before < 0.8 * 100.2 else "B" if before < 0.95 * 100.2 else "C"
    found = abc_classes(pl.Series(values), AbcThresholds())
    assert found.to_list() == [expected.get(at, "C") for at in range(len(values))]
    assert pareto_curve(pl.Series(values)).needed(1.0) == 5
    assert pareto_curve(pl.Series([0.0, -1.0])).needed(0.8) == 0
    for a, b in ((0.0, 0.5), (0.9, 0.8), (0.5, 1.2)):
        with pytest.raises(BadRequest, match="A cannot end"):
            AbcThresholds(a, b)


def monthly(product: int, units: list[float]) -> list[dict[str, Any]]:
    """A line a month from the first on, where anything was bought."""
    months = pl.date_range(SINCE, UNTIL, "1mo", eager=True).to_list()
    sold = [(month, each) for month, each in zip(months, units, strict=False) if each]
    return [{"product": product, "day": month, "units": each, "basket": 1} for month, each in sold]


def test_variation_is_that_of_numpy_and_leaves_out_months_without_stock() -> None:
    told = np.random.default_rng(1).poisson(9, 36).astype(float)
    told[[5, 6, 7]] = 0.0
    lines = made(monthly(1, told.tolist()))
    found = demand_variation(lines, XyzThresholds()).row(0, named=True)
    assert found["variation"] == pytest.approx(told.std(ddof=1) / told.mean())
    months = [date(2022, 6, 1), date(2022, 7, 1), date(2022, 8, 1)]
    out = pl.DataFrame({"product": [1] * 3, "month": months})
    stocked, left = (
        demand_variation(lines, XyzThresholds(), out).row(0, named=True),
        np.delete(told, [5, 6, 7]),
    )
    assert stocked["variation"] == pytest.approx(left.std(ddof=1) / left.mean())
    assert (stocked["months"], stocked["months_sold_out"]) == (33, 3)


def test_what_follows_the_season_is_not_erratic() -> None:
    """Christmas goods are of class Z by months, and even from year to year; single large orders are not."""
    draw = np.random.default_rng(2)
    christmas = [float(100 + draw.integers(-9, 9)) if month % 12 in (10, 11) else 1.0 for month in range(36)]
    lumps = [300.0 if month in (4, 17, 30) else 1.0 for month in range(36)]
    young = [5.0] * 4
    lines = made([*monthly(1, christmas), *monthly(2, lumps), *monthly(3, [0.0] * 32 + young)])
    found = demand_variation(lines, XyzThresholds())
    assert found.select("xyz", "is_seasonal").rows() == [("Z", True), ("Z", False), ("?", False)]


def test_sole_buyers_and_halo_by_hand() -> None:
    lines = made(
        [
            {"product": 1, "customer": 1, "basket": 1, "revenue": 4.0},
            {"product": 2, "customer": 1, "basket": 1, "revenue": 6.0},
            {"product": 1, "customer": 2, "basket": 2, "revenue": 5.0},
            {"product": 2, "customer": 2, "basket": 3, "revenue": -1.0, "is_return": True},
            {"product": 1, "customer": 0, "basket": 4, "revenue": 7.0},
        ]
    )
    assert sole_buyers(lines).rows() == [(2, 1, 4.0)]
    halo = basket_halo(lines)
    assert halo.select("product", "baskets", "halo").rows() == [(1, 3, 6.0), (2, 1, 4.0)]
    assert halo["halo_index"].to_list() == pytest.approx([(6 / 3) / (10 / 4), 4 / (10 / 4)])


def expected(told: list[list[int]], one: int, other: int) -> float:
    """Baskets with both by the margins, month by month and size by size, in a loop."""
    kinds: dict[tuple[date, int], list[list[int]]] = defaultdict(list)
    for at, basket in enumerate(told):
        day = SINCE + timedelta(days=at % 1_000)
        kind = len(basket) if len(basket) < 5 else 5 + (len(basket) > 6)
        kinds[day.replace(day=1), kind].append(basket)
    found = 0.0
    for held in kinds.values():
        counts = [sum(product in each for each in held) for product in range(1, 9)]
        pairs = sum(len(each) * (len(each) - 1) for each in held)
        apart = sum(counts) ** 2 - sum(each**2 for each in counts)
        found += pairs * counts[one - 1] * counts[other - 1] / apart if apart else 0.0
    return found


def test_small_baskets_do_not_make_substitutes() -> None:
    """Whoever buys one thing an order cannot buy two: that shows nothing."""
    draw = np.random.default_rng(7)
    single = substitutes(of_baskets([[int(each)] for each in draw.integers(1, 9, 3_000)]))
    assert (single.tested, single.pairs.height) == (0, 0)
    couples = substitutes(of_baskets([draw.choice(8, 2, replace=False) + 1 for _ in range(3_000)]))
    assert (couples.tested, couples.pairs.height) == (28, 0)


def test_planted_substitutes_are_found_and_none_in_shuffled_baskets() -> None:
    told = baskets(3)
    found = substitutes(of_baskets(told))
    assert found.tested == 28
    assert found.pairs.select("one", "other").rows() == [(1, 2)]
    pair = found.pairs.row(0, named=True)
    buyers = [{at % 400 for at, basket in enumerate(told) if product in basket} for product in (1, 2)]
    assert pair["customers_of_both"] == len(buyers[0] & buyers[1])
    assert pair["expected"] == pytest.approx(expected(told, 1, 2))
    assert pair["p"] == pytest.approx(poisson.cdf(0, pair["expected"]))
    for seed in range(3):
        draw = np.random.default_rng(seed)
        held = {
            product: draw.permutation(3_000)[: sum(product in each for each in told)]
            for product in range(1, 9)
        }
        shuffled: dict[int, list[int]] = defaultdict(list)
        for product, places in held.items():
            for place in places:
                shuffled[place].append(product)
        assert substitutes(of_baskets([shuffled[at] for at in range(3_000)])).pairs.is_empty()


def test_of_groceries_white_bread_is_bought_instead_of_rolls() -> None:
    """Published baskets: of 147 pairs that could tell, one is a substitute, and whole milk with butter is none."""
    if not (REAL / "groceries").is_dir():
        pytest.skip("Groceries is not here")
    told = pl.read_parquet(REAL / "groceries" / "baskets_long.parquet")
    items = pl.read_parquet(REAL / "groceries" / "items.parquet").with_row_index("product", 1)
    rows = (
        told.join(items, on="label")
        .select(pl.col("product").cast(pl.Int64), basket="transaction_id")
        .to_dicts()
    )
    lines = made(rows, dict(items.select(pl.col("product").cast(pl.Int64), "level2").iter_rows()))
    found, names = substitutes(lines), dict(items.select("product", "label").iter_rows())
    assert found.tested == 147
    pairs = [{names[one], names[other]} for one, other in found.pairs.select("one", "other").iter_rows()]
    assert pairs == [{"rolls/buns", "white bread"}]


def test_a_successor_is_no_substitute() -> None:
    rows = [
        {"product": 1 if at < 500 else 2, "basket": at, "day": SINCE + timedelta(days=at)}
        for at in range(1_000)
    ]
    rows += [{"product": 3, "basket": at, "day": SINCE + timedelta(days=at)} for at in range(0, 1_000, 2)]
    assert substitutes(made(rows, dict.fromkeys((1, 2, 3), "one"))).pairs.is_empty()


@pytest.mark.parametrize(
    ("told", "verdict", "reason"),
    [
        ({"abc": "A", "age_days": 100}, "too new", "too lately"),
        ({"abc": "A"}, "keep", "most of the revenue"),
        ({"abc": "A", "margin": -1.0}, "watch", "below cost"),
        ({"abc": "B", "xyz": "Z"}, "watch", "comes and goes"),
        ({"abc": "B", "xyz": "Z", "is_seasonal": True}, "keep", "evenly enough"),
        ({"xyz": "Z", "sole_buyers": 1}, "watch", "buy nothing else"),
        ({"xyz": "Z", "halo_index": 2.0, "baskets": 40}, "watch", "large baskets"),
        ({"xyz": "Z"}, "delist", "comes and goes"),
        ({"margin": -1.0}, "delist", "below cost"),
        ({"idle_days": 400}, "delist", "not sold lately"),
        ({"idle_days": 400, "on_hand": 0.0}, "watch", "none is in stock"),
        ({"on_hand": 900.0, "cover_days": 400.0}, "delist", "more in stock"),
        ({"substitutes": 2}, "delist", "instead of it"),
        ({}, "watch", "asked for evenly"),
    ],
)
def test_a_verdict_has_its_reason(told: dict[str, Any], verdict: str, reason: str) -> None:
    usual = {"abc": "C", "xyz": "X", "is_seasonal": False, "margin": 1.0, "age_days": 900, "idle_days": 3,
             "sole_buyers": 0, "baskets": 5, "halo_index": 1.0, "substitutes": 0,
             "on_hand": None, "cover_days": None}  # fmt: skip
    stock = {"on_hand": pl.Float64, "cover_days": pl.Float64}
    found = verdicts(pl.DataFrame([usual | told], schema_overrides=stock)).row(0, named=True)
    assert found["verdict"] == verdict
    assert reason in found["reason"]


@pytest.mark.parametrize("transfer", [0.0, 0.3, 1.0])
def test_nothing_off_is_nothing_and_all_off_the_total(transfer: float) -> None:
    lines = of_baskets(baskets(4, 300))
    nothing = what_if(lines, [], transfer)
    assert (nothing.revenue, nothing.lost_least, nothing.lost, nothing.customers, nothing.rest) == (
        0,
        0,
        0,
        0,
        0,
    )
    everything = what_if(lines, lines.names["product"].to_list(), transfer)
    total = lines.frame["revenue"].sum()
    assert everything.lost_least == everything.lost == everything.revenue == pytest.approx(total)
    assert everything.customers == lines.frame["customer"].n_unique() == everything.left_with_nothing.height
    some = what_if(lines, [1, 2], transfer)
    assert some.lost_least == 0
    assert some.lost == pytest.approx(some.revenue * (1 - transfer))


def test_customers_are_told_once_and_a_whole_category_is_lost() -> None:
    told = baskets(5, 300)
    rows = [
        {"product": each, "basket": at, "customer": at % 50 + 1}
        for at, basket in enumerate(told)
        for each in basket
    ]
    lines = made(rows, {1: "one", 2: "one", **dict.fromkeys(range(3, 9), "other")})
    gone = what_if(lines, [1, 2, 3], 1.0)
    bought = defaultdict(set)
    for row in rows:
        bought[row["customer"]].add(row["product"])
    assert gone.customers == sum(bool(each & {1, 2, 3}) for each in bought.values())
    assert gone.left_with_nothing.height == sum(each <= {1, 2, 3} for each in bought.values())
    assert gone.lost_least == sum(row["product"] in (1, 2) for row in rows)
    held = [basket for basket in told if {1, 2, 3} & set(basket)]
    assert (gone.baskets, gone.rest) == (len(held), sum(each > 3 for basket in held for each in basket))
    with pytest.raises(BadRequest, match="from 0, nothing stays"):
        what_if(lines, [1], 1.5)


def test_fees_are_guessed_and_carriage_clocks_are_not() -> None:
    told = {"POST": "POSTAGE", "C2": "CARRIAGE", "85168": "BLACK CARRIAGE CLOCK", "M": "Manual", "1": "Post box",
            "2": "Bank charges", **{f"{at}A": "Mug" for at in range(20)}}  # fmt: skip
    names = pl.DataFrame({"id": list(told), "label": list(told.values())})
    assert fee_candidates(names)["id"].to_list() == ["POST", "C2", "M", "2"]


def test_lines_without_a_known_product_are_refused() -> None:
    lines = of_baskets([[1], [2]])
    with pytest.raises(BadRequest, match="No known product was sold"):
        product_lines(lines.frame, lines.names, SINCE, UNTIL, ["P1", "P2"])


def test_a_slice_of_returns_alone_is_told_without_baskets() -> None:
    back = {"product": 1, "revenue": -3.0, "units": -1.0, "margin": None, "is_return": True}
    frame = made([{"product": 1}, back]).frame.filter("is_return")
    names = pl.DataFrame(
        {"product": [1], "id": ["P1"], "label": ["Cup"], "category": ["one"], "first_sale": [SINCE]}
    )
    folio = product_portfolio(product_lines(frame, names, SINCE, UNTIL), PortfolioThresholds())
    told = folio.products.row(0, named=True)
    assert (told["revenue"], told["margin"], told["buyers"], told["baskets"], told["abc"]) == (
        -3.0,
        None,
        0,
        0,
        "C",
    )
    assert folio.sole.is_empty()
    assert folio.substitutes.tested == 0
