"""Answers to questions about prices as persons gave them: whose limits are told, who was asked a price."""

from __future__ import annotations

import polars as pl

from mining.pricing.price_sensitivity import LIMITS


def limit_answers(answers: pl.DataFrame) -> pl.DataFrame:
    """The last answer of each `customer` that tells a limit (too cheap, cheap, expensive, too expensive)."""
    told = _persons(answers).filter(pl.any_horizontal(pl.col(LIMITS).is_not_null()))
    return told.unique("customer", keep="last", maintain_order=True)


def asked_answers(answers: pl.DataFrame) -> pl.DataFrame:
    """The answers that tell a price asked, or whether somebody would buy."""
    return _persons(answers).filter(pl.col("asked").is_not_null() | pl.col("would_buy").is_not_null())


def _persons(answers: pl.DataFrame) -> pl.DataFrame:
    """Who is not known (0) is somebody else at each answer."""
    own = -pl.int_range(1, pl.len() + 1)
    return answers.with_columns(customer=pl.when(pl.col("customer") > 0).then("customer").otherwise(own))
