"""A shown answer: one that tells no small count beside those that the same person was shown before."""

from __future__ import annotations

from collections.abc import Callable

from cubes.ask.answer import Answer
from cubes.withholding.shown_before import ShownBefore, told_together
from cubes.withholding.small_counts import Withholding
from data.store.warehouse import Warehouse

MOST_TRIES = 3


def shown_answer(
    warehouse: Warehouse, found: Answer, before: ShownBefore, again: Callable[[Withholding], Answer]
) -> Answer:
    """The answer as it may be shown, which is remembered; `again` gives it with more withheld.

    Errors: NotAllowed where it would tell too much whatever is withheld of it.
    """
    asked = tuple(each.told for each in found.counted)
    also = before.also.get(asked, frozenset())
    if also:
        return again(Withholding(also=also))
    for _ in range(MOST_TRIES if asked else 0):
        more = before.take(warehouse, found.counted)
        if not more:
            before.also[asked] = also
            return found
        also |= more
        found = again(Withholding(also=also))
    if asked:
        raise told_together(warehouse.policy.smallest)
    return found
