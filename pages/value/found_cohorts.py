"""Cohorts found: cells of the cube handed to the miner, remembered for every session until the next snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import polars as pl
import streamlit as st

from cubes.analysis.cohort_cells import ALL, CUSTOMERS, CohortCells, CohortPeriod, cohort_cells, first_members
from cubes.analysis.purchase_history import CustomerHistories, purchase_histories
from cubes.analysis.whole_history import described
from cubes.condition import Condition, Operator
from cubes.query import TIME_LEVELS, Cut, Query
from data.errors import BadRequest
from data.store.warehouse import Profile
from mining.retention.cohort_triangle import CohortTriangle, Kept, triangle
from mining.retention.kaplan_meier import SurvivalCurve
from mining.retention.second_purchase import time_to_second_purchase
from pages.ui import session
from pages.value.retention_view import CAME, RetentionView


@dataclass(frozen=True, slots=True, eq=False)
class FoundCohorts:
    """`whole` is the triangle of the member shown, of everybody where cohorts are not split; `members` has the curve
    of each member of the split, None without one."""

    cells: CohortCells
    whole: CohortTriangle
    members: CohortTriangle | None
    member: int

    @property
    def last(self) -> CohortPeriod:
        return self.cells.periods[-1]

    @property
    def names(self) -> Mapping[int, str]:
        return {each.code: each.name for each in self.cells.periods}


def question(view: RetentionView, until: date) -> Query:
    """What is asked of the cube."""
    asked = Query(cuts=session.sets_read(view.cuts))
    return described(session.warehouse(), asked, until, view.split)


def last_day(view: RetentionView, profile: Profile) -> date:
    """The last day that is looked at. Raises BadRequest where nothing was sold yet."""
    if profile.last_day is None:
        raise BadRequest("Nobody has bought anything yet.", "Load order lines on the page Data first.")
    return view.until or profile.last_day


def found_cohorts(view: RetentionView) -> FoundCohorts:
    """The triangle that a view shows. Raises BadRequest."""
    until = last_day(view, session.warehouse().profile)
    asked = question(view, until)
    cells = _cells(session.warehouse().version, asked, view.grain, until, view.split, view.kept)
    last = cells.periods[-1]
    members = None
    frame, member = cells.frame, ALL
    if view.split:
        members = triangle(frame, last.code, last.is_whole, view.kept)
        member = next((code for code, (each, _) in cells.members.items() if each == view.member), -1)
        frame = frame.filter(pl.col("member") == member) if member >= 0 else everybody(frame)
    return FoundCohorts(cells, triangle(frame, last.code, last.is_whole, view.kept), members, member)


def everybody(frame: pl.DataFrame) -> pl.DataFrame:
    """The members of a split put together: each customer is of one of them; a margin is known where any is."""
    values = [name for name in frame.columns if name not in ("member", "cohort", "period")]
    sums = [pl.when(pl.col(each).count() > 0).then(pl.col(each).sum()).alias(each) for each in values]
    return (
        frame.group_by("cohort", "period").agg(sums).select(pl.lit(ALL, pl.Int32).alias("member"), pl.all())
    )


@st.cache_resource(show_spinner=False, max_entries=32, hash_funcs={Query: repr})
def _cells(version: str, asked: Query, grain: str, until: date, split: str, kept: Kept) -> CohortCells:
    measures = CUSTOMERS if kept is Kept.CUSTOMERS else (*CUSTOMERS, kept.value)
    return cohort_cells(session.warehouse(), asked, grain, until, split, measures)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs={Query: repr})
def _first_members(version: str, asked: Query, split: str, until: date) -> pl.DataFrame:
    return first_members(session.warehouse(), asked, split, until)


def found_histories(view: RetentionView) -> CustomerHistories:
    """What each customer bought until the last day looked at. Raises BadRequest."""
    until = last_day(view, session.warehouse().profile)
    return _histories(session.warehouse().version, question(view, until), until)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs={Query: repr})
def _histories(version: str, asked: Query, until: date) -> CustomerHistories:
    return purchase_histories(session.warehouse(), asked, until)


def second_purchases(histories: CustomerHistories) -> SurvivalCurve:
    """How long customers take to come back for the first time. Raises BadRequest for nobody."""
    return time_to_second_purchase(histories.frame, histories.until)


def opened_period(view: RetentionView, found: FoundCohorts) -> tuple[CohortPeriod, CohortPeriod] | None:
    """The cohort that a view has open and the period of its cell; None where the address names none that there is."""
    by_name = {each.name: each for each in found.cells.periods}
    cohort = by_name.get(view.cohort)
    if cohort is None or cohort.code not in found.whole.cohorts:
        return None
    at = cohort.code + view.age - found.cells.periods[0].code
    return (cohort, found.cells.periods[at]) if at < len(found.cells.periods) else None


def cohort_query(
    view: RetentionView, found: FoundCohorts, cohort: CohortPeriod, period: CohortPeriod
) -> Query:
    """A cell of the triangle as a question of Explore: whoever bought first in the cohort, in the cell's period."""
    asked, last = found.cells.query.pinned(), found.cells.until
    cuts = tuple(cut for cut in asked.cuts if cut.level not in TIME_LEVELS)
    first = Condition(
        "first_purchase",
        Operator.BETWEEN,
        (max(cohort.first, found.cells.begins), min(cohort.last, last)),
        within=(*(str(cut) for cut in cuts if not cut.condition), f"day={found.cells.begins}..{last}"),
    )
    days = Cut("day", since=period.first.isoformat(), until=min(period.last, last).isoformat())
    return replace(asked, cuts=(*cuts, Cut("customer", condition=first), days))


def customers_of_cell(
    view: RetentionView, found: FoundCohorts, cohort: CohortPeriod, period: CohortPeriod
) -> pl.DataFrame:
    """Who began in a cohort, of these those who bought in a period (or the others): `customer`, `name`, first and
    last day, purchase days, and the revenue and margin of the period where they bought."""
    histories = found_histories(view).frame.filter(pl.col("first_day").is_between(cohort.first, cohort.last))
    asked = replace(
        cohort_query(view, found, cohort, period),
        measures=("purchase_days", "revenue", "margin"),
        rows=("customer",),
    )
    bought = session.ask_whole(asked).frame.filter(pl.col("purchase_days") > 0)
    then = bought.select(customer="customer.id", revenue_then="revenue", margin_then="margin")
    if found.members and found.member >= 0:
        own = _first_members(session.warehouse().version, found.cells.query, view.split, found.cells.until)
        histories = histories.join(own.filter(pl.col("member") == found.member), on="customer", how="semi")
    cohort_columns = histories.select(
        "customer", pl.col("customer_name").alias("name"), "first_day", "last_day", "purchase_days"
    )
    if view.who == CAME:
        return cohort_columns.join(then, on="customer").sort("revenue_then", descending=True, nulls_last=True)
    away = cohort_columns.join(then, on="customer", how="anti")
    return away.sort("purchase_days", "last_day", descending=True)
