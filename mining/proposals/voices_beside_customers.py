"""Whether those who propose and vote are like customers at large: group by group, with intervals."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.proposals.jeffreys_interval import jeffreys
from mining.proposals.voice_weights import UNTOLD

MORE, LESS, ALIKE = "more", "less", "as many"


def voices_beside_customers(customers: pl.DataFrame, proposers: pl.Series, voters: pl.Series) -> pl.DataFrame:
    """`segment`, `customers`, `share` (of all customers, 0 to 1), and for `proposers` and `voters` each their number,
    `_share`, `_low` and `_high` (95%, null where there is nobody), and `_word`: whether the group is more or less of
    them than of all customers, beyond chance. The largest group first.

    `customers` have `customer` and `segment` (null where not told); who is none of them is left out.
    """
    known = customers.select("customer", segment=pl.col("segment").fill_null(UNTOLD))
    found = known.group_by("segment").agg(customers=pl.len().cast(pl.Int64))
    found = found.sort("customers", "segment", descending=[True, False])
    found = found.with_columns(share=pl.col("customers") / known.height)
    for name, persons in (("proposers", proposers), ("voters", voters)):
        counted = known.filter(pl.col("customer").is_in(persons.unique().implode())).group_by("segment")
        found = found.join(counted.agg(pl.len().cast(pl.Int64).alias(name)), on="segment", how="left")
        found = _with_interval(found.with_columns(pl.col(name).fill_null(0)), name)
    return found


def _with_interval(found: pl.DataFrame, name: str) -> pl.DataFrame:
    whole = int(found[name].sum())
    low, high = jeffreys(found[name].to_numpy(), np.full(found.height, whole))
    told = found.with_columns(
        (pl.col(name) / whole if whole else pl.lit(None, pl.Float64)).alias(f"{name}_share"),
        pl.Series(f"{name}_low", low).fill_nan(None),
        pl.Series(f"{name}_high", high).fill_nan(None),
    )
    word = (
        pl.when(pl.col(f"{name}_low") > pl.col("share"))
        .then(pl.lit(MORE))
        .when(pl.col(f"{name}_high") < pl.col("share"))
        .then(pl.lit(LESS))
        .when(pl.col(f"{name}_low").is_not_null())
        .then(pl.lit(ALIKE))
    )
    return told.with_columns(word.alias(f"{name}_word"))
