"""The effect of a campaign on whole regions: against a mixture of the other regions that went alike before it.

Weights are not negative and add up to 1; how likely such an effect is by chance tell the other regions, each treated as
if it had had the campaign. Abadie, Diamond and Hainmueller, "Synthetic control methods for comparative case studies",
Journal of the American Statistical Association 105 (2010), without covariates: the ratio of the squared gaps after and
before (section 3.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.optimize import nnls

Numbers = npt.NDArray[np.float64]
FEWEST_BEFORE, FEWEST_OTHERS = 6, 3
WORST_FIT = 0.2  # gaps before the campaign beyond this part of what the region did: nothing goes alike
PULL = 1e3  # how hard the weights are drawn to the sum of 1, in sizes of the values


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticControl:
    """What a period of a treated region brought more than its synthetic one: `difference` (the mean over the periods
    after), in the unit of the measure, and `relative` to the synthetic one.

    `weights` are those of the other regions (those above .001, the largest first), `course` a row a period with
    `period`, `treated`, `synthetic`; `fit` is the root of the mean squared gap before as a part of what the treated did
    then; `p` that of placebos, which cannot be below 1 / (`others` + 1). NaN where `refusal` says why.
    """

    treated: int
    others: int
    before: int
    after: int
    weights: tuple[tuple[str, float], ...]
    course: pl.DataFrame
    fit: float
    difference: float
    relative: float
    p: float
    refusal: str = ""


def synthetic_control(frame: pl.DataFrame, treated: Sequence[str]) -> SyntheticControl:
    """From a row a region and period: `region`, `period` (whole number, 0 the first of the campaign) and `value`;
    several treated regions count as their mean. Periods that a region does not have count as 0."""
    panel = frame.pivot(on="period", index="region", values="value", aggregate_function="sum").fill_null(0)
    periods = sorted(int(each) for each in panel.columns if each != "region")
    values = panel.select(str(each) for each in periods).to_numpy().astype(float)
    is_treated = panel["region"].is_in(list(treated)).to_numpy()
    after = np.array(periods) >= 0
    counts = int(is_treated.sum()), int((~is_treated).sum()), int((~after).sum()), int(after.sum())
    empty = pl.DataFrame(schema={"period": pl.Int64, "treated": pl.Float64, "synthetic": pl.Float64})
    if why := _too_few(*counts):
        return SyntheticControl(*counts, (), empty, nan, nan, nan, nan, why)
    own, others = values[is_treated].mean(axis=0), values[~is_treated]
    weights = _weights(own, others, ~after)
    other = weights @ others
    course = pl.DataFrame({"period": periods, "treated": own, "synthetic": other})
    named = zip(panel.filter(~is_treated)["region"].to_list(), weights.tolist(), strict=True)
    told = tuple(sorted(((str(name), one) for name, one in named if one > 0.001), key=lambda each: -each[1]))
    level = abs(float(own[~after].mean()))
    fit = _size(own - other, ~after) / level if level else float("inf")
    if fit > WORST_FIT:
        why = (
            f"No mixture of the other regions went as the treated ones did before: it is off by {fit:.0%} of what they"
            f" did, more than {WORST_FIT:.0%}. What came after cannot be told from that."
        )
        return SyntheticControl(*counts, told, course, fit, nan, nan, nan, why)
    gap = float((own - other)[after].mean())
    below = float(other[after].mean())
    p = _placebo(own, others, after)
    return SyntheticControl(*counts, told, course, fit, gap, gap / below if below else nan, p)


def _too_few(treated: int, others: int, before: int, after: int) -> str:
    if not treated:
        return "No region had the campaign."
    if others < FEWEST_OTHERS:
        return f"{others} other regions: of fewer than {FEWEST_OTHERS} nothing is mixed that goes alike."
    if before < FEWEST_BEFORE or not after:
        return f"{before} periods are known before the campaign and {after} after it: {FEWEST_BEFORE} and 1 are needed."
    return ""


def _weights(own: Numbers, others: Numbers, before: npt.NDArray[np.bool_]) -> Numbers:
    """The mixture of the others (regions, periods) that was nearest before, its weights not negative and of sum 1."""
    pull = PULL * max(float(np.abs(others[:, before]).max()), 1e-12)
    sides = np.vstack([others[:, before].T, np.full(len(others), pull)])
    weights, _ = nnls(sides, np.append(own[before], pull))
    return np.asarray(weights / weights.sum())


def _size(gap: Numbers, when: npt.NDArray[np.bool_]) -> float:
    return sqrt(float(np.mean(gap[when] ** 2)))


def _placebo(own: Numbers, others: Numbers, after: npt.NDArray[np.bool_]) -> float:
    """The part of all regions, each taken as treated, whose gap grew as much as that of the treated."""
    grew = [_growth(own, others, after)]
    for at, one in enumerate(others):
        grew.append(_growth(one, np.delete(others, at, axis=0), after))
    return float(np.mean(np.array(grew) >= grew[0]))


def _growth(own: Numbers, others: Numbers, after: npt.NDArray[np.bool_]) -> float:
    gap = own - _weights(own, others, ~after) @ others
    before = _size(gap, ~after)
    return _size(gap, after) / before if before else float("inf")
