"""How many agents a load takes so that enough calls are answered soon enough, and what one more or fewer does."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import ceil

import polars as pl

from mining.service.waiting_queue import QueueState, Workload, check_number, queue_state

AROUND = 2
SCHEMA = {
    "agents": pl.Int64, "waiting": pl.Float64, "mean_wait": pl.Float64, "answered": pl.Float64,
    "abandoned": pl.Float64, "occupancy": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """The `share` of calls (0 to 1) to be answered `within` seconds, by agents busy for `max_occupancy` of their time
    at most, of whom `shrinkage` are away. Errors: BadRequest for what no number of agents reaches."""

    share: float = 0.8
    within: float = 20.0
    max_occupancy: float = 1.0
    shrinkage: float = 0.0

    def __post_init__(self) -> None:
        check_number(
            0 < self.share < 1, "share to be answered", self.share, "more than 0 and less than 1, such as .8"
        )
        check_number(0 <= self.within < 1e9, "time to answer", self.within, "0 seconds or more, such as 20")
        check_number(
            0 < self.max_occupancy <= 1, "greatest occupancy", self.max_occupancy, "more than 0, up to 1"
        )
        check_number(
            0 <= self.shrinkage < 1, "shrinkage", self.shrinkage, "0 or more and less than 1, such as .3"
        )

    def reached_by(self, state: QueueState) -> bool:
        return state.answered >= self.share and state.occupancy <= self.max_occupancy

    def scheduled(self, agents: int) -> int:
        """How many are to be on the roster so that so many answer, some being away."""
        return ceil(round(agents / (1 - self.shrinkage), 9))


@dataclass(frozen=True, slots=True)
class Staffing:
    """The fewest agents that reach a target: what they make of the load (`state`), and how many are `scheduled`."""

    work: Workload
    target: ServiceTarget
    state: QueueState
    scheduled: int

    @property
    def agents(self) -> int:
        return self.state.agents


def agents_needed(work: Workload, target: ServiceTarget) -> Staffing:
    """The fewest agents with whom the target is reached: more of them never make it worse."""

    def enough(agents: int) -> bool:
        return target.reached_by(queue_state(work, agents, target.within))

    most = 1 if work.calls else 0
    while not enough(most):
        most = max(2 * most, ceil(work.erlangs))
    agents = bisect_left(range(most + 1), True, key=enough)
    return Staffing(work, target, queue_state(work, agents, target.within), target.scheduled(agents))


def agents_around(found: Staffing, around: int = AROUND) -> pl.DataFrame:
    """What so many agents more or fewer do, a row each: `agents`, `more` (how many more than needed), `waiting`,
    `mean_wait` (seconds, null where the queue grows for ever), `answered`, `abandoned`, `occupancy`."""
    first = max(found.agents - around, min(found.agents, 1))
    states = [
        queue_state(found.work, each, found.target.within) for each in range(first, found.agents + around + 1)
    ]
    rows = [(s.agents, s.waiting, s.mean_wait, s.answered, s.abandoned, s.occupancy) for s in states]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").select(
        "agents",
        (pl.col("agents") - found.agents).alias("more"),
        "waiting",
        pl.when(pl.col("mean_wait").is_finite()).then("mean_wait"),
        "answered", "abandoned", "occupancy",
    )  # fmt: skip
