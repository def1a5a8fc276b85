"""Votes in which nothing goes together: each voter votes as often as before, each proposal gets as many votes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Votes = npt.NDArray[np.bool_]
ROUNDS, BETWEEN = 30, 15


def shuffled_votes(votes: Votes, count: int, random: np.random.Generator) -> Iterator[Votes]:
    """So many shuffles of voters x proposals. Two voters trade what one of them alone supports, drawn anew; each voter
    trades ROUNDS times before the first shuffle, BETWEEN times before each other one.

    Strona et al., "A fast and unbiased procedure to randomize ecological binary matrices with fixed row and column
    totals", Nature Communications 5 (2014).
    """
    found = votes.copy()
    for at in range(count):
        for _ in range(BETWEEN if at else ROUNDS):
            _trade(found, random)
        yield found.copy()


def _trade(votes: Votes, random: np.random.Generator) -> None:
    order = random.permutation(len(votes))
    half = len(order) // 2
    first, second = order[:half], order[half : 2 * half]
    one, other = votes[first], votes[second]
    apart = one ^ other
    keys = np.where(apart, random.random(apart.shape, dtype=np.float32), 2)
    places = np.argsort(np.argsort(keys, axis=1), axis=1)
    own = (one & ~other).sum(axis=1, keepdims=True)
    votes[first] = (one & other) | (apart & (places < own))
    votes[second] = (one & other) | (apart & (places >= own))
