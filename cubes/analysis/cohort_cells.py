"""Cohorts: customers by the period of their first purchase, and what each cohort did in every period since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from cubes.aggregates.bitmaps.bitmap_source import BitmapSource
from cubes.analysis.cohort_sql import ALL as ALL
from cubes.analysis.cohort_sql import cohort_sql, first_member_sql
from cubes.analysis.whole_history import WholeHistory, whole_history
from cubes.ask.execute_plan import engine_of
from cubes.cells.statement import SqlStatement
from cubes.members.member_names import names_of
from cubes.query import Query
from data.errors import BadRequest, did_you_mean
from data.model.calendar import Calendar, day_key, to_date
from data.store.warehouse import Warehouse

GRAINS = ("week", "month", "quarter", "year")
CUSTOMERS = ("customers",)
BUYERS = "buyers"  # the measure that counts them
MEASURES = (*CUSTOMERS, "orders", "revenue", "margin")


@dataclass(frozen=True, slots=True)
class CohortPeriod:
    """A period that cohorts are told by: its code, which grows by one from each to the next, its name and its days.

    `is_whole` says that the history has all of its days.
    """

    code: int
    name: str
    first: date
    last: date
    is_whole: bool


@dataclass(frozen=True, slots=True, eq=False)
class CohortCells:
    """What each cohort did in each period from the day that sales begin to the day `until`: customers who bought in it
    (a return is no purchase), and where they were asked for, orders, and revenue and margin net of returns.

    `frame` has `member` (of the level that cohorts are split by), `cohort` and `period` (codes of `periods`, which
    stand in their order without a gap), then the measures; a period in which a cohort has no line has no row, and a
    margin is null where no cost is known. `members` has the id and the label of each code of the split.
    `outside_revenue` is what no cohort has, by why; None where no revenue was asked for.
    """

    query: Query
    grain: str
    split: str
    begins: date
    until: date
    frame: pl.DataFrame
    periods: tuple[CohortPeriod, ...]
    members: dict[int, tuple[str, str]]
    measures: tuple[str, ...]
    outside_revenue: dict[str, float] | None
    sql: str
    source: str
    notes: tuple[str, ...]
    version: str


def cohort_cells(
    warehouse: Warehouse,
    query: Query,
    grain: str = "month",
    until: date | None = None,
    split: str = "",
    measures: tuple[str, ...] = MEASURES,
) -> CohortCells:
    """The cohorts of everybody who bought by the end of `until` (where None, the last day of ordinary traffic).

    A cut on time is passed over, other cuts choose which purchases count. Where they are `split` by a level, each
    customer belongs to the member of which the first purchase day had the greatest revenue (the first by code of
    equal ones). Customers are counted from the stored sets of customers, where there are any. Raises BadRequest.
    """
    if grain not in GRAINS:
        raise BadRequest(f"There are no cohorts by {grain!r}.", did_you_mean(grain, GRAINS))
    history = whole_history(warehouse, query, until)
    if split:
        _check_split(history, split)
    sets = None if split else _from_sets(history, grain)
    outside, source = None, history.source
    if sets and measures == CUSTOMERS:
        frame, source = sets
    else:
        frame, outside = _from_lines(history, grain, split, measures, sets)
        source = f"{source}, customers from {sets[1]}" if sets else source
    statement = cohort_sql(
        history, grain, split, (BUYERS, *(each for each in measures if each not in CUSTOMERS))
    )
    return CohortCells(
        query=query,
        grain=grain,
        split=split,
        begins=history.first,
        until=history.until,
        frame=frame,
        periods=tuple(_periods(warehouse.profile.calendar, grain, history)),
        members=_names(warehouse, split, frame),
        measures=measures,
        outside_revenue=outside,
        sql=f"{statement.readable()};",
        source=source,
        notes=history.notes,
        version=warehouse.version,
    )


def first_members(warehouse: Warehouse, query: Query, split: str, until: date | None = None) -> pl.DataFrame:
    """The `member` (code) of a level that each `customer` (id) belongs to where cohorts are split by it."""
    history = whole_history(warehouse, query, until)
    _check_split(history, split)
    start = first_member_sql(history, split)
    statement = SqlStatement(
        f"""WITH {start.text}
SELECT member.id AS customer, start.member FROM start
JOIN member ON member.level = 'customer' AND member.code = start.code ORDER BY customer""",
        start.parameters,
    )
    return history.frame(statement)


def _check_split(history: WholeHistory, split: str) -> None:
    level = history.cube.level(split)
    if level.is_time or level.is_customer:
        raise BadRequest(
            f"Cohorts are not split by {level.label.lower()}.",
            "Split them by channel, category, country or segment.",
        )


CountedBuyers = tuple[pl.DataFrame, str]


def _from_sets(history: WholeHistory, grain: str) -> CountedBuyers | None:
    """Customers by cohort and period, counted from the stored set of buyers of each period, and what those are called;
    None where there are none that serve."""
    asked = history.read((grain,), (history.cube.measure(BUYERS),))
    offered = engine_of(history.warehouse, history.cube).beforehand(asked)
    source = next((each for each in offered if isinstance(each, BitmapSource)), None)
    if source is None:
        return None
    return _counted(sorted((code, customers) for (code,), customers in source.customers())), source.words()


def _counted(buyers: list[tuple[int, np.ndarray]]) -> pl.DataFrame:
    """The cohorts of those who bought in each period, the earliest first: who was not there before begins one."""
    size = max((int(customers[-1]) for _, customers in buyers if len(customers)), default=0) + 1
    begun = np.full(size, -1, np.int64)  # the place of each customer's first period
    rows = []
    for place, (_, customers) in enumerate(buyers):
        fresh = begun[customers] < 0
        begun[customers[fresh]] = place
        found = np.bincount(begun[customers], minlength=place + 1)
        rows += [(ALL, buyers[at][0], buyers[place][0], int(found[at])) for at in np.flatnonzero(found)]
    schema = {"member": pl.Int32, "cohort": pl.Int32, "period": pl.Int32, "customers": pl.Int64}
    return pl.DataFrame(rows, schema, orient="row").sort("member", "cohort", "period")


def _from_lines(
    history: WholeHistory, grain: str, split: str, measures: tuple[str, ...], sets: CountedBuyers | None
) -> tuple[pl.DataFrame, dict[str, float] | None]:
    """Cohorts summed from the lines, and the revenue that none has; customers are counted there where no sets did."""
    added = tuple(each for each in measures if each not in CUSTOMERS)
    found = history.frame(cohort_sql(history, grain, split, added if sets else (BUYERS, *added)))
    found = found.rename({BUYERS: "customers"}, strict=False)
    if sets:
        found = found.join(sets[0], on=["member", "cohort", "period"], how="left")
    kept = found.filter(pl.col("cohort").is_not_null(), pl.col("period") >= pl.col("cohort"))
    outside = dict(_outside(found)) if "revenue" in measures else None
    counted = kept.with_columns(pl.col("customers").fill_null(0))
    return counted.select("member", "cohort", "period", *measures).sort("member", "cohort", "period"), outside


def _outside(found: pl.DataFrame) -> Iterator[tuple[str, float]]:
    """The revenue that no cohort has, by why."""
    early = pl.col("period") < pl.col("cohort")
    for why, which in (
        ("of no known customer", ~pl.col("is_known")),
        ("of customers who only returned", pl.col("is_known") & pl.col("cohort").is_null()),
        ("returned before a first purchase", early.fill_null(False)),
    ):
        yield why, float(found.filter(which)["revenue"].sum())


def _periods(calendar: Calendar, grain: str, history: WholeHistory) -> Iterator[CohortPeriod]:
    first, last = (calendar.period_at(grain, day_key(each)) for each in (history.first, history.until))
    for code in range(first, last + 1):
        days = calendar.days_of(grain, code)
        begin, end = to_date(days.first), to_date(days.last)
        yield CohortPeriod(
            code, calendar.period_id(grain, code), begin, end, history.first <= begin and end <= history.until
        )


def _names(warehouse: Warehouse, split: str, frame: pl.DataFrame) -> dict[int, tuple[str, str]]:
    if not split:
        return {ALL: ("", "")}
    codes = frame["member"].unique().sort().to_numpy()
    labels, ids = names_of(warehouse).of(split, codes)
    return {int(code): (str(each), str(label)) for code, each, label in zip(codes, ids, labels, strict=True)}
