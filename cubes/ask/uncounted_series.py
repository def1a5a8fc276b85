"""How many series a period lacks a count of, said beside what was made of the others or of earlier counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cubes.ask import semi_additive_sql
from cubes.ask.comparison_periods import finest_kept
from cubes.cells.cell_query import CellQuery
from cubes.cells.scope import Scope
from cubes.model import Cube, Level, Measure
from data.model.canonical_tables import FACT
from data.model.said import SaidPeriod, joined, said
from data.store.warehouse import Warehouse

MOST_TOLD = 3


def notes(
    warehouse: Warehouse, cube: Cube, levels: tuple[Level, ...], measures: Iterable[Measure], scope: Scope
) -> Iterator[str]:
    """A sentence for the measures that carry counts and one for averages, where a period asked about lacks some."""
    carried = [each for each in measures if each.series and each.carried_days]
    for average in (False, True):
        alike = [each for each in carried if (each.over_time == "average") is average]
        lacking = _lacking(warehouse, cube, levels, alike[0], scope) if alike else ""
        if lacking:
            found = FACT[cube.fact].found_at_close
            last = "scoring" if found else "count"
            stands = f"their last {last} of the {alike[0].carried_days} days before its end stands"
            then = "they are left out of the average" if average else stands
            yield said("Not scored {}; {}." if found else "Not counted {}; {}.", lacking, then)


def _lacking(
    warehouse: Warehouse, cube: Cube, levels: tuple[Level, ...], measure: Measure, scope: Scope
) -> str:
    """Such as 'in 2024-03: 2 of 3 (product, partner, place); in 2024-02: 1 of 3'."""
    finest = finest_kept(level.name for level in levels if level.is_time)
    by = (cube.level(finest),) if finest else ()
    cell_query = CellQuery(by, ((True,) * len(by),), (measure,), scope, {})
    if not semi_additive_sql.may_lack(cell_query):
        return ""
    statement = semi_additive_sql.tally(cube, cell_query, warehouse.profile.extents[cube.fact])
    rows = warehouse.rows(statement.text, statement.parameters)
    parts = ", ".join(re.findall(r"\.(\w+?)(?:_code)?\b", " ".join(measure.series)))
    calendar = warehouse.profile.calendar
    told = [
        said(
            "in {}: {:,} of {:,}{}",
            SaidPeriod(finest, calendar.period_id(finest, period)) if finest else "the period",
            lacking,
            every,
            "" if at else f" ({parts})",
        )
        for at, (period, lacking, every) in enumerate(rows[:MOST_TOLD])
    ]
    more = [said("some in {:,} more", len(rows) - MOST_TOLD)] if len(rows) > MOST_TOLD else []
    return joined("; ", [*told, *more])
