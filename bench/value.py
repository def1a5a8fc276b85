"""Lifetime models beside lifetimes 0.11.3, value with intervals, the triangle of cohorts, stages after a load."""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bench import cohorts, firms, stages
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
PARTS = ("fits", "value", "cohorts", "stages")
TIMES = {"BG/NBD": 50, "Pareto/NBD": 100}
VALUE_S, VALUE_MB, COHORTS_MS, STAGES_S = 20, 1_000, 300, 2
TENTH = 10
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
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


@dataclass(frozen=True, slots=True)
class Scale:
    """Customers of each model, CPU seconds that the peer has for a fit, and the firm of cohorts and stages."""

    customers: int
    pareto: int
    patience_s: int
    lines: int
    firm_customers: int


SCALES = {"small": Scale(20_000, 3_000, 20, 320_000, 20_000),
          "full": Scale(1_000_000, 100_000, 90, 15_000_000, 1_000_000)}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench value`."""
    parser.add_argument("--scale", choices=list(SCALES), default="full", help="how much (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART",
                        help=f"of {', '.join(PARTS)}")  # fmt: skip
    parser.add_argument(
        "--folder", type=Path, default=Path("var/bench"), help="where firms are kept (%(default)s)"
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Measure each part and print it as soon as it is known. Raises Disagreement."""
    scale, figures = SCALES[args.scale], dict[str, Any]()
    if "fits" in args.only:
        sizes = {"BG/NBD": scale.customers, "Pareto/NBD": scale.pareto}
        rows = [_raced(name, size, scale.patience_s) for name, size in sizes.items()]
        print(f"\n{table(HEADS, rows)}", flush=True)
        figures["fits"] = [dict(zip(HEADS, row, strict=True)) for row in rows]
    if "value" in args.only:
        figures["value"] = _worth(scale.customers)
    if {"cohorts", "stages"} & {*args.only}:
        firm = firms.firm(args.folder, scale.lines, customers=scale.firm_customers)
        if "cohorts" in args.only:
            figures["cohorts"] = _cohorts(firm)
        if "stages" in args.only:
            figures["stages"] = _stages(firm)
    return {"scale": args.scale, **figures}


def _raced(name: str, size: int, patience_s: int) -> list[Any]:
    """A row of the table: the same customers fitted and scored by both, in CPU seconds of processes of their own.

    The peer stops after `patience_s`; then it is told more than that, and parameters are held together on a tenth.
    """
    ours, theirs = _apart("ours", name, size), _within(patience_s, name, size)
    spent, sign = (theirs["cpu_seconds"], "") if theirs else (patience_s, "> ")
    held, beside = ours, theirs
    if not theirs:
        held, beside = _apart("ours", name, size // TENTH), _within(patience_s, name, size // TENTH)
    if beside:
        _check(name, held["parameters"], beside["parameters"])
    told = [
        " ".join(f"{each:.4g}" for each in found["parameters"]) if found else "not ended"
        for found in (held, beside)
    ]
    of = "" if theirs else f" (of {size // TENTH:,})"
    return [name, size, f"{ours['cpu_seconds']:.2f}", f"{sign}{spent:.1f}", f"{sign}{spent / ours['cpu_seconds']:.0f}",
            TIMES[name], told[0] + of, told[1] + of]  # fmt: skip


def _told(found: dict[str, Any] | None) -> str:
    return " ".join(f"{each:.4g}" for each in found["parameters"]) if found else "not ended"


def _worth(customers: int) -> dict[str, Any]:
    found = _apart("value", "BG/NBD", customers)
    print(
        f"\nValue of {customers:,} customers with intervals (BG/NBD, Gamma-Gamma, a year at 15%, and forecasts): "
        f"{found['seconds']:.1f} s, {found['cpu_seconds']:.1f} CPU s, {found['peak_mb']:,} MB "
        f"(targets {VALUE_S} s, {VALUE_MB:,} MB).",
        flush=True,
    )
    return found


def _cohorts(firm: Path) -> dict[str, Any]:
    found = cohorts.measured(firm)
    print(
        f"\nTriangle of monthly cohorts, {found['lines']:,} lines, {found['cells']:,} cells, from {found['source']}: "
        f"{found['first_ms']:.0f} ms first asked, then {found['ours_ms']:.0f} ms (target {COHORTS_MS} ms); by SQL over "
        f"the lines {found['sql_ms']:,.0f} ms, with the same counts.",
        flush=True,
    )
    return found


def _stages(firm: Path) -> dict[str, Any]:
    found = stages.measured(firm)
    print(
        f"\nStages of {found['customers']:,} customers after an order of one in a hundred: {found['touched']:,} looked "
        f"at again, {found['changed']:,} with other stages, {found['stages_s']:.1f} s (target {STAGES_S} s) of "
        f"{found['write_s']:.1f} s that the whole write took.",
        flush=True,
    )
    return found


def _check(name: str, ours: list[float], theirs: list[float]) -> None:
    """Four digits of the BG/NBD; lifetimes searches the Pareto/NBD without derivatives, and stops earlier."""
    if not np.allclose(ours, theirs, rtol=1e-4 if name == "BG/NBD" else 0.02):
        raise Disagreement(f"{name}: {ours} here, {theirs} by lifetimes.")


def _within(patience_s: int, name: str, size: int) -> dict[str, Any] | None:
    """The peer's figures; None where it was not done in time."""
    try:
        return _apart("theirs", name, size, patience_s)
    except OutOfTime:
        print(
            f"lifetimes had not fitted the {name} of {size:,} customers after {patience_s} CPU s.", flush=True
        )
        return None


class OutOfTime(Exception):
    """A process that used up its seconds of the processor."""


def _apart(what: str, name: str, size: int, patience_s: int = 0) -> dict[str, Any]:
    """What was measured, by a process of its own and one thread, for threads of one sum that wait for each other would
    count; it may take so many CPU seconds (0: any). Raises OutOfTime."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.value", what, name, str(size), str(patience_s)],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent, env=os.environ | ONE_THREAD,
    )  # fmt: skip
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL) and patience_s:
        raise OutOfTime
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
        raise Disagreement(f"{what} {name} of {size:,} customers: {said[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(what: str, name: str, size: int, patience_s: int) -> None:
    """Tell customers, do what is measured within so many CPU seconds (0: any), and print a line of figures."""
    ages = np.random.default_rng(0).integers(1, OLDEST_DAYS, size)
    lives = simulate(TRUTHS[name], ages, 0, 0)
    contestants: dict[str, Callable[[SimulatedPurchases, str], list[float]]] = {
        "ours": _ours, "theirs": _theirs, "value": _valued,
    }  # fmt: skip
    if what == "theirs":
        import lifetimes  # noqa: F401 (not part of what is measured)
    if patience_s:
        most = int(time.process_time()) + 1 + patience_s
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
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
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
