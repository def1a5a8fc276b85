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
Sums = Callable[[Numbers], tuple[float, Numbers]]

BORDER = 12.0
STEP = 1e-5
CLOSE = 1e-8
MOST_STEPS = 30


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """`scores` of logarithms of parameters: the log-likelihood of each row, and its derivatives (parameters x rows); a
    row stands `weights` times. `sums` are theirs, where somebody knows a quicker way."""

    scores: Scores
    weights: Numbers
    sums: Sums | None = None

    def total(self, logs: Numbers) -> tuple[float, Numbers]:
        """Of all rows."""
        if self.sums:
            return self.sums(logs)
        rows, slopes = self.scores(logs)
        return float((self.weights * rows).sum()), np.einsum("ij,j->i", slopes, self.weights)

    def outer(self, logs: Numbers) -> Numbers:
        """The sum of the outer products of scores."""
        slopes = self.scores(logs)[1]
        found: Numbers = np.einsum("in,jn->ij", slopes * self.weights, slopes)
        return found


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
        covariance: Numbers = np.linalg.pinv(self.information).astype(np.float64)
        return self._errors(covariance)

    @property
    def robust_errors(self) -> Numbers:
        return self._errors(self.robust)

    def _errors(self, covariance: Numbers) -> Numbers:
        """Not a number where the search ended at no top, so that a variance would be below zero."""
        variance = np.diag(covariance)
        found: Numbers = np.exp(self.logs) * np.sqrt(np.where(variance >= 0, variance, np.nan))
        return found


def likeliest(
    likelihood: Likelihood, start: Numbers, names: tuple[str, ...], near: Near | None = None
) -> Likeliest:
    """The top of a likelihood.

    The first search begins at `start`; it is spared where Newton's steps find the top from a point `near` it.
    """
    logs = _stepped(likelihood, near) if near else None
    if logs is None:
        near = near_to(likelihood, start)
        logs = _stepped(likelihood, near)
        found = near.logs if logs is None else logs
    else:
        found = logs
    total, information = _information(likelihood, found)
    sure = logs is not None and bool(np.linalg.eigvalsh(information).min() > 0)
    inverse = np.linalg.pinv(information, hermitian=True)
    robust = inverse @ likelihood.outer(found) @ inverse
    moved = zip(names, np.abs(found - start), strict=True)
    border = tuple(name for name, far in moved if far > BORDER - 1)
    return Likeliest(found, total, information, robust, sure, border)


def near_to(likelihood: Likelihood, start: Numbers, times: float = 1.0) -> Near:
    """Where a search from `start` ends, within e^12 of each parameter, and the information there, `times` over."""
    customers = likelihood.weights.sum()

    def cost(logs: Numbers) -> tuple[float, Numbers]:
        total, slopes = likelihood.total(logs)
        return -total / customers, -slopes / customers

    bounds = [(each - BORDER, each + BORDER) for each in start]
    found = minimize(
        cost, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-7}
    )
    return Near(found.x, _information(likelihood, found.x)[1] * times)


def _stepped(likelihood: Likelihood, near: Near) -> Numbers | None:
    """Newton's steps until the next would move nothing; None if they stray.

    The information is that of where they begin, mended by what each step finds (Broyden, Fletcher, Goldfarb & Shanno).
    """
    inverse: Numbers = np.linalg.pinv(near.information, hermitian=True).astype(np.float64)
    logs = near.logs
    slopes = likelihood.total(logs)[1]
    for _ in range(MOST_STEPS):
        step = inverse @ slopes
        if not np.abs(step).max() <= 1:
            return None
        logs = logs + step
        if np.abs(step).max() < CLOSE:
            return logs
        before, slopes = slopes, likelihood.total(logs)[1]
        inverse = _mended(inverse, step, before - slopes)
    return None


def _mended(inverse: Numbers, step: Numbers, fallen: Numbers) -> Numbers:
    """The inverse information that would have told how far the slopes fell over a step."""
    along = float(step @ fallen)
    if along <= 0:
        return inverse
    turned = np.eye(len(step)) - np.outer(step, fallen) / along
    found: Numbers = turned @ inverse @ turned.T + np.outer(step, step) / along
    return found


def _information(likelihood: Likelihood, logs: Numbers) -> tuple[float, Numbers]:
    """The log-likelihood there, and minus its second derivatives, by differences of the first."""
    total, here = likelihood.total(logs)
    columns = []
    for at in range(len(logs)):
        moved = np.zeros(len(logs))
        moved[at] = STEP
        columns.append((here - likelihood.total(logs + moved)[1]) / STEP)
    found = np.stack(columns)
    return total, (found + found.T) / 2
