"""Stock that partners tell of themselves, laid over what was counted: the newest of both holds."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

PAIR = ("product", "partner")


@dataclass(frozen=True, slots=True, eq=False)
class LaidStock:
    """`counts` with the columns that came and `is_told`: so many pairs hold what was `told`. `older` statements
    were counted over since, `refused` said less than nothing."""

    counts: pl.DataFrame
    told: int
    older: int
    refused: int


def lay_told_stock(counts: pl.DataFrame, told: pl.DataFrame, as_of: int, carried_days: int = 92) -> LaidStock:
    """Counts in which a partner's last word on a product stands in the place of all of its counts from before.

    `counts`: product, partner, place, day (since 1970), on_hand and what else there is. `told`: product, partner, day,
    pieces; a partner tells all that it has, whatever the place. Of a day with both what was told holds. What was told
    more than `carried_days` before `as_of` holds no more than a count of then would.
    """
    marked = counts.with_columns(is_told=pl.lit(False))
    sound = told.filter(pl.col("pieces") >= 0)
    within = sound.filter(pl.col("day") >= as_of - carried_days)
    last = within.sort("day", maintain_order=True).unique(PAIR, keep="last", maintain_order=True)
    counted = counts.group_by(PAIR).agg(counted=pl.col("day").max())
    judged = last.join(counted, on=PAIR, how="left").with_columns(
        holds=(pl.col("day") >= pl.col("counted")).fill_null(True)
    )
    newer = judged.filter("holds")
    rows = newer.select(
        *PAIR, "day", place=pl.lit(""), on_hand=pl.col("pieces").cast(pl.Float64), is_told=pl.lit(True)
    )
    kept = marked.join(newer.select(PAIR), on=PAIR, how="anti")
    laid = pl.concat([kept, rows], how="diagonal").sort(*PAIR, "place")
    return LaidStock(laid, newer.height, judged.height - newer.height, told.height - sound.height)
