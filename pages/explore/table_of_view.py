"""The table of a view: every measure of the question side by side, and what a click on it leads to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cubes import catalogue
from cubes.ask import drill_across
from cubes.catalogue.ratios import RATIO
from cubes.member_order import MemberOrder
from cubes.model import Cube, Measure
from cubes.query import Cut, Query, split_measure
from data.access.deed import Deed
from data.store.warehouse import Profile
from pages.explore import shown_as
from pages.explore.explore_view import View
from pages.explore.table_looks import Marks
from pages.ui.allowed_deeds import may
from pages.ui.answer_grid import AnswerGrid, Head
from pages.ui.figures import BETWEEN_IDS, OTHERS
from pages.ui.pivot.pivot_table import (
    AxisLevel,
    Header,
    Look,
    PivotMeasure,
    PivotTable,
    Sorting,
)
from pages.ui.pivot.value_limits import ValueLimits
from pages.ui.style import locales
from pages.ui.style.formats import growth_unit, number_form

PERCENTAGES = frozenset({"percent"})


def table(grid: AnswerGrid, view: View, profile: Profile, currency: str) -> PivotTable:
    """The grid as a pivot table of these measures of the view, which is named as what was on screen."""
    query, cube = view.query, grid.cube
    measures = tuple(_measures(grid, view, profile, currency))
    return PivotTable(
        caption=f"{' and '.join(each.label for each in measures)} by {' and '.join(query.by) or 'nothing'}",
        row_levels=tuple(_axis(cube, query, level) for level in grid.levels_of_rows),
        column_levels=tuple(_axis(cube, query, level) for level in grid.levels_of_columns),
        rows=tuple(_header(grid, head, grid.levels_of_rows, profile) for head in grid.rows),
        columns=tuple(_header(grid, head, grid.levels_of_columns, profile) for head in grid.columns),
        measures=measures,
        levels=levels_by_dimension(cube, profile),
        sorting=_sorting(query.order),
        totals=view.total,
        hidden=view.hidden,
        placed=any(level in query.columns for level, _ in view.places),
        widths=view.widths,
        customers=cube.has_orders,
        audiences=may(Deed.CAMPAIGN) and any(level.is_customer for level in cube.levels),
        locale=locales.current(),
        base=view.token(),
    )


def levels_by_dimension(cube: Cube, profile: Profile) -> dict[str, tuple[tuple[str, str], ...]]:
    """The levels that have members, coarse to fine, by the label of their dimension."""
    found = {
        dimension.label: tuple(
            (level.name, level.label) for level in dimension.levels if profile.known.get(level.name)
        )
        for dimension in cube.dimensions
    }
    return {label: levels for label, levels in found.items() if levels}


def _measures(grid: AnswerGrid, view: View, profile: Profile, currency: str) -> Iterator[PivotMeasure]:
    for text in view.query.measures:
        if not grid.has(text):
            continue
        name, derivation = split_measure(text)
        measure = drill_across.measure_of(name, view.query.cube, profile)
        unit = shown_as.unit(measure, derivation)
        values = grid.array(text)
        look = view.look_of(text)
        yield PivotMeasure(
            name=text,
            label=label(text, view.query.cube, profile),
            doc=" ".join(filter(None, (measure.doc, shown_as.explained(derivation)))),
            form=number_form(_telling(values), unit, currency),
            values=values,
            growths=None if derivation else _growths(grid, text, measure),
            growth_unit=growth_unit(unit),
            rising=measure.rising,
            look=Look.PLAIN if unit == "rank" or _has_no_limits(unit, look) else look,
            totals=unit != "rank",
            withheld=grid.withheld(text),
        )


def _has_no_limits(unit: str, look: Marks) -> bool:
    """Days are no sizes that a number could limit."""
    return unit == "date" and isinstance(look, ValueLimits)


def label(text: str, cube: str, profile: Profile) -> str:
    """A measure as people read it, with what is derived from it, and its cube where that is another."""
    name, derivation = split_measure(text)
    named = drill_across.measure_of(name, cube, profile).label
    own, dot, _ = name.rpartition(".")
    if dot and own != cube and name not in RATIO:
        named = f"{catalogue.load(own, profile).label}: {named}"
    return f"{named}, {shown_as.name(derivation).lower()}" if derivation else named


def _telling(values: np.ndarray) -> list[float]:
    """The least, the middle and the greatest size, which say in what unit all are written."""
    sizes = np.sort(np.abs(values[np.isfinite(values) & (values != 0)]))
    return [float(sizes[0]), float(sizes[len(sizes) // 2]), float(sizes[-1])] if len(sizes) else []


def _growths(grid: AnswerGrid, text: str, measure: Measure) -> np.ndarray | None:
    """What each number changed by: a share of the earlier one, a difference for percentages; nothing for days."""
    if not grid.has(f"{text}:base") or measure.unit == "date":
        return None
    now, base = grid.array(text), grid.array(f"{text}:base")
    if measure.unit in PERCENTAGES:
        difference: np.ndarray = now - base
        return difference
    with np.errstate(divide="ignore", invalid="ignore"):
        share: np.ndarray = np.where(base > 0, now / base - 1, np.nan)
    return share


def _axis(cube: Cube, query: Query, name: str) -> AxisLevel:
    level, finer = cube.level(name), cube.finer(name)
    return AxisLevel(
        name,
        level.label,
        finer=cube.level(finer).label if finer else "",
        expands=bool(finer) and query.rows[-1:] == (name,) and finer not in query.by,
        is_customer=level.is_customer,
    )


def _header(grid: AnswerGrid, head: Head, levels: tuple[str, ...], profile: Profile) -> Header:
    level, identity = levels[len(head.ids) - 1], head.ids[-1]
    subtotal = len(head.ids) < len(levels)
    return Header(
        id=BETWEEN_IDS.join(head.ids),
        label=head.label,
        depth=len(head.ids) - 1,
        kind="others" if identity == OTHERS else "subtotal" if subtotal else "member",
        opens=OTHERS not in head.ids[:-1],
        partial=grid.is_partial(level, identity, profile),
    )


def _sorting(order: MemberOrder | None) -> Sorting | None:
    if order is None:
        return None
    column = BETWEEN_IDS.join(cut.members[0] for cut in order.within) if order.within else None
    return Sorting(order.measure, column, order.ascending)


def order_asked(query: Query, measure: str, column: str | None, direction: str) -> MemberOrder:
    """The order that a click on a header asks for: a measure or "name", in a column or in all."""
    ids = column.split(BETWEEN_IDS) if column else ()
    within = tuple(Cut(level, (member,)) for level, member in zip(query.columns, ids, strict=False))
    return MemberOrder(measure, within, direction == "asc")
