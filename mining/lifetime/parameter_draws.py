"""Parameters as likely as the data leave them, drawn: for what the delta method is too sure of.

The likelihood of a small firm is skew: it falls slowly towards customers who are all alike. Drawn is from likelihood
times a prior that is even in how much customers differ (the polarisation of Sabavala & Morrison 1977, which keeps
parameters from running away), by importance: from a t distribution about its top, thinned by weight (Rubin 1987).
"""

from __future__ import annotations

import numpy as np

from mining.lifetime.fitted_purchases import FittedPurchases, likelihood_of
from mining.lifetime.maximum_likelihood import Likelihood, near_to
from mining.lifetime.purchase_histories import Counts, Numbers
from mining.lifetime.purchase_model import PurchaseModel

TRIED, KEPT = 400, 200
FREEDOM = 5
WIDER = 1.3


def draw_parameters(fitted: FittedPurchases[PurchaseModel], seed: int = 0) -> Numbers:
    """Logarithms of parameters (200 draws x parameters), equally likely."""
    random, start = np.random.default_rng(seed), fitted.model.start(fitted.histories.distinct)
    likelihood = likelihood_of(fitted.model, fitted.histories.distinct)

    def total(logs: Numbers) -> tuple[float, Numbers]:
        found, slopes = likelihood.total(logs)
        prior, prior_slopes = fitted.model.with_logs(logs).log_prior(start)
        return found + prior, slopes + prior_slopes

    top = near_to(Likelihood(likelihood.scores, likelihood.weights, total), start.logs)
    spread = np.linalg.cholesky(WIDER * np.linalg.inv(top.information))
    away = random.standard_normal((TRIED, len(top.logs)))
    away /= np.sqrt(random.chisquare(FREEDOM, TRIED) / FREEDOM)[:, None]
    tried = top.logs + away @ spread.T
    told = -(FREEDOM + len(top.logs)) / 2 * np.log1p((away**2).sum(axis=1) / FREEDOM)
    weights = np.array([total(each)[0] for each in tried]) - told
    return tried[_thinned(np.exp(weights - weights.max()), random)]


def _thinned(weights: Numbers, random: np.random.Generator) -> Counts:
    """Systematic resampling: which are kept, by weight."""
    ends = np.cumsum(weights / weights.sum())
    kept = np.searchsorted(ends, (np.arange(KEPT) + random.random()) / KEPT)
    return np.minimum(kept, len(weights) - 1).astype(np.int64)
