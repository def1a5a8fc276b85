"""Whether ranking customers by what a campaign is expected to change in them beats reaching anybody: the Qini curve.

Radcliffe, "Using control groups to target on predicted lift", Direct Marketing Analytics Journal (2007): among the best
share of all customers, what those treated did beyond what as many held out did, in units of the measure. Customers of
one score are one step, so that no order of rows matters and a score that is the same for all is exactly its chord. What
is told of it is the area between curve and chord, in incremental units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
DRAWS = 500
GROUPS = 400  # steps into which bands group a curve; the curve itself has as many as there are scores


@dataclass(frozen=True, slots=True, eq=False)
class QiniCurve:
    """`reached`: shares of customers, 0 to 1; `gained`: incremental units among them; `area` between curve and chord.

    `low` and `high` are its 95% interval by bootstrap, `chance_low` and `chance_high` between what the area of scores
    that know nothing lies in 95 of 100 shuffles.
    """

    reached: Numbers
    gained: Numbers
    area: float
    low: float
    high: float
    chance_low: float
    chance_high: float

    @property
    def beats_everyone(self) -> bool:
        """Whether targeting by the score is shown to beat sending to everyone."""
        return self.low > 0 and self.area > self.chance_high


def qini_curve(score: Numbers, value: Numbers, treated: npt.NDArray[np.bool_], seed: int = 0) -> QiniCurve:
    """From a score, a value and the arm of each customer, all of one length.

    Raises ValueError where an arm is empty. Both bands draw what groups of customers add up to from normal curves with
    the moments of a Poisson bootstrap, and of a permutation without replacement.
    """
    if not treated.any() or treated.all():
        raise ValueError("A curve needs customers of both arms.")
    steps = _steps(score)
    own = _sums(steps, value, treated)
    reached, gained = _curve(own)
    random = np.random.default_rng(seed)
    few = _fewer(steps)
    sums, squares = _sums(few, value, treated), _sums(few, value**2, treated)[2:]
    boot = _areas(_bootstrapped(sums, squares, random))
    chance = _areas(_shuffled(few, value, treated, random))
    low, high = np.quantile(boot, [0.025, 0.975])
    chance_low, chance_high = np.quantile(chance, [0.025, 0.975])
    area = float(_area(reached, gained))
    return QiniCurve(reached, gained, area, float(low), float(high), float(chance_low), float(chance_high))


def _steps(score: Numbers) -> npt.NDArray[np.int64]:
    """The step of each customer: 0 for the highest score, one a different score."""
    _, step = np.unique(-score, return_inverse=True)
    return step.astype(np.int64)


def _fewer(steps: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Neighbouring steps put together, so that about `GROUPS` of like size are left."""
    before = np.cumsum(np.bincount(steps)) - 1
    group = before * GROUPS // len(steps)
    _, dense = np.unique(group, return_inverse=True)
    found: npt.NDArray[np.int64] = dense[steps].astype(np.int64)
    return found


def _sums(steps: npt.NDArray[np.int64], value: Numbers, treated: npt.NDArray[np.bool_]) -> Numbers:
    """(4, steps): customers treated and held out, and what either did."""
    many = int(steps.max()) + 1
    return np.array(
        [np.bincount(steps, part, many) for part in (treated, ~treated, value * treated, value * ~treated)]
    )


def _curve(sums: Numbers) -> tuple[Numbers, Numbers]:
    """The shares reached and the units gained, with a beginning at nothing; sums are (..., 4, steps)."""
    treated, held, did, did_held = np.moveaxis(np.cumsum(sums, axis=-1), -2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        gained = did - np.where(held > 0, did_held * treated / held, 0.0)
    both = treated + held
    nothing = np.zeros((*both.shape[:-1], 1))
    return (
        np.concatenate([nothing, both / both[..., -1:]], axis=-1),
        np.concatenate([nothing, gained], axis=-1),
    )


def _area(reached: Numbers, gained: Numbers) -> Numbers:
    """Between curve and chord, over shares from 0 to 1."""
    width, height = np.diff(reached, axis=-1), (gained[..., 1:] + gained[..., :-1]) / 2
    found: Numbers = (width * height).sum(axis=-1) - gained[..., -1] / 2
    return found


def _areas(sums: Numbers) -> Numbers:
    return _area(*_curve(sums))


def _bootstrapped(sums: Numbers, squares: Numbers, random: np.random.Generator) -> Numbers:
    """(draws, 4, groups): sums of customers each of whom counts a Poisson number of times."""
    found = []
    for customers, did, square in ((sums[0], sums[2], squares[0]), (sums[1], sums[3], squares[1])):
        one, other = random.standard_normal((2, DRAWS, sums.shape[1]))
        drawn = np.maximum(customers + np.sqrt(customers) * one, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(customers > 0, did / customers, 0.0)
        rest = np.sqrt(np.maximum(square - mean * did, 0))
        found.append((drawn, mean * drawn + rest * other))
    (treated, did_treated), (held, did_held) = found
    return np.stack([treated, held, did_treated, did_held], axis=1)


def _shuffled(
    steps: npt.NDArray[np.int64], value: Numbers, treated: npt.NDArray[np.bool_], random: np.random.Generator
) -> Numbers:
    """(draws, 4, groups): sums of groups of the same sizes into which customers fell by chance."""
    each = np.array([treated, ~treated, value * treated, value * ~treated], dtype=np.float64)
    sizes = np.bincount(steps).astype(np.float64)
    spread, axes = np.linalg.eigh(np.cov(each))
    root = axes * np.sqrt(np.maximum(spread, 0))
    drawn = random.standard_normal((DRAWS, 4, len(sizes))) * np.sqrt(sizes)
    drawn -= drawn.sum(axis=-1, keepdims=True) * sizes / sizes.sum()
    found: Numbers = each.mean(axis=1)[:, None] * sizes + np.einsum("ij,djg->dig", root, drawn)
    return found
