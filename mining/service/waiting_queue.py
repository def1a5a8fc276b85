"""What callers meet where so many agents answer: Erlang C where they wait for ever, Erlang A where they hang up.

Calls come at random (Poisson), take exponential times and are answered in turn. By Erlang C all wait until they are
answered; by Erlang A (Palm's M/M/n+M) each hangs up after an exponential patience.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, inf, isfinite, log

from scipy.special import gammainc, gammaln

from data.errors import BadRequest

MOST_ERLANGS = 20_000
TINY = 1e-17


@dataclass(frozen=True, slots=True)
class Workload:
    """So many `calls` in so many `seconds`, each handled for `handle` seconds; who waits hangs up after `patience`
    seconds on average, None for never. Errors: BadRequest for what cannot be."""

    calls: float
    seconds: float
    handle: float
    patience: float | None = None

    def __post_init__(self) -> None:
        check_number(self.calls >= 0, "calls", self.calls, "0 or more")
        check_number(self.seconds > 0, "seconds", self.seconds, "more than 0, such as 3600")
        check_number(self.handle > 0, "handling time", self.handle, "more than 0 seconds, such as 180")
        if self.patience is not None:
            check_number(self.patience > 0, "patience", self.patience, "more than 0 seconds, such as 120")
        if self.erlangs > MOST_ERLANGS:
            raise BadRequest(
                f"{self.calls:,g} calls of {self.handle:g} seconds in {self.seconds:g} seconds keep"
                f" {self.erlangs:,.0f} agents busy, more than {MOST_ERLANGS:,}.",
                "Look at a shorter interval, and check that all times are in seconds.",
            )

    @property
    def erlangs(self) -> float:
        """The load: how many agents would be busy if nobody ever waited."""
        return self.calls * self.handle / self.seconds


@dataclass(frozen=True, slots=True)
class QueueState:
    """What `agents` make of a load in the long run.

    `waiting` is the chance to wait at all, `mean_wait` of all calls in seconds (hung up ones included), `answered` the
    share of all calls that are answered within the time asked for, `abandoned` the share that hangs up, `occupancy` of
    the agents. With too few agents for callers who never hang up the queue grows for ever: everybody waits, infinitely.
    """

    agents: int
    waiting: float
    mean_wait: float
    answered: float
    abandoned: float
    occupancy: float


def queue_state(work: Workload, agents: int, within: float) -> QueueState:
    """What so many agents make of a load; `within` are the seconds in which a call is to be answered.

    Errors: BadRequest for fewer than 0 agents or seconds.
    """
    check_number(agents >= 0, "number of agents", agents, "0 or more")
    check_number(within >= 0, "time to answer", within, "0 seconds or more")
    if not work.calls:
        return QueueState(agents, 0.0, 0.0, 1.0, 0.0, 0.0)
    if agents == 0:
        patient = work.patience is None
        return QueueState(0, 1.0, inf if patient else work.patience or inf, 0.0, 0.0 if patient else 1.0, 1.0)
    return _erlang_c(work, agents, within) if work.patience is None else _erlang_a(work, agents, within)


def blocking(erlangs: float, agents: int) -> float:
    """The chance that all agents are busy where nobody waits (Erlang B), by the recursion in the number of agents."""
    found = 1.0
    for count in range(1, agents + 1):
        found = erlangs * found / (count + erlangs * found)
        if not found:  # nor is anybody turned away by more of them
            break
    return found


def _erlang_c(work: Workload, agents: int, within: float) -> QueueState:
    """Erlang 1917; Gross, Shortle, Thompson & Harris, "Fundamentals of queueing theory" (2008), 2.3."""
    load = work.erlangs
    if load >= agents:
        return QueueState(agents, 1.0, inf, 0.0, 0.0, 1.0)
    blocked = blocking(load, agents)
    waiting = blocked / (1 - load / agents * (1 - blocked))
    pace = (agents - load) / work.handle
    return QueueState(
        agents, waiting, waiting / pace, 1 - waiting * exp(-pace * within), 0.0, load / agents
    )  # fmt: skip


def _erlang_a(work: Workload, agents: int, within: float) -> QueueState:
    """Mandelbaum & Zeltyn, "Service engineering in action: the Palm/Erlang-A queue" (2007), section 4 and appendix.

    With V the wait that a patient caller would be offered: P(V > 0) = rho A B / (1 + rho A B) of the `blocking` B by
    one agent less and Palm's A; who is answered within t was offered V <= t and was patient enough for it.
    """
    assert work.patience is not None
    load = work.erlangs
    use, busy = load / agents, agents * work.patience / work.handle
    calls = load * work.patience / work.handle
    others = blocking(load, agents - 1)
    palm = _log_palm(busy, calls)
    scale = exp(-palm)
    whole = scale + use * others
    left = exp(-within / work.patience)
    drift = calls * -expm1(-within / work.patience) - busy * within / work.patience
    beyond = exp(drift + _log_palm(busy, calls * left) - palm) - exp(drift - palm)
    answered = (scale * (1 - others) + others * (1 - beyond)) / whole
    waiting = use * others / whole
    abandoned = min(max(waiting * (scale / use + 1 - 1 / use), 0.0), 1.0)
    return QueueState(
        agents, waiting, abandoned * work.patience, min(max(answered, 0.0), 1.0), abandoned,
        min(use * (1 - abandoned), 1.0),
    )  # fmt: skip


def _log_palm(busy: float, calls: float) -> float:
    """The logarithm of Palm's A(x, y) = 1 + y / (x+1) + y^2 / (x+1)(x+2) + ...: what a queue is to those in service."""
    if calls > busy + 1:
        return float(
            log(busy) + calls - busy * log(calls) + gammaln(busy) + log(gammainc(busy, calls))
        )  # fmt: skip
    total = term = count = 1.0
    while term > TINY * total:
        term *= calls / (busy + count)
        total, count = total + term, count + 1
    return log(total)


def check_number(holds: bool, name: str, value: float, wanted: str) -> None:
    """Errors: BadRequest where a number of that name cannot be; `wanted` says what can."""
    if not (holds and isfinite(value)):
        raise BadRequest(f"The {name} cannot be {value:g}.", f"Give {wanted}.")
