"""Contestants answer the same questions in turn: first each answer is checked, then they are timed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.contestant import Contestant
from bench.question import Cells, Disagreement, Question, agree
from bench.timing import Clocked, clocked, typical
from data.errors import ClientelaError

SLOW_MS = 1000.0
SLOW_ROUNDS = 3
ONCE_MS = 4000.0
SHORT_MS, AGAIN = 50.0, 3
TOLD = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """The medians of each contestant, by name, how many cells the answer has, and what answered for us.

    `first` is what each took when it was asked for the first time.
    """

    question: Question
    cells: int
    medians: dict[str, Clocked]
    first: dict[str, Clocked]
    source: str

    def ratio(self, rival: str, first: str) -> Clocked:
        """How many times as long the rival took."""
        one, other = self.medians[first], self.medians[rival]
        return Clocked(other.wall_ms / max(one.wall_ms, 1e-3), other.cpu_ms / max(one.cpu_ms, 1e-3))


@dataclass(frozen=True, slots=True)
class Checked:
    """A question that all answered alike: how many cells, our source, and what each took that once."""

    cells: int
    source: str
    once: dict[str, Clocked]


def race(
    contestants: Sequence[Contestant], questions: Sequence[Question], rounds: int, once: Sequence[str] = ()
) -> list[Outcome]:
    """Time every question with every contestant, `rounds` times and in turn, all warm.

    Whoever takes less than SHORT_MS is asked again at once, AGAIN times, and the median counts: a scan before it has
    emptied the processor's caches, which is no part of being warm. Whoever takes over a second is done after three
    rounds. Those named in `once`, and whoever took over four seconds, were timed while their answers were checked, and
    that stands; the first of them, whose lines may have been read for it then, is asked again. Raises Disagreement
    before anything is timed in turn.
    """
    found = checked(contestants, questions)
    timed = [each for each in contestants if each.name not in once]
    runs: dict[tuple[str, str], list[Clocked]] = {}
    for lap in range(rounds):
        shift = lap % max(len(timed), 1)
        for question, own in zip(questions, found, strict=True):
            for contestant in (*timed[shift:], *timed[:shift]):
                if contestant is contestants[0] or own.once[contestant.name].wall_ms < ONCE_MS:
                    _run(contestant, question, runs.setdefault((question.name, contestant.name), []))
    return [
        Outcome(question, own.cells, _medians(question, contestants, runs, own.once), own.once, own.source)
        for question, own in zip(questions, found, strict=True)
    ]


def _run(contestant: Contestant, question: Question, own: list[Clocked]) -> None:
    if len(own) < SLOW_ROUNDS or typical(own).wall_ms < SLOW_MS:
        took = clocked(contestant.prepared(question))[1]
        if took.wall_ms < SHORT_MS:
            took = typical([clocked(contestant.prepared(question))[1] for _ in range(AGAIN)])
        own.append(took)


def _medians(
    question: Question,
    contestants: Sequence[Contestant],
    runs: dict[tuple[str, str], list[Clocked]],
    once: dict[str, Clocked],
) -> dict[str, Clocked]:
    return {
        each.name: typical(runs[question.name, each.name])
        if (question.name, each.name) in runs
        else once[each.name]
        for each in contestants
    }


def checked(contestants: Sequence[Contestant], questions: Sequence[Question]) -> list[Checked]:
    """Every question answered once by everybody. Raises Disagreement that tells the first of those that differ."""
    found, wrong = [], []
    for question in questions:
        try:
            found.append(check(contestants, question))
        except Disagreement as error:
            wrong.append(str(error))
    if wrong:
        more = f"\n... and {len(wrong) - TOLD} more" if len(wrong) > TOLD else ""
        head = (
            f"{len(wrong)} of {len(questions)} questions were answered differently:\n"
            if len(wrong) > 1
            else ""
        )
        raise Disagreement(head + "\n".join(wrong[:TOLD]) + more)
    return found


def check(contestants: Sequence[Contestant], question: Question) -> Checked:
    """One question answered by everybody. Raises Disagreement unless all contestants say the same."""
    once: dict[str, Clocked] = {}
    given: list[tuple[str, Cells]] = []
    source = ""
    for each in contestants:
        answer, once[each.name] = clocked(_told(each, question))
        given.append((each.name, each.cells(question, answer)))
        source = source or getattr(answer, "source", "")
    first, *others = given
    for other in others:
        agree(question, first, other)
    return Checked(len(first[1]), source, once)


def _told(contestant: Contestant, question: Question) -> Callable[[], Any]:
    """What answers; a refusal is a disagreement, and so is whatever else goes wrong."""
    answer = contestant.prepared(question)

    def run() -> Any:
        try:
            return answer()
        except ClientelaError as error:
            raise Disagreement(f"{question.name}: {contestant.name} refuses: {error}") from error
        except Exception as error:
            what = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
            raise Disagreement(f"{question.name}: {contestant.name} fails: {what}") from error

    return run
