"""What the ledger knows of the deliveries of a mapping: whether they were loaded, undone, or are to be read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from data.load.mappings.deliveries import Delivery, Found, Waiting
from data.load.mappings.mapping import Mapping
from data.load.record import batch_ledger as ledger
from data.load.record.outdated_deliveries import Outdated, may_be_of_other_zone, outdated


class KnownDeliveries:
    """The ledger, asked for the deliveries of one mapping."""

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
