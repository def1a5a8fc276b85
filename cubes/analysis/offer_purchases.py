"""What offers are told from: purchases by customer, product and day, what is out of stock, and whom not to reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
import polars as pl

from cubes import catalogue
from cubes.analysis.segments_of_customers import levels_of_segments, segments_of_customers
from cubes.analysis.whole_history import WholeHistory, whole_history
from cubes.ask.answer import Answer
from cubes.cells.fact_sql import joins, where
from cubes.cells.statement import SqlStatement
from cubes.query import TIME_LEVELS, Cut, Query
from data.errors import BadRequest
from data.store.warehouse import Warehouse

Ask = Callable[[Query], Answer]
CAP_DAYS = 30
SEGMENT_LEVELS = ("customer_kind", "country")


@dataclass(frozen=True, slots=True)
class OfferQuestion:
    """Purchases within the cuts of `query` to the end of the day `until` (None: the last of ordinary traffic);
    `consent` says who may be reached (None: nobody was asked), `cap` how often in 30 days (0: as often as it goes)."""

    query: Query
    until: date | None = None
    consent: Cut | None = None
    cap: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class OfferPurchases:
    """What offers are told from.

    `frame` has a row a known customer, product (codes), day (since 1970-01-01) and `returned`, with the revenue and
    margin (null where no cost is known) of these lines. `segments` has a row a known customer (code) with its
    `segment`, a member of `level`; it is empty where filters tell customers apart by what they bought alone.
    `customers` and `products` are codes that are not to be offered to, and not to be offered, by why. `notes` say
    what is to be known beside every number.
    """

    frame: pl.DataFrame
    until: date
    segments: pl.DataFrame
    level: str
    customers: Mapping[str, np.ndarray]
    products: Mapping[str, np.ndarray]
    notes: tuple[str, ...]


def offer_purchases(warehouse: Warehouse, ask: Ask, asked: OfferQuestion) -> OfferPurchases:
    """Cuts on time are passed over, others choose which purchases count. Raises BadRequest."""
    history = whole_history(warehouse, asked.query, asked.until)
    until, codes = history.until, partial(_codes, warehouse)
    segments, level = _segments(warehouse, ask, asked.query.cuts, until)
    customers, products, notes = {}, {}, list(history.notes)
    out = _out_of_stock(warehouse, ask, until)
    if out is None:
        notes.append("No count of stock is known, so nothing is left out for being out of stock.")
    else:
        products["stock"] = codes("product", out)
    if asked.consent:
        customers["consent"] = codes("customer", _unwilling(warehouse, ask, asked.consent, until))
    else:
        notes.append("No consent is asked for: everybody counts as willing.")
    if asked.cap:
        customers["cap"] = codes("customer", _reached(warehouse, ask, until, asked.cap))
    found = members_by_code(warehouse, "customer")
    return OfferPurchases(
        history.frame(_statement(history)),
        until,
        segments.join(found, on="id").select(customer="code", segment="segment"),
        level,
        customers,
        products,
        tuple(notes),
    )


def _statement(history: WholeHistory) -> SqlStatement:
    parameters: list[object] = []
    cube, fact = history.cube, history.cube.fact
    customer, product = cube.level("customer"), cube.level("product")
    joined = joins(cube, history.scope, [customer.table, product.table], parameters)
    kept = where(cube, history.scope, parameters)
    return SqlStatement(
        f"""SELECT {customer.column} AS customer, {product.column} AS product, {fact}.day_key AS day,
  {fact}.is_return AS returned, sum({fact}.revenue)::DOUBLE AS revenue,
  sum({fact}.revenue - {fact}.cost)::DOUBLE AS margin
FROM {fact}{joined}{kept} AND {customer.column} > 0 AND {product.column} > 0
GROUP BY ALL""",
        tuple(parameters),
    )


def members_by_code(warehouse: Warehouse, level: str) -> pl.DataFrame:
    """All members of a level: `code`, `id`, `label`."""
    return warehouse.frame("SELECT code, id, label FROM member WHERE level = ?", [level])


def _codes(warehouse: Warehouse, level: str, ids: pl.DataFrame) -> np.ndarray:
    """The codes of members by their ids."""
    return members_by_code(warehouse, level).join(ids, on="id", how="semi")["code"].to_numpy()


def _out_of_stock(warehouse: Warehouse, ask: Ask, until: date) -> pl.DataFrame | None:
    """Products (`id`) of which nothing lay anywhere at the last counts by a day; None where no count is known."""
    if not warehouse.profile.extents["stock"].lines:
        return None
    asked = Query(("on_hand",), ("product",), cube="stock", cuts=(Cut("day", until=until.isoformat()),))
    counted = ask(asked).plain().filter(pl.col("on_hand").is_not_null())
    if counted.is_empty():
        return None
    return counted.filter(pl.col("on_hand") <= 0).select(id="product.id")


def _reached(warehouse: Warehouse, ask: Ask, until: date, cap: int) -> pl.DataFrame:
    """Customers (`id`) whom campaigns reached `cap` times or more in the 30 days that end with `until`."""
    if not warehouse.profile.extents["contact"].lines:
        raise BadRequest(
            "No campaign contact is loaded, so none can be capped.", "Load contacts, or take no cap."
        )
    since = until - timedelta(days=CAP_DAYS - 1)
    days = Cut("day", since=since.isoformat(), until=until.isoformat())
    found = ask(Query(("contacts",), ("customer",), cube="contacts", cuts=(days,))).plain()
    return found.filter(pl.col("contacts") >= cap).select(id="customer.id")


def _unwilling(warehouse: Warehouse, ask: Ask, consent: Cut, until: date) -> pl.DataFrame:
    """Customers (`id`) outside of a cut that says who may be reached, such as `newsletter=yes`, as described on
    `until`. Raises BadRequest for a level that does not describe customers."""
    cube = catalogue.load("stages", warehouse.profile)
    if consent.level in TIME_LEVELS or consent.level not in levels_of_segments(cube):
        raise BadRequest(
            f"Consent is told by what describes customers, and {consent.level!r} does not.",
            "Name a level such as newsletter=yes.",
        )
    everybody = segments_of_customers(ask, cube, consent.level, (), until)
    willing = segments_of_customers(ask, cube, consent.level, (consent,), until)
    return everybody.join(willing, on="id", how="anti").select("id")


def _segments(warehouse: Warehouse, ask: Ask, cuts: tuple[Cut, ...], until: date) -> tuple[pl.DataFrame, str]:
    """Known customers with their segment as described on `until`: `id`, `segment`, and the level that it is of.

    Empty where filters tell customers not apart who bought nothing, such as one on products.
    """
    cube, known = catalogue.load("stages", warehouse.profile), warehouse.profile.known
    level = next((each for each in SEGMENT_LEVELS if known.get(each, 0) > 1), SEGMENT_LEVELS[0])
    asked = tuple(each for each in cuts if each.level not in TIME_LEVELS)
    if any(each.level not in ("customer", *levels_of_segments(cube)) for each in asked):
        return pl.DataFrame(schema={"id": pl.String, "segment": pl.String}), level
    return segments_of_customers(ask, cube, level, asked, until), level
