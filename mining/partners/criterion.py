"""A criterion by which partners are judged: which way is better, its weight, what is a must and what is aimed at."""

from __future__ import annotations

import math
from dataclasses import dataclass

from data.errors import BadRequest

MOST_WEIGHT = 1e6  # sums of what weighs more have no end


@dataclass(frozen=True, slots=True)
class Criterion:
    """`unit` is that of its values (percent: a share from 0 to 1), `counted` what the n behind a value counts.

    `floor` is a must-have: who is known to be on its wrong side is not ranked; `target` is what is aimed at, and ranks
    nobody. `ends` are the least and greatest value that there can be, where that is known: SPOTIS measures within them.
    """

    name: str
    label: str
    is_more_better: bool
    unit: str = "number"
    counted: str = ""
    weight: float = 1.0
    floor: float | None = None
    target: float | None = None
    ends: tuple[float | None, float | None] = (None, None)

    @property
    def towards(self) -> int:
        """1 where more is better, -1 where less is."""
        return 1 if self.is_more_better else -1

    def misses(self, value: float) -> bool:
        """Whether a value is on the wrong side of the floor; one that is not known is not."""
        return self.floor is not None and (value - self.floor) * self.towards < 0

    def meets_target(self, value: float) -> bool | None:
        """None where there is no target, or the value is not known."""
        if self.target is None or math.isnan(value):
            return None
        return (value - self.target) * self.towards >= 0


def check_weights(criteria: tuple[Criterion, ...]) -> None:
    """Raises BadRequest for weights that nothing can be weighed with."""
    for each in criteria:
        if not 0 <= each.weight <= MOST_WEIGHT:
            raise BadRequest(
                f"{each.label} cannot weigh {each.weight:g}.", f"Take a number from 0 to {MOST_WEIGHT:,g}."
            )
    if not any(each.weight for each in criteria):
        raise BadRequest(
            "All weights are 0, so that nothing tells partners apart.",
            "Give at least one criterion a weight above 0.",
        )
