"""Journeys told by a chain whose chances are known: what credits and orders are tried on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mining.journeys.journey_paths import JourneyPaths, Numbers, Places

LONGEST = 400


@dataclass(frozen=True, slots=True, eq=False)
class JourneyTruth:
    """A chain of an order over `channels` (how many): `chances` of what follows by the last touches, a row each state.
    States are numbers to the base channels + 1 of the last touches, the latest the lowest digit, 0 where none was;
    columns are the channels, a purchase, and none."""

    channels: int
    order: int
    chances: Numbers

    def next_state(self, state: Places, channel: Places) -> Places:
        base = self.channels + 1
        return np.asarray((state * base + channel + 1) % base**self.order)

    def purchase_chance(self, without: int = -1, steps: int = LONGEST) -> float:
        """The chance that a path leads to a purchase, where those that come to a channel are lost; told by following
        all states step by step, not by solving anything."""
        mass, bought = np.zeros(len(self.chances)), 0.0
        mass[0] = 1.0
        states = np.arange(len(mass))
        for _ in range(steps):
            bought += float(mass @ self.chances[:, self.channels])
            following = np.zeros_like(mass)
            for channel in range(self.channels):
                if channel != without:
                    to = self.next_state(states, np.full_like(states, channel))
                    np.add.at(following, to, mass * self.chances[:, channel])
            mass = following
        return bought

    def removal_effects(self) -> Numbers:
        """What share of purchases is lost without each channel."""
        whole = self.purchase_chance()
        return np.array([1 - self.purchase_chance(each) / whole for each in range(self.channels)])


def drawn_truth(channels: int, order: int, seed: int, ends: float = 0.3) -> JourneyTruth:
    """Chances drawn at random; a touch ends its path with the chance `ends`, the beginning with none."""
    random = np.random.default_rng(seed)
    states = (channels + 1) ** order
    on = random.dirichlet(np.full(channels, 0.6), states)
    part = random.beta(2, 5, states)[:, None]
    chances = np.hstack([on * (1 - ends), ends * part, ends * (1 - part)])
    chances[0] = [*on[0], 0.0, 0.0]
    return JourneyTruth(channels, order, chances)


def simulate_journeys(truth: JourneyTruth, many: int, seed: int) -> JourneyPaths:
    """So many paths, of a customer each; a day between touches, every purchase worth 1 to 100."""
    random = np.random.default_rng(seed)
    reach = np.cumsum(truth.chances, axis=1)
    state, going = np.zeros(many, np.int64), np.arange(many)
    paths, steps, bought = [], [], np.zeros(many)
    while len(going):
        drawn = (random.random(len(going))[:, None] > reach[state[going]]).sum(axis=1)
        outcome = np.minimum(drawn, truth.channels + 1)
        bought[going[outcome == truth.channels]] = 1.0
        on = outcome < truth.channels
        going = going[on]
        state[going] = truth.next_state(state[going], outcome[on])
        paths.append(going)
        steps.append(outcome[on])
    path = np.concatenate(paths)
    order = np.argsort(path, kind="stable")
    lengths = np.bincount(path, minlength=many)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    within = np.arange(len(path)) - np.repeat(starts[:-1], lengths)
    return JourneyPaths(
        tuple(f"C{each}" for each in range(truth.channels)),
        np.concatenate(steps)[order],
        starts,
        np.repeat(lengths, lengths) - 1.0 - within,
        np.arange(many),
        bought,
        1 - bought,
        bought * random.integers(1, 101, many),
        lengths - 1.0,
    )
