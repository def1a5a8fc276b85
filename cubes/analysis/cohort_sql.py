"""Cohorts as SQL: when each customer began, then one pass over the lines, summed by cohort and period at once.

To sum by customer and period first would take twice as long.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cubes.analysis.whole_history import WholeHistory
from cubes.cells import cell_sql
from cubes.cells.cell_query import CellQuery
from cubes.cells.fact_sql import FactRelation
from cubes.cells.statement import SqlStatement
from cubes.model import Level
from data.model.calendar import day_key

ALL = 0  # the member that everybody belongs to where cohorts are not split
# Places of cohorts: of who never bought, of lines without a customer, of the first period.
NEVER, NOBODY, FIRST = 0, 1, 2


class _CohortLines(FactRelation):
    """The lines, each beside what `begun` says of its customer."""

    def source(self, cell_query: CellQuery, parameters: list[Any]) -> str:
        customer = self.cube.level("customer").column
        return f"{super().source(cell_query, parameters)}\n  JOIN begun ON begun.code = {customer}"


def cohort_sql(history: WholeHistory, grain: str, split: str, measures: tuple[str, ...]) -> SqlStatement:
    """SQL of measures by member of the split, cohort (null of who never bought), period and is_known (false of lines
    without a customer)."""
    calendar = history.warehouse.profile.calendar
    first, last = (calendar.period_at(grain, day_key(each)) for each in (history.first, history.until))
    begun = _begun(history, grain, split, first, last)
    cells = _cells(history, grain, split, measures)
    member = '"member.code"' if split else str(ALL)
    return SqlStatement(
        f"""WITH {begun.text}
SELECT {member}::INTEGER AS member, CASE WHEN "place.code" > {NOBODY} THEN {first - FIRST} + "place.code" END AS cohort,
  "{grain}.code" AS period, "place.code" <> {NOBODY} AS is_known, {", ".join(measures)} FROM (
{cells.text})""",
        (*begun.parameters, *cells.parameters),
    )


def first_member_sql(history: WholeHistory, split: str) -> SqlStatement:
    """`start` has the member of a level that each customer's first purchase day belongs to: code, member."""
    cells = history.cells(("customer", "day", split), ("revenue", "last_purchase"))
    return SqlStatement(
        f"""bought AS (
  SELECT "customer.code" AS code, "day.code" AS day, "{split}.code" AS member, revenue FROM (
  {cells.text})
  WHERE last_purchase IS NOT NULL AND code > 0
), start AS (
  SELECT code, member FROM bought JOIN (SELECT code, min(day) AS day FROM bought GROUP BY code) USING (code, day)
  QUALIFY row_number() OVER (PARTITION BY code ORDER BY revenue DESC, member) = 1
)""",
        cells.parameters,
    )


def _begun(history: WholeHistory, grain: str, split: str, first: int, last: int) -> SqlStatement:
    """The place of the period of each customer's first purchase, and where cohorts are split, its member.

    Places are bytes where there are few enough: the engine sums by short keys in an array, in half the time.
    """
    bought = history.cells(("customer",), ("first_purchase",))
    start = first_member_sql(history, split) if split else SqlStatement("")
    joined = "\n  LEFT JOIN start ON start.code = first.code" if split else ""
    kind = "UTINYINT" if last - first + FIRST < 256 else "USMALLINT"
    return SqlStatement(
        f"""{start.text}{", " if split else ""}first AS (
  SELECT "customer.code" AS code, first_purchase FROM (
  {bought.text})
), begun AS MATERIALIZED (
  SELECT first.code{", coalesce(start.member, 0) AS member" if split else ""}, (CASE WHEN first.code = 0 THEN {NOBODY}
    ELSE coalesce(time.{grain}_code - {first - FIRST}, {NEVER}) END)::{kind} AS place
  FROM first LEFT JOIN time ON time.day_key = first.first_purchase{joined}
)""",
        (*start.parameters, *bought.parameters),
    )


def _cells(history: WholeHistory, grain: str, split: str, measures: tuple[str, ...]) -> SqlStatement:
    """SQL of measures by what `begun` says of customers and by period."""
    asked = history.read((grain,), tuple(history.cube.measure(each) for each in measures))
    said = ("member", "place") if split else ("place",)
    begun = tuple(Level(name, name, "customer", f"begun.{name}") for name in said)
    levels = (*begun, *asked.levels)
    asked = replace(asked, levels=levels, sets=((True,) * len(levels),))
    members = history.warehouse.profile.members
    counts = history.counts(asked, members.get(grain, 1) * max(members.get(split, 1), 1))
    return cell_sql.cells(_CohortLines(history.cube, counts), asked)
