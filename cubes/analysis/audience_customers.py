"""The customers behind a cell, and behind an audience's question: as many as the cell counts, where it counts them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cubes import catalogue
from cubes.analysis.audience_question import (
    CUSTOMERS,
    KNOWN_CUSTOMERS,
    AudienceQuestion,
    HandedOver,
    Joining,
    OtherAudience,
)
from cubes.ask import drill_across
from cubes.ask.execute_plan import engine_of
from cubes.ask.resolve_conditions import scope_of
from cubes.catalogue.ratios import RATIO
from cubes.cells.cell_query import CellQuery
from cubes.cells.customer_spans import spans
from cubes.cells.scope import Scope
from cubes.cells.statement import SqlStatement
from cubes.drill_through import row_sql
from cubes.members.single_customers import check_single_customers
from cubes.model import Cube, Kind, Level, Measure
from cubes.query import MAIN_CUBE, TIME_LEVELS, Query, split_measure
from data.campaigns import audience_rows
from data.errors import BadRequest, did_you_mean
from data.model.calendar import Days
from data.model.canonical_tables import CUSTOMER
from data.store.warehouse import Warehouse


def audience_customers(warehouse: Warehouse, question: AudienceQuestion) -> np.ndarray:
    """The codes (int32, > 0, sorted, each once) of the customers that an audience asks for, its parts taken one after
    another. Other audiences are those who stand in them on this snapshot. Raises BadRequest, and NotAllowed where a
    policy shows no single customers."""
    check_single_customers(warehouse.policy, "Audiences")
    found = [_asked(warehouse, each.asked) for each in question.parts]
    if len(found) == 1:
        return found[0]
    size = max(int(codes.max(initial=0)) for codes in found) + 1
    stands = _flags(found[0], size)
    for part, codes in zip(question.parts[1:], found[1:], strict=True):
        stands = _joined(stands, part.joining, _flags(codes, size))
    return np.flatnonzero(stands).astype(np.int32)


def _flags(codes: np.ndarray, size: int) -> np.ndarray:
    """Whether each code up to `size` is among these."""
    flags = np.zeros(size, np.bool_)
    flags[codes] = True
    return flags


def _joined(before: np.ndarray, joining: Joining | None, part: np.ndarray) -> np.ndarray:
    match joining:
        case Joining.AND:
            return np.asarray(before & part)
        case Joining.BUT_NOT:
            return np.asarray(before & ~part)
    return np.asarray(before | part)


def _asked(warehouse: Warehouse, asked: Query | OtherAudience | HandedOver) -> np.ndarray:
    match asked:
        case OtherAudience(audience):
            return _standing(warehouse, audience)
        case HandedOver(words):
            raise BadRequest(
                f"“{words}” is a list that was handed over, and finds nobody anew.",
                "Make a frozen audience of its customers.",
            )
        case Query():
            return customers_of(warehouse, asked)


def _standing(warehouse: Warehouse, audience: str) -> np.ndarray:
    if audience_rows.written(warehouse.rows, audience) is None:
        raise BadRequest(
            "An audience that this one leans on is not there, or not any more.",
            "Bring it back, or make this one anew without it.",
        )
    return audience_rows.members(warehouse.arrays, audience)


def customers_of(warehouse: Warehouse, query: Query) -> np.ndarray:
    """The same of one question: the known customers of the rows that its first measure counts within its cuts.

    Of a ratio they are those of what it divides by, of what stands at a time those of whom something stands then. What
    it is shown by (rows, columns, top, order), compared with and derived from says nothing. Raises BadRequest.
    """
    if query.cube == CUSTOMERS:
        return _described(warehouse, query)
    cube, measure, query = counted_by(warehouse, query)
    if all(level.name != CUSTOMER.leaf for level in cube.levels):
        raise BadRequest(
            f"{cube.label} are not told by customer, so nobody stands behind them.",
            "Ask another cube, such as sales.",
        )
    return _behind(warehouse, cube, measure, scope_of(warehouse, cube, query))


def counted_by(warehouse: Warehouse, query: Query) -> tuple[Cube, Measure, Query]:
    """The cube and the measure that a question is about, and the question as it is put to that cube."""
    name, _ = split_measure(query.measures[0])
    while name in RATIO:
        name = RATIO[name].denominator
    named, _, own = name.rpartition(".")
    cube = catalogue.load(named or query.cube, warehouse.profile)
    measure = drill_across.measure_of(name, query.cube, warehouse.profile)
    return cube, measure, replace(_plain(query, own), cube=cube.name)


def _plain(query: Query, measure: str) -> Query:
    return replace(
        query, measures=(measure,), rows=(), columns=(), top=(), totals=False, compare=None, order=None
    )


def _behind(warehouse: Warehouse, cube: Cube, measure: Measure, scope: Scope) -> np.ndarray:
    if measure.kind is Kind.RATIO:
        return _behind(warehouse, cube, cube.measure(measure.denominator), scope)
    if measure.series:
        return _known_of(warehouse, cube, measure, scope)
    if not measure.of:
        return _codes(warehouse, row_sql.customers(cube, measure, _spanned(warehouse, cube, measure, scope)))
    of, ends = cube.measure(measure.of), engine_of(warehouse, cube).ends((), scope)
    if not ends:
        return np.zeros(0, np.int32)
    ((_, end),) = ends
    window = replace(scope, days=(Days(end - measure.window_days + 1, end),))
    left = row_sql.customers_left if of.kind is Kind.ADDITIVE else row_sql.customers
    return _codes(warehouse, left(cube, of, _spanned(warehouse, cube, of, window)))


def _known_of(warehouse: Warehouse, cube: Cube, measure: Measure, scope: Scope) -> np.ndarray:
    """The customers of whom a value stands."""
    asked = _by_customer(cube, measure, scope)
    (cells,) = engine_of(warehouse, cube).cells(asked)[0].values()
    (codes,) = cells.codes
    return np.unique(codes[(codes > 0) & ~np.isnan(cells.values[measure.name])]).astype(np.int32)


def _by_customer(cube: Cube, measure: Measure, scope: Scope) -> CellQuery:
    return CellQuery((cube.level(CUSTOMER.name),), ((True,),), (measure,), scope, {})


def _spanned(warehouse: Warehouse, cube: Cube, measure: Measure, scope: Scope) -> Scope:
    return replace(scope, spans=spans(warehouse, cube, _by_customer(cube, measure, scope)))


def _codes(warehouse: Warehouse, statement: SqlStatement) -> np.ndarray:
    found = np.asarray(warehouse.arrays(statement.text, statement.parameters)["code"], dtype=np.int32)
    return np.sort(found)


def _described(warehouse: Warehouse, query: Query) -> np.ndarray:
    """All known customers described so, whatever they did: as they are now where the question says no day."""
    if split_measure(query.measures[0])[0] != KNOWN_CUSTOMERS:
        raise BadRequest(
            f"Customers alone have no measure {query.measures[0]!r}.",
            did_you_mean(query.measures[0], [KNOWN_CUSTOMERS]),
        )
    cube = _customers_alone(catalogue.load(MAIN_CUBE, warehouse.profile))
    for cut in query.cuts:
        if cut.level in TIME_LEVELS:
            raise BadRequest(
                "Customers alone have no time: they are all who are known.",
                "Ask the customers of sales within the period, or describe them as of a day.",
            )
    cuts = tuple(
        replace(cut, condition=cut.condition.plain_in(CUSTOMERS)) if cut.condition else cut
        for cut in query.cuts
    )
    asked = replace(_plain(query, "revenue"), cube=MAIN_CUBE, cuts=cuts, as_of=query.as_of or "now")
    scope = scope_of(warehouse, cube, asked)
    return _codes(warehouse, row_sql.described_customers(cube, scope))


def _customers_alone(cube: Cube) -> Cube:
    """A cube of what describes customers, without a fact."""
    dimension = cube.dimension(CUSTOMER.name)
    levels = tuple(map(_of_table, dimension.levels))
    return Cube(CUSTOMERS, "Customers", CUSTOMER.name, (replace(dimension, levels=levels),), ())


def _of_table(level: Level) -> Level:
    if not level.is_customer:
        return level
    return replace(level, column=f"{CUSTOMER.name}.{CUSTOMER.code}", table=CUSTOMER.name)
