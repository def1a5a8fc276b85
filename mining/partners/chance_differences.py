"""Whether partners differ by a criterion more than chance lets them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from scipy import stats

from mining.partners.partner_figures import PartnerFigure

BY_CHANCE = 0.05


def chance_differences(figures: Mapping[str, PartnerFigure]) -> pl.DataFrame:
    """A row each criterion that two partners or more are known by: `criterion`, `partners`, `p_value` (Cochran's Q of
    1954: the squares of what each is off the weighted mean, by the variance of its resamples, against chi squared),
    `adjusted_p` (Holm 1979, over all rows)."""
    rows = []
    for name, each in figures.items():
        known = ~np.isnan(each.values)
        values, spread = each.values[known], np.nanstd(each.draws[:, known], axis=0)
        is_unsure = spread > 0
        if is_unsure.sum() > 1:
            rows.append((name, int(is_unsure.sum()), _p_value(values[is_unsure], spread[is_unsure])))
    kinds = {"criterion": pl.String, "partners": pl.Int64, "p_value": pl.Float64}
    found = pl.DataFrame(rows, kinds, orient="row")
    return found.with_columns(adjusted_p=pl.Series(_holm(found["p_value"].to_numpy()), dtype=pl.Float64))


def _p_value(values: np.ndarray, spread: np.ndarray) -> float:
    weights = 1 / spread**2
    mean = (weights * values).sum() / weights.sum()
    return float(stats.chi2.sf((weights * (values - mean) ** 2).sum(), len(values) - 1))


def _holm(p_values: np.ndarray) -> np.ndarray:
    order = np.argsort(p_values)
    raised = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    found = np.empty(len(p_values))
    found[order] = np.minimum(raised, 1)
    return found
