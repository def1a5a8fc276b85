"""Days of cover: how long stock lasts at the demand of late, and between which days it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mining.retention.wilson_interval import Z95

Numbers = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class StockCover:
    """Days that stock lasts: NaN where nothing was asked for, 0 where nothing lies there. With 95% it ends between
    `low` and `high`, infinite where so little was asked for that nobody can say."""

    days: Numbers
    low: Numbers
    high: Numbers


def days_of_cover(pieces: Numbers, daily: Numbers, variance: Numbers, watched: int) -> StockCover:
    """How long `pieces` last at a mean `daily` demand with that variance, as seen on so many `watched` days.

    Days are taken to be independent, so that what T days ask for has the mean mT and the variance vT, and vT^2 / n
    from how surely n days tell the mean (Fieller, "Some problems in interval estimation", JRSS B 16, 1954). The ends
    are where stock H lies 1.96 deviations away from it: (mT - H)^2 = z^2 (vT + vT^2 / n), solved for T.
    """
    asked = daily > 0
    mean, spread = np.where(asked, daily, np.nan), Z95**2 * np.where(asked, variance, np.nan)
    b = 2 * mean * pieces + spread
    lead = mean**2 - spread / max(watched, 1)
    root = np.sqrt(np.maximum(b * b - 4 * lead * pieces**2, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        low = 2 * pieces**2 / (b + root)
        high = np.where(lead > 0, (b + root) / (2 * lead), np.inf)
    none = pieces <= 0
    return StockCover(
        np.where(none & asked, 0.0, pieces / mean),
        np.where(none & asked, 0.0, low),
        np.where(none & asked, 0.0, np.where(asked, high, np.nan)),
    )
