"""A load from end to end: read, map, check, merge, publish. It is whole or it never happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from data import warehouse
from data.engines import duckdb as engine
from data.errors import BadInput
from data.load import batch as ledger
from data.load import dimension, sale
from data.load.files import Files, find
from data.load.lookup import look_ups, raw_sql
from data.load.mapping import Mapping, Part
from data.load.report import REJECTED, Books, Report
from data.load.typed import LookUp, type_rows
from data.schema import DIMENSIONS
from data.sources.file import Staged, stage

Progress = Callable[[float, str], None]
TELLING = 0.01


class _Nothing(Exception):
    """Another load brought the same in the meantime: leave the transaction."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part on its way in: `typed` is its table of typed rows."""

    part: Part
    staged: Staged
    look_ups: tuple[LookUp, ...]
    typed: str


def silent(fraction: float, words: str) -> None:
    """A progress that nobody watches."""


def load(
    mapping: Mapping, path: Path | None = None, file: Path | None = None, progress: Progress = silent
) -> Report:
    """Load the files of `mapping` into the warehouse at `path` and tell what became of each row.

    `file` stands in for the file of the order lines, or is the folder in which all of them lie. `progress` is
    called with a fraction from 0 to 1 and words. Errors: BadInput, and nothing is loaded; WarehouseError.
    """
    path = path or warehouse.default_path()
    progress(0.0, "Looking at the files")
    files = find(mapping, file)
    identity = files.identity(mapping)
    known = _unchanged(mapping.check().source, identity, path)
    if known is not None:
        return known
    try:
        with warehouse.writing(path) as connection:
            report = _Load(connection, mapping, files, progress).run(identity)
            progress(0.85, "Publishing")
    except _Nothing:
        found = _unchanged(mapping.source, identity, path)
        if found is None:
            raise
        return found
    except engine.EngineError as error:
        first_line = str(error).strip().splitlines()[0][:300]
        raise BadInput(
            f"{files.lines.name} could not be loaded: {first_line}", "Nothing was changed."
        ) from error
    progress(1.0, "Done")
    return report


def _unchanged(source: str, identity: tuple[str, str], path: Path) -> Report | None:
    """The report if the same was loaded in the same way before."""
    if not warehouse.is_there(path):
        return None
    snapshot = warehouse.Warehouse(path)
    try:
        before = ledger.earlier(snapshot.rows, source, identity)
        if before is None or not before.same:
            return None
        rejected = snapshot.frame(
            "SELECT part, row_in_source AS row, reason, raw FROM rejected WHERE batch = ? ORDER BY ALL",
            [before.batch],
        )
        extent = snapshot.rows(EXTENT, [before.batch])[0]
        return ledger.unchanged(source, before, rejected.cast(REJECTED), extent)
    finally:
        snapshot.close()


EXTENT = """SELECT (DATE '1970-01-01' + min(day_key))::DATE, (DATE '1970-01-01' + max(day_key))::DATE,
            coalesce(sum(revenue), 0) FROM sale WHERE batch = ?"""


class _Load:
    """One load under way, inside its transaction."""

    def __init__(self, connection: Any, mapping: Mapping, files: Files, progress: Progress) -> None:
        self.connection = connection
        self.mapping = mapping
        self.files = files
        self.progress = progress
        self.warnings: list[str] = []

    def run(self, identity: tuple[str, str]) -> Report:
        source = self.mapping.source
        before = ledger.earlier(self._rows, source, identity)
        if before is not None and before.same:
            raise _Nothing
        batch = ledger.next_number(self.connection)
        if before is not None:
            ledger.take_out(self.connection, before.batch)
        parts = [self._read(part, at) for at, part in enumerate(self.mapping.parts)]
        self.files.check_unchanged()
        dimension.register(self.connection, self.mapping.attributes, source)
        self.progress(0.45, "Checking rows")
        every = [books for each in parts for books in self._check(each, batch)]
        lines = parts[-1]
        self._note_known_orders(lines)
        self.progress(0.55, "Merging customers, products and channels")
        joins = self._merge({each.part.subject: each for each in parts})
        self.progress(0.65, "Adding order lines")
        sale.insert(self.connection, lines.part, lines.typed, joins, source, batch)
        if before is not None:
            sale.restore_flags(self.connection)
        self._settings()
        report = self._report(batch, every, before.batch if before else None)
        ledger.record(self.connection, batch, source, identity, report.lines)
        self._clean_up(parts)
        return report

    def _rows(self, sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
        return list(self.connection.execute(sql, values).fetchall())

    def _one(self, sql: str) -> tuple[Any, ...]:
        return self._rows(sql, [])[0]

    def _read(self, part: Part, at: int) -> _Part:
        path = self.files.of_part[part.subject]
        self.progress(0.05 + 0.1 * at, f"Reading {path.name}")
        staged = stage(self.connection, path, f"raw_{part.subject}", part.options)
        if staged.rows + staged.bad_rows == 0:
            raise BadInput(f"{path.name} holds a header and no rows.", "Export it again.")
        found = look_ups(self.connection, part.joins, self.files.of_joins[part.subject], staged)
        self.progress(0.1 + 0.1 * at, f"Understanding {path.name}")
        typed = f"typed_{part.subject}"
        self.warnings += type_rows(self.connection, part, staged, found, typed)
        return _Part(part, staged, tuple(found), typed)

    def _check(self, each: _Part, batch: int) -> list[Books]:
        """Put what cannot be loaded aside, with its reason, and count."""
        subject = each.part.subject
        self._reject_lines(each.staged, subject, batch)
        rejected = each.staged.bad_rows + self._reject_rows(each, batch)
        kept, dropped = self._repeats(each)
        loaded = self._one(f"SELECT count(*) FROM {each.typed}")[0]
        read = each.staged.rows + each.staged.bad_rows
        books = Books(subject, each.staged.name, read, loaded, rejected, dropped, kept)
        if not loaded and subject == "order_lines":
            raise BadInput(
                f"No row of {books.file} can be loaded. {self._first_reasons(batch)}", "Nothing was changed."
            )
        if rejected > TELLING * read:
            self.warnings.append(f"{rejected:,} of {read:,} rows of {books.file} were rejected.")
        return [*(self._look_up_books(look_up, batch) for look_up in each.look_ups), books]

    def _reject_lines(self, staged: Staged, part: str, batch: int) -> None:
        self.connection.execute(
            f"INSERT INTO rejected SELECT {int(batch)}, $part, row, reason, raw FROM {staged.bad}",
            {"part": part},
        )

    def _reject_rows(self, each: _Part, batch: int) -> int:
        rejected = self._one(f"SELECT count(*) FROM {each.typed} WHERE reason IS NOT NULL")[0]
        if rejected:
            raw = each.staged.table
            self.connection.execute(
                f"""INSERT INTO rejected SELECT {int(batch)}, $part, t.row, t.reason, {raw_sql(each.staged)}
                FROM {each.typed} AS t JOIN {raw} ON {raw}.rowid = t.place - 1 + (SELECT min(rowid) FROM {raw})
                WHERE t.reason IS NOT NULL""",
                {"part": each.part.subject, "columns": list(each.staged.columns)},
            )
            self.connection.execute(f"DELETE FROM {each.typed} WHERE reason IS NOT NULL")
        return int(rejected)

    def _repeats(self, each: _Part) -> tuple[int, int]:
        """Count the exact repeats of whole rows, kept and dropped; drop them where the mapping says so."""
        raw, columns = each.staged.table, ", ".join(f"c{i}" for i in range(len(each.staged.columns)))
        # Rows are compared only among those that share a hash: a fraction of the file.
        self.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE repeat AS
            SELECT place FROM (
                SELECT rowid - (SELECT min(rowid) FROM {raw}) + 1 AS place,
                    row_number() OVER (PARTITION BY {columns} ORDER BY rowid) AS n
                FROM {raw} WHERE hash({columns}) IN (
                    SELECT h FROM (SELECT hash({columns}) AS h FROM {raw}) GROUP BY h HAVING count(*) > 1))
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

    def _first_reasons(self, batch: int) -> str:
        rows = self._rows(
            "SELECT row_in_source, reason FROM rejected WHERE batch = ? ORDER BY 1 LIMIT 3", [batch]
        )
        return " ".join(f"Row {row}: {reason}." for row, reason in rows)

    def _note_known_orders(self, lines: _Part) -> None:
        """Warn if orders of these lines came in another batch: a full export would count twice."""
        if "order" not in lines.part.filled:
            return
        known = self._rows(
            f"""SELECT count(*) FROM (SELECT DISTINCT f_order FROM {lines.typed}) WHERE f_order IN (
                SELECT number FROM sales_order WHERE source = $1 AND order_key IN (SELECT order_key FROM sale))""",
            [self.mapping.source],
        )[0][0]
        if known:
            self.warnings.append(
                f"{known:,} of these orders came in an earlier batch. If their lines are the same, they count twice."
            )

    def _merge(self, parts: dict[str, _Part]) -> dict[str, str]:
        lines = parts["order_lines"]
        joins = {}
        for table in DIMENSIONS:
            own = parts.get(f"{table.name}s")
            listed = dimension.Given.of(own.part, table, own.typed) if own else None
            said = dimension.Given.of(lines.part, table, lines.typed)
            joins[table.name] = dimension.merge(self.connection, table, said, listed)
        return joins

    def _settings(self) -> None:
        for name in ("firm", "currency"):
            if value := getattr(self.mapping, name):
                self.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [name, value])

    def _report(self, batch: int, every: list[Books], replaced: int | None) -> Report:
        first, last, revenue = self._rows(EXTENT, [batch])[0]
        rows = self._rows(
            "SELECT part, row_in_source, reason, raw FROM rejected WHERE batch = ? ORDER BY ALL", [batch]
        )
        report = Report(
            self.mapping.source, batch, tuple(every), pl.DataFrame(rows, REJECTED, orient="row"),
            first, last, revenue, replaced=replaced,
        )  # fmt: skip
        inserted = self._rows("SELECT count(*) FROM sale WHERE batch = ?", [batch])[0][0]
        if inserted != report.rows_loaded or not all(books.balance for books in every):
            raise AssertionError(
                f"the books of {self.mapping.source} do not balance: {every}, {inserted} inserted"
            )
        self._note_returns(batch)
        return replace(report, warnings=tuple(self.warnings))

    def _note_returns(self, batch: int) -> None:
        positive = self._rows(
            "SELECT count(*) FROM sale WHERE batch = ? AND is_return AND (revenue > 0 OR units > 0)", [batch]
        )[0][0]
        if positive:
            self.warnings.append(
                f"{positive:,} returns have positive amounts."
                ' If that is how they are exported, say returns = "positive".'
            )

    def _clean_up(self, parts: list[_Part]) -> None:
        """Free the space of the staged rows before the warehouse is indexed."""
        for each in parts:
            for table in (each.staged.table, each.typed, *(side.staged.table for side in each.look_ups)):
                self.connection.execute(f"DROP TABLE IF EXISTS {table}")
