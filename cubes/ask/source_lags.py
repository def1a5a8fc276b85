"""How far each source reaches: one that ends before the others has not fallen, it has not been delivered yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.model.calendar import day_key, to_date
from data.model.said import Said, said
from data.store.warehouse import Warehouse

RECENT_DAYS = 400  # in which the rhythm of a source is looked for
ENDED_DAYS = 92  # without a line, after which a source is taken to have ended for good
YOUNGER_DAYS = 31  # by which a source began later than the one whose place it took
USUAL_SHARE = 0.95  # of the gaps between the days of a source that are not longer than what is usual


@dataclass(frozen=True, slots=True)
class Lag:
    """A source whose lines end earlier than those of the others: its last day, and the batches that it came in."""

    source: str
    last: int
    batches: tuple[int, ...]

    def sentence(self, last: int) -> Said:
        """The lag in words, where the others reach until the day `last`."""
        return said(
            "{} ends on {}, {:,} days before the rest: the time after is not over for it, and it is compared up to"
            " there only.",
            self.source,
            to_date(self.last),
            last - self.last,
        )


def lags(warehouse: Warehouse, fact: str) -> tuple[Lag, ...]:
    """The sources of a fact that have not delivered as far as the others, found once for a snapshot.

    A source lags whose last line is further back from the fact's last day than 95 of 100 of its own gaps between
    days with lines are long. It has ended, and does not lag, where that is more than 92 days ago, or where another
    source, younger by a month at least, began within those days before its end or after it, and so may have taken its
    place.
    """
    name = f"lags:{fact}"
    if name not in warehouse.beside:
        warehouse.beside[name] = _found(warehouse, fact)
    found: tuple[Lag, ...] = warehouse.beside[name]
    return found


def _found(warehouse: Warehouse, fact: str) -> tuple[Lag, ...]:
    extent = warehouse.profile.extents[fact].last_day
    batches: dict[str, list[int]] = {}
    for batch, source in warehouse.rows("SELECT batch, source FROM batch ORDER BY batch"):
        batches.setdefault(source, []).append(batch)
    if extent is None or len(batches) < 2:
        return ()
    last = day_key(extent)
    days = _days(warehouse, fact, last, {batch: source for source, own in batches.items() for batch in own})
    return tuple(
        Lag(source, int(own[-1]), tuple(batches[source]))
        for source, own in sorted(days.items())
        if _lags(own, last) and not any(_follows(other, own) for other in days.values())
    )


def _days(warehouse: Warehouse, fact: str, last: int, sources: dict[int, str]) -> dict[str, np.ndarray]:
    """The days with lines of each source in the last while, in order."""
    found = warehouse.arrays(
        f"SELECT DISTINCT batch, day_key FROM {fact} WHERE day_key BETWEEN ? AND ? ORDER BY ALL",
        [last - RECENT_DAYS, last],
    )
    of = np.array([sources.get(int(batch), "") for batch in found["batch"]])
    return {source: np.unique(found["day_key"][of == source]) for source in set(of.tolist()) if source}


def _lags(days: np.ndarray, last: int) -> bool:
    """Whether the time since the last of these days is longer than is usual between them, and yet no end."""
    since = last - int(days[-1])
    usual = np.quantile(np.diff(days), USUAL_SHARE, method="higher") if len(days) > 1 else ENDED_DAYS
    return bool(usual < since <= ENDED_DAYS)


def _follows(other: np.ndarray, days: np.ndarray) -> bool:
    """Whether a source with lines on the days `other` may have taken the place of this one."""
    return bool(other[0] > max(days[-1] - ENDED_DAYS, days[0] + YOUNGER_DAYS))
