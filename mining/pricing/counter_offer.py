"""What to answer to a price that somebody named: the price that earns most in expectation, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from data.errors import BadRequest
from mining.pricing.acceptance_curve import Flags, logistic_line
from mining.pricing.price_sample import HAIR, PriceSample
from mining.retention.wilson_interval import Numbers

FEWEST = 10
CANDIDATES, DRAWS = 41, 200


class CounterBasis(StrEnum):
    """Where the chance comes from that a counter-offer is taken: what customers answered to others; how far persons
    went beyond the first price that they named (at least so many would, unasked); or how many named as much of those
    who named the price (at most so many would: it takes a price named for no more than a least)."""

    ANSWERS = "answers"
    RAISES = "raises"
    BIDS = "bids"


class CounterDeed(StrEnum):
    """What earns most in expectation."""

    ACCEPT = "accept"
    COUNTER = "counter"
    DECLINE = "decline"


@dataclass(frozen=True, slots=True, eq=False)
class CounterOffer:
    """Counter-offers at `prices` (of one piece), the chance (0 to 1) that each is taken and what it then earns on
    average (`expected`), with intervals of 95%; `best` is the place of the price that earns most.

    `accepting` is what the price named earns (price less cost, of one piece), known without doubt. `best_low` to
    `best_high` hold the best price in 95 of 100 samples of persons; in the share `beats` of them countering at
    `price` earns more than accepting (or than nothing, where accepting loses). Of so many `people`, by `basis`.
    """

    basis: CounterBasis
    people: int
    prices: Numbers
    chance: Numbers
    chance_low: Numbers
    chance_high: Numbers
    expected: Numbers
    expected_low: Numbers
    expected_high: Numbers
    best: int
    best_low: float
    best_high: float
    accepting: float
    beats: float

    @property
    def price(self) -> float:
        return float(self.prices[self.best])

    @property
    def deed(self) -> CounterDeed:
        if self.expected[self.best] > max(self.accepting, 0.0):
            return CounterDeed.COUNTER
        return CounterDeed.ACCEPT if self.accepting >= 0 else CounterDeed.DECLINE


def counter_by_raises(
    bid: float,
    cost: float,
    most: float,
    raises: PriceSample,
    shading: float = 1.0,
    draws: int = DRAWS,
    seed: int = 0,
) -> CounterOffer:
    """Counter-offers to a bid, up to a price of `most`, from the highest price of each person as a share of their
    first (`raises`, from 1 on; one voice a person): P(taken at x) = share of persons whose raise / `shading`
    is x / bid or more.

    Persons named those without being asked, so that while `shading` is 1 this is a lower bound. Raises BadRequest
    where fewer than 10 persons named a price, or nothing can be asked.
    """
    prices = _candidates(bid, cost, most)
    check_people(raises.people, "named a price")

    def chance(weights: Numbers | None) -> Numbers:
        return np.where(prices <= bid, 1.0, raises.shares(prices / bid * shading, weights))

    drawn = np.array([chance(weights) for weights in raises.drawn(draws, seed)])
    return _told(CounterBasis.RAISES, raises.people, bid, cost, prices, chance(None), drawn)


def counter_by_bids(
    bid: float,
    cost: float,
    most: float,
    named: PriceSample,
    shading: float = 1.0,
    draws: int = DRAWS,
    seed: int = 0,
) -> CounterOffer:
    """The same from what persons would pay at most (in the unit of the bid, their own `shading` asked back already):
    P(taken at x) = D(x) / D(bid / shading).

    It holds if a bid says only that its price would be paid, and nothing of how much more: an upper bound. Raises
    BadRequest where fewer than 10 persons named as much.
    """
    prices = _candidates(bid, cost, most)
    worth = bid / shading
    people = len(np.unique(named.persons[named.prices >= worth * (1 - HAIR)]))
    check_people(people, f"named {bid:,.2f} or more")

    def chance(weights: Numbers | None) -> Numbers:
        least = named.shares(np.array([worth]), weights)[0]
        found = named.shares(prices, weights) / least if least > 0 else np.zeros(len(prices))
        return np.where(prices <= bid, 1.0, np.minimum(found, 1.0))

    drawn = np.array([chance(weights) for weights in named.drawn(draws, seed)])
    return _told(CounterBasis.BIDS, people, bid, cost, prices, chance(None), drawn)


def counter_by_answers(
    bid: float,
    cost: float,
    most: float,
    raises: Numbers,
    taken: Flags,
    persons: npt.NDArray[np.generic],
    draws: int = DRAWS,
    seed: int = 0,
) -> CounterOffer:
    """The same from what customers answered to counter-offers of the past: each a share of the price that they had
    named (`raises`, from 1 on), whether it was `taken`, and whose it was; by the logistic line. Raises BadRequest
    below 10 persons."""
    prices = _candidates(bid, cost, most)
    check_people(len(np.unique(persons)), "answered a counter-offer")
    line = logistic_line(raises, taken, persons)
    random = np.random.default_rng(seed)
    falling = np.minimum(line.slope, 0.0)
    found = random.multivariate_normal([line.intercept, line.slope], line.covariance, draws)
    at = (prices / bid - line.centre) / line.scale

    def chance(intercept: Numbers, slope: Numbers) -> Numbers:
        told = 0.5 * (1 + np.tanh(0.5 * (intercept[:, None] + slope[:, None] * at)))
        return np.where(prices <= bid, 1.0, told)

    drawn = chance(found[:, 0], np.minimum(found[:, 1], 0.0))
    point = chance(np.array([line.intercept]), np.array([falling]))[0]
    return _told(CounterBasis.ANSWERS, len(np.unique(persons)), bid, cost, prices, point, drawn)


def check_people(people: int, did: str) -> None:
    """Raises BadRequest for fewer than 10 persons who did what is needed."""
    if people < FEWEST:
        raise BadRequest(
            f"Too few persons {did} ({people}) to tell how often a counter-offer is taken.",
            f"It takes {FEWEST}.",
        )


def _candidates(bid: float, cost: float, most: float) -> Numbers:
    """Prices from what was named, or the cost where that is more, to the most that may be asked. Raises
    BadRequest."""
    if not (np.isfinite([bid, cost, most]).all() and bid > 0 and cost >= 0):
        raise BadRequest(
            "A counter-offer needs a price above 0 and a cost that is known.", "Say what it costs."
        )
    first = max(bid, cost)
    if most < first:
        raise BadRequest(
            f"Nothing lies between {first:,.2f} and the most that may be asked, {most:,.2f}.",
            "Accept, decline, or ask more.",
        )
    return np.unique(np.round(np.linspace(first, most, CANDIDATES), 2 if most >= 10 else 6).clip(first, most))


def _told(
    basis: CounterBasis,
    people: int,
    bid: float,
    cost: float,
    prices: Numbers,
    chance: Numbers,
    drawn: Numbers,
) -> CounterOffer:
    margin = prices - cost
    expected, many = chance * margin, drawn * margin
    best, accepting = int(np.argmax(expected)), bid - cost
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    best_low, best_high = np.percentile(prices[many.argmax(axis=1)], [2.5, 97.5])
    beats = float((many[:, best] > max(accepting, 0.0)).mean())
    return CounterOffer(
        basis, people, prices, chance, low, high, expected, low * margin, high * margin, best,
        float(best_low), float(best_high), accepting, beats,
    )  # fmt: skip
