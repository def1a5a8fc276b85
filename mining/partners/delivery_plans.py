"""Who could deliver so many pieces: whole from one partner or split among several, at which cost, how surely on time.

A plan takes pieces of some partners; within it they are taken where they cost least first, which no other way beats
since each piece costs the same wherever it stands in the order. It is on time where all of them are: partners are
taken to be late independently of each other, so that its chance is the product of theirs. Of few partners every
combination is looked at. Of many, the surest plan is a covering knapsack, solved exactly (`scipy.optimize.milp`: least
sum of -log chance with enough pieces), the cheapest is that order itself, and between these two stand all plans of
one partner and of two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

from data.errors import BadRequest
from mining.partners.lead_chances import LeadChance

MOST_COMBINED = 12  # partners of which all combinations are looked at: 4,095
MOST_PIECES = 1_000_000_000
TOLERANCE = 1e-12
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DeliverySource:
    """A partner (code) with so many whole `pieces` free; its chance to be on time and what one piece costs, None where
    nobody knows."""

    partner: int
    pieces: int
    chance: LeadChance | None = None
    unit_cost: float | None = None


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """`parts` are pieces by partner (code). `cost` is None where that of any part is not known; `chance`, within `low`
    to `high`, is None where that of any partner is not known."""

    parts: tuple[tuple[int, int], ...]
    cost: float | None
    chance: float | None
    low: float | None
    high: float | None

    @property
    def is_whole(self) -> bool:
        """Whether one partner delivers everything."""
        return len(self.parts) == 1


@dataclass(frozen=True, slots=True, eq=False)
class DeliveryOptions:
    """`plans` deliver all pieces, the surest first, then the cheapest; `short` is what all partners together lack, and
    then there is none. `all_seen` says that every combination was looked at."""

    pieces: int
    plans: tuple[DeliveryPlan, ...]
    short: int
    all_seen: bool

    @property
    def surest(self) -> DeliveryPlan | None:
        """The plan that is most likely on time, the cheapest of those; None where no chance is known."""
        known = [each for each in self.plans if each.chance is not None]
        return min(known, key=lambda each: (-(each.chance or 0.0), _or_most(each.cost)), default=None)

    @property
    def cheapest(self) -> DeliveryPlan | None:
        """The plan that costs least, the surest of those; None where no cost is known."""
        known = [each for each in self.plans if each.cost is not None]
        return min(known, key=lambda each: (_or_most(each.cost), -(each.chance or 0.0)), default=None)

    @property
    def unbeaten(self) -> tuple[DeliveryPlan, ...]:
        """The plans of known cost and chance that no other beats in one without losing in the other, the cheapest
        first; without costs the surest alone."""
        known = [each for each in self.plans if each.cost is not None and each.chance is not None]
        found: list[DeliveryPlan] = []
        for each in sorted(known, key=lambda plan: (_or_most(plan.cost), -(plan.chance or 0.0))):
            if not found or (each.chance or 0.0) > (found[-1].chance or 0.0) + TOLERANCE:
                found.append(each)
        return tuple(found) or ((self.surest,) if self.surest else ())


def check_pieces(pieces: int) -> None:
    """Raises BadRequest for a number of pieces that nobody can deliver."""
    if not 0 < pieces <= MOST_PIECES:
        raise BadRequest(
            f"{pieces:,} pieces cannot be delivered.", f"Ask for a whole number from 1 to {MOST_PIECES:,}."
        )


def delivery_options(sources: Sequence[DeliverySource], pieces: int) -> DeliveryOptions:
    """Every way to deliver so many pieces worth knowing. Raises BadRequest for none, or too many to count."""
    check_pieces(pieces)
    own = sorted(
        (each for each in sources if each.pieces > 0),
        key=lambda each: (_or_most(each.unit_cost), each.partner),
    )
    short = pieces - sum(each.pieces for each in own)
    if short > 0:
        return DeliveryOptions(pieces, (), short, True)
    all_seen = len(own) <= MOST_COMBINED
    chosen = _all_combinations(len(own)) if all_seen else _some_combinations(own, pieces)
    return DeliveryOptions(pieces, _ranked(_plans(own, chosen, pieces)), 0, all_seen)


def _all_combinations(many: int) -> npt.NDArray[np.bool_]:
    return np.asarray((np.arange(1, 1 << many)[:, None] >> np.arange(many)) & 1 == 1)


def _some_combinations(own: Sequence[DeliverySource], pieces: int) -> npt.NDArray[np.bool_]:
    """One partner, two partners, the surest combination, and all in the order of cost."""
    many, able = len(own), np.array([each.pieces for each in own])
    few: list[tuple[int, ...]] = [(at,) for at in range(many) if able[at] >= pieces]
    few += [pair for pair in combinations(range(many), 2) if able[[*pair]].sum() >= pieces]
    found = np.zeros((len(few) + 2, many), bool)
    for row, places in enumerate(few):
        found[row, [*places]] = True
    found[-2] = _surest(own, pieces)
    found[-1] = True
    return found


def _surest(own: Sequence[DeliverySource], pieces: int) -> npt.NDArray[np.bool_]:
    """The partners whose chances multiply to most, enough pieces given; all where no such are known."""
    able = np.array([each.pieces if each.chance and each.chance.share > 0 else 0 for each in own], float)
    if able.sum() < pieces:
        return np.ones(len(own), bool)
    weights = [-np.log(each.chance.share) if each.chance and each.chance.share > 0 else 0.0 for each in own]
    usable = np.minimum(able, pieces) / pieces
    found = milp(
        np.array(weights) + TOLERANCE,
        constraints=LinearConstraint(usable[None, :], lb=1),
        integrality=np.ones(len(own)),
        bounds=Bounds(0, (able > 0).astype(float)),
    )
    taken = np.asarray(found.x > 0.5) if found.success else able > 0
    for at in np.argsort(weights):  # the solver takes a millionth too few for enough
        taken[at] |= bool(able[at] > 0 and able[taken].sum() < pieces)
    return taken


def _plans(own: Sequence[DeliverySource], chosen: npt.NDArray[np.bool_], pieces: int) -> list[DeliveryPlan]:
    """The plan of each combination that has enough pieces and needs all of its partners; partners stand by cost."""
    able = np.where(chosen, np.array([each.pieces for each in own], np.int64), 0)
    before: npt.NDArray[np.int64] = np.cumsum(able, axis=1) - able
    taken = np.clip(pieces - before, 0, able)
    kept = np.unique(taken[taken.sum(axis=1) == pieces], axis=0)
    used = kept > 0
    costs = kept @ _known([each.unit_cost for each in own], 0.0)
    costs = np.where((used & _unknown([each.unit_cost for each in own])).any(axis=1), np.nan, costs)
    chances = [each.chance for each in own]
    shares, lows, highs = (
        _multiplied(used, [None if each is None else getattr(each, name) for each in chances])
        for name in ("share", "low", "high")
    )
    partners = np.array([each.partner for each in own])
    return [
        DeliveryPlan(
            tuple(
                (int(partner), int(many))
                for partner, many in zip(partners[used[row]], kept[row][used[row]], strict=True)
            ),
            *(None if np.isnan(each[row]) else float(each[row]) for each in (costs, shares, lows, highs)),
        )
        for row in range(len(kept))
    ]


def _multiplied(used: npt.NDArray[np.bool_], values: Sequence[float | None]) -> Numbers:
    """The product of each row's values; NaN where one of them is not known."""
    found = np.where(used, _known(values, 1.0), 1.0).prod(axis=1)
    return np.where((used & _unknown(values)).any(axis=1), np.nan, found)


def _known(values: Sequence[float | None], instead: float) -> Numbers:
    return np.array([instead if each is None else each for each in values], float)


def _unknown(values: Sequence[Any]) -> npt.NDArray[np.bool_]:
    return np.array([each is None for each in values], bool)


def _ranked(plans: list[DeliveryPlan]) -> tuple[DeliveryPlan, ...]:
    """The surest first, then those of few partners and little cost; unknown chances last."""
    return tuple(
        sorted(
            plans,
            key=lambda each: (
                each.chance is None, -(each.chance or 0.0), len(each.parts), _or_most(each.cost), each.parts,
            ),
        )
    )  # fmt: skip


def _or_most(cost: float | None) -> float:
    return np.inf if cost is None else cost
