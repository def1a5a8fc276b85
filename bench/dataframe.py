"""The pandas way: every order line in memory with its members beside it, and groupby."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from data.warehouse import Warehouse

FACT = """SELECT day_key, customer_key, product_key, channel_key, customer_code, order_key,
    units::DOUBLE AS units, revenue::DOUBLE AS revenue, cost::DOUBLE AS cost, is_return FROM sale"""
DIMENSIONS = {
    "customer_key": "SELECT customer_key, id AS customer, country, region, city FROM customer",
    "product_key": "SELECT product_key, id AS product, department, category, subcategory, brand FROM product",
    "channel_key": "SELECT channel_key, id AS channel, channel_type FROM channel",
    "day_key": "SELECT day_key, day, year(day) AS year, strftime(day, '%Y-%m') AS month FROM time",
}


def load(warehouse: Warehouse) -> pd.DataFrame:
    """Order lines merged with their dimensions, names as categoricals.

    `customers` and `orders` are what is counted, missing where a line does not count; `sold` and `returned` are
    units, `margin` is revenue less cost.
    """
    lines: pd.DataFrame = warehouse.frame(FACT).to_pandas()
    for key, select in DIMENSIONS.items():
        members = warehouse.frame(select).to_pandas()
        texts = [name for name in members if name not in (key, "day", "year")]
        members[texts] = members[texts].astype("category")
        lines = lines.merge(members, on=key).drop(columns=key)
    lines["customers"] = lines.pop("customer_code").where(lambda code: code > 0)
    lines["orders"] = lines.pop("order_key").where(~lines["is_return"])
    lines["sold"] = lines["units"].where(~lines["is_return"], 0.0)
    lines["returned"] = -lines["units"].where(lines["is_return"], 0.0)
    lines["margin"] = lines["revenue"] - lines.pop("cost")
    return lines


def grouped(lines: pd.DataFrame, by: Sequence[str], **how: str) -> pd.DataFrame:
    """The columns of `how`, each put together its way, by the levels; one row without an index name for none."""
    if by:
        return lines.groupby(list(by), observed=True).agg(how)
    return lines.agg(how).to_frame().T


def rolled_up(lines: pd.DataFrame, *by: Sequence[str], **how: str) -> list[pd.DataFrame]:
    """The same at each of several grains, each asked of the lines anew, for distinct counts do not add up."""
    return [grouped(lines, levels, **how) for levels in by]


def quotient(frame: pd.DataFrame, over: str, under: str) -> pd.DataFrame:
    """One column divided by another."""
    return (frame[over] / frame[under].where(frame[under] != 0)).to_frame()


def held_against(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Each column now, then each before and its growth; what there was only once counts as nothing the other time."""
    now, before = now.align(before, axis=0, fill_value=0.0)
    grown = (now - before) / before.abs().where(before != 0)
    columns = [side[name] for name in now for side in (before, grown)]
    return pd.concat([now, *columns], axis=1)


def topped(lines: pd.DataFrame, level: str, count: int, **how: str) -> list[pd.DataFrame]:
    """The greatest members of a level by the first column, and all the others asked anew as "Others"."""
    first = next(iter(how))
    top = grouped(lines, [level], **{first: how[first]}).nlargest(count, first).index
    name = lines[level].where(lines[level].isin(top)).astype("object").fillna("Others").rename(level)
    return [lines.groupby(name, observed=True).agg(how)]


def rows(levels: Sequence[str], frames: Sequence[pd.DataFrame]) -> list[tuple[Any, ...]]:
    """Frames of several grains as rows of one form: a member or None for each level, then the values."""
    found = []
    for frame in frames:
        names = [name for name in frame.index.names if name is not None]
        for index, *values in frame.itertuples():
            members = dict(zip(names, index if len(names) > 1 else (index,), strict=False))
            found.append((*(members.get(level) for level in levels), *values))
    return found
