"""All customers beside whom those who speak up are held: in which group each is, and what each is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from cubes import catalogue
from cubes.analysis.customer_slice import cuts_on_customers
from cubes.analysis.segments_of_customers import CUBE, MEASURE, levels_of_segments, segments_of_customers
from cubes.analysis.slice_days import last_months, span_of
from cubes.ask.answer import Answer
from cubes.query import Cut, Query
from data.errors import BadRequest, did_you_mean
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Profile, Warehouse

Ask = Callable[[Query], Answer]
BOUGHT, SCORED = ("margin", "revenue"), ("customer_value", "head_room", "value_at_risk")
WORTHS = (*BOUGHT, *SCORED)
MOST_GROUPS, USUAL_LEVEL = 30, "customer_kind"
NO_MARGIN = "No margin of these customers is known, so revenue stands in its place."
COLUMNS = {"customer": pl.String, "segment": pl.String, "worth": pl.Float64}


@dataclass(frozen=True, slots=True, eq=False)
class CustomersAtLarge:
    """`customers`: `customer` (id), `segment` (the member of `level`; null where not told, or where `level` is empty)
    and `worth` (money, by one of WORTHS, which `worth` names; null where not known), by the close of `until` (None:
    nobody ever bought)."""

    customers: pl.DataFrame
    level: str
    worth: str
    until: date | None
    notes: tuple[str, ...] = ()


def levels_of_groups(profile: Profile) -> list[str]:
    """The levels of few members by which customers are described, the usual one first."""
    levels = levels_of_segments(catalogue.load(CUBE, profile))
    few = [each for each in levels if 1 < profile.known.get(each, 0) <= MOST_GROUPS]
    return sorted(few, key=lambda level: level != USUAL_LEVEL)


def worths_offered(profile: Profile) -> tuple[str, ...]:
    """Those of WORTHS of which anything may be known."""
    return (*BOUGHT, *(SCORED if profile.extents["customer_score"].lines else ()))


def customers_at_large(
    warehouse: Warehouse, ask: Ask, query: Query, level: str = "", worth: str = "", until: date | None = None
) -> CustomersAtLarge:
    """The customers known by a day's close (the last one, if left away) within the cuts on customers, in groups of a
    level (the usual one, if left away).

    What was bought is of the twelve months before, 0 of who bought nothing; scores are as they stood. Margin is taken
    where `worth` is empty, revenue where no margin is known. Raises BadRequest for what does not describe customers,
    and for what is none of WORTHS.
    """
    profile = warehouse.profile
    span, offered = span_of((), profile), levels_of_groups(profile)
    level = level or next(iter(offered), "")
    if level and level not in offered:
        raise BadRequest(f"Customers are not told apart by {level[:40]!r}.", did_you_mean(level, offered))
    _check_worth(profile, worth)
    until = until or (span[1] if span else None)
    if until is None:
        return CustomersAtLarge(pl.DataFrame(schema=COLUMNS), level, worth or BOUGHT[0], None)
    cuts = cuts_on_customers(warehouse, query)
    known = _in_groups(warehouse, ask, cuts, level, until)
    found = _with_worth(known, _worths(profile, ask, cuts, worth or BOUGHT[0], until), worth or BOUGHT[0])
    if worth or not found.height or found["worth"].null_count() < found.height:
        return CustomersAtLarge(found, level, worth or BOUGHT[0], until)
    found = _with_worth(known, _worths(profile, ask, cuts, BOUGHT[1], until), BOUGHT[1])
    return CustomersAtLarge(found, level, BOUGHT[1], until, (NO_MARGIN,))


def _check_worth(profile: Profile, worth: str) -> None:
    if worth and worth not in WORTHS:
        raise BadRequest(f"Customers are not worth {worth[:20]!r}.", did_you_mean(worth, WORTHS))
    if worth and worth not in worths_offered(profile):
        raise BadRequest(
            "No value of customers is saved yet.", "Save scores on the page Lifetime, or take margin."
        )


def _in_groups(
    warehouse: Warehouse, ask: Ask, cuts: tuple[Cut, ...], level: str, until: date
) -> pl.DataFrame:
    if level:
        told = segments_of_customers(ask, catalogue.load(CUBE, warehouse.profile), level, cuts, until)
        known = told.rename({"id": "customer"})
    else:
        asked = Query((MEASURE,), ("customer",), cuts=cuts, cube=CUBE, as_of=until.isoformat())
        found = ask(asked).frame.filter(pl.col(MEASURE) > 0)
        known = found.select(customer="customer.id", segment=pl.lit(None, pl.String))
    is_told = pl.col("segment").cast(pl.String) != UNKNOWN
    known = known.filter(pl.col("customer") != UNKNOWN)
    return known.select("customer", segment=pl.when(is_told).then(pl.col("segment").cast(pl.String)))


def _with_worth(known: pl.DataFrame, told: pl.DataFrame, worth: str) -> pl.DataFrame:
    joined = known.join(told, on="customer", how="left", maintain_order="left")
    absent = pl.lit(0.0 if worth in BOUGHT else None, pl.Float64)
    value = pl.when(pl.col("is_told").is_null()).then(absent).otherwise("worth")
    return joined.select("customer", "segment", worth=value)


def _worths(profile: Profile, ask: Ask, cuts: tuple[Cut, ...], worth: str, until: date) -> pl.DataFrame:
    if worth in BOUGHT:
        asked = Query((worth,), ("customer",), cuts=(*cuts, *last_months(profile, until=until)))
    else:
        day = Cut("day", until=until.isoformat())
        asked = Query((worth,), ("customer",), cuts=(*cuts, day), cube="scores")
    return ask(asked).plain().select(
        customer="customer.id", worth=pl.col(worth).cast(pl.Float64), is_told=pl.lit(value=True)
    )  # fmt: skip
