"""What a question's cuts choose where it is told of customers by what they did: days, customers, and the rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from cubes import catalogue
from cubes.analysis.slice_days import span_of
from cubes.ask.resolve_conditions import scope_of
from cubes.cells.fact_sql import joins, where
from cubes.query import MAIN_CUBE, TIME_LEVELS, Cut, Query
from data.errors import BadRequest
from data.store.warehouse import Warehouse

# The name of each channel as it is now.
CHANNEL_NAMES = "(SELECT channel_code, arg_max(name, valid_to) AS named FROM channel GROUP BY channel_code)"


def without_time(query: Query) -> Query:
    """The question for all time."""
    return replace(query, cuts=tuple(cut for cut in query.cuts if cut.level not in TIME_LEVELS))


def cuts_on_customers(warehouse: Warehouse, query: Query) -> tuple[Cut, ...]:
    """The cuts that choose customers; all others but those on time choose what they bought."""
    cube = catalogue.load(MAIN_CUBE, warehouse.profile)
    return tuple(cut for cut in without_time(query).cuts if cube.level(cut.level).dimension == "customer")


def other_cuts(warehouse: Warehouse, query: Query) -> str:
    """The cuts that choose purchases alone, as they are written; empty where there are none."""
    own = cuts_on_customers(warehouse, query)
    return ", ".join(str(cut) for cut in without_time(query).cuts if cut not in own)


def rows_of_customers(
    warehouse: Warehouse, cube_name: str, cuts: tuple[Cut, ...], until: date
) -> tuple[str, str, list[object]]:
    """SQL that joins a cube's fact to what cuts on customers ask, as of a day, their conditions, and the values."""
    cube = catalogue.load(cube_name, warehouse.profile)
    asked = Query(
        (cube.measures[0].name,), cuts=cuts, cube=cube_name, as_of=until.isoformat() if cuts else ""
    )
    kept, parameters = scope_of(warehouse, cube, asked), list[object]()
    joined = joins(cube, kept, [], parameters)
    return joined, where(cube, kept, parameters) or " WHERE true", parameters


def known_span(
    warehouse: Warehouse,
    query: Query,
    facts: Collection[str],
    called: tuple[str, str],
    unknown: tuple[str, str],
) -> tuple[tuple[date, date], date]:
    """The days of the slice that both purchases and any of these facts are known of, and the last such day.

    A row of the facts is `called` one word, several another. Raises BadRequest where none is known, in the words
    `unknown` (problem and remedy), and for a period in which nobody bought or none is known.
    """
    extents = [warehouse.profile.extents[fact] for fact in facts]
    firsts = [each.first_day for each in extents if each.first_day]
    lasts = [each.last_day for each in extents if each.last_day]
    if not firsts or not lasts:
        raise BadRequest(*unknown)
    bought, whole = span_of(query.cuts, warehouse.profile), span_of((), warehouse.profile)
    if bought is None or whole is None:
        raise BadRequest("Nobody bought anything in this period.", "Choose another period.")
    known_until = min(whole[1], max(lasts))
    span = max(bought[0], min(firsts)), min(bought[1], known_until)
    if span[0] > span[1]:
        one, many = called
        raise BadRequest(
            f"In this period no {one} is known: {many} begin on {min(firsts)} and end on {max(lasts)}.",
            "Choose another period.",
        )
    return span, known_until
