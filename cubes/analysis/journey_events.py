"""What journeys are made of: every touch of a known customer, by day and channel, and the days on which they bought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from cubes.analysis.customer_slice import (
    CHANNEL_NAMES,
    cuts_on_customers,
    known_span,
    other_cuts,
    rows_of_customers,
    without_time,
)
from cubes.analysis.touch_channels import with_channels
from cubes.analysis.whole_history import CUT, described, whole_history
from cubes.members.single_customers import check_single_customers
from cubes.query import Cut, Query
from data.model.calendar import day_key
from data.store.warehouse import Warehouse

FACTS = {"interactions": "interaction", "contacts": "contact"}
COLUMNS = {
    "interaction": "interaction.kind AS kind, interaction.at_second AS second",
    "contact": "'campaign' AS kind, NULL::BIGINT AS second",
}
REACHED = {"interaction": "", "contact": " AND lower(contact.arm) IN ('treated', 'open')"}
PURCHASES_ALONE = (
    "Touches are of the same customers whatever they bought: this filter chooses purchases alone: {}."
)

NO_TOUCH_KNOWN = (
    "No touch of a customer is known: no web session, e-mail, call, visit, letter or campaign contact.",
    "Load interactions or campaign contacts first.",
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
    span, known_until = known_span(warehouse, query, FACTS.values(), ("touch", "touches"), NO_TOUCH_KNOWN)
    own = cuts_on_customers(warehouse, query)
    first, last = day_key(span[0]) - before, min(day_key(span[1]) + after, day_key(known_until))
    touches = pl.concat([_touches(warehouse, cube, own, known_until, (first, last)) for cube in FACTS])
    named = with_channels(touches)
    is_known = pl.col("customer") > 0
    of_slice = pl.col("day").is_between(day_key(span[0]), day_key(span[1]))
    unknown = named.filter(~is_known, of_slice).height
    purchases, notes = _purchases(warehouse, without_time(query), known_until, (first, last))
    others = other_cuts(warehouse, query)
    notes += (PURCHASES_ALONE.format(others),) if others else ()
    return JourneyEvents(named.filter(is_known), purchases, span, known_until, unknown, notes)


def _touches(
    warehouse: Warehouse, name: str, cuts: tuple[Cut, ...], until: date, days: tuple[int, int]
) -> pl.DataFrame:
    """The rows of one fact: `customer`, `day`, `second`, `kind`, `named`."""
    fact = FACTS[name]
    joined, met, parameters = rows_of_customers(warehouse, name, cuts, until)
    return warehouse.frame(
        f"""SELECT {fact}.customer_code AS customer, {fact}.day_key AS day, {COLUMNS[fact]}, named
        FROM {fact} LEFT JOIN {CHANNEL_NAMES} AS names USING (channel_code){joined}{met}{REACHED[fact]}
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
