"""Who of the customers that lists described anew is somebody known already."""

from __future__ import annotations

from collections.abc import Sequence

from data.load.load_context import LoadContext, Progress
from data.load.record.merged_identities import resolve
from data.load.touched_members import TouchedMembers
from data.model.canonical_tables import CUSTOMER

FEW = 4  # where fewer than one of so many is described anew, only those are looked at


def recognise_customers(
    context: LoadContext, touched: TouchedMembers, newly_described: Sequence[int], progress: Progress
) -> tuple[str, ...]:
    """Give the identities of one customer one code; what is told of it."""
    if not context.mapping.match or not newly_described:
        return ()
    everybody = context.rows("SELECT count(*) FROM customer_identity", [])[0][0]
    only = list(dict.fromkeys(newly_described))
    touched.derive(CUSTOMER)
    progress(0.8, "Recognising customers")
    changed = resolve(context.connection, only if len(only) * FEW < everybody else None)
    return (f"{changed:,} records turned out to be customers known by another number.",) if changed else ()
