"""What customers would pay at most: log-normal around a share of the price asked, by their way of buying."""

from __future__ import annotations

import numpy as np

from data.demo.simulated_world import World

# By segment, in the order of SEGMENTS.
WILLING, WILLING_SPREAD = (0.88, 0.84, 0.80, 0.92, 0.76), 0.2


def willing_cents(
    world: World, person: np.ndarray, asked: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """What each of these customers would pay for a piece that they are asked so many cents for."""
    median = np.array(WILLING)[world.people.segment[person]]
    found: np.ndarray = asked * median * random.lognormal(0, WILLING_SPREAD, len(person))
    return found
