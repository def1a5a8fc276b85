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
STEP = 1e-4
CLOSE = 1e-9
MOST_STEPS = 12


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
    scores: Scores, weights: Numbers, start: Numbers, names: tuple[str, ...], near: Numbers | None = None
) -> Likeliest:
    """The top of the sum of `weights` times `scores` (log-likelihood a row, its derivatives by logarithms).

    The first search begins at `start`; it is spared where Newton's steps find the top from a point `near` it.
    """
    logs, information, sure = _stepped(scores, weights, near) if near is not None else (start, None, False)
    if information is None or not sure:
        logs, information, sure = _stepped(scores, weights, climbed(scores, weights, start))
    rows, slopes = scores(logs)
    inverse = np.linalg.pinv(information, hermitian=True)
    outer = np.einsum("in,jn->ij", slopes * weights, slopes)
    border = tuple(
        name for name, moved in zip(names, np.abs(logs - start), strict=True) if moved > BORDER - 1
    )
    return Likeliest(
        logs, float((weights * rows).sum()), information, inverse @ outer @ inverse, sure, border
    )


def climbed(scores: Scores, weights: Numbers, start: Numbers) -> Numbers:
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


def _stepped(scores: Scores, weights: Numbers, logs: Numbers) -> tuple[Numbers, Numbers, bool]:
    """Newton's steps until the next would move nothing; the information there, and whether it is a top."""
    information = _information(scores, weights, logs)
    for _ in range(MOST_STEPS):
        step = np.linalg.pinv(information, hermitian=True) @ _summed(scores(logs)[1], weights)
        if np.abs(step).max() > 1:
            return logs, information, False
        logs = logs + step
        if np.abs(step).max() < CLOSE:
            break
    else:
        return logs, information, False
    information = _information(scores, weights, logs)
    return logs, information, bool(np.linalg.eigvalsh(information).min() > 0)


def _information(scores: Scores, weights: Numbers, logs: Numbers) -> Numbers:
    """Minus the second derivatives, by central differences of the first."""
    columns = []
    for at in range(len(logs)):
        moved = np.zeros(len(logs))
        moved[at] = STEP
        above, below = (_summed(scores(logs + sign * moved)[1], weights) for sign in (1, -1))
        columns.append((below - above) / (2 * STEP))
    found = np.stack(columns)
    return (found + found.T) / 2


def _summed(slopes: Numbers, weights: Numbers) -> Numbers:
    """Over the rows; without BLAS, whose threads cost more than they save here."""
    found: Numbers = np.einsum("ij,j->i", slopes, weights)
    return found
