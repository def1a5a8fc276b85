"""Credits side by side: what each convention gives each channel, with how far that hangs on who happened to come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from data.errors import BadRequest
from mining.journeys.chain_order import ChainOrder, chain_order
from mining.journeys.channel_chain import ORDERS, ChannelMoves, channel_moves, removal
from mining.journeys.credit_rules import HALF_LIFE_DAYS, OF_ONE_PATH, CreditRule, channel_shares
from mining.journeys.journey_paths import JourneyPaths, Numbers

DRAWS = 100
ONLY_A_CONVENTION = (
    "Credit is a convention: it parts among channels what happened anyway. Only a holdout measures what a channel"
    " changes."
)
BAND = (2.5, 97.5)
NO_MISSED = (
    "Every path here that is over led to a purchase, so nothing tells what a channel adds: a chain of Markov needs"
    " paths that led to none as well."
)


@dataclass(frozen=True, slots=True, eq=False)
class ChannelCredits:
    """`frame`: a row each rule and channel with `conversions` and `revenue` credited, their `share` (0 to 1), and
    `low` and `high`, the band of 95% of the share over resampled customers; those of a rule add up to all conversions
    and all revenue of the paths.

    `removal`: of each channel the share of purchases lost without it by the chain (`effect`), `chance` that a path
    leads to a purchase, `order` how the chain's was chosen. Where `refusal` says why, the chain tells nothing: no rows
    of it, no `order`.
    """

    frame: pl.DataFrame
    removal: pl.DataFrame
    chance: float
    order: ChainOrder | None
    refusal: str
    conversions: float
    revenue: float


def channel_credits(
    paths: JourneyPaths,
    order: int | None = None,
    half_life_days: float = HALF_LIFE_DAYS,
    draws: int = DRAWS,
    seed: int = 0,
    told: Callable[[float], None] = lambda done: None,
) -> ChannelCredits:
    """Credits by every rule. The chain's `order` is chosen on held-out paths where None is given; `told` hears how far
    it is, from 0 to 1.

    Bands are percentiles over `draws` resamples of customers (Efron & Tibshirani 1993, section 13.3): paths of one
    customer hang together. Raises BadRequest where no path leads to a purchase.
    """
    if not paths.conversions:
        raise BadRequest(
            "No path leads to a purchase, so there is nothing to credit.",
            "Choose a longer period or a longer window, or take filters away.",
        )
    if order is not None and order not in ORDERS:
        raise BadRequest(f"A chain of order {order} is not offered.", "Take 1, 2 or 3.")
    refusal = "" if paths.missed.sum() > 0 else NO_MISSED
    chosen = None if refusal else chain_order(paths, seed) if order is None else _given(paths, order)
    moves = channel_moves(paths, chosen.order) if chosen else None
    rules = [*OF_ONE_PATH, *([CreditRule.MARKOV] if moves else [])]
    by_path = [channel_shares(paths, rule, half_life_days) for rule in OF_ONE_PATH]
    together = sparse.hstack([each.multiply(paths.bought[:, None]).tocsr() for each in by_path], format="csr")
    found = removal(moves) if moves else None
    shares = _shares(together, moves, None)
    bands = _bands(paths, together, moves, draws, seed, told)
    revenue = [each.T @ paths.revenue for each in by_path]
    revenue += [found.shares * paths.total_revenue] if found else []
    return ChannelCredits(
        _frame(paths, rules, shares, bands, np.array(revenue)),
        pl.DataFrame({"channel": paths.channels, "effect": found.effects if found else [None] * len(paths.channels)},
                     schema_overrides={"effect": pl.Float64}),
        found.chance if found else 1.0,
        chosen,
        refusal,
        paths.conversions,
        paths.total_revenue,
    )  # fmt: skip


def _given(paths: JourneyPaths, order: int) -> ChainOrder:
    schema = {"order": pl.Int64, "states": pl.Int64, "log_likelihood": pl.Float64}
    return ChainOrder(
        order, pl.DataFrame([(order, channel_moves(paths, order).states, None)], schema, orient="row")
    )


def _shares(together: sparse.csr_array, moves: ChannelMoves | None, weights: Numbers | None) -> Numbers:
    """The shares by rule (rows) and channel (columns); NaN where no path that leads to a purchase was drawn."""
    ones = np.ones(together.shape[0]) if weights is None else weights
    credit = (together.T @ ones).reshape(len(OF_ONE_PATH), -1)
    rows = [credit]
    if moves:
        rows.append(removal(moves, weights).shares[None, :])
    shares = np.vstack(rows)
    whole = shares.sum(axis=1, keepdims=True)
    told: Numbers = np.divide(shares, whole, out=np.full_like(shares, np.nan), where=whole > 0)
    return told


def _bands(
    paths: JourneyPaths,
    together: sparse.csr_array,
    moves: ChannelMoves | None,
    draws: int,
    seed: int,
    told: Callable[[float], None],
) -> Numbers | None:
    """The ends of the bands: 2 x rules x channels; None without draws."""
    if not draws:
        return None
    random = np.random.default_rng(seed)
    _, customer = np.unique(paths.customer, return_inverse=True)
    many = int(customer.max()) + 1
    drawn = []
    for at in range(draws):
        told(at / draws)
        times = np.bincount(random.integers(0, many, many), minlength=many)
        drawn.append(_shares(together, moves, times[customer].astype(float)))
    known = np.array([each for each in drawn if not np.isnan(each).any()])
    ends: Numbers = (
        np.percentile(known, BAND, axis=0) if len(known) else np.full((2, *drawn[0].shape), np.nan)
    )
    return ends


def _frame(
    paths: JourneyPaths, rules: list[CreditRule], shares: Numbers, bands: Numbers | None, revenue: Numbers
) -> pl.DataFrame:
    many = len(paths.channels)
    low, high = ([None] * shares.size,) * 2 if bands is None else (bands[0].ravel(), bands[1].ravel())
    return pl.DataFrame(
        {
            "rule": [str(rule) for rule in rules for _ in range(many)],
            "channel": list(paths.channels) * len(rules),
            "conversions": shares.ravel() * paths.conversions,
            "revenue": revenue.ravel(),
            "share": shares.ravel(),
            "low": low,
            "high": high,
        },
        schema_overrides={"low": pl.Float64, "high": pl.Float64},
    ).with_columns(pl.col("low", "high").fill_nan(None))
