"""Contestants answer the same questions in turn: first each answer is checked, then they are timed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bench.contestant import Contestant
from bench.question import Question, agree
from bench.timing import Clocked, clocked, typical

SLOW_MS = 1000.0
SLOW_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """The medians of each contestant, by name, and how many cells the answer has."""

    question: Question
    cells: int
    medians: dict[str, Clocked]

    def ratio(self, rival: str, first: str) -> Clocked:
        """How many times as long the rival took."""
        one, other = self.medians[first], self.medians[rival]
        return Clocked(other.wall_ms / one.wall_ms, other.cpu_ms / one.cpu_ms)


def race(contestants: Sequence[Contestant], questions: Sequence[Question], rounds: int) -> list[Outcome]:
    """Time every question with every contestant, `rounds` times and in turn, all warm.

    Whoever takes over a second is done after three rounds. Raises Disagreement before anything is timed.
    """
    sizes = [checked(contestants, question) for question in questions]
    runs: dict[tuple[str, str], list[Clocked]] = {}
    for lap in range(rounds):
        for question in questions:
            for contestant in (
                *contestants[lap % len(contestants) :],
                *contestants[: lap % len(contestants)],
            ):
                own = runs.setdefault((question.name, contestant.name), [])
                if len(own) < SLOW_ROUNDS or typical(own).wall_ms < SLOW_MS:
                    own.append(clocked(partial(contestant.answer, question))[1])
    return [
        Outcome(question, size, {each.name: typical(runs[question.name, each.name]) for each in contestants})
        for question, size in zip(questions, sizes, strict=True)
    ]


def checked(contestants: Sequence[Contestant], question: Question) -> int:
    """How many cells the answer has. Raises Disagreement unless all contestants give the same."""
    first, *others = ((each.name, each.cells(question, each.answer(question))) for each in contestants)
    for other in others:
        agree(question, first, other)
    return len(first[1])
