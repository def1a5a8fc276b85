"""Segments of a million customers: a sweep, stability and its null, beside plain scikit-learn without the two."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from bench.memory import peak_mb
from bench.question import Disagreement
from bench.table import table
from mining.segments.cluster_stability import stability
from mining.segments.customer_features import prepare
from mining.segments.feature_scale import scale
from mining.segments.kmeans_fit import fit
from mining.segments.segment_sweep import sweep
from mining.segments.silhouette import SAMPLE

TODAY = date(2026, 1, 1)
KS = range(2, 11)
PLANTED = 6
TARGET = 5
CENTRES = np.random.default_rng(7).normal(0, 1.2, (PLANTED, 4)) + np.array([4.0, 1.8, 6.0, 1.6])
HEADS = ["customers", "what", "seconds", "CPU s", "peak MB", "suggested k", "adjusted Rand"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `python -m bench segments`."""
    parser.add_argument("--customers", type=int, default=1_000_000, help="%(default)s if left away")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Both in processes of their own, one thread each, on the same customers with six planted kinds."""
    found = {who: _apart(who, args.customers) for who in CONTESTANTS}
    names = {
        "ours": f"sweep of {len(KS)} k with shuffled columns, the planted k on all, stability and its null",
        "theirs": f"scikit-learn: {len(KS)} fits and silhouettes on samples of {SAMPLE:,}",
    }
    rows = [
        [
            args.customers,
            names[who],
            f"{told['seconds']:.1f}",
            f"{told['cpu_seconds']:.1f}",
            told["peak_mb"],
            told["k"],
            f"{told['rand']:.3f}",
        ]
        for who, told in found.items()
    ]
    print(f"\n{table(HEADS, rows)}")
    times = found["theirs"]["cpu_seconds"] / found["ours"]["cpu_seconds"]
    print(
        f"\nOurs, with what scikit-learn's calls leave out, takes {times:.1f} times less (target {TARGET})."
    )
    return {**found, "times": times}


def customers(size: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Lognormal behaviour around planted centres, and the kind of each."""
    random = np.random.default_rng(0)
    truth = random.integers(0, PLANTED, size)
    drawn = np.exp(CENTRES[truth] + random.normal(0, 0.3, (size, 4)))
    days = np.minimum(drawn[:, 0], 2_000).astype(int)
    frame = pl.DataFrame(
        {
            "customer": np.arange(size),
            "label": pl.repeat("customer", size, eager=True),
            "last_purchase": np.datetime64(TODAY) - days.astype("timedelta64[D]"),
            "purchase_days": np.maximum(1, drawn[:, 1]).astype(int),
            "revenue": drawn[:, 2],
            "categories": np.maximum(1, drawn[:, 3]).astype(int),
            "return_rate": np.clip(random.normal(0.05, 0.02, size) + 0.2 * (truth == 1), 0, 1),
        }
    )
    return frame, truth


def _apart(who: str, size: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.segments", who, str(size)],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    if done.returncode:
        raise Disagreement(f"{who} of {size:,} customers: {done.stderr.strip().splitlines()[-1]}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _ours(frame: pl.DataFrame, truth: np.ndarray) -> tuple[int, float]:
    tried = sweep(frame, TODAY, KS)
    matrix = scale(prepare(frame, TODAY).buyers).matrix
    labels = fit(matrix, PLANTED).labels
    assert stability(matrix, labels).frame.height == PLANTED
    return tried.suggested_k, float(adjusted_rand_score(truth, labels))


def _theirs(frame: pl.DataFrame, truth: np.ndarray) -> tuple[int, float]:
    matrix = scale(prepare(frame, TODAY).buyers).matrix
    scores, rand = {}, 0.0
    for k in KS:
        labels = KMeans(k, random_state=0).fit(matrix).labels_
        scores[k] = silhouette_score(matrix, labels, sample_size=SAMPLE, random_state=0)
        rand = float(adjusted_rand_score(truth, labels)) if k == PLANTED else rand
    return max(scores, key=lambda k: scores[k]), rand


CONTESTANTS: Mapping[str, Callable[[pl.DataFrame, np.ndarray], tuple[int, float]]] = {
    "ours": _ours,
    "theirs": _theirs,
}


def main(who: str, size: int) -> None:
    """Make customers, do what is measured, and print a line of figures."""
    frame, truth = customers(size)
    began, used = time.perf_counter(), time.process_time()
    k, rand = CONTESTANTS[who](frame, truth)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    print(json.dumps({"k": k, "rand": rand, "seconds": seconds, "cpu_seconds": cpu, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
