"""Contributions: what each part of a cell added to its change, so that the parts come to the change exactly."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a measure is made of, in two periods: arrays of one shape. A measure that is no ratio has a lower of 1.

    `value` and `base` are the measure itself now and before; `upper` and `lower` are what a ratio divides.
    """

    value: Numbers
    base: Numbers
    upper: Numbers
    upper_base: Numbers
    lower: Numbers
    lower_base: Numbers

    def at(self, place: int) -> Amounts:
        """The amounts in one place of the arrays, as arrays of one."""
        return Amounts(*(getattr(self, field.name)[place : place + 1] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Effects:
    """What each part added to the change of the whole, in the measure's unit; `weight` is its share of the size.

    `effect` is `rate` + `mix` + `presence`; the last three are zero for measures that are no ratios.
    """

    effect: Numbers
    rate: Numbers
    mix: Numbers
    presence: Numbers
    weight: Numbers


def of_sum(parts: Amounts) -> Effects:
    """Effects on a measure that is no ratio: each part's own change."""
    nothing = np.zeros_like(parts.value)
    size = np.maximum(np.abs(parts.base), 0)
    total = size.sum(axis=0, keepdims=True)
    weight = np.divide(size, total, out=np.zeros_like(size), where=total > 0)
    return Effects(parts.value - parts.base, nothing, nothing, nothing, weight)


def of_ratio(parts: Amounts, whole: Amounts) -> Effects:
    """Effects on a ratio R = sum of w r, with r a part's own ratio and w its share of the whole's denominator.

    rate = mean(w0, w1) * (r1 - r0) and mix = (w1 - w0) * (mean(r0, r1) - mean(R0, R1)): Kitagawa (1955), the
    symmetric form of Bennet (1920), which leaves no interaction; R is taken off because a part that grows only
    moves the whole by as much as it differs from it. A part without a ratio of its own in one of the periods (new,
    gone, or without a denominator) has one effect, `presence`. Where the denominators of the parts do not come to
    the whole's (they overlap), neither do the effects to the change: see `overlap`.
    """
    share, share_base = _over(parts.lower, whole.lower), _over(parts.lower_base, whole.lower_base)
    mean = (_over(whole.upper, whole.lower) + _over(whole.upper_base, whole.lower_base)) / 2
    moved = share - share_base
    effect = _over(parts.upper, whole.lower) - _over(parts.upper_base, whole.lower_base) - moved * mean
    ratio, ratio_base = _over(parts.upper, parts.lower), _over(parts.upper_base, parts.lower_base)
    stays = (parts.lower != 0) & (parts.lower_base != 0)
    rate = np.where(stays, (share + share_base) / 2 * (ratio - ratio_base), 0.0)
    mix = np.where(stays, moved * ((ratio + ratio_base) / 2 - mean), 0.0)
    presence = np.where(stays, 0.0, effect)
    return Effects(rate + mix + presence, rate, mix, presence, (share + share_base) / 2)


def overlap(change: float, effects: Numbers, *sizes: float) -> float:
    """What the effects leave of the change, because the parts share what is counted; 0 where they share nothing."""
    left = change - float(np.sum(effects))
    scale = max([abs(change), float(np.sum(np.abs(effects))), *map(abs, sizes)], default=0.0)
    return 0.0 if abs(left) <= TINY * scale else left


def _over(upper: Numbers, lower: Numbers) -> Numbers:
    shape = np.broadcast_shapes(upper.shape, lower.shape)
    return np.divide(upper, lower, out=np.zeros(shape), where=np.broadcast_to(lower != 0, shape))
