"""What a campaign changed in groups of its customers, and whether they differ by more than chance.

Whoever looks at many groups finds an effect in one of them by luck, so p values are adjusted together (Benjamini and
Hochberg). Whether groups differ at all is asked once, by Cochran's Q of their effects: Cochran, "The combination of
estimates from different experiments", Biometrics 10 (1954).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import stats

from mining.campaigns.campaign_effect import HELD_OUT, TREATED, campaign_effect
from mining.campaigns.false_discoveries import false_discoveries

FEWEST = 30  # customers of each arm
NUMBERS = ("treated", "held_out", "effect", "low", "high", "error", "p")
SCHEMA = {"group": pl.String, **dict.fromkeys(NUMBERS, pl.Float64)}
COUNTS = ("treated", "held_out")


@dataclass(frozen=True, slots=True, eq=False)
class GroupEffects:
    """`frame`: a row a group with `group`, `treated`, `held_out` (customers), `effect`, `low`, `high`, `error`
    (standard error), `p` and `q`, the largest group first. `small` groups have fewer than 30 customers in an arm and
    are left out. `p` is of no difference between groups; None where there are not two."""

    frame: pl.DataFrame
    small: int
    p: float | None

    @property
    def differ(self) -> bool:
        """Whether the groups differ by more than chance makes them."""
        return self.p is not None and self.p < 0.05


def effect_by_group(frame: pl.DataFrame) -> GroupEffects:
    """From a row a customer as `campaign_effect` takes it, and `group`, the name of the one that each is of (null: none
    that is known)."""
    own = frame.filter(pl.col("arm").is_in([TREATED, HELD_OUT])).drop_nulls("group")
    rows, small = [], 0
    for (group,), part in own.group_by("group"):
        sizes = [part.filter(arm=arm).height for arm in (TREATED, HELD_OUT)]
        found = campaign_effect(part.drop("group")).effect if min(sizes) >= FEWEST else None
        if found is None:
            small += 1
            continue
        error = (found.treated.error + found.held_out.error) ** 0.5
        rows.append((group, *map(float, sizes), found.difference, found.low, found.high, error, found.p))
    told = pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("treated", "group", descending=[True, False])
    told = told.with_columns(false_discoveries(told["p"]), pl.col(COUNTS).cast(pl.Int64))
    return GroupEffects(told, small, _differ(told["effect"].to_numpy(), told["error"].to_numpy()))


def _differ(effect: np.ndarray, error: np.ndarray) -> float | None:
    effect, error = effect[error > 0], error[error > 0]
    if len(effect) < 2:
        return None
    weight = error**-2.0
    q = float((weight * (effect - np.average(effect, weights=weight)) ** 2).sum())
    return float(stats.chi2.sf(q, len(effect) - 1))
