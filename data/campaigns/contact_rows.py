"""Rows of `contact` as campaigns write them, each pointed at the versions of its members that stand for the day."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from data.campaigns.own_members import version_on
from data.connection import Connection
from data.history.version_exchange import spans
from data.model.canonical_tables import CUSTOMER, DimensionTable
from data.temporary_tables import owned

NEW, WHOSE, SPAN = "new_contact", "new_contact_code", "new_contact_span"
NEWEST = pl.CompatLevel.newest()


def put(connection: Connection, rows: pl.DataFrame) -> None:
    """`new_contact`: nth, customer (code), identity_key, number, arm, variant, code, sent, cost."""
    connection.register("rows_of_contacts", rows.to_arrow(compat_level=NEWEST))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {NEW} AS FROM rows_of_contacts")
    connection.unregister("rows_of_contacts")


def insert(connection: Connection, members: Mapping[DimensionTable, int], day: int, batch: int) -> None:
    """What was `put` becomes rows of a day (days since 1970); `members` are the codes of campaign and channel."""
    pointed = ", ".join(
        f"{version_on(connection, table, code, day)} AS {table.key}, {code} AS {table.code}"
        for table, code in members.items()
    )
    with owned(connection, NEW, WHOSE, SPAN):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {WHOSE} AS SELECT customer AS code FROM {NEW}")
        spans(connection, CUSTOMER, WHOSE, SPAN)
        connection.execute(
            f"""INSERT INTO contact BY NAME
            SELECT {day} AS day_key, {SPAN}.key AS customer_key, customer AS customer_code, identity_key, {pointed},
                number, arm, variant, n.code, sent, cost, {batch} AS batch, nth AS row_in_source
            FROM {NEW} AS n JOIN {SPAN} ON {SPAN}.code = customer AND {day} BETWEEN first_day AND last_day"""
        )
