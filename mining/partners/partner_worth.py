"""What a partner has brought since it was first known: its margin added up month by month, with a band."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.partners.partner_figures import LIKELY
from mining.partners.rank_band import DRAWS

SCHEMA = {"month": pl.Date, "margin": pl.Float64, "customers": pl.Int64, "so_far": pl.Float64, "low": pl.Float64,
          "high": pl.Float64}  # fmt: skip


def partner_worth(sales: pl.DataFrame, partner: int, draws: int = DRAWS, seed: int = 0) -> pl.DataFrame:
    """A row a month from its first sale to its last: `month`, `margin`, `customers` and `so_far`, the margin until its
    end, within `low` and `high`, the band of 95% over resampled customers (Bayesian bootstrap, Rubin 1981: who else
    might have bought). `sales` as in `PartnerEvidence`; months without a sale brought nothing; of lines whose margin is
    not known nothing is said."""
    own = sales.filter(pl.col("partner") == partner, pl.col("margin").is_not_null())
    if own.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    days = own["day"].cast(pl.Int32).cast(pl.Date).dt.truncate("1mo")
    first, last = days.min(), days.max()
    months = pl.Series(pl.date_range(first, last, "1mo", eager=True))  # type: ignore[arg-type]
    at = days.replace_strict(
        {each: place for place, each in enumerate(months)}, return_dtype=pl.Int64
    ).to_numpy()
    customers, who = np.unique(own["unit"].to_numpy(), return_inverse=True)
    table = np.zeros((len(customers), len(months)))
    np.add.at(table, (who, at), own["margin"].to_numpy())
    times = np.random.default_rng(seed).standard_exponential((draws, len(customers)))
    drawn = (times / times.mean(axis=1, keepdims=True)) @ table.cumsum(axis=1)
    low, high = np.percentile(drawn, LIKELY, axis=0)
    so_far = table.sum(axis=0).cumsum()
    found = pl.DataFrame({
        "month": months, "margin": table.sum(axis=0), "customers": np.bincount(at, minlength=len(months)),
        "so_far": so_far, "low": low, "high": high,
    }, schema=SCHEMA)  # fmt: skip
    return found if len(customers) > 1 else found.with_columns(low=None, high=None).cast(SCHEMA)  # type: ignore[arg-type]
