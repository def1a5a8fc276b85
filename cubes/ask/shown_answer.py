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
    also: frozenset[int] = frozenset()
    for _ in range(MOST_TRIES if found.counted else 0):
        more = before.take(warehouse, found.counted)
        if not more:
            return found
        also |= more
        found = again(Withholding(also=also))
    if found.counted:
        raise told_together(warehouse.policy.smallest)
    return found
