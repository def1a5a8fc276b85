"""Customer share where nobody was asked: what customers spend, against what their best look-alikes do.

An index and not a market share: the attainable wallet of a customer is a high quantile of the spend of the
customers most like them (Perlich, Rosset et al., "High-quantile modeling for customer wallet estimation and
other applications", KDD 2007), or their own spend where that is more.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from data.errors import BadRequest

QUANTILE = 0.8
FEWEST = 30


@dataclass(frozen=True, slots=True)
class Wallet:
    """`share` is spend / attainable wallet of all customers, 0 to 1, None where nobody spent anything;
    `members` has both for each (customer, spend, wallet, share, alike); of them so many were held
    `against_everybody`, for want of look-alikes of their own."""

    share: float | None
    quantile: float
    members: pl.DataFrame
    against_everybody: int


def attainable(frame: pl.DataFrame, quantile: float = QUANTILE) -> Wallet:
    """The share of the attainable wallet.

    `frame` has `customer`, `spend` (money over the same months for all; zero or less counts as nothing) and
    `alike` (who is like whom; null where that is not known). Who has fewer than 30 look-alikes is held against
    everybody. Raises BadRequest for no customers.
    """
    if frame.is_empty():
        raise BadRequest("There is no customer to look at.", "Choose a longer period or fewer filters.")
    spend = frame.with_columns(pl.col("spend").clip(lower_bound=0.0))
    everybody = spend["spend"].quantile(quantile, interpolation="linear")
    group = pl.col("spend").quantile(quantile, interpolation="linear").over("alike")
    apart = pl.col("alike").is_not_null() & (pl.len().over("alike") >= FEWEST)
    wide = pl.when(apart).then(group).otherwise(pl.lit(everybody))
    members = spend.with_columns(wallet=pl.max_horizontal("spend", wide))
    members = members.with_columns(
        share=pl.when(pl.col("wallet") > 0).then(pl.col("spend") / pl.col("wallet"))
    )
    total = float(members["wallet"].sum())
    own = apart if spend["alike"].n_unique() > 1 else pl.lit(False)
    against = spend.height - int(spend.select(own.alias("own"))["own"].sum())
    return Wallet(float(members["spend"].sum()) / total if total else None, quantile, members, against)
