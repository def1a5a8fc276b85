"""What a campaign changed in one measure: who was drawn into which arm, whether that can be trusted, and the effect.

What cannot be told is refused with its reason: without customers held out there is nothing to compare with, and arms
that are not of the planned sizes were not drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from mining.campaigns.anytime_interval import anytime_half_width
from mining.campaigns.arm_difference import ArmSummary, Effect, Values, summary_difference
from mining.campaigns.cluster_difference import FEW, cluster_sums, whole_clusters
from mining.campaigns.pre_period import AdjustedEffect, adjusted_difference
from mining.campaigns.ratio_difference import linearised
from mining.campaigns.sample_ratio import SampleRatio, sample_ratio

TREATED, HELD_OUT = "treated", "held out"
NOBODY_HELD_OUT = (
    "Nobody was held out, so there is nothing to compare with: what customers did after it is observed, and no effect"
    " of the campaign."
)
WHALE = 0.5  # the part of all that was done beyond which one customer decides the effect
MIXED = 0.5  # the part of groups with customers in both arms beyond which arms were not drawn for them
WINSORISED = 0.999
ANSWERED = 0.01  # of the answers of those reached: of those held out fewer than this are slips, no behaviour


@dataclass(frozen=True, slots=True, eq=False)
class CampaignEffect:
    """The effect of a campaign on one measure, by the stored assignment.

    `ratio` is of the arms' sizes. `effect` is the planned comparison; None where `refusal` says why there is none.
    `adjusted` is that by CUPED (None without a past), `anytime` half of the interval that holds at every look.
    `in_both` customers were in both arms and are left out; `cost` is what reaching those treated cost, `winsorised_at`
    the value above which values count as that (None: all as they are). `notes` are what is to be known beside the
    numbers. Where arms were drawn for groups of customers, `ratio` and the arms of effects count groups. `is_ratio`
    effects are of a ratio, of which nothing is told of all customers together.
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
    is_ratio: bool = False

    @property
    def total(self) -> tuple[float, float, float] | None:
        """What it changed in all those reached, with the ends of the interval."""
        if self.effect is None or self.is_ratio:
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
    not_yet: str = "",
) -> CampaignEffect:
    """From a row a customer: `arm` ("treated", "held out" or "both"), `value`, and `before` (null where not known).

    `cost` is summed where it is a column. With `below` (and `before_below`) values are of the ratio value / below; with
    `cluster` arms were drawn for these groups, and those in several arms are left out. `planned` are the shares of
    the arms that were to be (None: not known, so their sizes are not judged), `size` the customers an arm that the
    campaign is to end with (None: as it is now). `not_yet` says why nothing can be told at all yet.
    """
    own = frame.filter(pl.col("arm").is_in([TREATED, HELD_OUT]))
    in_both, is_ratio = frame.height - own.height, "below" in frame.columns
    is_by_group = "cluster" in frame.columns
    own, split, groups = _whole(own) if is_by_group else (own, 0, 0)
    own, top = _without_whale(own)
    cost = float(own.filter(arm=TREATED)["cost"].sum()) if "cost" in own.columns else 0.0
    units = cluster_sums(own) if is_by_group else own
    drawn = _sizes(units)
    ratio = sample_ratio(drawn, planned) if planned and sum(drawn) else None
    refusal = (
        _not_by_group(split, groups)
        or _refusal(drawn, ratio, "group" if is_by_group else "customer")
        or not_yet
        or (_answered_by_one_arm(own) if is_answer else "")
        or (_nothing_below(own) if is_ratio else "")
    )
    notes = [f"Customers in both arms, left out: {in_both:,}."] if in_both else []
    notes += [f"Groups with customers in both arms, left out: {split:,}."] if split else []
    told = CampaignEffect(
        *_sizes(own), in_both, cost, ratio, None, None, None, None, refusal, tuple(notes), is_ratio
    )
    return told if refusal else _compared(told, units, top, size, is_by_group)


def _compared(
    told: CampaignEffect, units: pl.DataFrame, top: float | None, size: float | None, is_by_group: bool
) -> CampaignEffect:
    """The same with the effect in its forms, from a row of each customer or group."""
    reached, drawn, notes = (units["arm"] == TREATED).to_numpy(), _sizes(units), list(told.notes)
    values = _values(units, reached)
    freedom = sum(drawn) - 2 if is_by_group else None
    effect = summary_difference(ArmSummary.of(values[reached]), ArmSummary.of(values[~reached]), freedom)
    if is_by_group and min(drawn) < FEW:
        notes.append(
            f"Of {drawn[0]:,} and {drawn[1]:,} groups the interval is a guess: fewer than {FEW} of each are few."
        )
    if top is not None:
        notes.append(
            f"One customer made more than half of all that was done: values above {top:,.2f} count as that"
            " (winsorised)."
        )
    if not effect.treated.variance and not effect.held_out.variance:
        notes.append(
            "Nobody in either arm did anything else than the others: there is nothing to tell apart."
        )
    return replace(
        told,
        effect=effect,
        adjusted=_adjusted(units, values, reached, freedom),
        anytime=anytime_half_width(effect.treated, effect.held_out, size or min(drawn)),
        winsorised_at=top,
        notes=tuple(notes),
    )


def _whole(own: pl.DataFrame) -> tuple[pl.DataFrame, int, int]:
    """The customers of groups that are in one arm; how many groups are in several, and how many there are."""
    kept, split = whole_clusters(own)
    return kept, split, own["cluster"].n_unique()


def _not_by_group(split: int, groups: int) -> str:
    if split <= MIXED * groups:
        return ""
    return (
        f"The arms were not drawn for these groups: {split:,} of {groups:,} have customers in both. Name"
        " what was drawn, or take it by customer."
    )


def _sizes(frame: pl.DataFrame) -> tuple[int, int]:
    counted = dict(frame.group_by("arm").len().iter_rows())
    return counted.get(TREATED, 0), counted.get(HELD_OUT, 0)


def _values(units: pl.DataFrame, reached: np.ndarray) -> Values:
    """A value a unit, linearised within its arm where it is of a ratio."""
    above = units["value"].cast(pl.Float64).to_numpy()
    if "below" not in units.columns:
        return above
    divided, found = units["below"].cast(pl.Float64).to_numpy(), np.empty(len(above))
    for own in (reached, ~reached):
        found[own] = linearised(above[own], divided[own])
    return found


def _refusal(drawn: tuple[int, int], ratio: SampleRatio | None, unit: str) -> str:
    if not drawn[1]:
        return NOBODY_HELD_OUT
    if min(drawn) < 2:
        return f"An arm of fewer than two {unit}s cannot be compared."
    if ratio is not None and ratio.is_mismatch:
        p = f"p {ratio.p:.1g}" if ratio.p else "p below 1e-300"
        return (
            f"The arms are not of the planned sizes: {drawn[0]:,} and {drawn[1]:,} where {ratio.planned[0]:,.0f} and"
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


def _without_whale(own: pl.DataFrame) -> tuple[pl.DataFrame, float | None]:
    """Values, those above the 99.9th percentile cut down to it where one customer made half of the total."""
    value = own["value"].cast(pl.Float64).to_numpy()
    total = float(value.sum())
    if total <= 0 or float(value.max()) <= WHALE * total or np.count_nonzero(value) < 2:
        return own, None
    top = float(np.quantile(value, WINSORISED, method="lower"))
    return own.with_columns(value=np.minimum(value, top)), top


def _nothing_below(own: pl.DataFrame) -> str:
    """Why a ratio has no value."""
    below = dict(own.group_by("arm").agg(pl.col("below").sum()).iter_rows())
    if below[TREATED] > 0 and below[HELD_OUT] > 0:
        return ""
    arm = "those held out" if below[TREATED] > 0 else "those reached"
    return f"Of {arm} nobody did anything by which it is divided, so the ratio has no value there."


def _adjusted(
    units: pl.DataFrame, value: Values, reached: np.ndarray, freedom: int | None
) -> AdjustedEffect | None:
    """The effect by CUPED, where what was done before is known of all and is not the same of all."""
    if "before" not in units.columns or units["before"].null_count():
        return None
    before = units["before"].cast(pl.Float64).to_numpy()
    if "before_below" in units.columns:
        divided = units["before_below"].cast(pl.Float64).to_numpy()
        if divided.sum() <= 0:
            return None
        before = linearised(before, divided)
    if not np.ptp(before):
        return None
    return adjusted_difference(value[reached], value[~reached], before[reached], before[~reached], freedom)
