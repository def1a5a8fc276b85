"""What a campaign changed in one measure: who was drawn into which arm, whether that can be trusted, and the effect.

What cannot be told is refused with its reason: without customers held out there is nothing to compare with, and arms
that are not of the planned sizes were not drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.campaigns.anytime_interval import anytime_half_width
from mining.campaigns.arm_difference import Effect, arm_difference
from mining.campaigns.pre_period import AdjustedEffect, adjusted_difference
from mining.campaigns.sample_ratio import SampleRatio, sample_ratio

TREATED, HELD_OUT = "treated", "held out"
WHALE = 0.5  # the part of what an arm did beyond which one customer decides the effect
WINSORISED = 0.999
ANSWERED = 0.01  # of the answers of those reached: of those held out fewer than this are slips, no behaviour


@dataclass(frozen=True, slots=True, eq=False)
class CampaignEffect:
    """The effect of a campaign on one measure, by the stored assignment.

    `ratio` is of the arms' sizes. `effect` is the planned comparison; None where `refusal` says why there is none.
    `adjusted` is that by CUPED (None without a past), `anytime` half of the interval that holds at every look.
    `in_both` customers were in both arms and are left out; `cost` is what reaching those
    treated cost, `winsorised_at` the value
    above which values count as that (None: all as they are). `notes` are what is to be known beside the numbers.
    """

    treated: int
    held_out: int
    in_both: int
    cost: float
    ratio: SampleRatio | None
    effect: Effect | None
    adjusted: AdjustedEffect | None
    anytime: float | None
    winsorised_at: float | None
    refusal: str
    notes: tuple[str, ...]

    @property
    def total(self) -> tuple[float, float, float] | None:
        """What it changed in all those reached, with the ends of the interval."""
        if self.effect is None:
            return None
        return (
            self.effect.difference * self.treated,
            self.effect.low * self.treated,
            self.effect.high * self.treated,
        )

    @property
    def cost_a_contact(self) -> float:
        """What reaching one customer cost: where the effect is money, the break-even."""
        return self.cost / self.treated if self.treated else 0.0


def campaign_effect(
    frame: pl.DataFrame,
    planned: tuple[float, float] | None = None,
    size: float | None = None,
    is_answer: bool = False,
) -> CampaignEffect:
    """From a row a customer: `arm` ("treated", "held out" or "both"), `value`, and `before` (null where not known).

    `cost` is summed where it is a column. `planned` are the shares of the arms that were to be (None: not known, so
    their sizes are not judged), `size` the customers an arm that the campaign is to end with (None: as it is now).
    """
    own = frame.filter(pl.col("arm").is_in([TREATED, HELD_OUT]))
    sizes = dict(own.group_by("arm").len().iter_rows())
    treated, held_out = sizes.get(TREATED, 0), sizes.get(HELD_OUT, 0)
    in_both = frame.height - own.height
    cost = float(own.filter(arm=TREATED)["cost"].sum()) if "cost" in frame.columns else 0.0
    ratio = sample_ratio((treated, held_out), planned) if planned and treated + held_out else None
    refusal = _refusal(treated, held_out, ratio) or (_answered_by_one_arm(own) if is_answer else "")
    notes = [f"Customers in both arms, left out: {in_both:,}."] if in_both else []
    if refusal:
        return CampaignEffect(
            treated, held_out, in_both, cost, ratio, None, None, None, None, refusal, tuple(notes)
        )
    value, top = _without_whale(own["value"].cast(pl.Float64).to_numpy())
    if top is not None:
        notes.append(
            f"One customer made more than half of an arm's total: values above {top:,.2f} count as that (winsorised)."
        )
    reached = (own["arm"] == TREATED).to_numpy()
    effect = arm_difference(value[reached], value[~reached])
    adjusted = _adjusted(own, value, reached)
    anytime = anytime_half_width(effect.treated, effect.held_out, size or min(treated, held_out))
    if not effect.treated.variance and not effect.held_out.variance:
        notes.append(
            "Nobody in either arm did anything else than the others: there is nothing to tell apart."
        )
    return CampaignEffect(
        treated, held_out, in_both, cost, ratio, effect, adjusted, anytime, top, "", tuple(notes)
    )


def _refusal(treated: int, held_out: int, ratio: SampleRatio | None) -> str:
    if not held_out:
        return (
            "Nobody was held out, so there is nothing to compare with: what customers did after it is observed, and no"
            " effect of the campaign."
        )
    if min(treated, held_out) < 2:
        return "An arm of fewer than two customers cannot be compared."
    if ratio is not None and ratio.is_mismatch:
        p = f"p {ratio.p:.1g}" if ratio.p else "p below 1e-300"
        return (
            f"The arms are not of the planned sizes: {treated:,} and {held_out:,} where {ratio.planned[0]:,.0f} and"
            f" {ratio.planned[1]:,.0f} were planned ({p}). Something chose who is in which, so no effect is"
            " told."
        )
    return ""


def _answered_by_one_arm(own: pl.DataFrame) -> str:
    """Why answers tell no effect: who was held out hardly ever gave one, as where a code or coupon is needed for it."""
    means = dict(own.group_by("arm").agg(pl.col("value").mean()).iter_rows())
    if means[HELD_OUT] > ANSWERED * means[TREATED]:
        return ""
    return (
        "Only those who were reached could answer. Who answered chose to, and might have bought without it: compared"
        " with the others, that is no effect. Choose a measure that those held out have as well, such as revenue."
    )


def _without_whale(value: np.ndarray) -> tuple[np.ndarray, float | None]:
    """Values, those above the 99.9th percentile cut down to it where one customer made half of the total."""
    total = float(value.sum())
    if total <= 0 or float(value.max()) <= WHALE * total or np.count_nonzero(value) < 2:
        return value, None
    top = float(np.quantile(value, WINSORISED, method="lower"))
    return np.minimum(value, top), top


def _adjusted(own: pl.DataFrame, value: np.ndarray, reached: np.ndarray) -> AdjustedEffect | None:
    """The effect by CUPED, where what customers did before is known of all of them and is not the same of all."""
    if "before" not in own.columns or own["before"].null_count():
        return None
    before = own["before"].cast(pl.Float64).to_numpy()
    if not np.ptp(before):
        return None
    return adjusted_difference(value[reached], value[~reached], before[reached], before[~reached])
