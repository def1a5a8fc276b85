"""A delivery on its way from stage to stage, until it is recorded or passed over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from data.errors import BadInput
from data.load.check_columns import check_columns
from data.load.check_delivery import CheckedDelivery, check_delivery
from data.load.identify_members import identify_members
from data.load.known_deliveries import KnownDeliveries, PassedOver
from data.load.load_context import LoadContext, Progress
from data.load.mappings.deliveries import Delivery
from data.load.merge_rows import merge_rows
from data.load.record.outdated_deliveries import mixed, of_other_zone
from data.load.record_delivery import RecordedDelivery, record_delivery
from data.load.settle_delivery import settle_delivery
from data.load.stage_delivery import stage_delivery, watermark
from data.load.touched_members import TouchedMembers
from data.load.type_delivery import type_delivery


class MergeFailed(Exception):
    """A delivery that could not be merged: what was written of it has to be taken back."""

    def __init__(self, delivery: Delivery, fault: BadInput) -> None:
        super().__init__()
        self.delivery, self.fault = delivery, fault


def take_delivery(
    context: LoadContext,
    known: KnownDeliveries,
    delivery: Delivery,
    touched: TouchedMembers,
    progress: Progress,
) -> RecordedDelivery | PassedOver:
    """Take in one delivery whole, unless it is there already. Errors: BadInput where it has to wait; MergeFailed."""
    before = None if context.mends else known.before(delivery)
    if passed_over := known.passed_over(delivery, before):
        return passed_over
    progress(0.0, f"Reading {delivery.name}")
    again = known.read_again(delivery)
    since = None if again else watermark(context, delivery)
    with stage_delivery(context, delivery, since) as staged:
        if passed_over := known.says_nothing_new(delivery, staged.rows):
            return passed_over
        columns = check_columns(context, staged)
        progress(0.2, f"Understanding {delivery.name}")
        with type_delivery(context, staged, before) as typed:
            progress(0.5, f"Checking {delivery.name}")
            with check_delivery(context, typed, columns, before, again) as checked:
                _check_zone(context, known, checked)
                progress(0.6, f"Merging {delivery.name}")
                return _merge(context, checked, touched)


def _merge(context: LoadContext, checked: CheckedDelivery, touched: TouchedMembers) -> RecordedDelivery:
    with (
        _taken_back(checked.delivery),
        settle_delivery(context, checked, touched.removed) as settled,
        identify_members(context, settled, touched) as identified,
    ):
        return record_delivery(context, merge_rows(context, identified, touched))


@contextmanager
def _taken_back(delivery: Delivery) -> Iterator[None]:
    try:
        yield
    except BadInput as fault:
        raise MergeFailed(delivery, fault) from fault


def _check_zone(context: LoadContext, known: KnownDeliveries, checked: CheckedDelivery) -> None:
    """Errors: BadInput where days of two time zones would stand in one stream.

    A file that takes the place of what it brought by the former zone leaves fewer of them.
    """
    if checked.typed.zone is None or checked.before is not None or context.mends:
        return
    others = of_other_zone(context.rows, context.source, checked.part)
    covered = known.taking_place(checked.part) | set(checked.outdated) if others else set()
    if left := [each for each in others if each.batch not in covered]:
        raise mixed(left)
