"""The top members of a level, by the first measure asked; all others stand together as Others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cubes.ask.execute_plan import Engine, QueryPlan
from cubes.ask.resolve_query import ResolvedQuery, plain
from cubes.cells.cell_arrays import NOBODY
from cubes.cells.cell_query import CellQuery
from cubes.model import Level
from cubes.withholding.small_counts import SmallCounts
from data.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Tops:
    """The codes shown by name of each level that has a top, how many members are beyond it, and what was read."""

    codes: Mapping[str, Sequence[int]]
    beyond: Mapping[str, int]
    plans: tuple[QueryPlan, ...] = ()


def tops_of(
    engine: Engine,
    resolved: ResolvedQuery,
    crossing: bool,
    ranked: Mapping[str, Sequence[int]],
    small: SmallCounts | None = None,
) -> Tops:
    """The tops of a question; a level of which all members are shown has none.

    `crossing`: other cubes follow, which may hold members that this one lacks. `ranked` are the codes of levels in an
    order of the question's own; others rank by the first measure. Members of whom it is withheld come last, so that no
    place in a top tells it: `small` says which. Raises BadRequest.
    """
    codes: dict[str, Sequence[int]] = {}
    beyond: dict[str, int] = {}
    plans = []
    for name, count in resolved.query.top:
        level = _checked(resolved, name)
        if engine.warehouse.profile.members.get(name, 0) <= count:
            continue
        if name in ranked:
            order: Sequence[int] = ranked[name]
        else:
            order, plan = _ranked(engine, resolved, level, small)
            plans.append(plan)
        apart = [NOBODY] if level.is_customer else []
        known = [code for code in order if code not in apart] if apart else order
        beyond[name] = max(len(known) - count, 0)
        if beyond[name] or resolved.comparisons or crossing:
            codes[name] = [*known[:count], *apart]
    return Tops(codes, beyond, tuple(plans))


def _checked(resolved: ResolvedQuery, name: str) -> Level:
    level = resolved.cube.level(name)
    if level.is_time:
        raise BadRequest(
            f"{level.label} has an order of its own, so it has no top.",
            "Cut to the periods you want instead.",
        )
    if level not in resolved.levels:
        raise BadRequest(
            f"The question is not by {level.label.lower()}, so there is no top of it.",
            f"Add {name} to its levels, or leave the top away.",
        )
    return level


def _ranked(
    engine: Engine, resolved: ResolvedQuery, level: Level, small: SmallCounts | None
) -> tuple[list[int], QueryPlan]:
    """The codes of a level, the greatest value of the first measure first."""
    first = resolved.derived[0][0]
    measures, ratios = plain(resolved.cube, [first])
    asked = CellQuery((level,), ((True,),), measures, resolved.scope, {})
    cells, plan = engine.cells(asked)
    order = engine.ranked(level, first, cells[(True,)], ratios)
    if small:
        unknown = small.members_withheld(asked, first)
        order = [each for each in order if each not in unknown] + sorted(unknown)
    return order, plan
