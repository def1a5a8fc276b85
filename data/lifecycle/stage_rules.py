"""The rules of a life cycle, read from the file that declares them and checked before anything is derived by them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any

from data.errors import BadInput, did_you_mean

HERE = Path(__file__).parent
NO_LIMIT = 2**31 - 1
FIELDS = {
    "the file": ({"version", "subject", "stages", "first", "events"}, {"transition", "timer"}),
    "transition": ({"from", "on", "to"}, {"at_least", "at_most", "stay_days"}),
    "timer": ({"from", "since", "silent_days", "to"}, {"stay_days"}),
}


@dataclass(frozen=True, slots=True)
class StageTransition:
    """Whoever stands in one of `origins` for `stay_days` at least goes to `to` on the `at_least`-th to `at_most`-th
    event of the kind `on`."""

    origins: tuple[str, ...]
    on: str
    to: str
    at_least: int = 1
    at_most: int = NO_LIMIT
    stay_days: int = 0

    def __str__(self) -> str:
        return f"{' or '.join(self.origins)} to {self.to} on {self.on}"

    def answers_as(self, other: StageTransition) -> bool:
        """Whether there is an event that both answer."""
        apart = self.at_most < other.at_least or other.at_most < self.at_least
        return self.on == other.on and bool({*self.origins} & {*other.origins}) and not apart


@dataclass(frozen=True, slots=True)
class SilenceTimer:
    """Whoever stands in one of `origins` goes to `to` when `silent_days` passed since the last event `since`."""

    origins: tuple[str, ...]
    since: str
    silent_days: int
    to: str
    stay_days: int = 0

    @property
    def kind(self) -> str:
        """The kind of event that it is when it runs out.

        >>> SilenceTimer(("Retain",), "purchase", 365, "Lost").kind
        'no purchase for 365 days'
        """
        return f"no {self.since} for {self.silent_days} days"

    @property
    def transition(self) -> StageTransition:
        """What it does when it runs out."""
        return StageTransition(self.origins, self.kind, self.to, stay_days=self.stay_days)


@dataclass(frozen=True, slots=True)
class StageRules:
    """A life cycle: its stages in their order, the kinds of events in their order on one day, what leads where."""

    version: int
    subject: str
    stages: tuple[str, ...]
    first: str
    events: tuple[str, ...]
    transitions: tuple[StageTransition, ...]
    timers: tuple[SilenceTimer, ...]
    fingerprint: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds of events in their order on one day: those that happen, then the timers that run out."""
        return (*self.events, *dict.fromkeys(timer.kind for timer in self.timers))

    @property
    def every_transition(self) -> tuple[StageTransition, ...]:
        """The transitions, those of timers among them."""
        return (*self.transitions, *(timer.transition for timer in self.timers))

    def is_heard_after(self, kind: str, other: str) -> bool:
        """Whether an event of a kind may still change anything once there was one of the `other` kind."""
        there = {stage for each in self.stages for stage in self._after(each, other)}
        while further := {each.to for each in self.every_transition if there & {*each.origins}} - there:
            there |= further
        return any(there & {*each.origins} for each in self.transitions if each.on == kind)

    def _after(self, stage: str, kind: str) -> set[str]:
        """Where whoever stands in a stage may stand after an event of a kind."""
        ways = [each for each in self.transitions if each.on == kind and stage in each.origins]
        moves = any(each.at_least == 1 and each.at_most == NO_LIMIT and not each.stay_days for each in ways)
        return {*(each.to for each in ways), *([] if moves else [stage])}

    def faults(self) -> Iterator[str]:
        """What is wrong with them, in sentences."""
        yield from _faults_of_names(self)
        for each in self.every_transition:
            yield from _faults_of_transition(each, self)
        for one, other in combinations(self.every_transition, 2):
            if one.answers_as(other):
                yield f"{one} and {other} answer the same event"
        yield from _timer_cycle(self.timers)


def _faults_of_names(rules: StageRules) -> Iterator[str]:
    for what, names in (("stage", rules.stages), ("kind of event", rules.events)):
        yield from (f"the {what} {name!r} is named twice" for name in _twice(names))
    if rules.first not in rules.stages:
        yield f"the first stage {rules.first!r} is none of the stages"
    for timer in rules.timers:
        if timer.silent_days < 1:
            yield f"a timer of {timer.silent_days} days is none"
        if timer.since not in rules.events:
            yield f"no event is called {timer.since!r}. {did_you_mean(timer.since, rules.events)}"


def _twice(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _faults_of_transition(each: StageTransition, rules: StageRules) -> Iterator[str]:
    for stage in (*each.origins, each.to):
        if stage not in rules.stages:
            yield f"no stage is called {stage!r}. {did_you_mean(stage, rules.stages)}"
    if each.on not in rules.kinds:
        yield f"no event is called {each.on!r}. {did_you_mean(each.on, rules.events)}"
    if each.to in each.origins:
        yield f"{each} leads where it comes from"
    if not each.origins:
        yield f"what leads to {each.to} on {each.on} comes from no stage"
    if not 1 <= each.at_least <= each.at_most:
        yield f"{each} is on no event from the {each.at_least}. to the {each.at_most}."
    if each.stay_days < 0:
        yield f"{each} asks for a stay of {each.stay_days} days"


def _timer_cycle(timers: Iterable[SilenceTimer]) -> Iterator[str]:
    """A way round by timers alone: nobody would ever stand still on it."""
    reached_from: dict[str, set[str]] = {}
    for timer in timers:
        reached_from.setdefault(timer.to, set()).update(timer.origins)
    try:
        TopologicalSorter(reached_from).prepare()
    except CycleError as cycle:
        yield f"timers alone lead in a circle: {' to '.join(cycle.args[1])}"


@cache
def declared(subject: str = "customer") -> StageRules:
    """The rules of the life cycle of customers, or of other subjects that a file beside this one is named after."""
    return read((HERE / f"{subject}_stages.toml").read_text(encoding="utf-8"))


def read(text: str) -> StageRules:
    """The rules that a TOML text declares. Raises BadInput that says in words all that is wrong with them."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refused([f"it is no TOML: {error}"]) from error
    if faults := [*_faults_of_fields(table)]:
        raise _refused(faults)
    rules = StageRules(
        table["version"],
        table["subject"],
        tuple(table["stages"]),
        table["first"],
        tuple(table["events"]),
        tuple(StageTransition(**_named(each)) for each in table.get("transition", [])),
        tuple(SilenceTimer(**_named(each)) for each in table.get("timer", [])),
        sha256(text.encode()).hexdigest()[:16],
    )
    if faults := [*rules.faults()]:
        raise _refused(faults)
    return rules


def _named(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"origins": tuple(entry["from"]), **{name: told for name, told in entry.items() if name != "from"}}


def _faults_of_fields(table: Mapping[str, Any]) -> Iterator[str]:
    entries = [(kind, each) for kind in ("transition", "timer") for each in table.get(kind, [])]
    for kind, entry in (("the file", table), *entries):
        needed, allowed = FIELDS[kind]
        yield from (f"{kind} does not say {name!r}" for name in sorted(needed - entry.keys()))
        for name in sorted(entry.keys() - needed - allowed):
            yield f"{kind} says {name!r}. {did_you_mean(name, needed | allowed)}"


def _refused(faults: Sequence[str]) -> BadInput:
    return BadInput(
        f"The rules of the life cycle cannot be used: {'; '.join(fault.rstrip('.') for fault in faults)}.",
        "Mend the file that declares them.",
    )
