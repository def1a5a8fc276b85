"""What the ledger knows of the deliveries of a mapping: whether they were loaded, undone, or are to be read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from data.connection import Rows
from data.load.mappings.deliveries import Delivery, FoundDeliveries, Waiting
from data.load.mappings.mapping import Mapping, Part
from data.load.record import batch_ledger as ledger
from data.load.record.outdated_deliveries import Outdated, may_be_of_other_zone, outdated
from data.sources.file import Staged


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A delivery that is not loaded: it is `known`, or its load was undone, or it gave no rows."""

    delivery: Delivery
    known: ledger.EarlierBatch | None = None
    is_undone: bool = False


class KnownDeliveries:
    """The ledger, asked for the deliveries of one mapping; `today` are those that it stands for now."""

    def __init__(self, rows: Rows, mapping: Mapping, today: Sequence[Delivery] = ()) -> None:
        self.rows, self.mapping, self.today = rows, mapping, today
        self._outdated: dict[str, tuple[Outdated, ...]] = {}

    def before(self, delivery: Delivery) -> ledger.EarlierBatch | None:
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

    def read_again(self, delivery: Delivery) -> tuple[int, ...]:
        """The batches of its stream that a database brings anew."""
        if delivery.path is not None:
            return ()
        return tuple(each.batch for each in self.outdated(delivery))

    def taking_place(self, part: Part) -> set[int]:
        """The batches in whose place the deliveries of today come, of a part."""
        befores = (self.before(each) for each in self.today if each.part.subject == part.subject)
        return {each.batch for each in befores if each is not None}

    def passed_over(self, delivery: Delivery, before: ledger.EarlierBatch | None) -> PassedOver | None:
        """What keeps it from being read: the same was loaded `before`, or was undone."""
        if before is not None and before.same:
            return PassedOver(delivery, known=before)
        return PassedOver(delivery, is_undone=True) if self.is_undone(delivery) else None

    def says_nothing_new(self, delivery: Delivery, staged: Staged) -> PassedOver | None:
        """What keeps a database from being loaded once its rows are read: no row, or just those of last time."""
        if delivery.path is not None:
            return None
        if not staged.rows + staged.bad_rows:
            return PassedOver(delivery)
        sought = self.sought(delivery, staged.digest)
        known = ledger.earlier(self.rows, replace(sought, latest=True))
        if known is not None and known.same and not self.read_again(delivery):
            return PassedOver(delivery, known=known)
        return PassedOver(delivery, is_undone=True) if ledger.is_undone(self.rows, sought) else None

    def sought(self, delivery: Delivery, content: str) -> ledger.Sought:
        return ledger.Sought(self.mapping.source, delivery.part.subject, content, delivery.how())

    def is_undone(self, delivery: Delivery) -> bool:
        """Whether its load was undone, and nobody asks for it by its name."""
        if delivery.by_hand or delivery.path is None:
            return False
        return ledger.is_undone(self.rows, self.sought(delivery, delivery.content()))

    def wait_anew(self, found: FoundDeliveries, waiting: Sequence[Waiting]) -> bool:
        """Whether other files wait than the ledger says, of those that were looked at."""
        before = ledger.still_waiting(self.rows, self.mapping.source)
        told = {(each.part, each.file, each.reason) for each in waiting}
        return told != {each for each in before if found.looked_at(each[0], each[1])}

    def _known(self, delivery: Delivery) -> ledger.EarlierBatch | None:
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
