"""How an audience stands in a snapshot: how many customers are in it, and what is to be known beside the number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from data.campaigns import audience_rows
from data.campaigns.audience_rows import FirstWritten
from data.model.fact_extent import Rows
from data.operational.audiences import Audience

SEEN_ALONE = "Counted are those of its customers whom you may see."
COUNTED = """SELECT count(DISTINCT customer_code) FROM audience_member JOIN customer_identity USING (identity_key)
WHERE audience = ? AND went IS NULL"""


@dataclass(frozen=True, slots=True)
class AudienceStanding:
    """How many customers stand in an audience on this snapshot, and sentences on the number; `is_written` says whether
    the snapshot has it at all."""

    customers: int
    is_written: bool
    notes: tuple[str, ...]


def audience_standing(rows: Rows, audience: Audience, is_part: bool = False) -> AudienceStanding:
    """How an audience stands; `rows` is a snapshot's. `is_part` says that a policy shows some of the customers alone:
    how many were counted and written is then nothing to hold the number against."""
    first = audience_rows.written(rows, audience.id)
    customers = int(rows(COUNTED, [audience.id])[0][0])
    if is_part and first:
        return AudienceStanding(customers, True, (SEEN_ALONE,))
    notes = tuple(_notes(audience, first, customers, audience_rows.trouble(rows, audience.id)))
    return AudienceStanding(customers, first is not None, notes)


def _notes(audience: Audience, first: FirstWritten | None, customers: int, trouble: str) -> Iterator[str]:
    if trouble:
        kept = " Its customers stay as they were." if first else ""
        yield f"It could not follow the last publication. {trouble}{kept}"
    if first is None:
        if not trouble:
            yield "The next publication brings its customers: somebody else was writing to the warehouse."
        return
    if first.customers != audience.counted:
        yield (
            f"{audience.counted:,} were counted when it was made, and {first.customers:,} were written with publication"
            f" {first.publication}: the data had changed meanwhile, or persons among them were erased."
        )
    if not audience.is_living and customers != first.customers:
        yield (
            f"{first.customers:,} were written, and {customers:,} stand in it now: some were erased, or found to be"
            " one customer or several."
        )
