"""Merge: what rows say of members becomes part of their history, and the rows become part of their fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from data.connection import Connection
from data.derived_facts import line_suppliers
from data.history import left_empty, version_exchange
from data.load.identify_members import IdentifiedDelivery, NamedMembers
from data.load.load_context import LoadContext
from data.load.mappings.mapping import Part
from data.load.record import fact_rows, member_keys, member_statements, sale_rows
from data.load.record.member_keys import Keys
from data.load.record.member_statements import Given, Stream
from data.load.settle_delivery import SettledDelivery
from data.load.touched_members import TouchedMembers
from data.model.canonical_tables import CUSTOMER, PARTNER, PRODUCT
from data.temporary_tables import drop

TRUST_OF_LISTS, TRUST_OF_LINES = 10, 0


@dataclass(frozen=True, slots=True)
class MergedDelivery:
    """A delivery that is part of the warehouse; `newly_described` are identities of customers whom a list told of."""

    settled: SettledDelivery
    newly_described: tuple[int, ...] = ()


def merge_rows(
    context: LoadContext, identified: IdentifiedDelivery, touched: TouchedMembers
) -> MergedDelivery:
    """The rows of a delivery made part of the warehouse."""
    if identified.part.kind.table is not None:
        return _merge_list(context, identified, touched)
    return _merge_facts(context, identified, touched)


def _merge_list(
    context: LoadContext, identified: IdentifiedDelivery, touched: TouchedMembers
) -> MergedDelivery:
    """A firm's own list of members: statements about them."""
    settled, part = identified.settled, identified.part
    (members,) = identified.members
    stream = context.stream(part) if settled.checked.is_told else ""
    said = member_statements.of_list(
        context.connection, members.given, part, members.identities, settled.checked.as_of, stream
    )
    newly = context.rows(f"SELECT DISTINCT identity_key FROM {said}", []) if members.table is CUSTOMER else []
    _absorb(context, settled, members, touched, TRUST_OF_LISTS)
    return MergedDelivery(settled, tuple(key for (key,) in newly))


def _merge_facts(
    context: LoadContext, identified: IdentifiedDelivery, touched: TouchedMembers
) -> MergedDelivery:
    settled, part, connection = identified.settled, identified.part, context.connection
    keys = {each.table.name: _keys(context, settled, each, touched) for each in identified.members}
    if not part.kind.is_lines:
        fact_rows.insert(
            connection, part, part.kind.of_fact, settled.rows, keys, settled.batch, settled.record_keys
        )
    else:
        _insert_lines(context, settled, keys, touched)
    drop(connection, *(each.table for each in keys.values()))
    return MergedDelivery(settled)


def _insert_lines(
    context: LoadContext, settled: SettledDelivery, keys: Mapping[str, Keys], touched: TouchedMembers
) -> None:
    connection = context.connection
    if PARTNER.name in settled.part.filled:
        line_suppliers.note_named(connection, settled.batch)
    elif line_suppliers.is_known(connection):
        keys = {**keys, PARTNER.name: _supplier_keys(connection, keys[PRODUCT.name])}
    sale_rows.insert(
        connection, settled.part, settled.rows, keys, context.source, settled.batch, settled.record_keys
    )
    drop(connection, line_suppliers.SUPPLIED)
    if settled.lines_removed:
        sale_rows.restore_flags(connection, touched.removed.orders)
    _retell(context, settled, touched)


def _supplier_keys(connection: Connection, products: Keys) -> Keys:
    """How lines that do not name their suppliers find them: by their products and days."""
    line_suppliers.supplied(connection)
    table = line_suppliers.SUPPLIED
    of_day = f"{fact_rows.DAY} BETWEEN {table}.first_day AND {table}.last_day"
    join = f" LEFT JOIN {table} ON {table}.{PRODUCT.code} = {products.code} AND {of_day}"
    return Keys(join, f"coalesce({table}.key, 0)")


def _keys(
    context: LoadContext, settled: SettledDelivery, members: NamedMembers, touched: TouchedMembers
) -> Keys:
    """How the rows find their version of a dimension; what they say of it goes into its history first."""
    connection, table, given = context.connection, members.table, members.given
    if table.leaf is None and given.described:
        left_empty.note_said(connection, table, settled.rows, given.described, settled.batch)
    if table.leaf is not None and given.id is not None:
        if given.texts:
            _describe(context, settled, members, touched)
        touched.derive(table.listed)
    return member_keys.keys(connection, table, given, members.identities)


def _describe(
    context: LoadContext, settled: SettledDelivery, members: NamedMembers, touched: TouchedMembers
) -> None:
    """What order lines say of members goes into their history."""
    connection, table, given = context.connection, members.table, members.given
    member_statements.of_lines(connection, given, members.identities)
    speaker = _speaker(context, settled.part, TRUST_OF_LINES)
    described = given.described
    member_statements.note_disputed(connection, table, speaker, list(described), touched.removed.members)
    _absorb(context, settled, members, touched, TRUST_OF_LINES)
    left_empty.note(connection, table, settled.rows, given.id_sql, described, settled.batch)


def _absorb(
    context: LoadContext,
    settled: SettledDelivery,
    members: NamedMembers,
    touched: TouchedMembers,
    trust: int,
) -> None:
    speaker, texts = _speaker(context, settled.part, trust), list(members.given.texts)
    spoken_of = member_statements.absorb(
        context.connection, members.table, speaker, settled.teller, texts, settled.checked.as_of
    )
    touched.add_identities(members.table, f"SELECT identity_key FROM {spoken_of}")
    drop(context.connection, spoken_of)


def _speaker(context: LoadContext, part: Part, trust: int) -> Stream:
    everybody = part.changes == "full" and part.kind.table is not None
    return Stream(context.stream(part), part.trust if part.trust is not None else trust, everybody)


def _retell(context: LoadContext, settled: SettledDelivery, touched: TouchedMembers) -> None:
    """Where lines are gone, or differ from others of their stream, all of them tell anew of their members."""
    connection, part, removed = context.connection, settled.part, touched.removed.members
    stream = _speaker(context, part, TRUST_OF_LINES)
    for table in part.kind.of_fact.described:
        members = f"SELECT identity_key FROM {removed} WHERE dimension = '{table.name}'"
        if not context.rows(f"SELECT count(*) FROM ({members})", [])[0][0]:
            continue
        described = list(Given.of(part, table, settled.rows).described)
        member_statements.retell(connection, table, stream, settled.batch, described, removed)
        touched.add_identities(table, members)
        version_exchange.drop_unused(connection, table)
    connection.execute(f"DELETE FROM {removed}")
