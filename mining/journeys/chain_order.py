"""How much of the past a chain of channels should know: the order that tells best what paths did that it never saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.journeys.channel_chain import ORDERS, ChannelMoves, channel_moves
from mining.journeys.journey_paths import JourneyPaths, Numbers

FOLDS = 5
PRIOR = 0.5  # Krichevsky & Trofimov (1981): half a count of everything that can follow


@dataclass(frozen=True, slots=True, eq=False)
class ChainOrder:
    """The `order` chosen; `tried` has `order`, `states`, and `log_likelihood`, the mean by touch or end held out (null
    where the chain would be too large)."""

    order: int
    tried: pl.DataFrame


def chain_order(paths: JourneyPaths, seed: int = 0) -> ChainOrder:
    """The best of the orders 1 to 3 by five folds of customers, each told by a chain that was fitted on the others."""
    random = np.random.default_rng(seed)
    _, customer = np.unique(paths.customer, return_inverse=True)
    fold = random.integers(0, FOLDS, customer.max(initial=0) + 1)[customer]
    rows: list[tuple[int, int | None, float | None]] = []
    for order in ORDERS:
        try:
            moves = channel_moves(paths, order)
        except BadRequest:
            rows.append((order, None, None))
            continue
        rows.append((order, moves.states, _held_out(moves, fold.astype(float))))
    tried = pl.DataFrame(
        rows, {"order": pl.Int64, "states": pl.Int64, "log_likelihood": pl.Float64}, orient="row"
    )
    known = tried.drop_nulls().sort("log_likelihood", "order", descending=[True, False])
    return ChainOrder(int(known["order"][0]) if known.height else 1, tried)


def _held_out(moves: ChannelMoves, fold: Numbers) -> float:
    """The mean logarithm of the chance of each move that was held out."""
    whole, events = 0.0, 0.0
    outcomes = len(moves.paths.channels) + 2
    everything = moves.counts()
    for each in range(FOLDS):
        held = moves.counts((fold == each).astype(float))
        kept = [every - out for every, out in zip(everything, held, strict=True)]
        total = kept[0].sum(axis=1) + kept[1] + kept[2] + PRIOR * outcomes
        for fitted, out in zip(kept, held, strict=True):
            of = total[:, None] if out.ndim == 2 else total
            whole += float((out * np.log((fitted + PRIOR) / of)).sum())
            events += float(out.sum())
    return whole / events if events else 0.0
