"""A delivery merged into the warehouse: rejected rows put aside, the others made part of history, and entered.

Nothing is read from files here: what arrives was understood and checked before (`data.load.arrival`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from data.connection import Connection
from data.history import left_empty, version_exchange
from data.load.arrival import Arrived, Door, Progress
from data.load.checking import delivery_checks
from data.load.mappings.mapping import Part
from data.load.record import batch_ledger as ledger
from data.load.record import (
    derived_versions,
    erased_again,
    fact_rows,
    member_keys,
    member_statements,
    mended_rows,
    sale_rows,
    source_numbers,
)
from data.load.record.corrected_words import Teller, forget
from data.load.record.load_report import Books
from data.load.record.member_statements import Given, Stream
from data.load.record.mended_rows import Mended
from data.load.record.merged_identities import resolve
from data.load.record.outdated_deliveries import was_rezoned
from data.load.typing import currency_rates
from data.load.typing.look_ups import raw_sql, where_sql
from data.load.typing.typed_rows import LookUp
from data.model.canonical_tables import CUSTOMER, MASTERS, DimensionTable
from data.sources.file import Staged

TELLING = 0.01
TRUST_OF_LISTS, TRUST_OF_LINES = 10, 0


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a delivery: its batch, its books after those of its look-ups, and the batch it replaced."""

    part: str
    batch: int
    books: tuple[Books, ...]
    replaced: int | None


class Merger:
    """Deliveries of one load, merged one after another; `notes` and `warnings` gather what is told of them."""

    def __init__(self, door: Door, progress: Progress) -> None:
        self.door = door
        self.connection: Connection = door.connection
        self.source = door.mapping.source
        self.progress = progress
        self.newly_described: list[int] = []
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self._rows = door.rows
        self._stream = door.stream

    def begin(self) -> None:
        """Make room for what the mapping brings along, and for the members that deliveries touch."""
        member_keys.register(self.connection, self.door.mapping.attributes, self.source)
        for table in MASTERS:
            self.connection.execute(f"CREATE TEMP TABLE touched_{table.name} (code INTEGER)")
        self.connection.execute("CREATE TEMP TABLE retold (dimension VARCHAR, identity_key INTEGER)")
        for table in left_empty.adopt(self.connection):
            self._derive(table, anew=True)

    def end(self) -> None:
        """Recognise customers, and derive the versions of all members that were touched."""
        self.recognise()
        for table in MASTERS:
            self._derive(table)

    def merge(self, each: Arrived, progress: Progress) -> Merged:
        """Make a delivery part of the warehouse.

        Errors: BadInput where its key is another than that of the rows that are there.
        """
        part = each.part
        batch = self._open(each)
        before = self._make_room(each)
        beside, books = self._set_aside(each, batch, before)
        erased_again.blank(self.connection, part, self.source, each.typed, batch)
        self._let_go(each)
        progress(0.6, f"Merging {each.delivery.name}")
        if part.kind.table is not None:
            self._take_list(each, batch, part.kind.table)
        else:
            books = self._take_facts(each, batch, before, books)
        known_by = (each.content, each.delivery.how())
        ledger.record(self.connection, batch, books, known_by, each.columns, self._latest_change(each))
        self._check_books(part, batch, books)
        if self.door.mends:
            mended_rows.close(self.connection, self.door.mends, batch)
        self.connection.execute(f"DROP TABLE {each.typed}")
        currency_rates.keep_report(self.connection, each.currency)
        self.notes += each.notes
        self.warnings += each.warnings
        return Merged(part.subject, batch, (*beside, books), each.before.batch if each.before else None)

    def recognise(self) -> None:
        """Who of the customers described anew is somebody known already."""
        if not self.door.mapping.match or not self.newly_described:
            return
        everybody = self._one("SELECT count(*) FROM customer_identity")[0]
        only = list(dict.fromkeys(self.newly_described))
        self.newly_described = []
        self._derive(CUSTOMER)
        self.progress(0.8, "Recognising customers")
        changed = resolve(self.connection, only if len(only) * 4 < everybody else None)
        if changed:
            self.notes.append(f"{changed:,} records turned out to be customers known by another number.")

    def _one(self, sql: str) -> tuple[Any, ...]:
        return self._rows(sql, [])[0]

    def _open(self, each: Arrived) -> int:
        door, origin = self.door, "mended" if self.door.mends else "load"
        batch = ledger.open_batch(self.connection, self.source, each.as_of, door.loaded_at, origin)
        delivery_checks.keep(self.connection, each.part, batch, each.results)
        if not door.mends:
            ledger.note_reading(self.connection, batch, each.part.subject, each.habits, each.zone)
        return batch

    def _latest_change(self, each: Arrived) -> datetime | None:
        if each.part.changes != "modified":
            return None
        found: datetime | None = self._one(f"SELECT max(f_modified) FROM {each.typed}")[0]
        return found

    def _make_room(self, each: Arrived) -> Mended:
        """The same content came before in another way: its rows, and what it corrected, are taken out.

        What was made of its rejected rows stays.
        """
        kept = self._mended_before(each.part, each.before.batch) if each.before else Mended()
        if each.before:
            forget(self.connection, self._stream(each.part), each.before.batch, each.before.as_of)
        for batch in (*([each.before.batch] if each.before else []), *each.outdated):
            fact_rows.take_out_batch(self.connection, each.part, batch)
            ledger.take_out(self.connection, batch)
        return kept

    def _mended_before(self, part: Part, batch: int) -> Mended:
        """What was made of the rejected rows of a batch; those with days of another time zone wait again."""
        kept = mended_rows.of_batch(self._rows, batch)
        if not kept.loaded or not was_rezoned(self._rows, batch):
            return kept
        for other in kept.batches:
            fact_rows.take_out_batch(self.connection, part, other)
            ledger.take_out(self.connection, other)
        self.warnings.append(
            f"{len(kept.loaded):,} mended rows wait again: their days were of another time zone."
        )
        return replace(kept, loaded={})

    def _set_aside(self, each: Arrived, batch: int, before: Mended) -> tuple[list[Books], Books]:
        """Put what cannot be loaded aside, with its reason, and count."""
        subject = each.part.subject
        self._reject_lines(each.staged, subject, batch)
        rejected = each.staged.bad_rows + self._reject_rows(each, batch)
        kept, dropped = self._repeats(each)
        dropped += mended_rows.restore(self.connection, before, batch, each.typed)
        loaded = self._one(f"SELECT count(*) FROM {each.typed}")[0]
        read = each.staged.rows + each.staged.bad_rows
        books = Books(
            subject, each.staged.name, read, loaded, rejected, dropped, kept, rows_left_out=each.left_out
        )
        if rejected > TELLING * read:
            self.warnings.append(f"{rejected:,} of {read:,} rows of {books.file} were rejected.")
        return [self._look_up_books(look_up, batch) for look_up in each.look_ups], books

    def _reject_lines(self, staged: Staged, part: str, batch: int) -> None:
        self.connection.execute(
            f"INSERT INTO rejected SELECT {int(batch)}, $part, row, reason, raw, NULL FROM {staged.bad}",
            {"part": part},
        )

    def _reject_rows(self, each: Arrived, batch: int) -> int:
        rejected = self._one(f"SELECT count(*) FROM {each.typed} WHERE reason IS NOT NULL")[0]
        if rejected:
            raw = each.staged.table
            self.connection.execute(
                f"""INSERT INTO rejected SELECT {int(batch)}, $part, t.row, {where_sql(each.staged)} || t.reason,
                    {raw_sql(each.staged)}, NULL
                FROM {each.typed} AS t JOIN {raw} ON {raw}.rowid = t.place - 1 + (SELECT min(rowid) FROM {raw})
                WHERE t.reason IS NOT NULL""",
                {"part": each.part.subject, "columns": list(each.staged.own)},
            )
            self.connection.execute(f"DELETE FROM {each.typed} WHERE reason IS NOT NULL")
        return int(rejected)

    def _repeats(self, each: Arrived) -> tuple[int, int]:
        """Count the exact repeats of whole rows, kept and dropped; drop them where the mapping says so."""
        raw, columns = each.staged.table, ", ".join(f"c{i}" for i in range(len(each.staged.columns)))
        shared = f"SELECT h FROM (SELECT hash({columns}) AS h FROM {raw}) GROUP BY h HAVING count(*) > 1"
        if not self._one(f"SELECT count(*) FROM ({shared})")[0]:
            return 0, 0
        # Rows are compared only among those that share a hash: a fraction of the file.
        self.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE repeat AS
            SELECT place FROM (
                SELECT rowid - (SELECT min(rowid) FROM {raw}) + 1 AS place,
                    row_number() OVER (PARTITION BY {columns} ORDER BY rowid) AS n
                FROM {raw} WHERE hash({columns}) IN ({shared}))
            WHERE n > 1 AND place IN (SELECT place FROM {each.typed})"""
        )
        found = int(self._one("SELECT count(*) FROM repeat")[0])
        if each.part.repeats == "keep":
            return found, 0
        self.connection.execute(f"DELETE FROM {each.typed} WHERE place IN (SELECT place FROM repeat)")
        return 0, found

    def _look_up_books(self, look_up: LookUp, batch: int) -> Books:
        staged = look_up.staged
        self._reject_lines(staged, look_up.stem, batch)
        if staged.bad_rows:
            self.warnings.append(f"{staged.bad_rows:,} rows of {staged.name} were rejected.")
        return Books(look_up.stem, staged.name, staged.rows + staged.bad_rows, staged.rows, staged.bad_rows)

    def _take_list(self, each: Arrived, batch: int, table: DimensionTable) -> None:
        """A firm's own list of members: statements about them."""
        given = Given.of(each.part, table, each.typed)
        lookup = self._identify(each, table, given)
        told = each.delivery.path is None or each.delivery.as_of is not None
        stream = self._stream(each.part) if told else ""
        member_statements.of_list(self.connection, given, each.part, lookup, each.as_of, stream)
        self._absorb(each, batch, table, given, TRUST_OF_LISTS)

    def _take_facts(self, each: Arrived, batch: int, before: Mended, books: Books) -> Books:
        part, stream, teller = each.part, self._stream(each.part), Teller(batch, each.states)
        siblings = mended_rows.siblings(self._rows, self.door.mends) if self.door.mends else before.batches
        moment = fact_rows.Moment(
            each.as_of, told=each.delivery.path is None or each.delivery.as_of is not None
        )
        change = fact_rows.settle(
            self.connection, part, each.typed, stream, moment, teller, siblings, restates=each.copy_of is None
        )
        self._tell(each, books, change)
        withdrawn = fact_rows.withdraw(self.connection, part, stream, teller) if each.withdrawn else 0
        if part.changes == "full" and not change.older_export:
            member_statements.note_export(self.connection, stream, batch, each.as_of)
        if part.kind.is_lines and not part.key and not self.door.mends:
            self._note_known_orders(each, before.batches)
        keys = {table.name: self._keys(each, batch, table) for table in part.kind.dimensions}
        if not part.kind.is_lines:
            fact_rows.insert(self.connection, part, part.kind.of_fact, each.typed, keys, batch)
        else:
            sale_rows.insert(self.connection, part, each.typed, keys, self.source, batch)
            if change.replaced or withdrawn or each.before or each.outdated:
                sale_rows.restore_flags(self.connection)
            self._retell(each, batch)
        return replace(
            books,
            rows_loaded=books.rows_loaded - change.dropped,
            repeats_dropped=books.repeats_dropped + change.dropped,
            rows_replaced=change.replaced + withdrawn + each.replaces,
        )

    def _tell(self, each: Arrived, books: Books, change: fact_rows.Change) -> None:
        """What a delivery did to what was there."""
        if each.copy_of and change.dropped == books.rows_loaded:
            self.warnings.append(
                f"{each.delivery.name} is the same as {each.copy_of}: it was taken for a copy, and changes nothing."
            )
        elif change.outdated:
            self.notes.append(f"{change.outdated:,} rows are older than what is known: they change nothing.")
        if each.part.changes == "full" and books.rows_rejected and change.replaced:
            self.warnings.append("What the rejected rows tell is missing until they are mended.")
        if change.deletions:
            self.notes.append(f"{change.deletions:,} rows say that their records were deleted.")
        if each.replaces:
            self.warnings.append(
                f"{each.delivery.name} came again: its rows take the place of the {each.replaces:,} that it brought"
                " before. Other rows belong in a file of another name."
            )
        if each.withdrawn:
            self.warnings.append(
                f"{each.withdrawn:,} records that {each.delivery.name} brought before are not in it any longer:"
                " they were taken away."
            )

    def _keys(self, each: Arrived, batch: int, table: DimensionTable) -> member_keys.Keys:
        """How the rows find their version of a dimension; what they say of it goes into its history first."""
        given = Given.of(each.part, table, each.typed)
        if table.leaf is None:
            if given.described:
                left_empty.note_said(self.connection, table, each.typed, given.described, batch)
            return member_keys.keys(self.connection, table, given, "")
        if given.id is None:
            return member_keys.keys(self.connection, table, given, self._nobody())
        lookup = self._identify(each, table, given)
        if given.texts:
            member_statements.of_lines(self.connection, given, lookup)
            speaker = self._speaker(each.part, TRUST_OF_LINES)
            member_statements.note_disputed(self.connection, table, speaker, list(given.described))
            self._absorb(each, batch, table, given, TRUST_OF_LINES)
            left_empty.note(self.connection, table, each.typed, given.id_sql, given.described, batch)
        self._derive(table)
        return member_keys.keys(self.connection, table, given, lookup)

    def _retell(self, each: Arrived, batch: int) -> None:
        """Where lines are gone, or differ from others of their stream, all of them tell anew of their members."""
        stream = self._speaker(each.part, TRUST_OF_LINES)
        for table in each.part.kind.of_fact.described:
            members = f"SELECT identity_key FROM retold WHERE dimension = '{table.name}'"
            if not self._one(f"SELECT count(*) FROM ({members})")[0]:
                continue
            described = list(Given.of(each.part, table, each.typed).described)
            member_statements.retell(self.connection, table, stream, batch, described)
            self.connection.execute(
                f"""INSERT INTO touched_{table.name} SELECT DISTINCT {table.code} FROM {table.name}_identity
                WHERE identity_key IN ({members})"""
            )
            version_exchange.drop_unused(self.connection, table)
        self.connection.execute("DELETE FROM retold")

    def _nobody(self) -> str:
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE identity_of_nobody (id VARCHAR, identity_key INTEGER, code INTEGER)"
        )
        return "identity_of_nobody"

    def _identify(self, each: Arrived, table: DimensionTable, given: Given) -> str:
        """The identities of all members that the rows name; new ones are touched."""
        order = [text for text in table.descriptors if text in given.texts]
        texts = "".join(f", {given.texts[text]} AS {text}" for text in order)
        named = f"(SELECT {given.id_sql} AS id{texts} FROM {each.typed})"
        numbering = source_numbers.numbering_of(table, self.source, each.part.ids)
        source_numbers.assign(self.connection, table, numbering, named, order)
        lookup = f"identity_of_{table.name}"
        source_numbers.lookup(self.connection, table, numbering, lookup)
        self.connection.execute(
            f"INSERT INTO touched_{table.name} SELECT code FROM {lookup} WHERE id IN (SELECT id FROM newcomer)"
        )
        return lookup

    def _absorb(self, each: Arrived, batch: int, table: DimensionTable, given: Given, trust: int) -> None:
        part = each.part
        stream = self._speaker(part, trust)
        if table is CUSTOMER and part.kind.table is CUSTOMER:
            said = self._rows("SELECT DISTINCT identity_key FROM said", [])
            self.newly_described += [key for (key,) in said]
        teller = Teller(batch, each.states)
        touched = member_statements.absorb(
            self.connection, table, stream, teller, list(given.texts), each.as_of
        )
        self.connection.execute(
            f"""INSERT INTO touched_{table.name} SELECT DISTINCT {table.code} FROM {table.name}_identity
            WHERE identity_key IN (SELECT identity_key FROM {touched})"""
        )

    def _speaker(self, part: Part, trust: int) -> Stream:
        everybody = part.changes == "full" and part.kind.table is not None
        return Stream(self._stream(part), part.trust if part.trust is not None else trust, everybody)

    def _derive(self, table: DimensionTable, anew: bool = False) -> None:
        """Derive the versions of the members that were touched since the last time."""
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT code FROM touched_{table.name}"
        )
        if self._one("SELECT count(*) FROM touched")[0]:
            derived_versions.derive(self.connection, table, anew=anew)
            self.connection.execute(f"DELETE FROM touched_{table.name}")

    def _note_known_orders(self, lines: Arrived, mended: Sequence[int]) -> None:
        """Warn if orders of these lines came in another batch than its own `mended`: they would count twice."""
        if "order" not in lines.part.filled or not self._one("SELECT count(*) FROM sale")[0]:
            return
        known = self._rows(
            f"""SELECT count(*) FROM (SELECT DISTINCT f_order FROM {lines.typed}) WHERE f_order IN (
                SELECT number FROM sales_order WHERE source = $1 AND order_key IN (
                    SELECT order_key FROM sale WHERE batch NOT IN (SELECT unnest($2::INTEGER[]))))""",
            [self.source, list(mended)],
        )[0][0]
        if known:
            self.warnings.append(
                f"{known:,} of these orders came in an earlier batch. If their lines are the same, they count twice:"
                ' say key = ["order"] if an order is always delivered whole.'
            )

    def _check_books(self, part: Part, batch: int, books: Books) -> None:
        """The load's own conscience: what was counted is there."""
        there = books.rows_loaded
        if part.kind.is_lines:
            there = self._rows("SELECT count(*) FROM sale WHERE batch = ?", [batch])[0][0]
        if not books.balance or there > books.rows_loaded:
            raise AssertionError(f"the books of {self.source} do not balance: {books}, {there} inserted")
        if part.kind.is_lines:
            self._note_returns(batch)

    def _note_returns(self, batch: int) -> None:
        positive = self._rows(
            "SELECT count(*) FROM sale WHERE batch = ? AND is_return AND (revenue > 0 OR units > 0)", [batch]
        )[0][0]
        if positive:
            self.warnings.append(
                f"{positive:,} returns have positive amounts."
                ' If that is how they are exported, say returns = "positive".'
            )

    def _let_go(self, each: Arrived) -> None:
        """Free the space of the staged rows before they are merged."""
        for table in (each.staged.table, *(side.staged.table for side in each.look_ups)):
            self.connection.execute(f"DROP TABLE IF EXISTS {table}")
