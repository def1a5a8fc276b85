"""What journeys are made of: every touch of a known customer, by day and channel, and the days on which they bought."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from cubes import catalogue
from cubes.analysis.slice_days import span_of
from cubes.analysis.touch_channels import with_channels
from cubes.analysis.whole_history import CUT, described, whole_history
from cubes.ask.resolve_conditions import scope_of
from cubes.cells.fact_sql import joins, where
from cubes.members.single_customers import check_single_customers
from cubes.query import MAIN_CUBE, TIME_LEVELS, Cut, Query
from data.errors import BadRequest
from data.model.calendar import day_key
from data.store.warehouse import Warehouse

FACTS = {"interactions": "interaction", "contacts": "contact"}
COLUMNS = {
    "interaction": "interaction.kind AS kind, interaction.at_second AS second",
    "contact": "'campaign' AS kind, NULL::BIGINT AS second",
}
REACHED = {"interaction": "", "contact": " AND lower(contact.arm) IN ('treated', 'open')"}
NAMES = """(SELECT channel_code, arg_max(name, valid_to) AS named FROM channel GROUP BY channel_code)"""
PURCHASES_ALONE = (
    "Touches are of the same customers whatever they bought: this filter chooses purchases alone: {}."
)


@dataclass(frozen=True, slots=True, eq=False)
class JourneyEvents:
    """`touches`: `customer` (code), `day` (key), `second` (of the day, null where not told) and `channel`, in order of
    rows. `purchases`: `customer`, `day`, `revenue` of each day with an order, its returns netted and never below zero.

    Both reach from the window before `span` (first and last day of the slice) to the window after it, or to
    `known_until`, the last day of which touches and purchases are both known. `unknown` touches of the slice have no
    known customer and stand in no path. `notes` belong beside every number.
    """

    touches: pl.DataFrame
    purchases: pl.DataFrame
    span: tuple[date, date]
    known_until: date
    unknown: int
    notes: tuple[str, ...]

    @property
    def days(self) -> tuple[int, int]:
        """The span as keys of days."""
        return day_key(self.span[0]), day_key(self.span[1])


def journey_events(warehouse: Warehouse, query: Query, before: int, after: int) -> JourneyEvents:
    """The touches and purchases within a question's cuts, from so many days `before` its period to `after`.

    Cuts on time choose the period, those on customers whose journeys, all others which purchases count. Raises
    BadRequest where nothing is known, and NotAllowed where a policy shows no single customers.
    """
    check_single_customers(warehouse.policy, "Journeys")
    span, known_until = _span(warehouse, query)
    timeless = replace(query, cuts=tuple(cut for cut in query.cuts if cut.level not in TIME_LEVELS))
    own = _of_customers(warehouse, timeless.cuts)
    first, last = day_key(span[0]) - before, min(day_key(span[1]) + after, day_key(known_until))
    touches = pl.concat([_touches(warehouse, cube, own, known_until, (first, last)) for cube in FACTS])
    named = with_channels(touches)
    is_known = pl.col("customer") > 0
    of_slice = pl.col("day").is_between(day_key(span[0]), day_key(span[1]))
    unknown = named.filter(~is_known, of_slice).height
    purchases, notes = _purchases(warehouse, timeless, known_until, (first, last))
    others = [str(cut) for cut in timeless.cuts if cut not in own]
    notes += (PURCHASES_ALONE.format(", ".join(others)),) if others else ()
    return JourneyEvents(named.filter(is_known), purchases, span, known_until, unknown, notes)


def _span(warehouse: Warehouse, query: Query) -> tuple[tuple[date, date], date]:
    """The days of the slice that both touches and purchases are known of, and the last such day."""
    extents = warehouse.profile.extents
    lasts = [day for fact in FACTS.values() if (day := extents[fact].last_day)]
    firsts = [day for fact in FACTS.values() if (day := extents[fact].first_day)]
    if not lasts:
        raise BadRequest(
            "No touch of a customer is known: no web session, e-mail, call, visit, letter or campaign contact.",
            "Load interactions or campaign contacts first.",
        )
    bought = span_of(query.cuts, warehouse.profile)
    whole = span_of((), warehouse.profile)
    if bought is None or whole is None:
        raise BadRequest("Nobody bought anything in this period.", "Choose another period.")
    known_until = min(whole[1], max(lasts))
    span = max(bought[0], min(firsts)), min(bought[1], known_until)
    if span[0] > span[1]:
        raise BadRequest(
            f"In this period no touch is known: touches begin on {min(firsts)} and end on {max(lasts)}.",
            "Choose another period.",
        )
    return span, known_until


def _of_customers(warehouse: Warehouse, cuts: tuple[Cut, ...]) -> tuple[Cut, ...]:
    """The cuts that choose customers."""
    cube = catalogue.load(MAIN_CUBE, warehouse.profile)
    return tuple(cut for cut in cuts if cube.level(cut.level).dimension == "customer")


def _touches(
    warehouse: Warehouse, name: str, cuts: tuple[Cut, ...], until: date, days: tuple[int, int]
) -> pl.DataFrame:
    """The rows of one fact: `customer`, `day`, `second`, `kind`, `named`."""
    cube, fact = catalogue.load(name, warehouse.profile), FACTS[name]
    asked = Query((cube.measures[0].name,), cuts=cuts, cube=name, as_of=until.isoformat() if cuts else "")
    kept, parameters = scope_of(warehouse, cube, asked), list[object]()
    joined = joins(cube, kept, [], parameters)
    met = where(cube, kept, parameters) or " WHERE true"
    return warehouse.frame(
        f"""SELECT {fact}.customer_code AS customer, {fact}.day_key AS day, {COLUMNS[fact]}, named
        FROM {fact} LEFT JOIN {NAMES} AS names USING (channel_code){joined}{met}{REACHED[fact]}
          AND {fact}.day_key BETWEEN ? AND ?
        ORDER BY {fact}.batch, {fact}.row_in_source""",
        [*parameters, *days],
    )


def _purchases(
    warehouse: Warehouse, query: Query, until: date, days: tuple[int, int]
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    history = whole_history(warehouse, described(warehouse, query, until), until)
    cells = history.cells(("customer", "day"), ("revenue", "orders"))
    found = warehouse.frame(
        f"""SELECT "customer.code" AS customer, "day.code" AS day, greatest(revenue, 0)::DOUBLE AS revenue
        FROM ({cells.text}) WHERE orders > 0 AND "customer.code" > 0 AND "day.code" BETWEEN ? AND ?
        ORDER BY customer, day""",
        [*cells.parameters, *days],
    )
    return found, tuple(each for each in history.notes if each != CUT)  # which speaks of first purchases
