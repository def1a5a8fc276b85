"""A load from end to end: each delivery read and checked, merged, published. It is whole or it never happened.

A delivery that cannot be loaded is set aside with its reason, and the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl

from data import environment
from data.errors import BadInput
from data.load.archived_files import but_for_archived
from data.load.arrival import Arrived, Door, Progress
from data.load.checking import other_firm
from data.load.mappings import kept_mappings
from data.load.mappings.deliveries import Delivery, Found, Waiting, find, now
from data.load.mappings.mapping import Mapping
from data.load.merge_delivery import Merged, Merger
from data.load.record import batch_ledger as ledger
from data.load.record.load_report import REJECTED, Report
from data.load.record.mended_rows import Mends
from data.load.record.outdated_deliveries import (
    Outdated,
    may_be_of_other_zone,
    mixed,
    of_other_zone,
    outdated,
    sentences,
)
from data.load.typing import currency_rates
from data.store import duckdb_engine as engine
from data.store import event_log, warehouse

log = logging.getLogger(event_log.NAME)
EXTENT = """SELECT (DATE '1970-01-01' + min(day_key))::DATE, (DATE '1970-01-01' + max(day_key))::DATE,
            coalesce(sum(revenue), 0) FROM sale WHERE batch IN (SELECT unnest(?::INTEGER[]))"""
REJECTED_ROWS = """SELECT part, row_in_source, reason, raw FROM rejected
    WHERE batch IN (SELECT unnest(?::INTEGER[])) ORDER BY ALL"""


class _Nothing(Exception):
    """All of it is there already: leave the transaction; what was found is in `report`."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


class _Failed(Exception):
    """A delivery that could not be merged: what was written of it has to be taken back."""

    def __init__(self, delivery: Delivery, fault: BadInput) -> None:
        super().__init__()
        self.delivery, self.fault = delivery, fault


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
    accepted: bool = False,
    same_firm: bool = False,
    by_hand: bool = False,
) -> Report:
    """Load what `mapping` names into the warehouse at `path` and tell what became of each row.

    `file` stands in for the file of its main part, or is the folder in which all of them lie. `as_of` is the
    moment of the exports where nothing else tells it; `mends` says which rejected rows these are; `accepted`, that
    exports may lack much of what was there; `same_firm`, that the warehouse is that of the mapping's firm by another
    name; `by_hand`, that somebody chose these very files, so that those whose load was undone are loaded again.
    `progress` is called with a fraction from 0 to 1 and words. Errors: BadInput where nothing can be loaded of what
    is new, and nothing is changed; WarehouseError.
    """
    path, progress = path or environment.warehouse(), _rising(progress)
    progress(0.0, "Looking at the files")
    if not same_firm and mends is None:
        other_firm.refuse(path, mapping)
    found = find(mapping.check(), file, as_of)
    found = but_for_archived(mapping, found.by_hand() if by_hand else found, path)
    known = None if mends else _unchanged(mapping, found, path)
    if known is not None:
        return known
    deed = f"mended rows of {mapping.source}" if mends else f"load {mapping.source}"
    while True:
        try:
            with warehouse.writing(path, deed) as connection:
                door = Door(connection, mapping, now(), mends, accepted)
                report = _Load(door, progress).run(found)
                progress(0.9, "Publishing")
        except _Nothing as nothing:
            report = nothing.report
        except _Failed as failed:
            found = found.without(failed.delivery, failed.fault)
            continue
        except engine.EngineError as error:
            raise _refused(mapping.source, error) from error
        progress(1.0, "Done")
        return report


def _refused(name: str, error: Exception) -> BadInput:
    """What the engine did not take, in words: its own would help nobody."""
    log.error("load: %s at %s", name, event_log.where(error))
    return BadInput(
        f"{name} could not be loaded: something in it is not as expected.",
        "Nothing of it was changed. The log says where it happened.",
    )


def _unchanged(mapping: Mapping, found: Found, path: Path) -> Report | None:
    """The report if all of it was loaded in the same way before, and the same files wait as then."""
    if (
        not found.deliveries
        or not warehouse.is_there(path)
        or any(each.path is None for each in found.deliveries)
    ):
        return None
    snapshot = warehouse.Warehouse(path)
    try:
        asked = _Asked(snapshot.rows, mapping)
        known = [asked.before(each) for each in found.deliveries]
        undone = [asked.is_undone(each) for each in found.deliveries]
        is_known = all(
            (each is not None and each.same) or away for each, away in zip(known, undone, strict=True)
        )
        if not is_known or asked.wait_anew(found, found.waiting):
            return None
        same = [each for each in known if each is not None and each.same]
        notes = _notes(same, [each for each, away in zip(found.deliveries, undone, strict=True) if away])
        return _nothing_new(snapshot.rows, mapping, same, found.waiting, notes)
    finally:
        snapshot.close()


def _nothing_new(
    rows: ledger.Rows,
    mapping: Mapping,
    known: Sequence[ledger.Earlier],
    waiting: Sequence[Waiting],
    notes: Sequence[str],
) -> Report:
    """The report of a load that brought only what is known. Errors: BadInput where nothing was ever there."""
    if not known and waiting:
        raise waiting[0].fault
    known = known or ([] if notes else ledger.last(rows, mapping.source))
    if not known:
        raise BadInput(
            " ".join(notes) or f"{mapping.source} gave no rows.",
            "" if notes else "Look whether its tables are the right ones.",
        )
    main = next((each for each in known if each.books.part == mapping.main.subject), known[-1])
    first, last, revenue = rows(EXTENT, [[main.batch]])[0]
    frame = pl.DataFrame(rows(REJECTED_ROWS, [[main.batch]]), REJECTED, orient="row")
    books = tuple(each.books for each in known)
    return Report(
        mapping.source, main.batch, books, frame, first, last, revenue,
        notes=tuple(notes), waiting=tuple(waiting), unchanged=True,
        batches=tuple(each.batch for each in known),
    )  # fmt: skip


def _notes(known: Sequence[ledger.Earlier], undone: Sequence[Delivery]) -> list[str]:
    """What is told of deliveries that are not loaded now, a sentence for all of a kind."""
    told = []
    if len(known) == 1:
        told.append(
            f"{known[0].books.file} was loaded before, as batch {known[0].batch}: nothing changed there."
        )
    elif known:
        told.append(f"{len(known):,} files were loaded before: nothing changed there.")
    told += [
        f"{each.name} is left out: its load was undone. Name it with --file to load it again."
        for each in undone
    ]
    return told


class _Asked:
    """What the ledger knows of the deliveries of a mapping."""

    def __init__(self, rows: ledger.Rows, mapping: Mapping) -> None:
        self.rows, self.mapping = rows, mapping
        self._outdated: dict[str, tuple[Outdated, ...]] = {}

    def before(self, delivery: Delivery) -> ledger.Earlier | None:
        """The batch that brought the same before; not in the same way, if it is to be read again."""
        found = self._known(delivery)
        if found is None or not found.same:
            return found
        again = {each.batch for each in self.outdated(delivery)}
        facts = delivery.part.kind.table is None
        unsure = facts and may_be_of_other_zone(self.rows, found.batch)
        return replace(found, same=found.batch not in again and not unsure)

    def outdated(self, delivery: Delivery) -> tuple[Outdated, ...]:
        """The deliveries of its stream that are to be read again."""
        part = delivery.part
        if part.subject not in self._outdated:
            self._outdated[part.subject] = outdated(self.rows, self.mapping.source, part)
        return self._outdated[part.subject]

    def sought(self, delivery: Delivery, content: str) -> ledger.Sought:
        return ledger.Sought(self.mapping.source, delivery.part.subject, content, delivery.how())

    def is_undone(self, delivery: Delivery) -> bool:
        """Whether its load was undone, and nobody asks for it by its name."""
        if delivery.by_hand or delivery.path is None:
            return False
        return ledger.is_undone(self.rows, self.sought(delivery, delivery.content()))

    def wait_anew(self, found: Found, waiting: Sequence[Waiting]) -> bool:
        """Whether other files wait than the ledger says, of those that were looked at."""
        before = ledger.still_waiting(self.rows, self.mapping.source)
        told = {(each.part, each.file, each.reason) for each in waiting}
        return told != {each for each in before if found.looked_at(each[0], each[1])}

    def _known(self, delivery: Delivery) -> ledger.Earlier | None:
        """The batch that brought the same before.

        Lines that are merely added must not be added twice. All else says something new at another moment, be it the
        same: the export of another day, or a source that went back to what it said earlier.
        """
        if delivery.path is None:
            return None
        part, sought = delivery.part, self.sought(delivery, delivery.content())
        if part.kind.table is None and not part.key and part.changes == "append":
            return ledger.earlier(self.rows, sought)
        if delivery.as_of is not None:
            return ledger.earlier(self.rows, replace(sought, as_of=delivery.as_of, file=delivery.name))
        if delivery.stands_beside:
            return ledger.earlier(self.rows, replace(sought, file=delivery.name))
        return ledger.earlier(self.rows, replace(sought, latest=True))


class _Load:
    """One load under way, inside its transaction."""

    def __init__(self, door: Door, progress: Progress) -> None:
        self.door, self.progress = door, progress
        self.asked = _Asked(door.rows, door.mapping)
        self.merger = Merger(door, progress)
        self.deliveries: tuple[Delivery, ...] = ()
        self.known: list[ledger.Earlier] = []
        self.undone: list[Delivery] = []
        self.waiting: list[Waiting] = []
        self.merged: list[Merged] = []
        self.notes: list[str] = []

    def run(self, found: Found) -> Report:
        self.waiting += found.waiting
        _, told = currency_rates.of_report(self.door.connection, self.door.mapping)
        self.merger.warnings += told
        self.deliveries = found.deliveries
        self.merger.begin()
        for at, delivery in enumerate(found.deliveries):
            if delivery.part.kind.table is None:
                self.merger.recognise()
            first, share = 0.05 + 0.75 * at / len(found.deliveries), 0.75 / len(found.deliveries)
            self._deliver(delivery, _within(self.progress, first, share))
        waits_anew = self._note_waiting(found)
        if not self.merged:
            return self._end_without(waits_anew)
        self.progress(0.85, "Merging")
        self.merger.end()
        self._settings()
        return self._report()

    def _end_without(self, waits_anew: bool) -> Report:
        """The report of a load that brought nothing; the transaction is left unless other files wait than before."""
        notes = [*self.notes, *_notes(self.known, self.undone)]
        report = _nothing_new(self.door.rows, self.door.mapping, self.known, self.waiting, notes)
        if not waits_anew:
            raise _Nothing(report)
        return report

    def _deliver(self, delivery: Delivery, progress: Progress) -> None:
        """Take in one delivery whole, unless it is there already, or cannot be read."""
        before = None if self.door.mends else self.asked.before(delivery)
        if before is not None and before.same:
            self.known.append(before)
        elif self.asked.is_undone(delivery):
            self.undone.append(delivery)
        else:
            try:
                arrived = self._arrive(delivery, before, progress)
                self._check_zone(arrived)
            except BadInput as fault:
                self._set_aside(delivery, fault)
                return
            except engine.EngineError as error:
                raise _Failed(delivery, _refused(delivery.name, error)) from error
            if arrived is not None:
                self._merge(arrived, progress)

    def _check_zone(self, arrived: Arrived | None) -> None:
        """Errors: BadInput where days of two time zones would stand in one stream.

        A file that takes the place of what it brought by the former zone leaves fewer of them.
        """
        if arrived is None or arrived.zone is None or arrived.before is not None or self.door.mends:
            return
        part, source = arrived.part, self.door.mapping.source
        others = of_other_zone(self.door.rows, source, part)
        if not others:
            return
        befores = (self.asked.before(each) for each in self.deliveries if each.part.subject == part.subject)
        covered = {each.batch for each in befores if each is not None} | set(arrived.outdated)
        if left := [each for each in others if each.batch not in covered]:
            raise mixed(left)

    def _set_aside(self, delivery: Delivery, fault: BadInput) -> None:
        """The delivery waits; the others go on, if its reading left the transaction whole."""
        try:
            self.door.rows("SELECT 1", [])
        except engine.EngineError as error:
            raise _Failed(delivery, fault) from error
        self.waiting.append(Waiting(delivery.part.subject, delivery.name, fault))

    def _arrive(
        self, delivery: Delivery, before: ledger.Earlier | None, progress: Progress
    ) -> Arrived | None:
        """The delivery read and checked; None where a database says nothing new. Errors: BadInput."""
        progress(0.0, f"Reading {delivery.name}")
        if delivery.path is not None:
            return self.door.read(delivery, self.door.stage(delivery), before, (), progress)
        anew = [each.batch for each in self.asked.outdated(delivery)]
        staged = self.door.stage(delivery, everything=bool(anew))
        if not staged.rows + staged.bad_rows:
            self.notes.append(f"{delivery.name} gave no rows.")
            return None
        sought = self.asked.sought(delivery, staged.digest)
        known = ledger.earlier(self.door.rows, replace(sought, latest=True))
        if known is not None and known.same and not anew:
            self.known.append(known)
            return None
        if ledger.is_undone(self.door.rows, sought):
            self.undone.append(delivery)
            return None
        return self.door.read(delivery, staged, None, anew, progress)

    def _merge(self, arrived: Arrived, progress: Progress) -> None:
        try:
            self.merged.append(self.merger.merge(arrived, progress))
        except BadInput as fault:
            raise _Failed(arrived.delivery, fault) from fault
        except engine.EngineError as error:
            raise _Failed(arrived.delivery, _refused(arrived.delivery.name, error)) from error
        ledger.forget_undone(self.door.connection, self.asked.sought(arrived.delivery, arrived.content))

    def _note_waiting(self, found: Found) -> bool:
        """Write down which files wait; whether these are others than before."""
        if self.door.mends or not self.asked.wait_anew(found, self.waiting):
            return False
        source, connection = self.door.mapping.source, self.door.connection
        for part, file, _ in ledger.still_waiting(self.door.rows, source):
            if found.looked_at(part, file):
                ledger.wait_no_longer(connection, source, part, file)
        for each in self.waiting:
            ledger.wait(connection, source, each, self.door.loaded_at)
        return True

    def _settings(self) -> None:
        mapping = self.door.mapping
        kept_mappings.keep(self.door.connection, mapping)
        if mapping.firm:
            other_firm.remember(self.door.connection, mapping.firm)
            self.door.connection.execute("INSERT OR REPLACE INTO setting VALUES ('firm', ?)", [mapping.firm])

    def _report(self) -> Report:
        source, rows, main = self.door.mapping.source, self.door.rows, self.door.mapping.main.subject
        of_main = [each for each in self.merged if each.part == main] or self.merged[:1]
        first, last, revenue = rows(EXTENT, [[each.batch for each in of_main]])[0]
        rejected = rows(REJECTED_ROWS, [[each.batch for each in self.merged]])
        again = sentences(each for part in self.door.mapping.parts for each in outdated(rows, source, part))
        return Report(
            source,
            of_main[-1].batch,
            tuple(books for each in self.merged for books in each.books),
            pl.DataFrame(rejected, REJECTED, orient="row"),
            first,
            last,
            revenue,
            warnings=(*self.merger.warnings, *again),
            notes=(*self.notes, *_notes(self.known, self.undone), *self.merger.notes),
            waiting=tuple(self.waiting),
            replaced=of_main[-1].replaced,
        )
