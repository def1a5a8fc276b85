"""A part of `collaboration`: the rank band of partners, a thousand draws of weights and data by each method."""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from scipy import stats

from bench.question import Disagreement
from bench.target import Target
from mining.partners.criterion import Criterion
from mining.partners.decision_matrix import DecisionMatrix, decision_matrix
from mining.partners.rank_band import DRAWS, rank_band
from mining.partners.ranking_methods import RankingMethod, point_scores, ranks

PARTNERS, CRITERIA = 500, 12
WITHIN_SECONDS = 0.2
PLAIN_DRAWS = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--partners", type=int, default=PARTNERS, help="how many (%(default)s)")
    parser.add_argument("--criteria", type=int, default=CRITERIA, help="how many (%(default)s)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """The band of each method, beside a loop over draws that ranks each table by itself."""
    matrix = drawn_partners(args.partners, args.criteria)
    seconds = {str(method): fastest(matrix, method) for method in RankingMethod}
    plain = plainly(matrix)
    print(f"\nRank band of {args.partners} partners by {args.criteria} criteria, {DRAWS:,} draws, CPU s:")
    for name, each in seconds.items():
        print(f"  {name:<40} {each:.3f}")
    print(f"  {'a loop over draws, weighted sum':<40} {plain:.3f}")
    is_whole = args.partners >= PARTNERS and args.criteria >= CRITERIA
    targets = [
        Target(f"rank band by {each}", seconds[str(each)] if is_whole else None, WITHIN_SECONDS, "CPU s")
        for each in (RankingMethod.WEIGHTED_SUM, RankingMethod.TOPSIS)
    ]
    for target in targets:
        print(target.sentence())
    return {
        "partners": args.partners, "criteria": args.criteria, "cpu_seconds": seconds, "plain_cpu_seconds": plain,
        "targets": [each.figures() for each in targets],
    }  # fmt: skip


def drawn_partners(partners: int, criteria: int, seed: int = 0) -> DecisionMatrix:
    """Partners of chance, each figure with an error of a twentieth of its range."""
    random = np.random.default_rng(seed)
    names = [f"c{at}" for at in range(criteria)]
    said = [Criterion(name, name, at % 2 == 0, weight=float(1 + at % 4)) for at, name in enumerate(names)]
    values = random.random((partners, criteria))
    errors = np.full(values.shape, 0.05)
    return decision_matrix([f"p{at}" for at in range(partners)], said, values, errors=errors)


def fastest(matrix: DecisionMatrix, method: RankingMethod) -> float:
    """CPU seconds of the best of three."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        rank_band(matrix, method)
        best = min(best, time.process_time() - began)
    return best


def plainly(matrix: DecisionMatrix) -> float:
    """CPU seconds of as many draws by a loop, each table scored and ranked by itself. Raises Disagreement where the
    loop ranks the figures themselves otherwise."""
    random, towards = np.random.default_rng(1), [each.towards for each in matrix.criteria]
    began = time.process_time()
    for _ in range(PLAIN_DRAWS):
        weights = random.dirichlet(matrix.weights * 30)
        table = matrix.values + random.standard_normal(matrix.values.shape) * matrix.errors
        _places(table, weights, towards)
    used = (time.process_time() - began) * DRAWS / PLAIN_DRAWS
    own = point_scores(RankingMethod.WEIGHTED_SUM, matrix.values, matrix.weights, towards, matrix.bounds)
    if (ranks(own) != _places(matrix.values, matrix.weights, towards)).any():
        raise Disagreement("A loop over the figures ranks partners otherwise.")
    return used


def _places(table: np.ndarray, weights: np.ndarray, towards: list[int]) -> np.ndarray:
    score = np.zeros(len(table))
    for column, weight, way in zip(table.T, weights, towards, strict=True):
        stretched = (column - column.min()) / (column.max() - column.min())
        score += weight * (stretched if way > 0 else 1 - stretched)
    found: np.ndarray = stats.rankdata(-score.round(9), method="min")
    return found
