"""Moments of some matched with those of others who had bought alike before: pairs, and how alike they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.spatial import cKDTree

from mining.service.contact_moments import HISTORY

CALIPER, NEAREST_SOUGHT = 0.4, 32
BOUNDS = {
    "recency": (7, 30, 60, 120, 240),
    "frequency": (2, 3, 5, 9, 17, 33),
    "tenure": (90, 365, 730),
}
SPEND_PARTS = 5
Numbers = npt.NDArray[np.float64]


class MomentMatching(StrEnum):
    """How near another must be: alike in classes of every measure, or within a caliper of each."""

    EXACT = "exact"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True, eq=False)
class MatchedMoments:
    """`pairs` of rows (`one` of a bad moment, `other` not) of the frame that was matched. `balance` has a row each
    measure of the past: `before` and `after`, the difference of means in standard deviations of both sides before
    matching. So many bad moments are `unmatched`: nobody like them was there."""

    pairs: pl.DataFrame
    balance: pl.DataFrame
    unmatched: int
    others: int


def match_moments(
    moments: pl.DataFrame, how: MomentMatching = MomentMatching.NEAREST, seed: int = 0
) -> MatchedMoments:
    """One other moment for each bad one: of another customer, of the same month and kind of
    contact, and alike in what was bought before.

    Measures are compared as logarithms of one more than they are. NEAREST takes the nearest within CALIPER standard
    deviations of each of them (Rosenbaum & Rubin 1985 hold pairs within a quarter of one of a single score);
    EXACT anyone of the same class of all (Iacus, King & Porro 2012). The nearest pairs are made first, and no customer
    stands for two. `moments` are as `contact_moments` gives them.
    """
    logs = np.log1p(moments.select(HISTORY).to_numpy().clip(0).astype(float))
    bad = moments["is_bad"].to_numpy().astype(bool)
    spread = _spread(logs, bad)
    places = _classes(moments, seed) if how is MomentMatching.EXACT else logs / spread
    reach = 0.5 if how is MomentMatching.EXACT else CALIPER
    who = moments["customer"].to_numpy()
    stratum = moments.select(pl.struct("month", "kind").rank("dense")).to_series().to_numpy()
    near = _near(places, stratum, bad, reach)
    pairs = _pairs(*near, who)
    one, other = pairs[:, 0], pairs[:, 1]
    after = logs[one].mean(0) - logs[other].mean(0) if len(pairs) else np.full(len(HISTORY), np.nan)
    before = logs[bad].mean(0) - logs[~bad].mean(0) if 0 < bad.sum() < len(bad) else after * np.nan
    balance = pl.DataFrame({"measure": HISTORY, "before": before / spread, "after": after / spread}).fill_nan(
        None
    )
    return MatchedMoments(
        pl.DataFrame({"one": one, "other": other}, {"one": pl.Int64, "other": pl.Int64}),
        balance,
        int(bad.sum()) - len(pairs),
        int((~bad).sum()),
    )


def _spread(logs: Numbers, bad: npt.NDArray[np.bool_]) -> Numbers:
    """The standard deviation of each measure, of both sides alike; 1 where nothing differs."""
    if not 1 < bad.sum() < len(bad) - 1:
        return np.ones(logs.shape[1])
    found = np.sqrt((logs[bad].var(0, ddof=1) + logs[~bad].var(0, ddof=1)) / 2)
    return np.where(found > 1e-9, found, 1.0)


def _classes(moments: pl.DataFrame, seed: int) -> Numbers:
    """The class of each measure as a whole number, blurred by less than what parts two, so that ties fall by chance."""
    spend = moments["spend"].to_numpy()
    cuts = BOUNDS | {
        "spend": np.quantile(spend, np.arange(1, SPEND_PARTS) / SPEND_PARTS) if len(spend) else ()
    }
    found = [np.searchsorted(np.asarray(cuts[name]), moments[name].to_numpy(), "right") for name in HISTORY]
    blur = np.random.default_rng(seed).uniform(-0.2, 0.2, (moments.height, len(HISTORY)))
    return np.stack(found, 1) + blur


def _near(
    places: Numbers, stratum: npt.NDArray[np.uint32], bad: npt.NDArray[np.bool_], reach: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Numbers]:
    """Bad moments, others of the same month and kind within reach in every measure, and how far apart they are."""
    ones, others, far = [np.empty(0, int)], [np.empty(0, int)], [np.empty(0)]
    for each in np.unique(stratum[bad]):
        one, other = np.flatnonzero(bad & (stratum == each)), np.flatnonzero(~bad & (stratum == each))
        if not len(other):
            continue
        most = min(NEAREST_SOUGHT, len(other))
        distance, at = cKDTree(places[other]).query(
            places[one], k=[*range(1, most + 1)], p=np.inf, distance_upper_bound=reach
        )
        row, rank = np.nonzero(np.isfinite(distance))
        ones.append(one[row])
        others.append(other[at[row, rank]])
        far.append(distance[row, rank])
    return np.concatenate(ones), np.concatenate(others), np.concatenate(far)


def _pairs(
    one: npt.NDArray[np.int64], other: npt.NDArray[np.int64], far: Numbers, who: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """The nearest first; each moment, and each customer on the side of the others, once."""
    taken, stood, pairs = set[int](), set[int](), list[tuple[int, int]]()
    for at in np.lexsort((other, one, far)):
        a, b = int(one[at]), int(other[at])
        customer = int(who[b])
        if a not in taken and customer not in stood and customer != who[a]:
            taken.add(a)
            stood.add(customer)
            pairs.append((a, b))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)
