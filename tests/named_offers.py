"""Offers of prices in plain words, as the miners of pricing take them."""

from __future__ import annotations

from typing import Any

import polars as pl

from mining.pricing.named_prices import NamedPrices, PriceTerms, named_prices

OFFER = {
    "customer": pl.Int64, "product": pl.Int64, "day": pl.Int64, "price": pl.Float64, "asked": pl.Float64,
    "quantity": pl.Float64, "cost": pl.Float64, "answer": pl.String, "group": pl.String,
}  # fmt: skip


def offers(*rows: dict[str, Any]) -> pl.DataFrame:
    """Offers of customer 1 for product 1 at 10 where a row does not say otherwise."""
    usual = {"customer": 1, "product": 1, "day": 0, "price": 10.0}
    return pl.DataFrame([usual | row for row in rows], schema=OFFER)


def people(*prices: float) -> pl.DataFrame:
    return offers(*({"customer": at, "price": price} for at, price in enumerate(prices, 1)))


def counted(frame: pl.DataFrame, **terms: Any) -> NamedPrices:
    return named_prices(frame, PriceTerms(**terms))
