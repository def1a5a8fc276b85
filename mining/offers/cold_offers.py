"""Offers for customers of whom nothing is known that they bought: what is popular in their segment, said so."""

from __future__ import annotations

import numpy as np
import polars as pl

from mining.offers.bought_products import BoughtProducts
from mining.offers.eligibility import Barred
from mining.offers.scoreboard import OfferList

FEWEST_BUYERS = 30
EVERYBODY = "everybody"


def cold_offers(
    bought: BoughtProducts, segments: pl.DataFrame, margin: np.ndarray, barred: Barred, offers: int
) -> pl.DataFrame:
    """A row an offer: customer, product (codes), place, share (of the segment's buyers who bought it), margin,
    expected_margin (share x margin), both (these buyers), of (all of the segment), segment.

    `segments` has a row a known customer (code) with its `segment`; who bought nothing is cold. A segment of fewer
    than 30 buyers, and customers without one, get what is popular with everybody. What a segment's buyers bought is
    no chance of somebody who never bought: it orders the list and tells no number of sales.
    """
    cold = segments.filter(~pl.col("customer").is_in(pl.Series(bought.customers).implode()))
    cold = cold.filter(pl.Series(barred.by_customer(cold["customer"].to_numpy()) < 0))
    if cold.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    warm = segments.filter(pl.col("customer").is_in(pl.Series(bought.customers).implode()))
    sizes = (
        warm.group_by("segment").len().filter(pl.col("len") >= FEWEST_BUYERS, pl.col("segment").is_not_null())
    )
    lists = [_popular(bought, bought.customers, EVERYBODY, margin, barred, offers)]
    for segment in sizes["segment"].sort():
        codes = warm.filter(pl.col("segment") == segment)["customer"].to_numpy()
        lists.append(_popular(bought, codes, segment, margin, barred, offers))
    told = (
        pl.when(pl.col("segment").is_in(sizes["segment"].implode()))
        .then("segment")
        .otherwise(pl.lit(EVERYBODY))
    )
    offered = cold.select("customer", segment=told).join(pl.concat(lists), on="segment")
    returned = pl.concat(
        [_pairs(each) for _, each in barred.pair_rules] or [_pairs(np.zeros((0, 2), dtype=np.int32))]
    )
    offered = offered.join(returned, on=["customer", "product"], how="anti")
    return offered.sort("customer", "place").select(*_SCHEMA)


def _popular(
    bought: BoughtProducts,
    customers: np.ndarray,
    segment: str,
    margin: np.ndarray,
    barred: Barred,
    offers: int,
) -> pl.DataFrame:
    """The list of a segment: of its 50 most bought products by expected margin."""
    rows = np.searchsorted(bought.customers, customers)
    buyers = np.asarray(bought.matrix()[rows].sum(axis=0)).ravel()
    free = np.flatnonzero(barred.by_product(bought.products, OfferList.NEW) < 0)
    free = free[np.argsort(-buyers[free], kind="stable")][:50]
    share = buyers[free] / max(len(customers), 1)
    order = np.argsort(-share * margin[free], kind="stable")[:offers]
    held = free[order]
    return pl.DataFrame({
        "segment": [segment] * len(held),
        "product": bought.products[held],
        "place": np.arange(1, len(held) + 1, dtype=np.int16),
        "share": share[order].astype(np.float32),
        "margin": margin[held].astype(np.float32),
        "expected_margin": (share[order] * margin[held]).astype(np.float32),
        "both": buyers[held].astype(np.int32),
        "of": np.full(len(held), len(customers), dtype=np.int32),
    })  # fmt: skip


def _pairs(pairs: np.ndarray) -> pl.DataFrame:
    schema = {"customer": pl.Int32, "product": pl.Int32}
    return pl.DataFrame({"customer": pairs[:, 0], "product": pairs[:, 1]}, schema=schema)


_SCHEMA = {
    "customer": pl.Int32, "product": pl.Int32, "place": pl.Int16, "share": pl.Float32, "margin": pl.Float32,
    "expected_margin": pl.Float32, "both": pl.Int32, "of": pl.Int32, "segment": pl.String,
}  # fmt: skip
