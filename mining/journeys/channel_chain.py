"""The chain of channels: an absorbing Markov chain over the last touches, and what is lost without a channel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from data.errors import BadRequest
from mining.journeys.journey_paths import JourneyPaths, Numbers, Places

MOST_STATES = 800  # whose inverse takes some 50 ms, and bands take a hundred
MOST_PLACES = 4_000_000  # up to which states are told by a table, beyond by sorting
ORDERS = (1, 2, 3)


@dataclass(frozen=True, eq=False)
class ChannelMoves:
    """The moves of paths between states, which are the last touches, as many as the order of the chain, or fewer where
    the path just began. State 0 is the beginning.

    `origin` is the state that each touch came from, `reached` the one that it led to, `last_state` where each path
    ended; `channel_of` the last channel of each state (-1 of the beginning).
    """

    paths: JourneyPaths
    order: int
    origin: Places
    reached: Places
    last_state: Places
    channel_of: Places

    @property
    def states(self) -> int:
        return len(self.channel_of)

    @cached_property
    def path_of_touch(self) -> Places:
        return self.paths.path

    @cached_property
    def cell_of_touch(self) -> Places:
        """The cell of the table of moves that each touch counts in."""
        return self.origin * np.int64(self.states) + self.reached

    def counts(self, weights: Numbers | None = None) -> tuple[Numbers, Numbers, Numbers]:
        """How often each state led to each other (states x states), to a purchase and to none; `weights` of paths."""
        bought, missed = self.paths.bought, self.paths.missed
        if weights is not None:
            bought, missed = bought * weights, missed * weights
        n, whole = self.states, bought + missed
        moves = np.bincount(self.cell_of_touch, whole[self.path_of_touch], minlength=n * n)
        return (
            moves.reshape(n, n).astype(float),
            np.bincount(self.last_state, bought, minlength=n).astype(float),
            np.bincount(self.last_state, missed, minlength=n).astype(float),
        )


@dataclass(frozen=True, slots=True, eq=False)
class ChannelRemoval:
    """`chance` that a path leads to a purchase, and of each channel the share of it that is lost where every path ends
    at that channel (`effects`, 0 to 1, in the order of channels)."""

    chance: float
    effects: Numbers

    @property
    def shares(self) -> Numbers:
        """The effects as parts of their sum: what each channel is credited with."""
        whole = self.effects.sum()
        return self.effects / whole if whole > 0 else self.effects


def channel_moves(paths: JourneyPaths, order: int = 1) -> ChannelMoves:
    """The moves of a chain of an order. Raises BadRequest where it would have too many states to be solved."""
    base, position = len(paths.channels) + 1, paths.position
    if base > MOST_STATES:
        raise BadRequest(
            f"{base - 1} channels are too many for a chain: it solves {MOST_STATES} states.", "Group them."
        )
    state: Places = paths.steps + 1
    for back in range(1, order):
        earlier = np.concatenate([np.zeros(back, np.int64), paths.steps[:-back] + 1])[: len(paths.steps)]
        state = state + np.where(position >= back, earlier, 0) * base**back
    codes, places = _placed(state, base**order)
    if len(codes) + 1 > MOST_STATES:
        raise BadRequest(
            f"A chain of order {order} has {len(codes) + 1} states here; it solves {MOST_STATES}.",
            "Take a lower order.",
        )
    origin = np.concatenate([[0], places[:-1]])[: len(places)]
    origin[position == 0] = 0
    ends = places[paths.starts[1:] - 1] if len(paths) else places[:0]
    return ChannelMoves(paths, order, origin, places, ends, np.concatenate([[-1], codes % base - 1]))


def _placed(state: Places, size: int) -> tuple[Places, Places]:
    """The codes that occur, in order, and the place of each among them, from 1."""
    if size > MOST_PLACES:
        codes, places = np.unique(state, return_inverse=True)
        return codes, places + 1
    codes = np.flatnonzero(np.bincount(state, minlength=size))
    table = np.zeros(size, np.int64)
    table[codes] = np.arange(1, len(codes) + 1)
    return codes, table[state]


def removal(moves: ChannelMoves, weights: Numbers | None = None) -> ChannelRemoval:
    """What is lost without each channel, by the exact solution of the chain: no path is drawn.

    Anderl, Becker, von Wangenheim & Schumann, "Mapping the customer journey", International Journal of Research in
    Marketing 33 (2016). With N = (I - Q)^-1 (Kemeny & Snell 1960, theorem 3.2.4) and the chances of a purchase h = N r,
    a path reaches the states S of a channel first at j with chance F_j, F = N[0, S] N[S, S]^-1, and so loses F h_S.
    """
    between, bought, missed = moves.counts(weights)
    whole = between.sum(axis=1) + bought + missed
    seen = np.flatnonzero(whole > 0)
    if not len(seen) or seen[0] != 0:
        return ChannelRemoval(0.0, np.zeros(len(moves.paths.channels)))
    chances = between[np.ix_(seen, seen)] / whole[seen, None]
    visits = np.linalg.inv(np.eye(len(seen)) - chances)
    worth = visits @ (bought[seen] / whole[seen])
    return ChannelRemoval(float(worth[0]), _lost(moves, seen, visits, worth))


def _lost(moves: ChannelMoves, seen: Places, visits: Numbers, worth: Numbers) -> Numbers:
    effects = np.zeros(len(moves.paths.channels))
    if worth[0] <= 0:
        return effects
    owner: npt.NDArray[np.int64] = moves.channel_of[seen]
    for channel in range(len(effects)):
        own = np.flatnonzero(owner == channel)
        if len(own):
            first = np.linalg.solve(visits[np.ix_(own, own)].T, visits[0, own])
            effects[channel] = first @ worth[own] / worth[0]
    return np.clip(effects, 0.0, 1.0)
