"""The space that what is counted beforehand may take beside the facts, and how its kinds share it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cubes.aggregates.aggregate import AggregateKind
from data.model.fact_extent import Rows

LEAST_LINES, SHARE = "rollups_from_lines", "rollups_share"
DEFAULTS = {LEAST_LINES: "200000", SHARE: "0.4"}
BYTES_A_LINE = 19
LEAST_ROOM = 256_000_000  # bytes that all cubes may take together, however few lines there are


def share(rows: Rows) -> float:
    """The owner's budget: what all kinds may take together, as a share of the facts."""
    return _setting(rows, SHARE)


def least_lines(rows: Rows) -> int:
    """From how many lines of a fact on anything is counted beforehand."""
    return int(_setting(rows, LEAST_LINES))


def _setting(rows: Rows, name: str) -> float:
    found = rows("SELECT value FROM setting WHERE name = ?", [name])
    return float(found[0][0] if found else DEFAULTS[name])


@dataclass(frozen=True, slots=True)
class SpaceBudget:
    """The bytes that are granted for one cube."""

    granted: float

    @classmethod
    def of(cls, rows: Rows, lines: int, every: int) -> SpaceBudget:
        """The owner's share of a fact of so many lines, or its part of the least room, by the lines of `every` fact."""
        owners = share(rows)
        return cls(max(owners * BYTES_A_LINE * lines, LEAST_ROOM * lines / every) if owners else 0.0)

    def spend(
        self, kinds: Sequence[AggregateKind], choose: Callable[[AggregateKind, float], float | None]
    ) -> None:
        """Let each kind choose within its part and what those before it left, up to one that takes none."""
        left = 0.0
        for kind in kinds:
            own = self.granted * kind.share + left
            taken = choose(kind, own)
            if taken is None:
                return
            left = own - min(taken, own)
