"""The likeliest parameters, how sure they are, and whether the search can be trusted.

Parameters are positive, so the search runs over their logarithms: a quasi-Newton search first, then Newton's steps to
the last digit, so that grouped and single rows, days and weeks, end at the same point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from mining.lifetime.purchase_histories import Numbers

Scores = Callable[[Numbers], tuple[Numbers, Numbers]]

BORDER = 12.0
STEP = 1e-5
CLOSE = 1e-8
MOST_STEPS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """A point near the top, and the information to step by from there."""

    logs: Numbers
    information: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Likeliest:
    """The point found, in logarithms of the parameters.

    `information` is the observed one (minus the second derivatives); `robust` the covariance that also holds where
    the story is only nearly true (White 1982), which is what intervals are made of. `converged`: the search ended at a
    top; `at_border` names the parameters that ran away.
    """

    logs: Numbers
    log_likelihood: float
    information: Numbers
    robust: Numbers
    converged: bool
    at_border: tuple[str, ...]

    @property
    def standard_errors(self) -> Numbers:
        """Of the parameters themselves, from the information."""
        found: Numbers = np.exp(self.logs) * np.sqrt(np.diag(np.linalg.pinv(self.information)))
        return found

    @property
    def robust_errors(self) -> Numbers:
        found: Numbers = np.exp(self.logs) * np.sqrt(np.diag(self.robust))
        return found


def likeliest(
    scores: Scores, weights: Numbers, start: Numbers, names: tuple[str, ...], near: Near | None = None
) -> Likeliest:
    """The top of the sum of `weights` times `scores` (log-likelihood a row, its derivatives by logarithms).

    The first search begins at `start`; it is spared where Newton's steps find the top from a point `near` it.
    """
    found = _stepped(scores, weights, near.logs, near.information) if near else None
    if found is None:
        climbed = _climbed(scores, weights, start)
        found = _stepped(scores, weights, climbed, _information(scores, weights, climbed))
        logs = climbed if found is None else found
    else:
        logs = found
    information = _information(scores, weights, logs)
    sure = found is not None and bool(np.linalg.eigvalsh(information).min() > 0)
    rows, slopes = scores(logs)
    inverse = np.linalg.pinv(information, hermitian=True)
    outer = np.einsum("in,jn->ij", slopes * weights, slopes)
    border = tuple(
        name for name, moved in zip(names, np.abs(logs - start), strict=True) if moved > BORDER - 1
    )
    total = float((weights * rows).sum())
    return Likeliest(logs, total, information, inverse @ outer @ inverse, sure, border)


def near_to(scores: Scores, weights: Numbers, customers: float, start: Numbers) -> Near:
    """Where a sample of the rows has its top, and the information that so many `customers` would have there."""
    logs = _climbed(scores, weights, start)
    return Near(logs, _information(scores, weights, logs) * (customers / weights.sum()))


def _climbed(scores: Scores, weights: Numbers, start: Numbers) -> Numbers:
    """A point near the top, by a quasi-Newton search within e^12 of each parameter's start."""
    customers = weights.sum()

    def cost(logs: Numbers) -> tuple[float, Numbers]:
        rows, slopes = scores(logs)
        return float(-(weights * rows).sum() / customers), -_summed(slopes, weights) / customers

    bounds = [(each - BORDER, each + BORDER) for each in start]
    found = minimize(
        cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-7}
    )
    logs: Numbers = found.x
    return logs


def _stepped(scores: Scores, weights: Numbers, logs: Numbers, information: Numbers) -> Numbers | None:
    """Newton's steps, by the information of where they began, until the next would move nothing; None if they stray."""
    inverse = np.linalg.pinv(information, hermitian=True)
    for _ in range(MOST_STEPS):
        step = inverse @ _summed(scores(logs)[1], weights)
        if not np.abs(step).max() <= 1:
            return None
        logs = logs + step
        if np.abs(step).max() < CLOSE:
            return logs
    return None


def _information(scores: Scores, weights: Numbers, logs: Numbers) -> Numbers:
    """Minus the second derivatives, by differences of the first."""
    here = _summed(scores(logs)[1], weights)
    columns = []
    for at in range(len(logs)):
        moved = np.zeros(len(logs))
        moved[at] = STEP
        columns.append((here - _summed(scores(logs + moved)[1], weights)) / STEP)
    found = np.stack(columns)
    return (found + found.T) / 2


def _summed(slopes: Numbers, weights: Numbers) -> Numbers:
    """Over the rows; without BLAS, whose threads cost more than they save here."""
    found: Numbers = np.einsum("ij,j->i", slopes, weights)
    return found
