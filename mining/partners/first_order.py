"""How long it takes until a partner is ordered from, or sells, for the first time: those who wait count as waiting."""

from __future__ import annotations

from datetime import date

import polars as pl

from mining.retention.kaplan_meier import SurvivalCurve, kaplan_meier


def time_to_first(partners: pl.DataFrame, as_of: date) -> SurvivalCurve | None:
    """Days from the day on which a partner was `known` to its `first` order (null: none until `as_of`).

    A partner whose first order is as early as it was known itself was one before anybody wrote it down: it is left out,
    as is one known later than `as_of`. None where nobody is left.
    """
    watched = partners.filter(
        pl.col("known") <= as_of, pl.col("first").is_null() | (pl.col("first") > pl.col("known"))
    )
    if watched.is_empty():
        return None
    ordered = pl.col("first") <= as_of
    days = (pl.when(ordered).then("first").otherwise(pl.lit(as_of)) - pl.col("known")).dt.total_days()
    told = watched.select(days=days, ordered=ordered.fill_null(False))
    return kaplan_meier(told["days"].to_numpy(), told["ordered"].to_numpy())
