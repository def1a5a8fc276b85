"""From what happened to subjects to the stages that they went through: pure, and for all subjects at once.

The rules are compiled into a table, state x kind of event x how often it happened by then; then the first events of all
subjects are looked up in it together, then the second ones, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.lifecycle.stage_rules import StageRules

Numbers = NDArray[Any]
NEVER = 2**31 - 1  # a day that does not come
NOWHERE = -1
DAY_BITS, KIND_BITS = 21, 6  # an event is packed into one number: its subject, its day and its kind
EARLIEST = -(2 ** (DAY_BITS - 1))


@dataclass(frozen=True, slots=True)
class SubjectEvents:
    """What happened: `subject` (>= 0), `day` (since 1970-01-01) and `kind` (its place in the rules' `kinds`), in any
    order; what is told twice counts once."""

    subject: Numbers
    day: Numbers
    kind: Numbers


@dataclass(frozen=True, slots=True)
class DerivedStages:
    """Stage events, by subject and in their order: when whoever left which stage (-1: none) for which, and on what.

    `subjects` are all that were looked at, `due` the day on which each has to be looked at again though nothing
    happened: a timer runs out, or what was dated later than the derivation comes true.
    """

    subject: Numbers
    seq: Numbers
    day: Numbers
    origin: Numbers
    to: Numbers
    kind: Numbers
    subjects: Numbers
    due: Numbers


def derive(rules: StageRules, events: SubjectEvents, as_of: int) -> DerivedStages:
    """The stages of every subject as of the close of the day `as_of`, from what is dated until then.

    A subject enters the first stage with the first event, whatever its kind. Of events on one day those come first
    whose kind stands first in the rules; each may lead to another stage.
    """
    packed = np.sort(_packed(events.subject, events.day, events.kind))
    packed = packed[_begins(packed)]
    subject = packed >> (DAY_BITS + KIND_BITS)
    subjects = subject[_begins(subject)]
    timed, due = _with_timers(rules, packed, subjects, as_of)
    subject, day, kind = _unpacked(timed)
    at, origin, to = _moves(rules, _begins(subject), day, kind, _ordinals(subject, kind))
    return DerivedStages(subject[at], _counted(subject[at]), day[at], origin, to, kind[at], subjects, due)


def _packed(subject: Numbers, day: Numbers, kind: Numbers | int) -> Numbers:
    days: Numbers = (subject.astype(np.int64) << DAY_BITS) + (day.astype(np.int64) - EARLIEST)
    return (days << KIND_BITS) + kind


def _unpacked(packed: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    days = packed >> KIND_BITS
    return days >> DAY_BITS, (days & (2**DAY_BITS - 1)) + EARLIEST, packed & (2**KIND_BITS - 1)


def _begins(values: Numbers) -> Numbers:
    """Where each value (>= 0) stands first; `values` sorted. Hashing, as np.unique does, takes ten times as long."""
    return np.flatnonzero(np.diff(values, prepend=NOWHERE))


def _counted(subject: Numbers) -> Numbers:
    """The how-manieth of its subject each row is, from 1; `subject` sorted."""
    starts = _begins(subject)
    passed: Numbers = np.repeat(starts, np.diff(starts, append=subject.size))
    return np.arange(1, subject.size + 1) - passed


def _with_timers(
    rules: StageRules, packed: Numbers, subjects: Numbers, as_of: int
) -> tuple[Numbers, Numbers]:
    """The events until `as_of` with those of the timers that ran out by then, sorted; when each subject is due."""
    subject, day, kind = _unpacked(packed)
    late = day > as_of
    due = np.full(subjects.size, NEVER, np.int64)
    _sooner(due, subjects, subject[late], day[late])
    run_out = []
    for name in dict.fromkeys(timer.kind for timer in rules.timers):
        timer = next(each for each in rules.timers if each.kind == name)
        since = ~late & (kind == rules.events.index(timer.since))
        who, last = subject[since], day[since]
        ends = last + timer.silent_days
        following = np.append(np.where(who[1:] == who[:-1], last[1:], NEVER), [NEVER] * bool(who.size))
        silent = following > ends
        ended = silent & (ends <= as_of)
        run_out.append(_packed(who[ended], ends[ended], rules.kinds.index(name)))
        pending = silent & (ends > as_of)
        _sooner(due, subjects, who[pending], ends[pending])
    return np.sort(np.concatenate([packed[~late], *run_out])), due


def _sooner(due: Numbers, subjects: Numbers, subject: Numbers, day: Numbers) -> None:
    np.minimum.at(due, np.searchsorted(subjects, subject), day)


def _ordinals(subject: Numbers, kind: Numbers) -> Numbers:
    """Which event of its kind each is for its subject, from 1; `subject` sorted."""
    found = np.zeros(subject.size, np.int64)
    for each in range(kind.max(initial=NOWHERE) + 1):
        own = np.flatnonzero(kind == each)
        found[own] = _counted(subject[own])
    return found


def _compiled(rules: StageRules) -> tuple[Numbers, Numbers]:
    """Tables by state, kind and ordinal (the last stands for all beyond): where to, and after which stay."""
    bounds = [max(each.at_least, each.at_most + 1 if each.at_most < NEVER else 0)
              for each in rules.every_transition]  # fmt: skip
    shape = (len(rules.stages), len(rules.kinds), max([1, *bounds]) + 1)
    to, stay = np.full(shape, NOWHERE, np.int8), np.zeros(shape, np.int64)
    for each in rules.every_transition:
        for stage in each.origins:
            cells = np.s_[
                rules.stages.index(stage), rules.kinds.index(each.on), each.at_least : each.at_most + 1
            ]
            to[cells], stay[cells] = rules.stages.index(each.to), each.stay_days
    return to, stay


def _moves(
    rules: StageRules, starts: Numbers, day: Numbers, kind: Numbers, ordinal: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """The events on which somebody moved, from where and to where, in the order of the events.

    `starts` tells where the events of each subject begin; on its first a subject enters the first stage.
    """
    targets, stays = _compiled(rules)
    ordinal = np.minimum(ordinal, targets.shape[2] - 1)
    counts = np.diff(np.append(starts, day.size))
    longest_first = np.argsort(-counts, kind="stable")
    starts, counts = starts[longest_first], counts[longest_first]
    first = rules.stages.index(rules.first)
    state, since = np.full(starts.size, first, np.int8), day[starts]
    found = [(starts, np.full(starts.size, NOWHERE, np.int8), state.copy())]
    active = np.searchsorted(-counts, -np.arange(counts.max(initial=0)), side="left")
    for place, many in enumerate(active):
        at = starts[:many] + place
        to = targets[state[:many], kind[at], ordinal[at]]
        waited = day[at] - since[:many] >= stays[state[:many], kind[at], ordinal[at]]
        moved = np.flatnonzero((to != NOWHERE) & waited)
        found.append((at[moved], state[moved], to[moved]))
        state[moved], since[moved] = to[moved], day[at[moved]]
    at, origin, to = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.argsort(at, kind="stable")  # on its first event a subject enters before it moves
    return at[order], origin[order], to[order]
