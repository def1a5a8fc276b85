"""Lifetime models beside lifetimes 0.11.3: BG/NBD of a million customers, Pareto/NBD of a hundred thousand, value."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench.memory import peak_mb
from bench.question import Disagreement
from bench.table import table
from mining.lifetime.bgnbd import BgNbd
from mining.lifetime.customer_value import ValueTerms, value
from mining.lifetime.fitted_purchases import fit, search
from mining.lifetime.gamma_gamma import fit_spend
from mining.lifetime.pareto_nbd import ParetoNbd
from mining.lifetime.purchase_forecast import forecast
from mining.lifetime.purchase_histories import DistinctHistories, PurchaseHistories, TimeUnit
from mining.lifetime.purchase_model import PurchaseModel
from mining.lifetime.purchase_simulation import SimulatedPurchases, simulate

WEEKS = TimeUnit.WEEKS
OLDEST_DAYS = 730
TRUTHS: dict[str, PurchaseModel] = {
    "BG/NBD": BgNbd(WEEKS, 0.25, 4.4, 0.8, 2.4),
    "Pareto/NBD": ParetoNbd(WEEKS, 0.55, 10.6, 0.6, 11.7),
}
TARGETS = {"BG/NBD": 50, "Pareto/NBD": 100}
HEADS = [
    "model",
    "customers",
    "ours CPU s",
    "lifetimes CPU s",
    "times",
    "target",
    "parameters, ours",
    "theirs",
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench value`."""
    parser.add_argument("--customers", type=int, default=1_000_000, help="of the BG/NBD (%(default)s)")
    parser.add_argument("--pareto", type=int, default=100_000, help="of the Pareto/NBD (%(default)s)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Fit and score the same customers by both, in CPU seconds of processes of their own; then value ours."""
    rows = []
    for name, size in (("BG/NBD", args.customers), ("Pareto/NBD", args.pareto)):
        ours, theirs = _apart("ours", name, size), _apart("theirs", name, size)
        _check(name, ours["parameters"], theirs["parameters"])
        times = theirs["cpu_seconds"] / ours["cpu_seconds"]
        told = [" ".join(f"{each:.4g}" for each in found["parameters"]) for found in (ours, theirs)]
        seconds = [f"{found['cpu_seconds']:.2f}" for found in (ours, theirs)]
        rows.append([name, size, *seconds, f"{times:.0f}", TARGETS[name], *told])
    print(f"\n{table(HEADS, rows)}")
    worth = _apart("value", "BG/NBD", args.customers)
    print(
        f"\nValue of {args.customers:,} customers with intervals (BG/NBD, Gamma-Gamma, a year at 15%, and forecasts): "
        f"{worth['seconds']:.1f} s, {worth['cpu_seconds']:.1f} CPU s, {worth['peak_mb']:,} MB (targets 20 s, 1,000 MB)."
    )
    return {"fits": [dict(zip(HEADS, row, strict=True)) for row in rows], "value": worth}


def _check(name: str, ours: list[float], theirs: list[float]) -> None:
    """Four digits of the BG/NBD; lifetimes searches the Pareto/NBD without derivatives, and stops earlier."""
    if not np.allclose(ours, theirs, rtol=1e-4 if name == "BG/NBD" else 0.02):
        raise Disagreement(f"{name}: {ours} here, {theirs} by lifetimes.")


def _apart(what: str, name: str, size: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.value", what, name, str(size)],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    if done.returncode:
        raise Disagreement(f"{what} {name} of {size:,} customers: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(what: str, name: str, size: int) -> None:
    """Tell customers, do what is measured, and print a line of figures."""
    ages = np.random.default_rng(0).integers(1, OLDEST_DAYS, size)
    lives = simulate(TRUTHS[name], ages, 0, 0)
    contestants: dict[str, Callable[[SimulatedPurchases, str], list[float]]] = {
        "ours": _ours, "theirs": _theirs, "value": _valued,
    }  # fmt: skip
    began, used = time.perf_counter(), time.process_time()
    parameters = contestants[what](lives, name)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    print(
        json.dumps({"parameters": parameters, "seconds": seconds, "cpu_seconds": cpu, "peak_mb": peak_mb()})
    )


def _ours(lives: SimulatedPurchases, name: str) -> list[float]:
    rows, row_of = DistinctHistories.counted(lives.repeats, lives.recency_days, lives.age_days, WEEKS)
    start = type(TRUTHS[name]).start(rows)
    model = start.with_logs(search(start, rows).logs)
    model.expected(52.0, rows)[row_of]
    model.alive(rows)[row_of]
    parameters: list[float] = np.exp(model.logs).tolist()
    return parameters


def _theirs(lives: SimulatedPurchases, name: str) -> list[float]:
    import lifetimes

    warnings.simplefilter("ignore")
    x, recency, age = lives.repeats.astype(float), lives.recency_days / 7, lives.age_days / 7
    fitter = lifetimes.BetaGeoFitter() if name == "BG/NBD" else lifetimes.ParetoNBDFitter()
    fitter.fit(x, recency, age)
    fitter.conditional_expected_number_of_purchases_up_to_time(52, x, recency, age)
    fitter.conditional_probability_alive(x, recency, age)
    parameters: list[float] = fitter.params_.tolist()
    return parameters


def _valued(lives: SimulatedPurchases, name: str) -> list[float]:
    """Everything that a page shows of a million customers: forecasts and values, with intervals, and by ten groups."""
    size = len(lives.repeats)
    random = np.random.default_rng(1)
    nu = random.gamma(3.74, 1 / 15.44, size)
    money = random.gamma(6.25 * np.maximum(lives.repeats, 1)) / nu / np.maximum(lives.repeats, 1)
    repeats = np.minimum(lives.repeats, lives.recency_days)
    frame = pl.DataFrame({
        "customer": np.arange(size), "repeats": repeats, "age_days": lives.age_days,
        "recency_days": np.where(repeats > 0, lives.recency_days, 0),
    }).with_columns(repeat_spend=pl.when(pl.col("repeats") > 0).then(pl.Series(money)))  # fmt: skip
    histories = PurchaseHistories(frame, WEEKS, date(2026, 1, 1))
    fitted, groups = fit(BgNbd, histories), pl.Series(np.arange(size) % 10)
    told = forecast(fitted, 90)
    worth = value(fitted, fit_spend(histories), ValueTerms(365, 0.15))
    for found in (told, worth):
        assert found.groups(groups).height == 10
        assert found.customers.height == size
    parameters: list[float] = np.exp(fitted.model.logs).tolist()
    return parameters


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
