"""What service is told from: every contact of a customer with what it took, and the days on which they bought."""

from __future__ import annotations

from collections.abc import Mapping
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
from cubes.analysis.whole_history import CUT, described, whole_history
from cubes.members.single_customers import check_single_customers
from cubes.query import Cut, Query
from data.model.calendar import day_key
from data.model.canonical_tables import UNKNOWN
from data.service.service_contacts import HUNG_UP
from data.store.warehouse import Warehouse

# What sources call the kinds that a person serves; whatever is not named here is no contact with the service.
KINDS: Mapping[str, str] = {
    "call": "call",
    "phone call": "call",
    "ticket": "case",
    "visit": "visit",
    "fair": "visit",
    "letter": "letter",
    "chat": "chat",
    "e-mail": "mail",
    "email": "mail",
}
# What mailers tell of newsletters: nobody of the service wrote or read these mails.
MAILINGS = ("sent", "delivered", "opened", "open", "clicked", "click", "bounced", "unsubscribed")
SERVED = """list_contains(?::VARCHAR[], lower(interaction.kind)) AND NOT (lower(interaction.kind) IN ('e-mail', 'email')
    AND list_contains(?::VARCHAR[], lower(coalesce(interaction.outcome, ''))))"""
YEAR = 365
OTHERS_ALONE = (
    "Contacts are of the same customers whatever they bought: this filter chooses purchases alone: {}."
)
CONTACT_COLUMNS: Mapping[str, type[pl.DataType]] = {
    "customer": pl.Int64, "day": pl.Int64, "kind": pl.String, "channel": pl.String, "subject": pl.String,
    "seconds": pl.Float64, "waited": pl.Float64, "satisfaction": pl.Float64, "hung_up": pl.Boolean,
    "outgoing": pl.Boolean,
}  # fmt: skip

NO_CONTACT_KNOWN = (
    "No contact of a customer is known: no call, ticket, visit, letter, chat or e-mail.",
    "Load calls or tickets on the page Data.",
)


@dataclass(frozen=True, slots=True, eq=False)
class ServiceEvents:
    """`contacts` of known customers: CONTACT_COLUMNS, `day` a key, what is not told null; `reopenings` of cases:
    `customer`, `day`. Both reach a year before `span` (first and last day of the slice), and not beyond it.

    `purchases` have `customer`, `day`, `revenue`, `margin` (null where not known) and `orders`, of all days until
    `known_until`, the last of which contacts and purchases are both known. `unknown` contacts of the slice are of
    nobody who is known. `notes` belong beside every number.
    """

    contacts: pl.DataFrame
    reopenings: pl.DataFrame
    purchases: pl.DataFrame
    span: tuple[date, date]
    known_until: date
    unknown: int
    notes: tuple[str, ...]

    @property
    def days(self) -> tuple[int, int]:
        """The span as keys of days."""
        return day_key(self.span[0]), day_key(self.span[1])

    @property
    def within(self) -> pl.DataFrame:
        """The contacts of the slice itself."""
        return self.contacts.filter(pl.col("day").is_between(*self.days))

    @property
    def bought(self) -> pl.DataFrame:
        """The purchases of the slice itself."""
        return self.purchases.filter(pl.col("day").is_between(*self.days))


def service_events(warehouse: Warehouse, query: Query) -> ServiceEvents:
    """The contacts and purchases within a question's cuts: those on time choose the slice, those on customers whose
    contacts, all others which purchases count.

    Raises BadRequest where nothing is known, and NotAllowed where a policy shows no single customers.
    """
    check_single_customers(warehouse.policy, "Contacts and purchases")
    span, known_until = known_span(
        warehouse, query, ["interaction"], ("contact", "contacts"), NO_CONTACT_KNOWN
    )
    own = cuts_on_customers(warehouse, query)
    others = other_cuts(warehouse, query)
    days = day_key(span[0]) - YEAR, day_key(span[1])
    contacts = _contacts(warehouse, own, known_until, days)
    of_slice = pl.col("day").is_between(day_key(span[0]), days[1])
    is_known = pl.col("customer") > 0
    purchases, notes = _purchases(warehouse, without_time(query), known_until)
    return ServiceEvents(
        contacts.filter(is_known),
        _reopenings(warehouse, own, known_until, days),
        purchases,
        span,
        known_until,
        contacts.filter(~is_known, of_slice).height,
        (*notes, *((OTHERS_ALONE.format(others),) if others else ())),
    )


def bought_by_member(warehouse: Warehouse, query: Query, level: str, until: date) -> pl.DataFrame:
    """What was bought of each member of a level: `customer`, `day`, `member` (its name, null where unknown), `orders`
    of known customers, of all days until one. Raises BadRequest."""
    history = whole_history(warehouse, described(warehouse, without_time(query), until), until)
    cells = history.cells(("customer", "day", level), ("orders",))
    found = warehouse.frame(
        f"""SELECT "customer.code" AS customer, "day.code" AS day, label AS member, orders FROM ({cells.text}) AS cells
        LEFT JOIN (SELECT code, label FROM member WHERE level = ?) AS named ON code = "{level}.code"
        WHERE orders > 0 AND "customer.code" > 0 ORDER BY customer, day, member""",
        [*cells.parameters, level],
    )
    member = pl.when(pl.col("member") != UNKNOWN).then(pl.col("member"))
    return found.select(pl.col("customer", "day").cast(pl.Int64), member=member, orders="orders")


def subject_counts(warehouse: Warehouse, query: Query, until: date) -> pl.DataFrame:
    """How many contacts brought a subject each day until one, of customers within the cuts: `day` (a date), `subject`
    (null where not told), `contacts`; those that the firm made itself are left out. Raises BadRequest."""
    check_single_customers(warehouse.policy, "Subjects of contacts")
    joined, met, parameters = rows_of_customers(
        warehouse, "interactions", cuts_on_customers(warehouse, query), until
    )
    found = warehouse.frame(
        f"""SELECT interaction.day_key AS day, interaction.topic AS subject, count(*) AS contacts
        FROM interaction{joined}{met} AND {SERVED} AND interaction.day_key <= ?
          AND lower(coalesce(interaction.direction, 'in')) <> 'out' GROUP BY ALL ORDER BY ALL""",
        [*parameters, [*KINDS], [*MAILINGS], day_key(until)],
    )
    return found.select(
        pl.col("day").cast(pl.Int32).cast(pl.Date),
        pl.col("subject").cast(pl.String),
        pl.col("contacts").cast(pl.Int64),
    )


def _contacts(
    warehouse: Warehouse, cuts: tuple[Cut, ...], until: date, days: tuple[int, int]
) -> pl.DataFrame:
    joined, met, parameters = rows_of_customers(warehouse, "interactions", cuts, until)
    found = warehouse.frame(
        f"""SELECT interaction.customer_code AS customer, interaction.day_key AS day, lower(interaction.kind) AS kind,
            named AS channel, interaction.topic AS subject, interaction.duration_seconds AS seconds,
            interaction.waited_seconds AS waited, interaction.satisfaction AS satisfaction,
            list_contains(?::VARCHAR[], lower(interaction.outcome)) AS hung_up,
            lower(coalesce(interaction.direction, 'in')) = 'out' AS outgoing
        FROM interaction LEFT JOIN {CHANNEL_NAMES} AS names USING (channel_code){joined}{met}
          AND {SERVED} AND interaction.day_key BETWEEN ? AND ?
        ORDER BY interaction.batch, interaction.row_in_source""",
        [[*HUNG_UP], *parameters, [*KINDS], [*MAILINGS], *days],
    )
    told = found.select(pl.col(name).cast(kind) for name, kind in CONTACT_COLUMNS.items())
    named = pl.col("channel").fill_null(UNKNOWN) != UNKNOWN
    return told.with_columns(kind=pl.col("kind").replace_strict(dict(KINDS))).with_columns(
        channel=pl.when(named).then("channel").otherwise(pl.col("kind").str.to_titlecase())
    )


def _reopenings(
    warehouse: Warehouse, cuts: tuple[Cut, ...], until: date, days: tuple[int, int]
) -> pl.DataFrame:
    joined, met, parameters = rows_of_customers(warehouse, "case_events", cuts, until)
    found = warehouse.frame(
        f"""SELECT case_event.customer_code AS customer, case_event.day_key AS day FROM case_event{joined}{met}
          AND case_event.event = 'reopened' AND case_event.customer_code > 0 AND case_event.day_key BETWEEN ? AND ?
        ORDER BY case_event.batch, case_event.row_in_source""",
        [*parameters, *days],
    )
    return found.select(pl.col("customer", "day").cast(pl.Int64))


def _purchases(warehouse: Warehouse, query: Query, until: date) -> tuple[pl.DataFrame, tuple[str, ...]]:
    history = whole_history(warehouse, described(warehouse, query, until), until)
    cells = history.cells(("customer", "day"), ("revenue", "margin", "orders"))
    found = warehouse.frame(
        f"""SELECT "customer.code" AS customer, "day.code" AS day, revenue::DOUBLE AS revenue,
            margin::DOUBLE AS margin, orders FROM ({cells.text}) WHERE "customer.code" > 0 ORDER BY customer, day""",
        cells.parameters,
    )
    notes = tuple(each for each in history.notes if each != CUT)  # which speaks of first purchases
    return found.with_columns(pl.col("customer", "day").cast(pl.Int64)), notes
