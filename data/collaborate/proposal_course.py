"""The course of a proposal: its statuses in order and what they come to. Pure: it knows no store and no clock.

Sources call statuses what they like; what none of them is here is shown as it is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from data.errors import BadRequest
from data.operational.statement_kinds import PROPOSAL_STATUSES

NEW, UNDER_REVIEW, PLANNED, PROTOTYPE_STATUS, DONE, DECLINED, WITHDRAWN = PROPOSAL_STATUSES
OPEN = (NEW, UNDER_REVIEW, PLANNED, PROTOTYPE_STATUS)
HERE = ""  # the source of proposals that were recorded here
# What sources call them, in small letters.
WORDS = {
    NEW: "new open opened published submitted received pending nuova nuovo aperta aperto ricevuta nueva nuevo abierta"
    " abierto neu offen nouveau nouvelle ouvert ouverte новое новая открыто открыта",
    UNDER_REVIEW: "review reviewing evaluating evaluation valutazione evaluación prüfung évaluation рассматривается",
    PLANNED: "accepted approved scheduled planned accettata approvata pianificata aceptada aprobada planificada"
    " angenommen geplant acceptée approuvée prévue принято запланировано",
    PROTOTYPE_STATUS: "prototype prototyping prototipo prototyp прототип",
    DONE: "done completed implemented shipped launched realised realized fatta realizzata hecha realizada erledigt"
    " umgesetzt réalisée terminée сделано выполнено",
    DECLINED: "declined rejected refused rifiutata respinta rechazada abgelehnt refusée rejetée отклонено",
    WITHDRAWN: "withdrawn retired cancelled canceled ritirata retirada zurückgezogen retirée отозвано",
}
STATUS_OF = {word: status for status, words in WORDS.items() for word in words.split()} | {
    status: status for status in PROPOSAL_STATUSES
} | {"in review": UNDER_REVIEW, "in evaluation": UNDER_REVIEW}  # fmt: skip


class ProposalNumber(NamedTuple):
    """A proposal as it is called: by a number of its source, "" where it was recorded here."""

    source: str
    id: str

    @property
    def name(self) -> str:
        return f"Proposal {self.id}"

    @property
    def key(self) -> str:
        """It as one text.

        >>> ProposalNumber("shop", "PR1").key
        'shop/PR1'
        """
        return f"{self.source}/{self.id}"


@dataclass(frozen=True, slots=True)
class StatusStep:
    """That a proposal is in a `status` since `at` (UTC). `word` is what a source calls it, where that is another;
    `said` the statement that says so, "" of a source's; `is_dated` where the day alone is told."""

    status: str
    at: datetime
    reason: str = ""
    by: str = ""
    word: str = ""
    said: str = ""
    is_dated: bool = False


def status_of(word: str) -> str:
    """What a source's word means here; empty where that is not known.

    >>> status_of("Accepted"), status_of("Parked")
    ('planned', '')
    """
    return STATUS_OF.get(word.strip().casefold(), "")


def told_steps(at: datetime, word: str, decided: datetime | None, reason: str) -> tuple[StatusStep, ...]:
    """The statuses that a source tells of a proposal made `at`: one, or two where it says when it was decided."""
    status = status_of(word) if word else NEW
    first = StatusStep(NEW, at, is_dated=True)
    if (status or NEW) == NEW and not reason:
        return (StatusStep(NEW, at, word="" if status else word, is_dated=True),)
    step = StatusStep(status or NEW, decided or at, reason, word="" if status else word, is_dated=True)
    return (step,) if decided is None else (first, step)


def in_order(steps: Iterable[StatusStep]) -> tuple[StatusStep, ...]:
    """By time; of one moment as they are given."""
    return tuple(sorted(steps, key=lambda each: each.at))


def odd_of(steps: Iterable[StatusStep]) -> tuple[str, ...]:
    """What cannot be about the statuses of a proposal, a sentence each."""
    found = []
    course = list(steps)
    for each in course:
        if each.word:
            found.append(
                f"The source calls it “{each.word}”, which is no status here: it counts as {each.status}."
            )
    if course and any(each.at < course[0].at for each in course[1:]):
        found.append("It was decided before it was made, as the source tells it.")
    return tuple(found)


def check_status(now: StatusStep, status: str, reason: str, name: str) -> None:
    """Whether a proposal can become so. Errors: BadRequest."""
    if status == now.status and not now.word:
        raise BadRequest(f"{name} is {status} already.", "Choose another status.")
    if status == DECLINED and not reason.strip():
        raise BadRequest(
            "A proposal is declined with a reason.", "Write why: whoever proposed it will read it."
        )
