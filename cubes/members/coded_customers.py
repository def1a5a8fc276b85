"""Whom codes of customers mean, as cubes show them."""

from __future__ import annotations

import polars as pl

from cubes.members.member_names import names_of
from data.store.warehouse import Warehouse


def coded_customers(warehouse: Warehouse, codes: pl.Series) -> pl.DataFrame:
    """`code`, `id` and `name`, a row each."""
    labels, ids = names_of(warehouse).of("customer", codes.to_numpy())
    return pl.DataFrame({"code": codes, "id": ids, "name": labels})
