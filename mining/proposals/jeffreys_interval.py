"""The interval of a share that holds where few were counted, and where parts of persons count."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

Numbers = npt.NDArray[np.float64]


def jeffreys(part: npt.ArrayLike, whole: npt.ArrayLike, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """The ends, 0 to 1, between which the share `part` / `whole` lies; NaN where the whole is 0.

    Jeffreys' prior, the ends 0 and 1 where nothing or all was counted: Brown, Cai and DasGupta, "Interval estimation
    for a binomial proportion", Statistical Science 16 (2001), section 4.3.
    """
    k, n = np.broadcast_arrays(np.asarray(part, dtype=float), np.asarray(whole, dtype=float))
    known = n > 0
    rest = (1 - level) / 2
    first, second = np.where(known, k, 0) + 0.5, np.where(known, n - k, 0) + 0.5
    low = np.where(k <= 0, 0.0, beta.ppf(rest, first, second))
    high = np.where(k >= n, 1.0, beta.ppf(1 - rest, first, second))
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def mean_of_shares(parts: Numbers, wholes: Numbers, level: float = 0.95) -> tuple[Numbers, Numbers]:
    """The ends of the plain mean of several shares, by row (rows x shares; wholes over 0 alone count).

    Jeffreys' distributions of the shares added, and a beta distribution of the same mean and spread in their place.
    """
    known = wholes > 0
    mean = np.where(known, (parts + 0.5) / (wholes + 1), 0)
    spread = np.where(known, mean * (1 - mean) / (wholes + 2), 0)
    count = np.maximum(known.sum(axis=1), 1)
    middle, variance = mean.sum(axis=1) / count, spread.sum(axis=1) / count**2
    is_told = known.any(axis=1)
    middle, variance = np.where(is_told, middle, 0.5), np.where(is_told, variance, 0.1)
    size = middle * (1 - middle) / variance - 1
    rest = (1 - level) / 2
    ends = [beta.ppf(at, middle * size, (1 - middle) * size) for at in (rest, 1 - rest)]
    low = np.where((parts * known).sum(axis=1) > 0, ends[0], 0)
    return np.where(is_told, low, np.nan), np.where(is_told, ends[1], np.nan)
