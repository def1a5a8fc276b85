"""Rules of credit that look at one path alone: which part of its purchase each touch is said to have brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np
from scipy import sparse

from mining.journeys.journey_paths import JourneyPaths, Numbers

HALF_LIFE_DAYS = 7.0
ENDS = 0.4  # what the first and the last touch get each by position


class CreditRule(StrEnum):
    """A convention by which purchases are credited to channels; MARKOV looks at all paths together."""

    FIRST = "first"
    LAST = "last"
    LINEAR = "linear"
    POSITION = "position"
    DECAY = "decay"
    SHAPLEY = "shapley"
    MARKOV = "markov"


OF_ONE_PATH = tuple(rule for rule in CreditRule if rule is not CreditRule.MARKOV)


def touch_shares(paths: JourneyPaths, rule: CreditRule, half_life_days: float = HALF_LIFE_DAYS) -> Numbers:
    """What part of its path's purchase each touch gets; those of a path add up to 1.

    By position 40% go to the first and to the last touch, 20% to those between (halves of two). By decay a touch counts
    half as much for every `half_life_days` more before the purchase. Shapley's value of the game in which channels
    bring the purchases of the paths that need no others gives each different channel of a path the same: Zhao,
    Mahboobi & Bagheri, "Shapley value methods for attribution modeling in online advertising" (2018), theorem 1.
    """
    return _by_decay(paths, half_life_days) if rule is CreditRule.DECAY else SHARES[rule](paths)


def channel_shares(paths: JourneyPaths, rule: CreditRule, half_life_days: float) -> sparse.csr_array:
    """The same by path (rows) and channel (columns)."""
    shares = touch_shares(paths, rule, half_life_days)
    cells = sparse.coo_array((shares, (paths.path, paths.steps)), shape=(len(paths), len(paths.channels)))
    return cells.tocsr()


def _is_first(paths: JourneyPaths) -> Numbers:
    at_the_start: Numbers = (paths.position == 0).astype(float)
    return at_the_start


def _is_last(paths: JourneyPaths) -> Numbers:
    at_the_end: Numbers = (paths.position == paths.lengths[paths.path] - 1).astype(float)
    return at_the_end


def _even(paths: JourneyPaths) -> Numbers:
    each: Numbers = 1.0 / paths.lengths[paths.path]
    return each


def _by_position(paths: JourneyPaths) -> Numbers:
    lengths = paths.lengths[paths.path]
    at_an_end = _is_first(paths) + _is_last(paths) > 0
    between = (1 - 2 * ENDS) / np.maximum(lengths - 2, 1)
    return np.where(lengths <= 2, 1.0 / lengths, np.where(at_an_end, ENDS, between))


def _by_decay(paths: JourneyPaths, half_life_days: float) -> Numbers:
    """Weighed from the nearest touch on, so that long paths do not vanish."""
    if not len(paths):
        return np.zeros(0)
    nearest = np.minimum.reduceat(paths.days, paths.starts[:-1])
    weights = np.exp2(-(paths.days - nearest[paths.path]) / half_life_days)
    whole = np.add.reduceat(weights, paths.starts[:-1])
    return np.asarray(weights / whole[paths.path])


def _alike(paths: JourneyPaths) -> Numbers:
    """The first touch of each different channel gets what all of these get."""
    keys = paths.path * np.int64(len(paths.channels)) + paths.steps
    _, first = np.unique(keys, return_index=True)
    different = np.bincount(paths.path[first], minlength=len(paths))
    shares = np.zeros(len(keys))
    shares[first] = 1.0 / different[paths.path[first]]
    return shares


SHARES: Mapping[CreditRule, Callable[[JourneyPaths], Numbers]] = {
    CreditRule.FIRST: _is_first,
    CreditRule.LAST: _is_last,
    CreditRule.LINEAR: _even,
    CreditRule.POSITION: _by_position,
    CreditRule.SHAPLEY: _alike,
}
