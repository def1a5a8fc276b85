"""What each customer spends category by category, with what tells look-alikes: what customer share is told from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl

from cubes.analysis.slice_days import span_of, within_traffic
from cubes.ask.answer import Answer
from cubes.drill_through import rows_behind
from cubes.query import NOW, Query
from data.errors import BadRequest
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Warehouse

Ask = Callable[[Query], Answer]
ALL_ROWS = 10**9
EVERYTHING = "everything"
TRAITS = {"kind": "customer_kind", "country": "country"}


def customer_spend(warehouse: Warehouse, ask: Ask, query: Query) -> pl.DataFrame:
    """One row a known customer and category of the slice: customer (id), category, spend (money), of the customer kind
    and country (null where not known) and `days` since the first purchase of all.

    Where no category is told apart it is the department, else everything. Raises BadRequest.
    """
    profile, span = warehouse.profile, span_of(query.cuts, warehouse.profile)
    kept = replace(query, measures=("revenue",), cuts=within_traffic(query.cuts, profile))
    level = next((each for each in ("category", "department") if profile.known.get(each, 0) > 1), "")
    asked = replace(kept, rows=("customer", *([level] if level else [])))
    cells = ask(asked).plain().filter(pl.col("customer.id") != UNKNOWN)
    category = pl.col(level) if level else pl.lit(EVERYTHING)
    spent = cells.select(customer="customer.id", category=category, spend="revenue")
    if level:
        spent = spent.filter(pl.col("category") != UNKNOWN)
    known = [name for name in TRAITS.values() if profile.known.get(name, 0) > 1]
    traits = described_customers(ask, kept, known)
    told = traits.select(
        "customer",
        **{name: pl.col(of) if of in known else pl.lit(None, pl.String) for name, of in TRAITS.items()},
    )
    until = span[1] if span else date.min
    first = rows_behind.first_purchases(warehouse, Query(cuts=within_traffic((), profile)))
    days = first.select("customer", days=(pl.lit(until) - pl.col("first_purchase")).dt.total_days())
    return spent.join(told, on="customer", how="left").join(days, on="customer", how="left")


def described_customers(ask: Ask, query: Query, levels: list[str]) -> pl.DataFrame:
    """One row a known customer as described now, where the question names no other day: customer (id), label, the
    labels of the levels, and the question's measures."""
    asked = replace(query, rows=(*levels, "customer"), as_of=query.as_of or NOW)
    found = ask(asked).plain()
    known = found.filter(pl.col("customer.id") != UNKNOWN).unique("customer.id", maintain_order=True)
    named = known.select(pl.col("customer.id"), label="customer").rename({"customer.id": "customer"})
    return named.hstack(known.select(*levels, *query.measures))


def wallet_rows(warehouse: Warehouse, query: Query) -> pl.DataFrame:
    """What customers of the slice told of their wallets, a row an answer as `rows_behind.order_lines` gives it.

    Raises BadRequest where nobody was asked, and where filters tell no wallets apart.
    """
    if not warehouse.profile.extents["wallet"].lines:
        raise BadRequest(
            "No wallet survey is loaded, so nobody has told what they spend elsewhere.",
            "Load one on the page Data, or look at the attainable tier.",
        )
    asked = replace(query, measures=("wallet_answers",), rows=(), cube="wallets")
    try:
        return rows_behind.order_lines(warehouse, asked, ALL_ROWS)
    except BadRequest as error:
        raise BadRequest(
            "Wallets are told by customer, not by these filters.",
            "Take the filter away, or look at the attainable tier.",
        ) from error
