"""The attainable index held against what some customers told: whether it ranks them right, and how far it is off.

Split conformal (Lei et al., "Distribution-free predictive inference for regression", Journal of the American
Statistical Association 113, 2018): of one half of those asked, the ends between which 90% of told wallet over index
lie; of the other half, how many lie between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.stats import spearmanr

FEWEST = 60
NOMINAL = 0.9


@dataclass(frozen=True, slots=True)
class CeilingCheck:
    """Of so many customers asked: the rank correlation of both head-rooms, the ends of told wallet over index for
    nine in ten, and the part of customers held out (0 to 1) between them."""

    customers: int
    rank_correlation: float
    low: float
    high: float
    covered: float


def ceiling_check(ceiling: pl.DataFrame, told: pl.DataFrame, seed: int = 0) -> CeilingCheck | None:
    """Over customers with both, in the categories they were asked of (customer, category, own, wallet, head_room each).

    None for fewer than 60 of them.
    """
    both = told.join(ceiling, on=["customer", "category"], suffix="_index")
    sums = both.group_by("customer").agg(pl.col("wallet", "head_room", "wallet_index").sum()).sort("customer")
    room = ceiling.group_by("customer").agg(whole=pl.col("head_room").sum())
    sums = sums.join(room, on="customer", maintain_order="left").filter(pl.col("wallet_index") > 0)
    if sums.height < FEWEST:
        return None
    ratio = np.log((sums["wallet"] / sums["wallet_index"]).to_numpy())
    order = np.random.default_rng(seed).permutation(len(ratio))
    fitted, held = ratio[order[::2]], ratio[order[1::2]]
    step = (1 - NOMINAL) / 2
    low, high = np.quantile(fitted, (step, 1 - step))
    ranks = float(spearmanr(sums["whole"], sums["head_room"]).statistic)
    covered = float(((held >= low) & (held <= high)).mean())
    return CeilingCheck(sums.height, ranks, float(np.exp(low)), float(np.exp(high)), covered)
