"""A load from end to end: each delivery read and checked, merged, published. It is whole or it never happened.

A delivery that cannot be loaded is set aside with its reason, and the others go on.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from data import environment
from data.access.deed import Deed
from data.errors import BadInput
from data.history import left_empty
from data.load.archived_files import but_for_archived
from data.load.checking import other_firm
from data.load.known_deliveries import KnownDeliveries, PassedOver
from data.load.load_context import LoadContext, Progress
from data.load.mappings.deliveries import Delivery, FoundDeliveries, Waiting, find, now
from data.load.mappings.mapping import Mapping
from data.load.publish_load import TakenDeliveries, publish_load
from data.load.recognise_customers import recognise_customers
from data.load.record import batch_ledger as ledger
from data.load.record import member_keys
from data.load.record.load_report import Report
from data.load.record.mended_rows import Mends
from data.load.record_delivery import RecordedDelivery
from data.load.take_delivery import MergeFailed, take_delivery
from data.load.touched_members import TouchedMembers, touched_members
from data.load.typing import currency_rates
from data.load.unchanged_load import nothing_new, unchanged
from data.store import duckdb_engine as engine
from data.store import end_of_write, event_log, warehouse

log = logging.getLogger(event_log.NAME)


class _Nothing(Exception):
    """All of it is there already: leave the transaction; what was found is in `report`."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


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
    known = None if mends else unchanged(mapping, found, path)
    if known is not None:
        return known
    deed = f"mended rows of {mapping.source}" if mends else f"load {mapping.source}"
    while True:
        try:
            with end_of_write.heard() as changes, warehouse.writing(path, deed, Deed.LOAD) as connection:
                context = LoadContext(connection, mapping, now(), mends, accepted)
                with touched_members(connection) as touched:
                    report = _Run(context, found, touched, progress).report()
                progress(0.9, "Publishing")
            report = replace(report, stages=tuple(told for each in changes for told in each.sentences()))
        except _Nothing as nothing:
            report = nothing.report
        except MergeFailed as failed:
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


class _Run:
    """One load under way, inside its transaction: what became of its deliveries, and what is told of them."""

    def __init__(
        self, context: LoadContext, found: FoundDeliveries, touched: TouchedMembers, progress: Progress
    ) -> None:
        self.context, self.found, self.touched, self.progress = context, found, touched, progress
        self.known = KnownDeliveries(context.rows, context.mapping, found.deliveries)
        self.recorded: list[RecordedDelivery] = []
        self.passed_over: list[PassedOver] = []
        self.waiting: list[Waiting] = list(found.waiting)
        self.newly_described: list[int] = []
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def report(self) -> Report:
        """Take in what was found, in turn, and tell of it."""
        self._begin()
        for at, delivery in enumerate(self.found.deliveries):
            if delivery.part.kind.table is None:
                self._recognise()
            first, share = 0.05 + 0.75 * at / len(self.found.deliveries), 0.75 / len(self.found.deliveries)
            self._take(delivery, _within(self.progress, first, share))
        waits_anew = self._note_waiting()
        if not self.recorded:
            return self._end_without(waits_anew)
        self.progress(0.85, "Merging")
        self._recognise()
        return publish_load(self.context, self._taken(), self.touched)

    def _taken(self) -> TakenDeliveries:
        return TakenDeliveries(
            tuple(self.recorded),
            tuple(self.passed_over),
            tuple(self.waiting),
            tuple(self.notes),
            tuple(self.warnings),
        )

    def _begin(self) -> None:
        """Make room for what the mapping brings along. Errors: BadInput."""
        context = self.context
        _, told = currency_rates.of_report(context.connection, context.mapping)
        self.warnings += told
        member_keys.register(context.connection, context.mapping.attributes, context.source)
        for table in left_empty.adopt(context.connection, self.touched.table):
            self.touched.derive(table, anew=True)

    def _take(self, delivery: Delivery, progress: Progress) -> None:
        """Take in one delivery, or let it wait. Errors: MergeFailed."""
        try:
            taken = take_delivery(self.context, self.known, delivery, self.touched, progress)
        except BadInput as fault:
            self._set_aside(delivery, fault)
        except engine.EngineError as error:
            raise MergeFailed(delivery, _refused(delivery.name, error)) from error
        else:
            self._gather(delivery, taken)

    def _gather(self, delivery: Delivery, taken: RecordedDelivery | PassedOver) -> None:
        if isinstance(taken, PassedOver):
            self.passed_over.append(taken)
            return
        self.recorded.append(taken)
        self.newly_described += taken.newly_described
        self.notes += taken.notes
        self.warnings += taken.warnings
        ledger.forget_undone(self.context.connection, self.known.sought(delivery, taken.content))

    def _set_aside(self, delivery: Delivery, fault: BadInput) -> None:
        """The delivery waits; the others go on, if its reading left the transaction whole."""
        try:
            self.context.rows("SELECT 1", [])
        except engine.EngineError as error:
            raise MergeFailed(delivery, fault) from error
        self.waiting.append(Waiting(delivery.part.subject, delivery.name, fault))

    def _recognise(self) -> None:
        self.notes += recognise_customers(self.context, self.touched, self.newly_described, self.progress)
        self.newly_described = []

    def _end_without(self, waits_anew: bool) -> Report:
        """The report of a load that brought nothing; the transaction is left unless other files wait than before."""
        report = nothing_new(self.context.rows, self.context.mapping, self.passed_over, self.waiting)
        if not waits_anew:
            raise _Nothing(report)
        return report

    def _note_waiting(self) -> bool:
        """Write down which files wait; whether these are others than before."""
        if self.context.mends or not self.known.wait_anew(self.found, self.waiting):
            return False
        source, connection = self.context.source, self.context.connection
        for part, file, _ in ledger.still_waiting(self.context.rows, source):
            if self.found.looked_at(part, file):
                ledger.wait_no_longer(connection, source, part, file)
        for each in self.waiting:
            ledger.wait(connection, source, each, self.context.loaded_at)
        return True
