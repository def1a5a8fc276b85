"""A roll-up as a table to count cells from. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cubes.aggregates.rollups.partial_aggregates import SCALE, counted_level
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.cells.cell_query import CellQuery
from cubes.cells.fact_sql import meets
from cubes.cells.scope import Scope
from cubes.model import Cube, Kind, Level, Measure
from data.model.calendar import Calendar


class RollUpRelation:
    """A roll-up as a table to count from; `at` says in which column a measure is stored that has several."""

    def __init__(self, cube: Cube, kept: StoredRollUp, at: Mapping[str, str], calendar: Calendar) -> None:
        self.cube, self.kept, self.at, self.calendar = cube, kept, at, calendar

    def column(self, level: Level) -> str:
        return f'"{level.name}"'

    def source(self, cell_query: CellQuery, parameters: list[Any]) -> str:
        return f"FROM {self.kept.table}"

    def within(self, scope: Scope, parameters: list[Any]) -> str:
        conditions = []
        period = self.kept.grain.period
        if scope.days is not None:
            runs = [f'"{period}" BETWEEN ? AND ?' for _ in scope.days]
            conditions.append(f"({' OR '.join(runs)})" if runs else "false")
            for run in scope.days:
                parameters += [
                    self.calendar.period_at(period, run.first),
                    self.calendar.period_at(period, run.last),
                ]
        for each in scope.filters:
            conditions.append(meets(f'"{each.level}"', each, parameters))
        return f"\n  WHERE {' AND '.join(conditions)}" if conditions else ""

    def aggregate(self, measure: Measure) -> str:
        if measure.kind is Kind.DISTINCT and not measure.flag:
            level = counted_level(self.cube, measure)
            return f'count(DISTINCT "{level}") FILTER (WHERE "{measure.name}#" > 0)'
        part = f'"{self.at.get(measure.name, measure.name)}"'
        if measure.kind is Kind.DISTINCT or measure.aggregate == "count":
            return f"coalesce(sum({part}), 0)::BIGINT"
        if measure.aggregate != "sum":
            return f"{measure.aggregate}({part})::DOUBLE"
        known = "count(*)" if measure.zero_when_empty else f'sum("{measure.name}#")'
        return f"CASE WHEN {known} > 0 THEN coalesce(sum({part}), 0)::DOUBLE / {SCALE} END"
