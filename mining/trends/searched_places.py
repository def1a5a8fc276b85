"""The search of one kind of change over all its places: the place that tells most, and a p-value that pays for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from mining.trends.trend_effect import Numbers, TrendEffect

DRAWS = 2_000
SMALL = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class SearchedPlaces:
    """Places of one kind in series of one length and autocorrelation, the baseline taken off.

    `columns` (periods x places) are whitened, orthogonal to the baseline and of length 1, 0 where the baseline has
    them. `free` are the degrees of freedom that one effect leaves. `null` are the
    greatest |t| in simulated series without any change, in order.
    """

    places: tuple[TrendEffect, ...]
    columns: Numbers
    free: int
    null: Numbers

    def t(self, rest: Numbers) -> Numbers:
        """Student's t of each place (series x places) in series (series x periods) rid of the baseline likewise."""
        along = rest @ self.columns
        left = np.maximum((rest**2).sum(axis=1, keepdims=True) - along**2, 0)
        error = np.sqrt(left / self.free)
        far = np.where(np.abs(along) > SMALL, np.copysign(np.finfo(float).max, along), 0.0)
        found: Numbers = np.divide(along, error, out=far, where=error > SMALL)
        return found

    def p_value(self, greatest: Numbers) -> Numbers:
        """How often chance finds a greatest |t| like these anywhere.

        From the simulated null; beyond what that can tell, the bound of Bonferroni over all places, which is greater
        than the truth. Both are valid, so is the smaller.
        """
        beyond = len(self.null) - np.searchsorted(self.null, greatest)
        simulated = (1 + beyond) / (1 + len(self.null))
        bound = len(self.places) * 2 * stats.t.sf(greatest, self.free)
        found: Numbers = np.minimum(simulated, bound)
        return found

    def given(self, direction: Numbers) -> SearchedPlaces:
        """The same beside another effect, by its unit vector (periods)."""
        columns = _unit(self.columns - direction[:, None] * (direction @ self.columns))
        return replace(self, columns=columns, free=self.free - 1)


def searched_places(
    places: tuple[TrendEffect, ...],
    columns: Numbers,
    basis: Numbers,
    random: np.random.Generator,
) -> SearchedPlaces:
    """From whitened columns (periods x places) and an orthonormal basis of the whitened baseline (periods x any)."""
    unit = _unit(columns - basis @ (basis.T @ columns))
    periods = len(columns)
    searched = SearchedPlaces(places, unit, periods - basis.shape[1] - 1, np.empty(0))
    noise = random.standard_normal((DRAWS, periods))
    noise -= (noise @ basis) @ basis.T
    return replace(searched, null=np.sort(np.abs(searched.t(noise)).max(axis=1)))


def _unit(columns: Numbers) -> Numbers:
    length = np.sqrt((columns**2).sum(axis=0))
    there = length > 1e-6
    found: Numbers = np.where(there, columns / np.where(there, length, 1.0), 0.0)
    return found
