"""Check the columns: what those of a delivery are called and look like, held against the deliveries before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from data.errors import BadInput
from data.load.checking import column_drift
from data.load.checking.like_deliveries import Alike, shown
from data.load.load_context import LoadContext
from data.load.mappings.deliveries import Delivery
from data.load.stage_delivery import StagedDelivery
from data.sources.file import Staged


@dataclass(frozen=True, slots=True)
class CheckedColumns:
    """The header that the ledger keeps of a delivery, and the `warnings` of how it differs from earlier ones."""

    header: column_drift.Header
    warnings: tuple[str, ...]


def check_columns(context: LoadContext, staged: StagedDelivery) -> CheckedColumns:
    """Errors: BadInput where a field of the mapping cannot be filled any more, or the mapping says to stop."""
    header = column_drift.header(context.connection, staged.rows)
    told = () if context.mends else _drift(context, staged.delivery, header)
    _check_names(staged.delivery, staged.rows)
    return CheckedColumns(header, tuple(f"{staged.delivery.name}: {each}" for each in told))


def _drift(context: LoadContext, delivery: Delivery, header: column_drift.Header) -> tuple[str, ...]:
    headers, alike = Alike(context.source, delivery).headers(context.connection)
    part = delivery.part
    whole = context.mapping.part(part.subject) or part
    called = [column_drift.called_as(each, header, whole) for each in headers]
    named = replace(part, alternatives=whole.alternatives)
    found = column_drift.compare(shown(called), header, named, shown(called, back=1))
    return column_drift.decide([each for each in found if alike or each.stops], part.drift)


def _check_names(delivery: Delivery, rows: Staged) -> None:
    """Errors: BadInput where one of several files side by side calls a column otherwise."""
    part, made = delivery.part, delivery.part.shape.unpivot
    known = {*rows.columns, *((made.name, made.value) if made else ())}
    missing = next((each for each in part.columns.items() if each[1] not in known), None)
    if missing is None or part.joins or not delivery.stands_beside:
        return
    field, column = missing
    raise BadInput(
        f"There is no column {column!r} in {rows.name}. Its columns are: {', '.join(rows.columns[:20])}.",
        f'If files call it differently, list its names: {field} = ["{column}", "..."] under'
        f" [{part.subject}.columns]. The first that a file has is read.",
    )
