"""All customers beside whom those who speak up are held: in which group each is, and what each is worth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl

from cubes import catalogue
from cubes.analysis.segments_of_customers import CUBE, MEASURE, levels_of_segments, segments_of_customers
from cubes.analysis.slice_days import last_months
from cubes.ask.answer import Answer
from cubes.query import Cut, Query
from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Profile, Warehouse

Ask = Callable[[Query], Answer]
BOUGHT, SCORED = ("margin", "revenue"), ("customer_value", "head_room", "value_at_risk")
WORTHS = (*BOUGHT, *SCORED)
MOST_GROUPS = 30


def levels_of_groups(profile: Profile) -> list[str]:
    """The levels of few members by which customers are described."""
    levels = levels_of_segments(catalogue.load(CUBE, profile))
    return [each for each in levels if 1 < profile.known.get(each, 0) <= MOST_GROUPS]


def worths_offered(profile: Profile) -> tuple[str, ...]:
    """Those of WORTHS of which anything may be known."""
    return (*BOUGHT, *(SCORED if profile.extents["customer_score"].lines else ()))


def customers_at_large(
    warehouse: Warehouse, ask: Ask, cuts: tuple[Cut, ...], level: str, worth: str, until: date
) -> pl.DataFrame:
    """The customers known by a day's close, within cuts on customers: `customer` (id), `segment` (null where not told,
    or where `level` is empty) and `worth` (one of WORTHS, null where not known).

    What was bought is of the twelve months before, 0 of who bought nothing; scores are as they stood. Raises BadRequest
    for what does not describe customers, and for what is none of WORTHS.
    """
    offered = worths_offered(warehouse.profile)
    if worth not in WORTHS:
        raise BadRequest(f"Customers are not worth {worth[:20]!r}.", did_you_mean(worth, offered))
    if worth not in offered:
        raise BadRequest(
            "No value of customers is saved yet.", "Save scores on the page Lifetime, or take margin."
        )
    cube = catalogue.load(CUBE, warehouse.profile)
    if level:
        known = segments_of_customers(ask, cube, level, cuts, until).rename({"id": "customer"})
    else:
        asked = Query((MEASURE,), ("customer",), cuts=cuts, cube=CUBE, as_of=until.isoformat())
        found = ask(asked).frame.filter(pl.col(MEASURE) > 0)
        known = found.select(customer="customer.id", segment=pl.lit(None, pl.String))
    known = known.filter(pl.col("customer") != UNKNOWN).with_columns(
        segment=pl.when(pl.col("segment") != UNKNOWN).then("segment")
    )
    told = _worths(warehouse.profile, ask, cuts, worth, until)
    joined = known.join(told, on="customer", how="left", maintain_order="left")
    absent = pl.lit(0.0 if worth in BOUGHT else None, pl.Float64)
    value = pl.when(pl.col("is_told").is_null()).then(absent).otherwise("worth")
    return joined.select("customer", pl.col("segment").cast(pl.String), worth=value)


def _worths(profile: Profile, ask: Ask, cuts: tuple[Cut, ...], worth: str, until: date) -> pl.DataFrame:
    if worth in BOUGHT:
        asked = Query((worth,), ("customer",), cuts=(*cuts, *last_months(profile, until=until)))
    else:
        day = Cut("day", until=until.isoformat())
        asked = Query((worth,), ("customer",), cuts=(*cuts, day), cube="scores")
    return ask(asked).plain().select(
        customer="customer.id", worth=pl.col(worth).cast(pl.Float64), is_told=pl.lit(value=True)
    )  # fmt: skip
