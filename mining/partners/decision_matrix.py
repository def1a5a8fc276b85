"""Partners by criteria: what is known of each, out of how many, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.errors import BadRequest
from mining.partners.criterion import Criterion, check_weights

Numbers: TypeAlias = NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class DecisionMatrix:
    """`values` (partners x criteria; NaN is unknown, never zero), `counts` (as many: the n behind each value).

    How sure a value is: `errors` (as many, standard errors in the unit of the value; 0 is sure), or, where given, for
    each criterion in `draws` resampled values (draws x partners; NaN where a resample tells nothing) or None. A value
    that is unknown is known to be over what `beyond` (as many) says, where that is a number.
    """

    partners: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    values: Numbers
    counts: NDArray[np.int64]
    errors: Numbers
    draws: tuple[Numbers | None, ...]
    beyond: Numbers

    @property
    def weights(self) -> Numbers:
        """They add up to 1."""
        told = np.array([each.weight for each in self.criteria], dtype=float)
        found: Numbers = told / told.sum()
        return found

    @property
    def ranges(self) -> Numbers:
        """Criteria x 2: the least and the greatest that is known; NaN where nothing is."""
        told = np.where(np.isnan(self.values), self.beyond, self.values)
        return np.array([_ends(column) for column in told.T]).reshape(-1, 2)

    @property
    def bounds(self) -> Numbers:
        """The ranges, widened to the ends that criteria declare."""
        found = self.ranges
        for at, each in enumerate(self.criteria):
            low, high = each.ends
            found[at] = np.fmin(found[at, 0], _or_nan(low)), np.fmax(found[at, 1], _or_nan(high))
        return found

    def filled(self, share: float = 0.5) -> Numbers:
        """The values with unknown ones so far along their range: 0 at its worst end, 1 at its best."""
        at = np.where([each.is_more_better for each in self.criteria], share, 1 - share)
        low, high = self._spans()
        return np.where(np.isnan(self.values), low + (high - low) * at, self.values)

    def _spans(self) -> tuple[Numbers, Numbers]:
        """From where to where each value can lie that is unknown (partners x criteria)."""
        low, high = np.nan_to_num(self.ranges).T
        return np.fmax(low, self.beyond), np.broadcast_to(high, self.values.shape)

    def drawn(self, random: np.random.Generator, draws: int) -> Iterator[NDArray[np.float32]]:
        """Criterion by criterion, draws x partners: resampled, or normal round the value by its error. What is unknown
        lies anywhere in the range of what is known, each place as likely."""
        low, high = self._spans()
        for at, column in enumerate(self.values.T):
            found = self._around(at, random, draws)
            gone = np.isnan(column)
            if gone.any():
                found[:, gone] = random.uniform(low[gone, at], high[gone, at], (draws, int(gone.sum())))
            yield found

    def _around(self, at: int, random: np.random.Generator, draws: int) -> NDArray[np.float32]:
        own, column = self.draws[at], self.values[:, at].astype(np.float32)
        if own is not None:
            taken = own[np.resize(np.arange(len(own)), draws)].astype(np.float32)
            return np.where(np.isnan(taken), column, taken)
        errors = np.nan_to_num(self.errors[:, at]).astype(np.float32)
        if not errors.any():
            return np.broadcast_to(column, (draws, len(column))).copy()
        found = random.standard_normal((draws, len(column)), dtype=np.float32)
        found *= errors
        found += column
        return found

    def only(self, partners: NDArray[np.bool_]) -> DecisionMatrix:
        """Those partners alone."""
        return replace(
            self,
            partners=tuple(name for name, kept in zip(self.partners, partners, strict=True) if kept),
            values=self.values[partners],
            counts=self.counts[partners],
            errors=self.errors[partners],
            draws=tuple(None if each is None else each[:, partners] for each in self.draws),
            beyond=self.beyond[partners],
        )


def decision_matrix(
    partners: Sequence[str],
    criteria: Sequence[Criterion],
    values: Numbers | Sequence[Sequence[float]],
    counts: NDArray[np.int64] | None = None,
    errors: Numbers | None = None,
    draws: Sequence[Numbers | None] | None = None,
    beyond: Numbers | None = None,
) -> DecisionMatrix:
    """Checked at the door: raises BadRequest for weights that are all 0, negative or no numbers, and for values without
    an end. Without `counts` each known value has 1; without `errors` all are sure."""
    check_weights(tuple(criteria))
    found = np.asarray(values, dtype=float).reshape(len(partners), len(criteria))
    if np.isinf(found).any():
        raise BadRequest(
            "A figure of a partner has no end, so that nothing can be measured against it.",
            "Leave it unknown, or correct it.",
        )
    known = ~np.isnan(found)
    return DecisionMatrix(
        tuple(partners),
        tuple(criteria),
        found,
        known.astype(np.int64) if counts is None else counts,
        np.zeros(found.shape) if errors is None else errors,
        tuple(draws) if draws is not None else (None,) * len(criteria),
        np.full(found.shape, np.nan) if beyond is None else beyond,
    )


def _ends(column: Numbers) -> tuple[float, float]:
    known = column[~np.isnan(column)]
    return (float(known.min()), float(known.max())) if len(known) else (np.nan, np.nan)


def _or_nan(end: float | None) -> float:
    return np.nan if end is None else end
