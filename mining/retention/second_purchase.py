"""The second purchase: how long customers take to come back for the first time, those counted who have not yet."""

from __future__ import annotations

from datetime import date

import polars as pl

from mining.retention.kaplan_meier import SurvivalCurve, kaplan_meier


def time_to_second_purchase(histories: pl.DataFrame, until: date) -> SurvivalCurve:
    """Days from the first to the second day with a purchase; who bought on one day waits since, open at `until`.

    `histories` has `first_day` and `second_day` (null without), a row a customer. Raises BadRequest for nobody.
    """
    ends = pl.coalesce("second_day", pl.lit(until))
    days = histories.select((ends - pl.col("first_day")).dt.total_days().cast(pl.Float64)).to_series()
    return kaplan_meier(days.to_numpy(), histories["second_day"].is_not_null().to_numpy())
