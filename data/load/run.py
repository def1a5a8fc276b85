"""A load from end to end: read, map, check, merge, publish. It is whole or it never happened."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from data import exchange, left_empty, mappings, warehouse
from data.engines import duckdb as engine
from data.errors import BadInput
from data.load import batch as ledger
from data.load import checks, drift, erased, fact, identity, members, rates, sale, statements, versions
from data.load.files import Delivery, find, now
from data.load.lookup import look_ups, raw_sql, where_sql
from data.load.mapping import Mapping, Part
from data.load.report import REJECTED, Books, Report
from data.load.reshape import reshape
from data.load.resolve import resolve
from data.load.statements import Given, Stream
from data.load.typed import LookUp, type_rows
from data.schema import CUSTOMER, MASTERS, OF_SALE, RATE, DimensionTable
from data.settings import time_zone
from data.sources import database
from data.sources.file import Staged, stage

Progress = Callable[[float, str], None]
Mends = tuple[int, str, list[int]]  # batch, part, and the rows of it, in the order of the file
TELLING = 0.01
LATE_COMMIT = timedelta(hours=1)
TRUST_OF_LISTS, TRUST_OF_LINES = 10, 0
EXTENT = """SELECT (DATE '1970-01-01' + min(day_key))::DATE, (DATE '1970-01-01' + max(day_key))::DATE,
            coalesce(sum(revenue), 0) FROM sale WHERE batch = ?"""


class _Nothing(Exception):
    """All of it is there already: leave the transaction; what was found is in `report`."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A delivery on its way in: `typed` is its table of typed rows, without those `left_out`; `before` the batch
    whose place it takes."""

    delivery: Delivery
    staged: Staged
    columns: drift.Header
    look_ups: tuple[LookUp, ...]
    typed: str
    batch: int
    as_of: datetime
    identity: tuple[str, str]
    left_out: int
    before: ledger.Earlier | None

    @property
    def part(self) -> Part:
        return self.delivery.part


def _within(progress: Progress, first: float, share: float) -> Progress:
    return lambda part, words: progress(first + share * part, words)


def _rising(progress: Progress) -> Progress:
    """The same progress, which never goes back."""
    reached = 0.0

    def tell(fraction: float, words: str) -> None:
        nonlocal reached
        reached = max(reached, fraction)
        progress(reached, words)

    return tell


def silent(fraction: float, words: str) -> None:
    """A progress that nobody watches."""


def load(
    mapping: Mapping,
    path: Path | None = None,
    file: Path | None = None,
    progress: Progress = silent,
    as_of: datetime | None = None,
    mends: Mends | None = None,
) -> Report:
    """Load what `mapping` names into the warehouse at `path` and tell what became of each row.

    `file` stands in for the file of its main part, or is the folder in which all of them lie. `as_of` is the
    moment of the exports where nothing else tells it; `mends` says which rejected rows these are.
    `progress` is called with a fraction from 0 to 1 and words. Errors: BadInput, and nothing is loaded;
    WarehouseError.
    """
    path, progress = path or warehouse.default_path(), _rising(progress)
    progress(0.0, "Looking at the files")
    deliveries = find(mapping.check(), file, as_of)
    known = _unchanged(mapping, deliveries, path)
    if known is not None:
        return known
    deed = f"mended rows of {mapping.source}" if mends else f"load {mapping.source}"
    try:
        with warehouse.writing(path, deed) as connection:
            report = _Load(connection, mapping, progress, mends).run(deliveries)
            progress(0.9, "Publishing")
    except _Nothing as nothing:
        progress(1.0, "Done")
        return nothing.report
    except engine.EngineError as error:
        first_line = str(error).strip().splitlines()[0][:300]
        raise BadInput(
            f"{deliveries[-1].name} could not be loaded: {first_line}", "Nothing was changed."
        ) from error
    progress(1.0, "Done")
    return report


def _unchanged(mapping: Mapping, deliveries: Sequence[Delivery], path: Path) -> Report | None:
    """The report if the same was loaded in the same way before."""
    if not warehouse.is_there(path) or any(each.path is None for each in deliveries):
        return None
    snapshot = warehouse.Warehouse(path)
    try:
        before = [_before(snapshot.rows, mapping, each) for each in deliveries]
        found = [each for each in before if each is not None and each.same]
        return _nothing_new(snapshot.rows, mapping, found) if len(found) == len(deliveries) else None
    finally:
        snapshot.close()


def _nothing_new(rows: ledger.Rows, mapping: Mapping, known: Sequence[ledger.Earlier]) -> Report:
    """The report of a load that brought only what is known. Errors: BadInput where nothing was ever there."""
    if not known:
        raise BadInput(f"{mapping.source} gave no rows.", "Look whether its tables are the right ones.")
    main = next((each for each in known if each.books.part == mapping.main.subject), known[-1])
    first, last, revenue = rows(EXTENT, [main.batch])[0]
    rejected = rows(
        "SELECT part, row_in_source, reason, raw FROM rejected WHERE batch = ? ORDER BY ALL", [main.batch]
    )
    frame = pl.DataFrame(rejected, REJECTED, orient="row")
    books = tuple(each.books for each in known)
    return Report(mapping.source, main.batch, books, frame, first, last, revenue, (), True)


def _before(rows: ledger.Rows, mapping: Mapping, delivery: Delivery) -> ledger.Earlier | None:
    """The batch that brought the same before.

    Lines that are merely added must not be added twice. All else says something new at another moment, be it the
    same: the export of another day, or a source that went back to what it said earlier.
    """
    assert delivery.path is not None
    part = delivery.part
    sought = ledger.Sought(mapping.source, part.subject, delivery.content(), delivery.how())
    if part.kind.table is None and not part.key and part.changes == "append":
        return ledger.earlier(rows, sought)
    if delivery.as_of is not None:
        return ledger.earlier(rows, replace(sought, as_of=delivery.as_of))
    if "*" in (part.file or ""):
        return ledger.earlier(rows, replace(sought, file=delivery.name))
    return ledger.earlier(rows, replace(sought, latest=True))


def _wanted(part: Part) -> dict[str, str]:
    """The columns that are numbers or dates, where the mapping does not say how they are written."""
    if part.kind.fact is RATE:  # their decimals are more than are staged
        return {}
    kinds = {column: str(part.kind.field(field).kind) for field, column in part.columns.items()}
    return {
        column: kind
        for column, kind in kinds.items()
        if (kind == "number" and part.decimal in (None, ".")) or (kind == "date" and part.date_format is None)
    }


class _Load:
    """One load under way, inside its transaction."""

    def __init__(self, connection: Any, mapping: Mapping, progress: Progress, mends: Mends | None) -> None:
        self.connection = connection
        self.mapping = mapping
        self.progress = progress
        self.mends = mends
        self.newly_described: list[int] = []
        self.known: list[ledger.Earlier] = []
        self.loaded_at = now()
        self.warnings: list[str] = []
        self.books: list[Books] = []
        self.numbers: list[tuple[str, int]] = []
        self.batches: dict[str, tuple[int, int | None]] = {}
        self.currency = ""

    def run(self, deliveries: Sequence[Delivery]) -> Report:
        self.currency, told = rates.of_report(self.connection, self.mapping)
        self.warnings += told
        members.register(self.connection, self.mapping.attributes, self.mapping.source)
        for table in MASTERS:
            self.connection.execute(f"CREATE TEMP TABLE touched_{table.name} (code INTEGER)")
        self.connection.execute("CREATE TEMP TABLE retold (dimension VARCHAR, identity_key INTEGER)")
        for table in left_empty.adopt(self.connection):
            self._derive(table, anew=True)
        for at, delivery in enumerate(deliveries):
            if delivery.part.kind.table is None:
                self._resolve()
            first, share = 0.05 + 0.75 * at / len(deliveries), 0.75 / len(deliveries)
            self._deliver(delivery, _within(self.progress, first, share))
        if not self.batches:
            raise _Nothing(_nothing_new(self._rows, self.mapping, self.known))
        self.progress(0.85, "Merging")
        self._resolve()
        for table in MASTERS:
            self._derive(table)
        self._settings()
        return self._report()

    def _rows(self, sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
        return list(self.connection.execute(sql, values).fetchall())

    def _one(self, sql: str) -> tuple[Any, ...]:
        return self._rows(sql, [])[0]

    def _deliver(self, delivery: Delivery, progress: Progress) -> None:
        """Take in one delivery whole, unless it is there already."""
        source, part = self.mapping.source, delivery.part
        before = _before(self._rows, self.mapping, delivery) if delivery.path else None
        if before is not None and before.same:
            self._note_known(delivery, before)
            return
        progress(0.0, f"Reading {delivery.name}")
        staged = self._stage(delivery)
        if delivery.path is None and self._says_nothing_new(delivery, staged):
            return
        arrived = self._read(delivery, staged, before, progress)
        delivery.check_unchanged()
        progress(0.5, f"Checking {delivery.name}")
        self._run_checks(arrived)
        latest = self._latest_change(arrived)
        beside, books = self._check(arrived)
        erased.blank(self.connection, part, source, arrived.typed, arrived.batch)
        self._let_go(arrived)
        progress(0.6, f"Merging {delivery.name}")
        if part.kind.table is not None:
            self._take_list(arrived, part.kind.table)
        else:
            books = self._take_facts(arrived, books)
        ledger.record(self.connection, arrived.batch, books, arrived.identity, arrived.columns, latest)
        self.books += [*beside, books]
        self.numbers.append((part.subject, arrived.batch))
        self.batches[part.subject] = (arrived.batch, before.batch if before else None)
        self._check_books(arrived, books, source)
        self._close_mended(arrived)
        self.connection.execute(f"DROP TABLE {arrived.typed}")

    def _note_known(self, delivery: Delivery, before: ledger.Earlier) -> None:
        self.known.append(before)
        self.warnings.append(
            f"{delivery.name} was loaded before, as batch {before.batch}: nothing changed there."
        )

    def _says_nothing_new(self, delivery: Delivery, staged: Staged) -> bool:
        """Whether a database gave no row, or just what it gave the last time."""
        if not staged.rows + staged.bad_rows:
            self.warnings.append(f"{delivery.name} gave no rows.")
            return True
        source, part = self.mapping.source, delivery.part.subject
        sought = ledger.Sought(source, part, staged.digest, delivery.how(), latest=True)
        before = ledger.earlier(self._rows, sought)
        if before is None or not before.same:
            return False
        self._note_known(delivery, before)
        return True

    def _read(
        self, delivery: Delivery, staged: Staged, before: ledger.Earlier | None, progress: Progress
    ) -> _Arrived:
        part = delivery.part
        columns = drift.header(self.connection, staged)
        self._note_drift(part, columns)
        progress(0.2, f"Understanding {delivery.name}")
        typed = f"typed_{part.subject}"
        staged, found, notes = self._type(delivery, staged, typed)
        if delivery.path and staged.types and self._has_faults(typed):
            # Rejected rows are kept as they stand in the file.
            staged, found, notes = self._type(delivery, self._stage(delivery, plainly=True), typed)
        self.warnings += notes
        left_out = staged.rows - self._one(f"SELECT count(*) FROM {typed}")[0] if part.shape.only else 0
        as_of = delivery.as_of or (before.as_of if before else self.loaded_at)
        origin = "mended" if self.mends else "load"
        batch = ledger.open_batch(self.connection, self.mapping.source, as_of, self.loaded_at, origin)
        replaced = self._make_room(part, before)
        content = staged.digest or delivery.content()
        known = (content, delivery.how())
        return _Arrived(
            delivery, staged, columns, tuple(found), typed, batch, as_of, known, left_out, replaced
        )

    def _type(
        self, delivery: Delivery, staged: Staged, typed: str
    ) -> tuple[Staged, list[LookUp], tuple[str, ...]]:
        """The rows that are meant by those of the file, its look-ups, and what is to be told; makes `typed`."""
        part = delivery.part
        staged, notes = reshape(self.connection, part, staged)
        found = look_ups(self.connection, part.padded_joins, delivery.joins, staged)
        zone = time_zone(self.connection)
        told = type_rows(self.connection, part, staged, found, typed, zone, self.currency)
        turned: tuple[str, ...] = ()
        if "currency" in part.filled and part.kind.money:
            self.currency, turned = rates.convert(self.connection, part, typed, self.currency)
        return staged, found, (*notes, *told, *turned)

    def _stage(self, delivery: Delivery, plainly: bool = False) -> Staged:
        part, table = delivery.part, f"raw_{delivery.part.subject}"
        if delivery.path is None:
            return database.stage_typed(self.connection, part, table, self._watermark(part))
        staged = stage(
            self.connection, delivery.path, table, part.options, wanted={} if plainly else _wanted(part)
        )
        if staged.rows + staged.bad_rows == 0:
            raise BadInput(f"{delivery.name} holds a header and no rows.", "Export it again.")
        self.warnings += staged.notes
        return staged

    def _has_faults(self, typed: str) -> bool:
        return bool(self._one(f"SELECT bool_or(reason IS NOT NULL) FROM {typed}")[0])

    def _watermark(self, part: Part) -> datetime | None:
        """Up to when the changes of a database are known, less what a transaction may take to be seen."""
        found = self._rows(
            "SELECT max(watermark) FROM delivery JOIN batch USING (batch) WHERE source = ? AND part = ?",
            [self.mapping.source, part.subject],
        )
        known = found[0][0] if part.changes == "modified" else None
        return known - LATE_COMMIT if known else None

    def _note_drift(self, part: Part, columns: drift.Header) -> None:
        if self.mends:
            return
        last = self._rows(
            """SELECT header FROM delivery JOIN batch USING (batch) WHERE source = ? AND part = ?
            AND origin <> 'mended' ORDER BY batch DESC LIMIT 1""",
            [self.mapping.source, part.subject],
        )
        before = tuple(tuple(each) for each in json.loads(last[0][0])) if last else ()
        self.warnings += drift.decide(drift.compare(before, columns, part), part.drift)

    def _run_checks(self, each: _Arrived) -> None:
        stream, bad = self._stream(each.part), each.staged.bad_rows
        results = checks.run(self.connection, each.part, each.typed, stream, each.batch, each.as_of, bad)
        self.warnings += [result.told for result in results if not result.passed]

    def _latest_change(self, each: _Arrived) -> datetime | None:
        if each.part.changes != "modified":
            return None
        found: datetime | None = self._one(f"SELECT max(f_modified) FROM {each.typed}")[0]
        return found

    def _make_room(self, part: Part, before: ledger.Earlier | None) -> ledger.Earlier | None:
        """The same content came before by another mapping: its rows, and what it corrected, are taken out."""
        if before is None:
            return None
        fact.take_out_batch(self.connection, part, before.batch)
        self.connection.execute(
            "DELETE FROM superseded WHERE stream = ? AND said_at = ?", [self._stream(part), before.as_of]
        )
        ledger.take_out(self.connection, before.batch)
        return before

    def _stream(self, part: Part) -> str:
        return f"{self.mapping.source}/{part.subject}"

    def _check(self, each: _Arrived) -> tuple[list[Books], Books]:
        """Put what cannot be loaded aside, with its reason, and count."""
        subject = each.part.subject
        self._reject_lines(each.staged, subject, each.batch)
        rejected = each.staged.bad_rows + self._reject_rows(each)
        kept, dropped = self._repeats(each)
        loaded = self._one(f"SELECT count(*) FROM {each.typed}")[0]
        read = each.staged.rows + each.staged.bad_rows
        books = Books(
            subject, each.staged.name, read, loaded, rejected, dropped, kept, rows_left_out=each.left_out
        )
        if not loaded:
            raise BadInput(
                f"No row of {books.file} can be loaded. {self._first_reasons(each)}",
                "Nothing was changed.",
            )
        if rejected > TELLING * read:
            self.warnings.append(f"{rejected:,} of {read:,} rows of {books.file} were rejected.")
        return [self._look_up_books(look_up, each.batch) for look_up in each.look_ups], books

    def _reject_lines(self, staged: Staged, part: str, batch: int) -> None:
        self.connection.execute(
            f"INSERT INTO rejected SELECT {int(batch)}, $part, row, reason, raw, NULL FROM {staged.bad}",
            {"part": part},
        )

    def _reject_rows(self, each: _Arrived) -> int:
        rejected = self._one(f"SELECT count(*) FROM {each.typed} WHERE reason IS NOT NULL")[0]
        if rejected:
            raw = each.staged.table
            self.connection.execute(
                f"""INSERT INTO rejected SELECT {int(each.batch)}, $part, t.row, {where_sql(each.staged)} || t.reason,
                    {raw_sql(each.staged)}, NULL
                FROM {each.typed} AS t JOIN {raw} ON {raw}.rowid = t.place - 1 + (SELECT min(rowid) FROM {raw})
                WHERE t.reason IS NOT NULL""",
                {"part": each.part.subject, "columns": list(each.staged.own)},
            )
            self.connection.execute(f"DELETE FROM {each.typed} WHERE reason IS NOT NULL")
        return int(rejected)

    def _repeats(self, each: _Arrived) -> tuple[int, int]:
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

    def _first_reasons(self, each: _Arrived) -> str:
        rows = self._rows(
            "SELECT row_in_source, reason FROM rejected WHERE batch = ? ORDER BY 1 LIMIT 3", [each.batch]
        )
        left_out = f"{each.left_out:,} rows are left out by only." if each.left_out else ""
        return " ".join([*(f"Row {row}: {reason}." for row, reason in rows), left_out]).strip()

    def _take_list(self, each: _Arrived, table: DimensionTable) -> None:
        """A firm's own list of members: statements about them."""
        given = Given.of(each.part, table, each.typed)
        lookup = self._identify(each, table, given)
        statements.of_list(self.connection, given, each.part, lookup, each.as_of)
        self._absorb(each, table, given, TRUST_OF_LISTS)

    def _take_facts(self, each: _Arrived, books: Books) -> Books:
        part, stream = each.part, self._stream(each.part)
        change = fact.settle(self.connection, part, each.typed, stream, each.as_of)
        if change.outdated:
            self.warnings.append(
                f"{change.outdated:,} rows are older than what is known: they change nothing."
            )
        if part.changes == "full" and books.rows_rejected and change.replaced:
            self.warnings.append("What the rejected rows tell is missing until they are mended.")
        if change.deletions:
            self.warnings.append(f"{change.deletions:,} rows say that their records were deleted.")
        if part.changes == "full" and not change.dropped:
            statements.note_export(self.connection, stream, each.batch, each.as_of)
        if part.kind.is_lines and not part.key:
            self._note_known_orders(each)
        keys = {table.name: self._keys(each, table) for table in part.kind.dimensions}
        if part.kind.fact is not None:
            fact.insert(self.connection, part, part.kind.fact, each.typed, keys, each.batch)
        else:
            sale.insert(self.connection, part, each.typed, keys, self.mapping.source, each.batch)
            if change.replaced or each.before:
                sale.restore_flags(self.connection)
            self._retell(each)
        return replace(
            books,
            rows_loaded=books.rows_loaded - change.dropped,
            repeats_dropped=books.repeats_dropped + change.dropped,
            rows_replaced=change.replaced,
        )

    def _keys(self, each: _Arrived, table: DimensionTable) -> members.Keys:
        """How the rows find their version of a dimension; what they say of it goes into its history first."""
        given = Given.of(each.part, table, each.typed)
        if table.leaf is None:
            return members.keys(self.connection, table, given, "")
        if given.id is None:
            return members.keys(self.connection, table, given, self._nobody())
        lookup = self._identify(each, table, given)
        if given.texts:
            statements.of_lines(self.connection, given, lookup)
            speaker = self._speaker(each.part, TRUST_OF_LINES)
            statements.note_disputed(self.connection, table, speaker, list(given.described))
            self._absorb(each, table, given, TRUST_OF_LINES)
            left_empty.note(self.connection, table, each.typed, given.id_sql, given.described, each.batch)
        self._derive(table)
        return members.keys(self.connection, table, given, lookup)

    def _retell(self, each: _Arrived) -> None:
        """Where lines are gone, or differ from others of their stream, all of them tell anew of their members."""
        stream = self._speaker(each.part, TRUST_OF_LINES)
        for table in (table for table in OF_SALE if table.leaf):
            members = f"SELECT identity_key FROM retold WHERE dimension = '{table.name}'"
            if not self._one(f"SELECT count(*) FROM ({members})")[0]:
                continue
            described = list(Given.of(each.part, table, each.typed).described)
            statements.retell(self.connection, table, stream, each.batch, described)
            self.connection.execute(
                f"""INSERT INTO touched_{table.name} SELECT DISTINCT {table.code} FROM {table.name}_identity
                WHERE identity_key IN ({members})"""
            )
            exchange.drop_unused(self.connection, table)
        self.connection.execute("DELETE FROM retold")

    def _nobody(self) -> str:
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE identity_of_nobody (id VARCHAR, identity_key INTEGER, code INTEGER)"
        )
        return "identity_of_nobody"

    def _identify(self, each: _Arrived, table: DimensionTable, given: Given) -> str:
        """The identities of all members that the rows name; new ones are touched."""
        order = [text for text in table.descriptors if text in given.texts]
        texts = "".join(f", {given.texts[text]} AS {text}" for text in order)
        named = f"(SELECT {given.id_sql} AS id{texts} FROM {each.typed})"
        numbering = identity.numbering_of(table, self.mapping.source, each.part.ids)
        identity.assign(self.connection, table, numbering, named, order)
        lookup = f"identity_of_{table.name}"
        identity.lookup(self.connection, table, numbering, lookup)
        self.connection.execute(
            f"INSERT INTO touched_{table.name} SELECT code FROM {lookup} WHERE id IN (SELECT id FROM newcomer)"
        )
        return lookup

    def _absorb(self, each: _Arrived, table: DimensionTable, given: Given, trust: int) -> None:
        part = each.part
        stream = self._speaker(part, trust)
        told = list(given.texts)
        if table is CUSTOMER and part.kind.table is CUSTOMER:
            said = self._rows("SELECT DISTINCT identity_key FROM said", [])
            self.newly_described += [key for (key,) in said]
        touched = statements.absorb(self.connection, table, stream, each.batch, told, each.as_of)
        self.connection.execute(
            f"""INSERT INTO touched_{table.name} SELECT DISTINCT {table.code} FROM {table.name}_identity
            WHERE identity_key IN (SELECT identity_key FROM {touched})"""
        )

    def _speaker(self, part: Part, trust: int) -> Stream:
        everybody = part.changes == "full" and part.kind.table is not None
        return Stream(self._stream(part), part.trust if part.trust is not None else trust, everybody)

    def _resolve(self) -> None:
        """Who of the customers described anew is somebody known already."""
        if not self.mapping.match or not self.newly_described:
            return
        everybody = self._one("SELECT count(*) FROM customer_identity")[0]
        only = list(dict.fromkeys(self.newly_described))
        self.newly_described = []
        self._derive(CUSTOMER)
        self.progress(0.8, "Recognising customers")
        changed = resolve(self.connection, only if len(only) * 4 < everybody else None)
        if changed:
            self.warnings.append(f"{changed:,} records turned out to be customers known by another number.")

    def _derive(self, table: DimensionTable, anew: bool = False) -> None:
        """Derive the versions of the members that were touched since the last time."""
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT code FROM touched_{table.name}"
        )
        if self._one("SELECT count(*) FROM touched")[0]:
            versions.derive(self.connection, table, anew=anew)
            self.connection.execute(f"DELETE FROM touched_{table.name}")

    def _note_known_orders(self, lines: _Arrived) -> None:
        """Warn if orders of these lines came in another batch: a full export would count twice."""
        if "order" not in lines.part.filled or not self._one("SELECT count(*) FROM sale")[0]:
            return
        known = self._rows(
            f"""SELECT count(*) FROM (SELECT DISTINCT f_order FROM {lines.typed}) WHERE f_order IN (
                SELECT number FROM sales_order WHERE source = $1 AND order_key IN (SELECT order_key FROM sale))""",
            [self.mapping.source],
        )[0][0]
        if known:
            self.warnings.append(
                f"{known:,} of these orders came in an earlier batch. If their lines are the same, they count twice:"
                ' say key = ["order"] if an order is always delivered whole.'
            )

    def _settings(self) -> None:
        mappings.keep(self.connection, self.mapping)
        for name, value in (("firm", self.mapping.firm), (rates.SETTING, self.currency)):
            if value:
                self.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [name, value])

    def _check_books(self, each: _Arrived, books: Books, source: str) -> None:
        """The load's own conscience: what was counted is there."""
        there = books.rows_loaded
        if each.part.kind.is_lines:
            there = self._rows("SELECT count(*) FROM sale WHERE batch = ?", [each.batch])[0][0]
        if not books.balance or there > books.rows_loaded:
            raise AssertionError(f"the books of {source} do not balance: {books}, {there} inserted")
        if each.part.kind.is_lines:
            self._note_returns(each.batch)

    def _close_mended(self, each: _Arrived) -> None:
        """The rejected rows that were loaded now wait no longer."""
        if self.mends is None:
            return
        batch, part, rows = self.mends
        again = {
            row for (row,) in self._rows("SELECT row_in_source FROM rejected WHERE batch = ?", [each.batch])
        }
        loaded = [row for at, row in enumerate(rows, 1) if at not in again]
        self.connection.execute(
            """UPDATE rejected SET mended_in = ? WHERE batch = ? AND part = ?
            AND row_in_source IN (SELECT unnest(?::BIGINT[]))""",
            [each.batch, batch, part, loaded],
        )
        # Those that still cannot be loaded wait where they were.
        self.connection.execute("DELETE FROM rejected WHERE batch = ? AND mended_in IS NULL", [each.batch])
        self.connection.execute(
            """UPDATE delivery SET rows_read = rows_read - rows_rejected, rows_rejected = 0
            WHERE batch = ?""",
            [each.batch],
        )

    def _report(self) -> Report:
        batch, replaced = self.batches.get(self.mapping.main.subject, next(iter(self.batches.values())))
        mine = [number for part, number in self.numbers if part == self.mapping.main.subject] or [batch]
        first, last, revenue = self._rows(EXTENT.replace("batch = ?", "batch IN (SELECT unnest(?))"), [mine])[
            0
        ]
        numbers = [number for _, number in self.numbers]
        rows = self._rows(
            "SELECT part, row_in_source, reason, raw FROM rejected WHERE batch IN (SELECT unnest(?)) ORDER BY ALL",
            [numbers],
        )
        return Report(
            self.mapping.source, batch, tuple(self.books), pl.DataFrame(rows, REJECTED, orient="row"),
            first, last, revenue, tuple(self.warnings), replaced=replaced,
        )  # fmt: skip

    def _note_returns(self, batch: int) -> None:
        positive = self._rows(
            "SELECT count(*) FROM sale WHERE batch = ? AND is_return AND (revenue > 0 OR units > 0)", [batch]
        )[0][0]
        if positive:
            self.warnings.append(
                f"{positive:,} returns have positive amounts."
                ' If that is how they are exported, say returns = "positive".'
            )

    def _let_go(self, each: _Arrived) -> None:
        """Free the space of the staged rows before they are merged."""
        for table in (each.staged.table, *(side.staged.table for side in each.look_ups)):
            self.connection.execute(f"DROP TABLE IF EXISTS {table}")
