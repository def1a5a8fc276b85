"""A delivery read and checked before anything of it is written: what it holds, by which columns, and how it looks.

Whatever is wrong with it is found here, so that a delivery that cannot be loaded is set aside and the next one read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from data.connection import Connection
from data.errors import BadInput
from data.load import evidence
from data.load.checking import column_drift, delivery_checks, missing_members
from data.load.checking.like_deliveries import Alike, shown
from data.load.mappings.deliveries import Delivery
from data.load.mappings.mapping import Mapping, Part
from data.load.notation.stream_habits import Habits
from data.load.record import batch_ledger as ledger
from data.load.record import fact_rows, mended_rows
from data.load.record.mended_rows import Mends
from data.load.time_settings import time_zone
from data.load.typing import currency_rates
from data.load.typing.look_ups import look_ups
from data.load.typing.reshape import reshape
from data.load.typing.typed_rows import LookUp, Typed, type_rows
from data.model.canonical_tables import RATE
from data.sources import database
from data.sources.file import Staged, stage

Progress = Callable[[float, str], None]
LATE_COMMIT = timedelta(hours=1)
FARTHEST_EAST = timedelta(hours=14)
EMPTY = "{} holds a header and no rows."


@dataclass(frozen=True, slots=True)
class Arrived:
    """A delivery on its way in: `typed` is its table of typed rows, rows that cannot be loaded among them.

    `left_out` counts the rows that the mapping leaves out; `currency` is that of report, as its amounts are.
    `before` is the batch whose place it takes, `outdated` are others of its stream that it brings anew; `zone` is the
    time zone in which its days lie, None where none of them told one. `states` are the batches of earlier states of the
    same file; without a key it comes in the place of their rows, `replaces` in number. `withdrawn` counts the records
    that one of them named and it does not, `copy_of` is another file of the stream that holds just the same.
    `notes` are to be known, `warnings` looked at.
    """

    delivery: Delivery
    staged: Staged
    columns: column_drift.Header
    look_ups: tuple[LookUp, ...]
    typed: str
    as_of: datetime
    content: str
    before: ledger.Earlier | None
    outdated: tuple[int, ...]
    results: tuple[delivery_checks.Result, ...]
    habits: Habits
    zone: str | None
    states: tuple[int, ...]
    replaces: int
    withdrawn: int
    copy_of: str | None
    left_out: int
    currency: str
    notes: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def part(self) -> Part:
        return self.delivery.part


@dataclass(frozen=True, slots=True)
class Door:
    """What deliveries of one load have in common: where they go, and what somebody said of them."""

    connection: Connection
    mapping: Mapping
    loaded_at: datetime
    mends: Mends | None = None
    accepted: bool = False

    def rows(self, sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
        return list(self.connection.execute(sql, values).fetchall())

    def stream(self, part: Part) -> str:
        return f"{self.mapping.source}/{part.subject}"

    def read(
        self,
        delivery: Delivery,
        staged: Staged,
        before: ledger.Earlier | None,
        outdated: Sequence[int],
        progress: Progress,
    ) -> Arrived:
        """What `staged` holds, held against what is there. Errors: BadInput where it is not to be loaded."""
        part = delivery.part
        columns = column_drift.header(self.connection, staged)
        warnings = [f"{delivery.name}: {each}" for each in self._drift(delivery, columns)]
        _check_columns(delivery, staged)
        progress(0.2, f"Understanding {delivery.name}")
        staged, found, typed, told, zone = self._typed(delivery, staged, before)
        left_out = staged.rows - sum(self._counted(typed)) if part.shape.only else 0
        if self.mends and left_out:
            raise BadInput(
                f"{left_out:,} of these rows would be left out by only: it does not hold for them.",
                "Fill in the columns that it asks, or dismiss them.",
            )
        if not self.mends:
            warnings += evidence.told(self.connection, part, staged, found, typed, self.mapping.source)
        delivery.check_unchanged()
        progress(0.5, f"Checking {delivery.name}")
        as_of = delivery.as_of or (before.as_of if before else self.loaded_at)
        results = self._checked(delivery, typed, staged, as_of, zone)
        if not self.mends and not self.accepted:
            missing_members.refuse(self.connection, part, typed, self.stream(part), as_of)
        content = staged.digest or delivery.content()
        states, anew = self._states(delivery), self._taken_anew(delivery, before)
        replaces = (
            missing_members.refuse_exchange(self.connection, part, typed, anew, self.accepted) if anew else 0
        )
        stays, withdrawn, copy_of = self._against_others(delivery, typed, content, before)
        warnings += [f"{delivery.name}: {result.told}" for result in results if not result.passed]
        notes = [*staged.notes, *told.notes, *stays]
        if not staged.rows + staged.bad_rows:
            notes.append(EMPTY.format(delivery.name))
        return Arrived(
            delivery, staged, columns, tuple(found), typed, as_of, content, before, (*outdated, *anew), tuple(results),
            told.habits, zone, states, replaces, withdrawn, copy_of, left_out, told.currency,
            tuple(notes), tuple(warnings),
        )  # fmt: skip

    def stage(self, delivery: Delivery, plainly: bool = False, everything: bool = False) -> Staged:
        """The rows of a delivery as they stand in it; of a database those that changed, unless `everything`.

        Errors: BadInput for what cannot be read, and for a file without rows where there never were any.
        """
        part, table = delivery.part, f"raw_{delivery.part.subject}"
        if delivery.path is None:
            since = None if everything else self._watermark(part)
            return database.stage_typed(self.connection, part, table, since)
        wanted = {} if plainly or self.mends else _wanted(part, self._habits(part))
        staged = stage(self.connection, delivery.path, table, part.options, wanted=wanted)
        if not staged.rows + staged.bad_rows:
            self._check_empty(delivery)
        return staged

    def _check_empty(self, delivery: Delivery) -> None:
        """A day without sales is no fault; a list that is everybody, or a first file that is alone, is never empty."""
        part = delivery.part
        if self._is_first(part) and not _has_fuller_beside(delivery):
            raise BadInput(
                EMPTY.format(delivery.name),
                "There is nothing to begin with: load a file that has rows first.",
            )
        if part.changes == "full" and not self.accepted:
            raise BadInput(
                EMPTY.format(delivery.name), "Export it again, or load it with --accept if nothing is left."
            )

    def _is_first(self, part: Part) -> bool:
        """Whether nothing of its stream was ever loaded."""
        known = "SELECT 1 FROM delivery JOIN batch USING (batch) WHERE source = ? AND part = ? LIMIT 1"
        return not self.rows(known, [self.mapping.source, part.subject])

    def _watermark(self, part: Part) -> datetime | None:
        """Up to when the changes of a database are known, less what a transaction may take to be seen."""
        found = self.rows(
            "SELECT max(watermark) FROM delivery JOIN batch USING (batch) WHERE source = ? AND part = ?",
            [self.mapping.source, part.subject],
        )
        known = found[0][0] if part.changes == "modified" else None
        return known - LATE_COMMIT if known else None

    def _drift(self, delivery: Delivery, columns: column_drift.Header) -> tuple[str, ...]:
        if self.mends:
            return ()
        headers, alike = Alike(self.mapping.source, delivery).headers(self.connection)
        part = delivery.part
        whole = self.mapping.part(part.subject) or part
        called = [column_drift.called_as(each, columns, whole) for each in headers]
        named = replace(part, alternatives=whole.alternatives)
        found = column_drift.compare(shown(called), columns, named, shown(called, back=1))
        return column_drift.decide([each for each in found if alike or each.stops], part.drift)

    def _typed(
        self, delivery: Delivery, staged: Staged, before: ledger.Earlier | None
    ) -> tuple[Staged, list[LookUp], str, Typed, str | None]:
        """The table of typed rows. Errors: BadInput where not one of them can be loaded."""
        typed, habits = f"typed_{delivery.part.subject}", self._habits(delivery.part, before)
        staged, found, told = self._understood(delivery, staged, typed, habits)
        if self.mends:
            beside = mended_rows.siblings(self.rows, self.mends)
            part = delivery.part
            mended_rows.refuse_taken(self.connection, part, typed, self.stream(part), self.mends, beside)
        sound, faults = self._counted(typed)
        if faults and delivery.path and staged.types:
            # Rejected rows are kept as they stand in the file.
            plain = self.stage(delivery, plainly=True)
            staged, found, told = self._understood(delivery, plain, typed, habits)
            sound, faults = self._counted(typed)
        nothing_meant = staged.rows and (before is not None or self._is_first(delivery.part))
        if not sound and (faults + staged.bad_rows or nothing_meant):
            raise BadInput(
                f"No row of {staged.name} can be loaded. {self._first_reasons(typed, staged)}",
                "Nothing was changed.",
            )
        zone = time_zone(self.connection) if _tells_zone(delivery.part, staged, told.habits) else None
        return staged, found, typed, told, zone

    def _understood(
        self, delivery: Delivery, staged: Staged, typed: str, habits: Habits
    ) -> tuple[Staged, list[LookUp], Typed]:
        """The rows that are meant by those of the file, their look-ups, and what was told; makes `typed`."""
        part, zone = delivery.part, time_zone(self.connection)
        staged, notes = reshape(self.connection, part, staged)
        found = look_ups(self.connection, part.padded_joins, delivery.joins, staged)
        report, _ = currency_rates.of_report(self.connection, self.mapping)
        told = type_rows(self.connection, part, staged, found, typed, zone, habits, report)
        turned: tuple[str, ...] = ()
        if "currency" in part.filled and part.kind.money:
            report, turned = currency_rates.convert(self.connection, part, typed, report)
        return staged, found, replace(told, notes=(*notes, *told.notes, *turned), currency=report)

    def _habits(self, part: Part, before: ledger.Earlier | None = None) -> Habits:
        """How this stream is written, as its deliveries told, but for the one whose place this takes."""
        if self.mends:
            return self.mends.habits
        return ledger.habits(
            self.rows, self.mapping.source, part.subject, but=before.batch if before else None
        )

    def _against_others(
        self, delivery: Delivery, typed: str, content: str, before: ledger.Earlier | None
    ) -> tuple[list[str], int, str | None]:
        """Held against other files of records: what is told of one of its moment, how many records an earlier state of
        it named that it does not, and of which it is a copy."""
        part = delivery.part
        of_records = part.kind.table is None and part.key and part.changes == "append"
        if not of_records or delivery.path is None or self.mends or before is not None:
            return [], 0, None
        stays = self._stays(delivery, typed) if delivery.as_of else []
        return stays, self._withdrawn(delivery, typed), self._copied(delivery, content)

    def _states(self, delivery: Delivery) -> tuple[int, ...]:
        """The batches of earlier states of the same file: of its name and, where anything tells it, its moment."""
        if self.mends:
            return ()
        found = self.rows(
            """SELECT batch FROM delivery JOIN batch USING (batch) WHERE source = $1 AND part = $2
            AND origin = 'load' AND file = $3 AND as_of = coalesce($4::TIMESTAMP, as_of)""",
            [self.mapping.source, delivery.part.subject, delivery.name, delivery.as_of],
        )
        return tuple(batch for (batch,) in found)

    def _taken_anew(self, delivery: Delivery, before: ledger.Earlier | None) -> tuple[int, ...]:
        """The batches in whose place a file without a key comes: its earlier states, and their mended rows."""
        part = delivery.part
        stays = delivery.path is not None and (delivery.stands_beside or part.as_of is not None)
        if part.kind.table is not None or part.key or part.changes != "append" or not stays:
            return ()
        states = [each for each in self._states(delivery) if before is None or each != before.batch]
        return tuple(
            batch for each in states for batch in (each, *mended_rows.of_batch(self.rows, each).batches)
        )

    def _withdrawn(self, delivery: Delivery, typed: str) -> int:
        """How many records an earlier state of this file named that it does not. Errors: BadInput for too many."""
        corrected = self._brought_by(
            delivery, "file = $3 AND (as_of = $4::TIMESTAMP OR ($4 IS NULL AND $5::BOOLEAN))"
        )
        if not corrected:
            return 0
        part, stream = delivery.part, self.stream(delivery.part)
        return missing_members.refuse_withdrawal(
            self.connection, part, typed, stream, corrected, self.accepted
        )

    def _stays(self, delivery: Delivery, typed: str) -> list[str]:
        """What another file of the same moment brought stays, and is told: it may have been meant to be corrected."""
        others = self._brought_by(delivery, "file <> $3 AND as_of = $4::TIMESTAMP AND $5 IS NOT NULL")
        if not others:
            return []
        part = delivery.part
        _, missing = fact_rows.withdrawn(self.connection, part, typed, self.stream(part), others)
        told = "records that another file of the same moment brought are not in it, and stay."
        return (
            [f"{missing:,} {told} If it takes that file's place, give it the same name."] if missing else []
        )

    def _brought_by(self, delivery: Delivery, which: str) -> list[int]:
        """Batches of the stream whose records are told apart as now, with the file and moment that `which` says."""
        part = delivery.part
        if fact_rows.kept_key(self.connection, self.stream(part)) != " ".join(part.key):
            return []
        found = self.rows(
            f"""SELECT batch FROM delivery JOIN batch USING (batch) WHERE source = $1 AND part = $2
            AND origin = 'load' AND {which}""",
            [self.mapping.source, part.subject, delivery.name, delivery.as_of, delivery.stands_beside],
        )
        return [batch for (batch,) in found]

    def _copied(self, delivery: Delivery, content: str) -> str | None:
        """Another file of the stream that holds just the same."""
        found = self.rows(
            """SELECT file FROM delivery JOIN batch USING (batch) WHERE source = ? AND part = ? AND content_hash = ?
            AND file <> ? AND rows_read > 0 ORDER BY batch LIMIT 1""",
            [self.mapping.source, delivery.part.subject, content, delivery.name],
        )
        return found[0][0] if found else None

    def _counted(self, typed: str) -> tuple[int, int]:
        """How many rows are sound, and how many are not."""
        sound, faults = self.rows(f"SELECT count(*) - count(reason), count(reason) FROM {typed}", [])[0]
        return sound, faults

    def _first_reasons(self, typed: str, staged: Staged) -> str:
        rows = self.rows(
            f"""SELECT row, reason FROM {typed} WHERE reason IS NOT NULL
            UNION ALL SELECT row, reason FROM {staged.bad} ORDER BY 1 LIMIT 3""",
            [],
        )
        counted = sum(self._counted(typed))
        left_out = [f"{staged.rows - counted:,} rows are left out by only."] if staged.rows > counted else []
        return " ".join([*(f"Row {row}: {reason}." for row, reason in rows), *left_out])

    def _checked(
        self, delivery: Delivery, typed: str, staged: Staged, as_of: datetime, zone: str | None
    ) -> list[delivery_checks.Result]:
        part, some = delivery.part, staged.rows + staged.bad_rows > 0
        results = delivery_checks.look(
            self.connection, part, typed, self.stream(part), as_of, staged.bad_rows,
            of_whole=not self.mends, usual_ones=some, told=delivery.as_of is not None,
            last_day=last_day(delivery, as_of, time_zone(self.connection), zone is not None),
            alike=Alike(self.mapping.source, delivery),
        )  # fmt: skip
        delivery_checks.refuse(part, results)
        return results


def _has_fuller_beside(delivery: Delivery) -> bool:
    """Whether another file of a stream of daily ones, which have no part in each other, holds more than this one."""
    if delivery.path is None or not delivery.stands_beside or delivery.part.changes == "full":
        return False
    own, called = delivery.path.stat().st_size, Path(delivery.part.file or "").name
    others = (each for each in delivery.path.parent.iterdir() if fnmatchcase(each.name, called))
    return any(each.is_file() and each.stat().st_size > own for each in others)


def _tells_zone(part: Part, staged: Staged, habits: Habits) -> bool:
    """Whether any of its days is that of a moment, and so one of the time zone in force."""
    only_ordered = {part.columns[name] for name in ("modified",) if name in part.columns}
    days = {column for name, column in part.columns.items() if part.kind.field(name).kind == "date"}
    told = {column for column, zone in habits.zones.items() if zone == "told"} - (only_ordered - days)
    return bool(told) or any(staged.columns[at] in days for at in staged.instants)


def last_day(delivery: Delivery, as_of: datetime, zone: str, moved: bool) -> date:
    """The last day that a delivery of the moment `as_of` can tell of without telling of the future.

    A day in a file's name is the firm's own, and moments that were `moved` into its zone may lie a day later; all other
    moments are UTC, and where nobody knows the zone, it may be a day later there.
    """
    if delivery.part.as_of and delivery.as_of:
        return (as_of + timedelta(days=int(moved))).date()
    here = as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)) if zone else as_of + FARTHEST_EAST
    return max(as_of.date(), here.date())


def _check_columns(delivery: Delivery, staged: Staged) -> None:
    """Errors: BadInput where one of several files side by side calls a column otherwise."""
    part, made = delivery.part, delivery.part.shape.unpivot
    known = {*staged.columns, *((made.name, made.value) if made else ())}
    missing = next((each for each in part.columns.items() if each[1] not in known), None)
    if missing is None or part.joins or not delivery.stands_beside:
        return
    field, column = missing
    raise BadInput(
        f"There is no column {column!r} in {staged.name}. Its columns are: {', '.join(staged.columns[:20])}.",
        f'If files call it differently, list its names: {field} = ["{column}", "..."] under'
        f" [{part.subject}.columns]. The first that a file has is read.",
    )


def _wanted(part: Part, habits: Habits) -> dict[str, str]:
    """The columns that are numbers or dates, where nobody said how they are written, nor earlier deliveries told."""
    if part.kind.fact is RATE:  # their decimals are more than are staged
        return {}
    comma = {name for name, mark in habits.decimals.items() if mark == ","}
    kinds = {column: str(part.kind.field(field).kind) for field, column in part.columns.items()}
    return {
        column: kind
        for column, kind in kinds.items()
        if (kind == "number" and part.decimal in (None, ".") and not comma & {column, ""})
        or (kind == "date" and part.date_format is None)
    }
