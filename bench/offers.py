"""Next best offers for a million customers: models fitted, tried on held-out days, and both lists made."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench.memory import peak_mb
from bench.question import Disagreement
from bench.target import Target

DAYS, PRODUCTS, LIKED = 720, 2_000, 8
PURCHASES = 12
A_MILLION, SECONDS, MEGABYTES = 1_000_000, 60, 2_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=100_000, help="how many (%(default)s)")
    parser.add_argument("--offers", type=int, default=5, help="offers of each list (%(default)s)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """In a process of its own, so that its memory is that of the offers."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.offers", str(args.customers), str(args.offers)],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    if done.returncode:
        raise Disagreement((done.stderr.strip().splitlines() or ["offers were not made"])[-1])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(
        f"\nOffers of {found['customers']:,} customers, {found['pairs']:,} pairs of {PRODUCTS:,} products, "
        f"{found['offers']:,} offers: {found['seconds']:.1f} s, {found['cpu_seconds']:.1f} CPU s, "
        f"{found['peak_mb']:,} MB, of which {found['before_mb']:,} MB stood before."
    )
    whole = found["customers"] >= A_MILLION
    targets = [
        Target("offers of a million customers", found["seconds"] if whole else None, SECONDS, "s"),
        Target("memory of a million customers", found["peak_mb"] if whole else None, MEGABYTES, "MB"),
    ]
    for each in targets:
        print(each.sentence())
    return {**found, "targets": [each.figures() for each in targets]}


def purchases(customers: int, seed: int = 0) -> pl.DataFrame:
    """Each customer likes eight products near each other and buys one of them, or any, about twelve times."""
    random = np.random.default_rng(seed)
    counts = random.poisson(PURCHASES, customers)
    who = np.repeat(np.arange(1, customers + 1, dtype=np.int32), counts)
    home = random.integers(0, PRODUCTS, customers)[who - 1]
    liked = (home + random.integers(0, LIKED, len(who))) % PRODUCTS
    any_ = (PRODUCTS * random.random(len(who)) ** 3).astype(np.int64)
    product = np.where(random.random(len(who)) < 0.7, liked, any_).astype(np.int32)
    return pl.DataFrame({
        "customer": who, "product": product + 1, "day": random.integers(1, DAYS + 1, len(who)).astype(np.int32),
        "returned": np.zeros(len(who), dtype=bool), "revenue": np.full(len(who), 10.0),
        "margin": 1.0 + product % 7,
    })  # fmt: skip


def main(customers: int, offers: int) -> None:
    """Make them, and print a line of figures."""
    from mining.offers.eligibility import Barred
    from mining.offers.next_offers import OfferTerms, find_offers

    frame = purchases(customers)
    segments = pl.DataFrame(schema={"customer": pl.Int32, "segment": pl.String})
    barred = Barred(products={"stock": np.arange(1, 50)})
    before, began, used = peak_mb(), time.perf_counter(), time.process_time()
    found = find_offers(frame, OfferTerms(DAYS, 30, offers), barred, segments)
    figures = {
        "customers": customers,
        "pairs": len(found.bought.indices),
        "offers": sum(each.frame.height for each in found.lists.values()),
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - used,
        "before_mb": before,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
