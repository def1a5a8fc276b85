"""The virtual warehouse of a large district: all that its page reads of 100,000 products over 500 partners."""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import polars as pl

from bench.target import Target
from mining.partners.district_stock import DistrictStock, district_stock, stock_overview
from mining.partners.supply_concentration import supply_concentration, without_partner

PRODUCTS, PARTNERS, HOLDERS = 100_000, 500, 10
WITHIN_SECONDS = 0.1
TODAY, DAYS = 20_000, 91


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stocked-products", type=int, default=PRODUCTS, help="how many (%(default)s)")
    parser.add_argument("--stocking-partners", type=int, default=PARTNERS, help="how many (%(default)s)")
    parser.add_argument(
        "--holders", type=int, default=HOLDERS, help="of each product, on average (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """The figures of a district of that size."""
    return virtual_warehouse(args.stocked_products, args.stocking_partners, args.holders)


def virtual_warehouse(
    products: int = PRODUCTS, partners: int = PARTNERS, holders: int = HOLDERS, rounds: int = 5
) -> dict[str, Any]:
    """CPU seconds of one core, the best of some rounds, from arrays kept of a snapshot: stock by product over partners,
    what can be promised by a day, cover with its interval, sole sources, Herfindahl by product and of the firm, and
    what hangs on a partner."""
    began = time.process_time()
    stock = made(products, partners, holders)
    kept = time.process_time() - began
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        began = time.process_time()
        overview = stock_overview(stock, TODAY + 14)
        read = time.process_time()
        concentration = supply_concentration(stock, overview)
        shared = time.process_time()
        loss = without_partner(stock, overview, int(stock.partners[0]))
        for name, took in (
            ("overview", read - began),
            ("concentration", shared - read),
            ("without a partner", time.process_time() - shared),
            ("all of the page", time.process_time() - began),
        ):
            times.setdefault(name, []).append(took)
    best = {name: min(each) for name, each in times.items()}
    print(f"\n{products:,} products, {partners} partners, {len(stock.series):,} series of stock, CPU s:")
    for name, seconds in best.items():
        print(f"  {name:<20} {seconds:.4f}")
    print(f"  (made ready once a snapshot, with the firm drawn: {kept:.2f})")
    target = Target("virtual warehouse", best["all of the page"], WITHIN_SECONDS, "CPU s")
    print(target.sentence())
    return {
        "products": products, "partners": partners, "series": len(stock.series), "seconds": best,
        "sole": int(overview.sole.sum()), "index": concentration.index.index, "products_lost": loss.products.height,
        "targets": [target.figures()],
    }  # fmt: skip


def made(products: int, partners: int, holders: int, seed: int = 0) -> DistrictStock:
    """A district in which each product lies with up to so many partners, most with few."""
    random = np.random.default_rng(seed)
    many = random.integers(1, 2 * holders, products)
    product = np.repeat(np.arange(1, products + 1), many)
    size = len(product)
    counts = pl.DataFrame(
        {
            "product": product, "partner": random.integers(1, partners + 1, size),
            "on_hand": random.poisson(40, size).astype(float), "reserved": random.poisson(3, size).astype(float),
        }
    )  # fmt: skip
    due = pl.DataFrame(
        {
            "product": random.integers(1, products + 1, products), "pieces": random.poisson(50, products).astype(float),
            "expected": TODAY + random.integers(1, 60, products),
        }
    )  # fmt: skip
    received = counts.sample(fraction=0.3, seed=seed).select("product", "partner", pieces="on_hand")
    daily = random.gamma(1.0, 3.0, products)
    sold = pl.DataFrame({"product": np.arange(1, products + 1), "revenue": daily * 365 * 10})
    demand = pl.DataFrame(
        {
            "product": np.arange(1, products + 1),
            "pieces": daily * DAYS,
            "squares": DAYS * (daily**2 + 2 * daily),
        }
    )
    return district_stock(counts, due, received, received.head(1000), demand, sold, DAYS)
