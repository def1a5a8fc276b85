"""Keep, watch, delist, or too new to tell: what is to be said of each product, by rules in their order, and why."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from data.errors import BadRequest
from mining.portfolio.demand_variation import Z
from mining.portfolio.pareto_curve import A, B

KEEP, WATCH, DELIST, TOO_NEW = "keep", "watch", "delist", "too new"
VERDICTS = (KEEP, WATCH, DELIST, TOO_NEW)
NEW_DAYS = 182  # two seasons of three months
HALO_INDEX, HALO_BASKETS = 1.5, 30
LONG_COVER = 365  # days

_loses = pl.col("margin").fill_null(0.0) < 0
_erratic = (pl.col("xyz") == Z) & ~pl.col("is_seasonal")
_stopped = pl.col("idle_days") > pl.col("new_days")
_sold_out = pl.col("on_hand") <= 0
_overstocked = pl.col("cover_days") > LONG_COVER
_halo = (pl.col("halo_index").fill_null(0.0) >= HALO_INDEX) & (pl.col("baskets").fill_null(0) >= HALO_BASKETS)


@dataclass(frozen=True, slots=True, eq=False)
class Ruling:
    """Of whom it holds, the verdict, and why, in a sentence."""

    holds: pl.Expr
    verdict: str
    reason: str


RULES = (
    Ruling(pl.col("age_days") < pl.col("new_days"), TOO_NEW, "First sold too lately to be told."),
    Ruling(_stopped & _sold_out, WATCH, "Not sold lately, but none is in stock: whether it is asked for is not known."),
    Ruling((pl.col("abc") == A) & _loses, WATCH, "Makes much of the revenue, but sold below cost: look at its price."),
    Ruling((pl.col("abc") == A) & _stopped, WATCH, "Made much of the revenue, but has not been sold lately."),
    Ruling(pl.col("abc") == A, KEEP, "Among the few that make most of the revenue."),
    Ruling((pl.col("abc") == B) & _loses, WATCH, "Sold below cost: look at its price before anything else."),
    Ruling((pl.col("abc") == B) & (_erratic | _stopped), WATCH, "Middling revenue, and demand comes and goes."),
    Ruling(pl.col("abc") == B, KEEP, "Middling revenue, asked for evenly enough."),
    Ruling(pl.col("sole_buyers") > 0, WATCH, "Little revenue, but some customers buy nothing else."),
    Ruling(_halo, WATCH, "Little revenue of its own, but it lies in large baskets."),
    Ruling(_loses, DELIST, "Little revenue, sold below cost."),
    Ruling(_stopped, DELIST, "Little revenue, and not sold lately."),
    Ruling(_overstocked, DELIST, "Little revenue, and more in stock than a year sells."),
    Ruling(_erratic, DELIST, "Little revenue, and demand comes and goes."),
    Ruling(pl.col("substitutes") > 0, DELIST, "Little revenue, and others of its category are bought instead of it."),
    Ruling(pl.lit(True), WATCH, "Little revenue, but asked for evenly, by the season, or too few months to tell."),
)  # fmt: skip


def verdicts(figures: pl.DataFrame, new_days: int = NEW_DAYS) -> pl.DataFrame:
    """`figures` with verdict and reason: of RULES the first that holds.

    It needs age_days (since the first sale), idle_days (since the last), abc, xyz, is_seasonal, margin (null where not
    known), sole_buyers, baskets, halo_index, substitutes (how many), on_hand and cover_days
    (null where stock is not known). Raises BadRequest for days below 1.
    """
    if new_days < 1:
        raise BadRequest(f"A product cannot be new for {new_days} days.", "Take one day or more.")
    whole = figures.with_columns(new_days=pl.lit(new_days))
    verdict, reason = pl.lit(""), pl.lit("")
    for rule in reversed(RULES):
        holds = rule.holds.fill_null(False)
        verdict = pl.when(holds).then(pl.lit(rule.verdict)).otherwise(verdict)
        reason = pl.when(holds).then(pl.lit(rule.reason)).otherwise(reason)
    return whole.with_columns(verdict=verdict, reason=reason).drop("new_days")
