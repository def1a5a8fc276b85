"""What follows a touch: how often a purchase comes soon after one, beside the other days of the same customers."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.retention.wilson_interval import Z95, wilson


def touch_follow(
    touches: pl.DataFrame, purchases: pl.DataFrame, span: tuple[int, int], known_until: int, within_days: int
) -> pl.DataFrame:
    """A row each `channel`: `touches` (customer and day counted once), `followed` by a purchase on one of so many days
    after, their `share` with `low` and `high` (Wilson), the share of the customers' `other_days` that one follows, and
    the `odds` of the first to the second, with `odds_low` and `odds_high`; null where nothing can be compared.

    Other days are those of `span` from the customer's first touch or purchase there to the last (who had left was in no
    touch and bought nothing), without a touch by the channel; days of which not all that follow are known do not count.
    Odds are pooled over customers, each held against their own days alone: Mantel & Haenszel (1959), with the variance
    of Robins, Breslow & Greenland (1986). Frames as in `paths_of`; purchases should reach so many days beyond the span.
    """
    first, last = span[0], min(span[1], known_until - within_days)
    bought = purchases.select("customer", sold="day").sort("customer", "sold")
    own = touches.filter(pl.col("day").is_between(first, last)).select("customer", "day", "channel").unique()
    after = own.with_columns(pl.col("day") + 1).sort("customer", "day")
    told = after.join_asof(
        bought, left_on="day", right_on="sold", by="customer", strategy="forward", check_sortedness=False
    ).with_columns(followed=((pl.col("sold") - pl.col("day")) < within_days).fill_null(False))
    each = told.group_by("channel", "customer").agg(a=pl.col("followed").sum(), touched=pl.len())
    days = _days(own, bought, first, last, within_days)
    tables = each.join(days, on="customer").with_columns(
        b=pl.col("touched") - pl.col("a"),
        c=(pl.col("days_followed") - pl.col("a")).clip(0),
    )
    tables = tables.with_columns(d=(pl.col("days") - pl.col("touched") - pl.col("c")).clip(0))
    rows = [_row(str(channel), part) for (channel,), part in tables.group_by("channel")]
    return pl.DataFrame(rows, ROW, orient="row").sort("touches", "channel", descending=[True, False])


ROW = {
    "channel": pl.String, "touches": pl.Int64, "followed": pl.Int64, "share": pl.Float64, "low": pl.Float64,
    "high": pl.Float64, "other_days": pl.Float64, "odds": pl.Float64, "odds_low": pl.Float64, "odds_high": pl.Float64,
}  # fmt: skip


def _days(own: pl.DataFrame, bought: pl.DataFrame, first: int, last: int, within: int) -> pl.DataFrame:
    """Of each customer with a touch the `days` that count, and how many of these a purchase follows."""
    begins = (
        pl.concat([own.select("customer", "day"), bought.select("customer", day="sold")])
        .filter(pl.col("day").is_between(first, last))
        .group_by("customer")
        .agg(since=pl.col("day").min(), until=pl.col("day").max())
    )
    whose = begins.join(own.select("customer").unique(), on="customer", how="semi")
    spans = bought.join(whose, on="customer").with_columns(before=pl.col("sold").shift().over("customer"))
    begin = pl.max_horizontal(pl.col("sold") - within, "before", "since")
    end = pl.min_horizontal(pl.col("sold") - 1, "until")
    followed = spans.group_by("customer").agg(days_followed=(end - begin + 1).clip(0).sum())
    return whose.join(followed, on="customer", how="left").select(
        "customer",
        days=pl.col("until") - pl.col("since") + 1,
        days_followed=pl.col("days_followed").fill_null(0),
    )


def _row(channel: str, tables: pl.DataFrame) -> tuple[object, ...]:
    a, b, c, d = (tables[name].to_numpy().astype(float) for name in "abcd")
    touched, others = a.sum() + b.sum(), c.sum() + d.sum()
    low, high = wilson(np.array([a.sum()]), np.array([touched]))
    known = (int(touched), int(a.sum()), a.sum() / touched, float(low[0]), float(high[0]))
    return channel, *known, c.sum() / others if others else None, *_odds(a, b, c, d)


def _odds(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> tuple[float | None, ...]:
    """The pooled odds ratio and the ends of its interval; None where a side has nothing."""
    n = np.maximum(a + b + c + d, 1)
    up, down = a * d / n, b * c / n
    if not up.sum() or not down.sum():
        return None, None, None
    p, q, r, s = (a + d) / n, (b + c) / n, up.sum(), down.sum()
    variance = (
        (p * up).sum() / (2 * r * r)
        + (p * down + q * up).sum() / (2 * r * s)
        + (q * down).sum() / (2 * s * s)
    )
    odds, spread = r / s, np.exp(Z95 * np.sqrt(variance))
    return float(odds), float(odds / spread), float(odds * spread)
