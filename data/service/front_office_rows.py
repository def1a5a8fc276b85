"""What people recorded of customers becomes rows of facts with the next publication, once.

Each statement has one row, told by its number; a case that was opened here has one as a ticket, by its own. Whatever of
them is there already stays, what was taken back goes, what came is added: doing it twice is doing it once, and it
stands or falls with the publication. A row stays as it is where its statement was erased with whom it was about, or
was lost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from data.connection import Connection
from data.history.version_exchange import spans
from data.load.record import batch_ledger
from data.model.calendar import day_key
from data.model.canonical_tables import CHANNEL, CUSTOMER, FACT, MASTERS, PARTNER, PRODUCT, DimensionTable
from data.operational.statement_kinds import SourceNumber, StatementKind
from data.operational.statement_log import Statement
from data.service.case_course import NOTED, OPENED, CaseEvent, course_of
from data.service.case_deeds import case_event, case_of
from data.service.firm_moments import ZONE, place_of, zone_of
from data.service.recorded_contacts import RecordedContact, contacts_among
from data.service.said_consents import consents_among
from data.service.service_case import OWN, CaseNumber
from data.store.publication import OF_SERVICE
from data.temporary_tables import owned

SOURCE = "clientela"
PUT = "said_row"
WHOSE, SPAN = ({table.name: f"said_{what}_{table.name}" for table in MASTERS} for what in ("whose", "span"))
OWN_BATCHES = f"batch IN (SELECT batch FROM batch WHERE origin = '{OF_SERVICE}')"
KNOWN = """SELECT numbering, id, identity_key, {0}_code FROM {0}_identity
JOIN (SELECT unnest(?::VARCHAR[]) AS numbering, unnest(?::VARCHAR[]) AS id) USING (numbering, id)"""
CHANNELS = "SELECT channel_code, lower(id), lower(name) FROM channel WHERE channel_code > 0 ORDER BY channel_code DESC"
PROMISED, REFUSED = "Promised: ", "Refuses: "


@dataclass(frozen=True, slots=True)
class SaidRow:
    """A row of a fact as people said it: `number` tells it again, `nth` is its place in the store; `at` is UTC."""

    number: str
    nth: int
    customer: SourceNumber | None
    at: datetime
    channel: str = ""
    texts: Mapping[str, Any] = field(default_factory=dict)
    product: SourceNumber | None = None
    partner: SourceNumber | None = None

    @property
    def print(self) -> int:
        """What differs where anything of it does."""
        told = [self.customer, self.at.isoformat(), self.channel, sorted(self.texts.items())]
        told += [each for each in (self.product, self.partner) if each]
        text = json.dumps(told, default=str, ensure_ascii=False)
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


def take_in_contacts(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring recorded contacts into the snapshot; how many wait for customers whom it does not know."""
    holding, gone = holding_statements(told)
    places = {each.id: each.seq for each in holding}
    rows = [_contact_row(each, places[each.said]) for each in contacts_among(holding)]
    return bring_rows(connection, {"interaction": (rows, gone)})


def take_in_consents(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring what customers allowed or took back into the snapshot; how many wait."""
    holding, gone = holding_statements(told)
    places = {each.id: each.seq for each in holding}
    rows = [
        SaidRow(each.said, places[each.said], each.customer, each.at, each.channel,
                {"purpose": each.purpose or None, "verdict": each.verdict})
        for each in consents_among(holding)
    ]  # fmt: skip
    return bring_rows(connection, {"consent": (rows, gone)})


def take_in_cases(connection: Connection, kind: StatementKind, told: Sequence[Statement]) -> int:
    """Bring the events of cases into the snapshot, and the cases that were opened here as tickets; how many statements
    wait."""
    holding, gone = holding_statements(told)
    zone = zone_of(connection.execute(ZONE).fetchall())
    events = [row for each in holding if (row := _event_row(each)) is not None]
    tickets = list(_tickets(holding, zone))
    spoken = {case_of(each).id for each in told if each.takes_back is None and case_of(each).source == OWN}
    dropped = spoken - {each.number for each in tickets}
    return bring_rows(connection, {"case_event": (events, gone), "interaction": (tickets, dropped)})


def holding_statements(told: Sequence[Statement]) -> tuple[list[Statement], set[str]]:
    """The statements that hold and still say whom they are about, and the ids of those that were taken back."""
    gone = {each.takes_back for each in told if each.takes_back}
    said = (each for each in told if each.takes_back is None and each.id not in gone)
    return [each for each in said if each.erased_at is None or each.told.get("customer")], gone


def _contact_row(each: RecordedContact, nth: int) -> SaidRow:
    lines = (each.note, each.promise and PROMISED + each.promise, each.refusal and REFUSED + each.refusal)
    texts = {
        "kind": each.kind,
        "direction": each.direction,
        "topic": each.topic or None,
        "outcome": each.outcome or None,
        "satisfaction": each.satisfaction,
        "note": "\n".join(filter(None, lines)) or None,
        "agent": each.by,
        "case_id": each.case.id if each.case else None,
    }
    return SaidRow(each.said, nth, each.customer, each.at, each.channel, texts)


def _customer(statement: Statement) -> SourceNumber | None:
    told = statement.told.get("customer")
    return SourceNumber(*told[CUSTOMER.name]) if told else None


def _event_row(statement: Statement) -> SaidRow | None:
    """None of a note, which is no event of a case."""
    event = case_event(statement)
    if event.event == NOTED:
        return None
    texts = {
        "case_id": case_of(statement).id,
        "event": event.event,
        "agent": event.assignee or event.by,
        "topic": event.topic or None,
    }
    return SaidRow(statement.id, statement.seq, _customer(statement), event.at, "", texts)


def _tickets(holding: Iterable[Statement], zone: ZoneInfo) -> Iterator[SaidRow]:
    cases: dict[CaseNumber, list[Statement]] = {}
    for each in holding:
        if case_of(each).source == OWN:
            cases.setdefault(case_of(each), []).append(each)
    for case, told in cases.items():
        events = [case_event(each) for each in told]
        opening = next((at for at, each in enumerate(events) if each.event == OPENED), None)
        if opening is not None:
            yield _ticket_row(case, told[opening], events, zone)


def _ticket_row(case: CaseNumber, opening: Statement, events: Sequence[CaseEvent], zone: ZoneInfo) -> SaidRow:
    state, first = course_of(events), case_event(opening)
    texts = {
        "kind": "ticket",
        "direction": "in",
        "topic": state.topic or None,
        "outcome": state.outcome or None,
        "status": "open" if state.is_open else "closed",
        "closed_on": place_of(state.closed_at, zone)[0] if state.closed_at else None,
        "satisfaction": state.satisfaction,
        "note": first.note or None,
        "agent": state.assignee or first.by,
        "case_id": case.id,
    }
    return SaidRow(case.id, opening.seq, _customer(opening), first.at, "", texts)


def bring_rows(connection: Connection, wanted: Mapping[str, tuple[Sequence[SaidRow], set[str]]]) -> int:
    """Make the rows of facts (those wanted, and the numbers of those that are gone) what was said; how many wait."""
    zone = zone_of(connection.execute(ZONE).fetchall())
    every = [row for rows, _ in wanted.values() for row in rows]
    known = _known(connection, CUSTOMER, {each.customer for each in every if each.customer})
    products = _known(connection, PRODUCT, {each.product for each in every if each.product})
    partners = _known(connection, PARTNER, {each.partner for each in every if each.partner})
    channels = _channels(connection) if any(each.channel for each in every) else {}
    fresh: dict[str, list[SaidRow]] = {}
    waiting = 0
    for fact, (rows, gone) in wanted.items():
        here = [
            each
            for each in rows
            if _is_known(each.customer, known)
            and _is_known(each.product, products)
            and _is_known(each.partner, partners)
        ]
        waiting += len(rows) - len(here)
        prints = {each.number: each.print for each in here}
        held = dict(
            connection.execute(f"SELECT number, content_hash FROM {fact} WHERE {OWN_BATCHES}").fetchall()
        )
        stale = {number for number, print in held.items() if prints.get(number, print) != print}
        _delete(connection, fact, (stale | gone) & held.keys())
        fresh[fact] = [each for each in here if each.number not in held or each.number in stale]
    if any(fresh.values()):
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        batch = batch_ledger.open_batch(connection, SOURCE, now, now, OF_SERVICE)
        for fact, rows in fresh.items():
            if rows:
                cells = [_cells(each, known, products, partners, channels, zone) for each in rows]
                _insert(connection, fact, cells, batch)
    return waiting


def _is_known(number: SourceNumber | None, known: Mapping[SourceNumber, tuple[int, int]]) -> bool:
    return number is None or number in known


def _known(
    connection: Connection, table: DimensionTable, numbers: set[SourceNumber]
) -> dict[SourceNumber, tuple[int, int]]:
    """Identity and code of those members whom the snapshot knows."""
    listed = sorted(numbers)
    columns = [[each.numbering for each in listed], [each.id for each in listed]]
    found = connection.execute(KNOWN.format(table.name), columns).fetchall() if listed else []
    return {SourceNumber(numbering, id): (key, code) for numbering, id, key, code in found}


def _channels(connection: Connection) -> dict[str, int]:
    found = connection.execute(CHANNELS).fetchall()
    return {name: code for code, *names in found for name in names if name}


def _delete(connection: Connection, fact: str, numbers: set[str]) -> None:
    if numbers:
        connection.execute(
            f"DELETE FROM {fact} WHERE {OWN_BATCHES} AND number IN (SELECT unnest(?::VARCHAR[]))",
            [sorted(numbers)],
        )


def _cells(
    each: SaidRow,
    known: Mapping[SourceNumber, tuple[int, int]],
    products: Mapping[SourceNumber, tuple[int, int]],
    partners: Mapping[SourceNumber, tuple[int, int]],
    channels: Mapping[str, int],
    zone: ZoneInfo,
) -> dict[str, Any]:
    day, second = place_of(each.at, zone)
    identity, code = known[each.customer] if each.customer else (0, 0)
    product = products[each.product][1] if each.product else 0
    own = {"number": each.number, "row_in_source": each.nth, "content_hash": each.print}
    place = {"day_key": day_key(day), "at_second": second, "identity_key": identity}
    codes = {
        CUSTOMER.code: code,
        PRODUCT.code: product,
        PARTNER.code: partners[each.partner][1] if each.partner else 0,
        CHANNEL.code: channels.get(each.channel.casefold(), 0),
    }
    return own | place | codes | dict(each.texts)


def _insert(connection: Connection, fact: str, rows: Sequence[Mapping[str, Any]], batch: int) -> None:
    """Rows of a fact, each pointed at the versions of its members that stand for its day."""
    kinds = {column.name: column.kind for column in FACT[fact].columns}
    schema: dict[str, Any] = {"content_hash": pl.UInt64, "satisfaction": pl.Int64}
    schema |= {name: pl.Date for name, kind in kinds.items() if kind == "date"}
    schema |= {
        name: pl.Decimal(18, 4) for name, kind in kinds.items() if kind == "money" or name == "quantity"
    }
    frame = pl.DataFrame(rows, schema_overrides={name: schema[name] for name in rows[0] if name in schema},
                         infer_schema_length=None)  # fmt: skip
    tables = FACT[fact].dimensions
    given = [table for table in tables if table.code in frame.columns]
    nobody = "".join(f", 0 AS {table.key}, 0 AS {table.code}" for table in tables if table not in given)
    strange = {table.code for table in MASTERS if table not in tables} | {"at_second"} - kinds.keys()
    strange |= {"identity_key"} if CUSTOMER not in tables else set()
    frame = frame.drop(strange, strict=False)
    with owned(connection, PUT, *WHOSE.values(), *SPAN.values()):
        connection.register("rows_that_were_said", frame.to_arrow(compat_level=pl.CompatLevel.newest()))
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {PUT} AS FROM rows_that_were_said")
        connection.unregister("rows_that_were_said")
        for table in given:
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {WHOSE[table.name]} AS SELECT DISTINCT {table.code} AS code FROM {PUT}"
            )
            spans(connection, table, WHOSE[table.name], SPAN[table.name])
        keys = "".join(f", coalesce({SPAN[table.name]}.key, 0) AS {table.key}" for table in given)
        joins = " ".join(_joined(table) for table in given)
        connection.execute(
            f"""INSERT INTO {fact} BY NAME SELECT {PUT}.*{keys}, {int(batch)} AS batch{nobody}
            FROM {PUT} {joins} ORDER BY row_in_source"""
        )


def _joined(table: DimensionTable) -> str:
    """SQL that finds the version of a member that stands for the day."""
    span = SPAN[table.name]
    return f"""LEFT JOIN {span} ON {span}.code = {table.code} AND {table.code} > 0
        AND day_key BETWEEN {span}.first_day AND {span}.last_day"""
