"""Whom a campaign changes: a doubly robust fit with its curve and bands, beside causalml's doubly robust learner.

Both learn trees of the same size, cross-fitted in three parts of the customers. Each stands in a process of its own, so
that its memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from bench.memory import peak_mb
from bench.question import Disagreement

COLUMNS = 20
TREES = {"max_iter": 60, "learning_rate": 0.08, "max_leaf_nodes": 15, "early_stopping": False}
CONTESTANTS = ("clientela", "causalml")


def race(customers: int) -> dict[str, dict[str, float]]:
    """By contestant: seconds, CPU seconds, peak MB, and how much of what is true its ranking found (0 to 1)."""
    return {name: _apart(name, customers) for name in CONTESTANTS}


def _apart(name: str, customers: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.uplift_race", name, str(customers)],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent,
    )  # fmt: skip
    if done.returncode:
        raise Disagreement((done.stderr.strip().splitlines() or [f"{name} learned nothing"])[-1])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def simulated(customers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Columns, arm, value and what the campaign truly adds: to those above nothing in the first column."""
    random = np.random.default_rng(0)
    known = random.standard_normal((customers, COLUMNS))
    treated = random.random(customers) < 0.5
    change = 4.0 * (known[:, 0] > 0)
    spent = (random.random(customers) < 0.1) * 50 * np.exp(random.standard_normal(customers))
    return known, treated, spent + treated * change, change


def _clientela(known: np.ndarray, treated: np.ndarray, value: np.ndarray) -> np.ndarray:
    import polars as pl

    from mining.campaigns.qini_curve import qini_curve
    from mining.campaigns.uplift_scores import uplift_scores

    frame = pl.DataFrame({f"column_{at}": known[:, at] for at in range(COLUMNS)})
    score = uplift_scores(frame, value, treated).score
    qini_curve(score, value, treated)
    return score


def _causalml(known: np.ndarray, treated: np.ndarray, value: np.ndarray) -> np.ndarray:
    import pandas as pd
    from causalml.inference.meta import BaseDRRegressor
    from causalml.metrics import get_qini
    from sklearn.ensemble import HistGradientBoostingRegressor

    trees = HistGradientBoostingRegressor(**TREES, min_samples_leaf=max(20, len(value) // 200))
    model = BaseDRRegressor(learner=trees, control_name=0)
    score = model.fit_predict(X=known, treatment=treated.astype(int), y=value, seed=0)[:, 0]
    told = pd.DataFrame({"score": score, "y": value, "w": treated.astype(int)})
    get_qini(told, outcome_col="y", treatment_col="w")
    found: np.ndarray = score
    return found


def main(name: str, customers: int) -> None:
    """Learn once, and print a line of figures."""
    learn = {"clientela": _clientela, "causalml": _causalml}[name]
    known, treated, value, change = simulated(customers)
    learn(*(each[:2_000] for each in (known, treated, value)))  # what is imported is not timed
    before, began, used = peak_mb(), time.perf_counter(), time.process_time()
    score = learn(known, treated, value)
    best = change[np.argsort(-score)[: customers // 2]].sum() / change.sum()
    print(json.dumps({
        "seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - used,
        "peak_mb": peak_mb(), "before_mb": before, "found": float(best),
    }))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
