"""Identify: whom the rows of a delivery mean, each member by the number that its source calls it by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from data.connection import Connection
from data.load.load_context import LoadContext
from data.load.mappings.mapping import Part
from data.load.record import source_numbers
from data.load.record.member_statements import Given
from data.load.settle_delivery import SettledDelivery
from data.load.touched_members import TouchedMembers
from data.model.canonical_tables import DimensionTable
from data.temporary_tables import drop, owned

NOBODY = "identity_of_nobody"


@dataclass(frozen=True, slots=True)
class NamedMembers:
    """What rows say of the members of a dimension, and the table of `identities` (id, identity_key, code) of those
    whom they name; "" where they name none."""

    table: DimensionTable
    given: Given
    identities: str


@dataclass(frozen=True, slots=True)
class IdentifiedDelivery:
    """A delivery and the members that its rows name, a dimension each."""

    settled: SettledDelivery
    members: tuple[NamedMembers, ...]

    @property
    def part(self) -> Part:
        return self.settled.part


@contextmanager
def identify_members(
    context: LoadContext, settled: SettledDelivery, touched: TouchedMembers
) -> Iterator[IdentifiedDelivery]:
    """New numbers get an identity and a code; the tables of identities are gone with this stage."""
    part = settled.part
    tables = part.kind.dimensions if part.kind.table is None else (part.kind.table,)
    with owned(context.connection, NOBODY, *(_into(table) for table in tables if table.leaf)):
        members = tuple(_named(context, settled, table, touched) for table in tables)
        yield IdentifiedDelivery(settled, members)


def _into(table: DimensionTable) -> str:
    return f"identity_of_{table.name}"


def _named(
    context: LoadContext, settled: SettledDelivery, table: DimensionTable, touched: TouchedMembers
) -> NamedMembers:
    given = Given.of(settled.part, table, settled.rows)
    if table.leaf is None:
        return NamedMembers(table, given, "")
    if given.id is None and settled.part.kind.table is None:
        return NamedMembers(table, given, _nobody(context.connection))
    return NamedMembers(table, given, _identified(context, settled, table, given, touched))


def _nobody(connection: Connection) -> str:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {NOBODY} (id VARCHAR, identity_key INTEGER, code INTEGER)"
    )
    return NOBODY


def _identified(
    context: LoadContext,
    settled: SettledDelivery,
    table: DimensionTable,
    given: Given,
    touched: TouchedMembers,
) -> str:
    """The identities of all members that the rows name; new ones are touched."""
    connection, into = context.connection, _into(table)
    order = [text for text in table.descriptors if text in given.texts]
    texts = "".join(f", {given.texts[text]} AS {text}" for text in order)
    named = f"(SELECT {given.id_sql} AS id{texts} FROM {settled.rows})"
    numbering = source_numbers.numbering_of(table, context.source, settled.part.ids)
    newcomers = source_numbers.assign(connection, table.listed, numbering, named, order)
    source_numbers.lookup(connection, table.listed, numbering, newcomers, into)
    touched.add(table.listed, f"SELECT code FROM {into} WHERE id IN (SELECT id FROM {newcomers.table})")
    drop(connection, newcomers.table, newcomers.erased)
    return into
