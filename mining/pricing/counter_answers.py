"""What became of counter-offers of the past: whether the customer came to the price that was answered."""

from __future__ import annotations

import polars as pl

from mining.pricing.answer_rule import SAME_TALK_DAYS
from mining.pricing.past_answers import OfferAnswer, answer_of

COLUMNS = ("customer", "raise", "taken")


def counter_answers(kept: pl.DataFrame, until: int) -> pl.DataFrame:
    """A row a counter-offer that is decided: `customer`, its `raise` (as a share of the price named) and whether it
    was `taken`: accepted as it stands, or followed by the same customer's offer of as much for the product within 30
    days.

    From rows in order of time with `customer`, `product`, `day`, `price`, `countered` and `answer`; counters younger
    than 30 days at the last known day (`until`, a key) that nobody took are not decided yet.
    """
    rows = kept.with_row_index("at")
    own = rows.filter(pl.col("countered") > pl.col("price"))
    later = rows.select("customer", "product", next_at="at", next_day="day", next_price="price")
    came = (
        own.join(later, on=["customer", "product"])
        .filter(
            pl.col("next_at") > pl.col("at"),
            pl.col("next_day") <= pl.col("day") + SAME_TALK_DAYS,
            pl.col("next_price") >= pl.col("countered") * (1 - 1e-9),
        )["at"]
        .unique()
    )
    told = own.with_columns(
        (pl.col("countered") / pl.col("price")).alias("raise"),
        taken=pl.col("at").is_in(came.implode())
        | (answer_of(pl.col("answer")) == OfferAnswer.ACCEPTED.value),
        old=pl.col("day") + SAME_TALK_DAYS < until,
    )
    refused = answer_of(pl.col("answer")) == OfferAnswer.DECLINED.value
    return told.filter(pl.col("taken") | pl.col("old") | refused).select(COLUMNS)
