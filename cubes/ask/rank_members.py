"""Rank: the members of a level in the order that a question asks for, where it is not that of its first measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from cubes.ask.execute_plan import QueryPlan
from cubes.ask.finish_cells import running
from cubes.ask.measure_question import measure_question
from cubes.ask.met_condition import MetCondition
from cubes.cells.cell_arrays import OTHERS
from cubes.member_order import MemberOrder
from cubes.query import Cut, Query
from data.store.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Ranking:
    """The codes of each level that has a top, the first to be shown first, and what was read for it."""

    codes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    plans: tuple[QueryPlan, ...] = ()


def rank_members(warehouse: Warehouse, query: Query, met: Mapping[Cut, MetCondition]) -> Ranking:
    """All members of each level that has a top, by the order of the question; nothing where it has none.

    `met` says who meets each condition of the question. Raises BadRequest.
    """
    order = query.order
    if order is None or order.by_name:
        return Ranking()
    codes: dict[str, tuple[int, ...]] = {}
    plans: list[QueryPlan] = []
    places = (order, replace(order, within=())) if order.within else (order,)
    for level, _ in query.top:
        found: dict[int, None] = {}
        for each in places:  # after the members of a column those that have nothing in it
            ranked, read = _ranked(warehouse, query, level, each, met)
            found |= dict.fromkeys(ranked)
            plans += read
        codes[level] = tuple(found)
    return Ranking(codes, tuple(plans))


def _ranked(
    warehouse: Warehouse, query: Query, level: str, order: MemberOrder, met: Mapping[Cut, MetCondition]
) -> tuple[list[int], list[QueryPlan]]:
    asked = query.ranking(level, order)
    measured = measure_question(warehouse, asked, met)
    frame = running(measured.frame, measured.cells[0].resolved.levels, asked.measures)
    code = pl.col(f"{level}.code")
    ranked = frame.filter(pl.col("grouping") == 0, code != OTHERS).select(code, by=pl.col(order.measure))
    ranked = ranked.sort("by", code, descending=[not order.ascending, False], nulls_last=True)
    return ranked[f"{level}.code"].to_list(), [plan for each in measured.cells for plan in each.plans]
