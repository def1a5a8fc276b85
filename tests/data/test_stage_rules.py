"""Rules of a life cycle that cannot be meant are refused in words; what they derive is what a loop derives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from data.errors import BadInput
from data.lifecycle import stage_rules
from data.lifecycle.derive_stages import NEVER, SubjectEvents, derive
from data.lifecycle.stage_rules import StageRules

GIVEN = """
version = 1
subject = "customer"
stages = ["New", "Trial", "Active", "Asleep", "Gone"]
first = "New"
events = ["known", "contact", "purchase"]
[[transition]]
from = ["New"]
on = "contact"
to = "Trial"
[[transition]]
from = ["New", "Trial"]
on = "purchase"
at_most = 2
stay_days = 5
to = "Active"
[[transition]]
from = ["New", "Trial"]
on = "purchase"
at_least = 3
to = "Active"
[[transition]]
from = ["Asleep", "Gone"]
on = "purchase"
to = "Active"
[[timer]]
from = ["Active"]
since = "purchase"
silent_days = 20
to = "Asleep"
[[timer]]
from = ["Asleep", "Trial"]
since = "purchase"
silent_days = 45
to = "Gone"
"""
ANOTHER_TIMER = """from = ["Active"]
since = "purchase"
silent_days = 20
to = "Gone"
[[timer]]
from = ["Asleep", "Trial"]"""
Told = tuple[int, int, str | None, str, str]


def by_a_loop(rules: StageRules, events: list[tuple[int, int, str]], as_of: int) -> list[Told]:
    """One subject after another and one day after another: (subject, day, from, to, on)."""
    found: list[Told] = []
    for subject in sorted({who for who, _, _ in events}):
        own = {(day, kind) for who, day, kind in events if who == subject and day <= as_of}
        stage: str | None = None
        since = 0
        happened: dict[str, list[int]] = {kind: [] for kind in rules.kinds}
        for day in range(min((day for day, _ in own), default=as_of + 1), as_of + 1):
            today = [kind for kind in rules.events if (day, kind) in own]
            if stage is None:
                found.append((subject, day, None, rules.first, today[0]))
                stage, since = rules.first, day
            for kind in rules.kinds:
                timer = next((each for each in rules.timers if each.kind == kind), None)
                if timer:
                    past = happened[timer.since]
                    happens = bool(past) and past[-1] + timer.silent_days == day
                else:
                    happens = kind in today
                if not happens:
                    continue
                happened[kind].append(day)
                for each in rules.every_transition:
                    counted = each.at_least <= len(happened[kind]) <= each.at_most
                    if each.on == kind and stage in each.origins and counted:
                        if day - since >= each.stay_days:
                            found.append((subject, day, stage, each.to, kind))
                            stage, since = each.to, day
                        break
    return found


def derived(rules: StageRules, events: list[tuple[int, int, str]], as_of: int) -> list[Told]:
    kinds = [rules.kinds.index(kind) for _, _, kind in events]
    subjects, days = ([each[at] for each in events] for at in (0, 1))
    made = derive(rules, SubjectEvents(np.array(subjects), np.array(days), np.array(kinds)), as_of)
    named = [*rules.stages, None]
    return [(int(who), int(day), named[origin], rules.stages[to], rules.kinds[kind]) for who, day, origin, to, kind in
            zip(made.subject, made.day, made.origin, made.to, made.kind, strict=True)]  # fmt: skip


@pytest.mark.parametrize("text", [GIVEN, None], ids=["given", "declared"])
def test_what_is_derived_is_what_a_loop_derives(text: str | None) -> None:
    rules = stage_rules.read(text) if text else stage_rules.declared()
    reach = 120 if text else 2500
    random = np.random.default_rng(7)
    for _ in range(25):
        many = int(random.integers(1, 80))
        events = [
            (int(who), int(day), rules.events[kind])
            for who, day, kind in zip(
                random.integers(0, 9, many),
                random.integers(-9, reach, many),
                random.choice(3, many, p=[0.1, 0.2, 0.7]),
                strict=True,
            )
        ]
        as_of = int(random.integers(0, reach))
        told = by_a_loop(rules, events, as_of)
        assert derived(rules, events, as_of) == told
        assert derived(rules, events[::-1] + events, as_of) == told
        earlier = int(
            random.integers(-9, as_of + 1)
        )  # what is derived as of a day is what is known of it later
        assert derived(rules, events, earlier) == [each for each in told if each[1] <= earlier]


def test_seq_counts_the_moves_of_each_subject() -> None:
    rules = stage_rules.declared()
    made = derive(rules, SubjectEvents(np.array([5, 5, 9]), np.array([10, 10, 30]), np.array([0, 2, 2])), 400)
    assert made.subject.tolist() == [5, 5, 5, 9, 9, 9]
    assert made.seq.tolist() == [1, 2, 3, 1, 2, 3]
    assert made.due.tolist() == [NEVER, NEVER]


def test_who_is_due_is_who_changes_by_the_clock_alone() -> None:
    rules = stage_rules.declared()
    events = SubjectEvents(np.array([1, 2, 3, 3]), np.array([0, 0, 0, 90]), np.array([0, 2, 0, 1]))
    assert derive(rules, events, 50).due.tolist() == [NEVER, 365, 90]


def test_the_declared_rules_tell_a_life() -> None:
    def day(text: str) -> int:
        return (date.fromisoformat(text) - date(1970, 1, 1)).days

    bought = ("2020-01-05", "2020-02-01", "2020-03-01", "2020-04-01", "2022-01-01", "2022-02-01")
    events = [(1, day("2020-01-01"), "known"), (1, day("2020-01-03"), "contact"),
              *((1, day(each), "purchase") for each in bought)]  # fmt: skip
    told = [to for _, _, _, to, _ in derived(stage_rules.declared(), events, day("2022-06-01"))]
    assert told == ["Identify", "Select", "Acquire", "Develop", "Retain", "Lost", "Won back", "Retain"]


def test_a_contact_is_heard_after_a_purchase_only_where_rules_may_still_answer_it() -> None:
    rules = stage_rules.declared()
    assert not rules.is_heard_after("contact", "purchase")
    assert rules.is_heard_after("purchase", "contact")
    contact, *others = rules.transitions
    won_back = replace(contact, origins=("Lost",))
    assert replace(rules, transitions=(won_back, *others)).is_heard_after("contact", "purchase")
    twice = replace(others[0], at_least=2)
    assert replace(rules, transitions=(contact, twice, *others[1:])).is_heard_after("contact", "purchase")


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('to = "Trial"', 'to = "Trail"', "no stage is called 'Trail'. Did you mean 'Trial'"),
        ('from = ["New"]', 'from = ["Nwe"]', "no stage is called 'Nwe'"),
        ('first = "New"', 'first = "Start"', "the first stage 'Start' is none of the stages"),
        ('first = "New"', "", "does not say 'first'"),
        ('on = "contact"', 'on = "visit"', "no event is called 'visit'"),
        ("at_least = 3", "at_least = 2", "answer the same event"),
        ('from = ["Asleep", "Trial"]', ANOTHER_TIMER, "answer the same event"),
        ("silent_days = 45", "silent_days = 0", "a timer of 0 days is none"),
        ('to = "Gone"', 'to = "Active"', "timers alone lead in a circle: "),
        ("stay_days = 5", "stay = 5", "transition says 'stay'. Did you mean 'stay_days'"),
        ("stay_days = 5", "stay_days = -5", "a stay of -5 days"),
        ('"Asleep", "Gone"]\nfirst', '"Asleep", "Gone", "New"]\nfirst', "'New' is named twice"),
        ("version = 1", "version 1", "it is no TOML"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be_meant_are_refused_in_words(was: str, now: str, said: str) -> None:
    text = GIVEN.replace(was, now)
    assert text != GIVEN
    with pytest.raises(BadInput) as refused:
        stage_rules.read(text)
    assert said in refused.value.problem
