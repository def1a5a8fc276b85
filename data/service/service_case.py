"""A case of the service: one number, whose source or this house it is from, its customer, and its course."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from data.operational.statement_kinds import PRIORITIES, SourceNumber
from data.service.case_course import CaseEvent, CaseState, course_of, in_order

OWN = ""  # the source of cases that were opened here


class CaseNumber(NamedTuple):
    """A case as it is called: by a number of its source, "" where it was opened here."""

    source: str
    id: str

    @property
    def name(self) -> str:
        return f"Case {self.id}"


@dataclass(frozen=True)
class ServiceCase:
    """A case as it is seen. `customer` is the code (0: nobody who is known), `number` one of their numbers in a source,
    `shown` and `called` what cubes show of them; `channel` is a name."""

    case: CaseNumber
    events: tuple[CaseEvent, ...] = field(default=())
    customer: int = 0
    number: SourceNumber | None = None
    shown: str = ""
    called: str = ""
    channel: str = ""

    @cached_property
    def state(self) -> CaseState:
        return course_of(self.events)

    @cached_property
    def course(self) -> tuple[CaseEvent, ...]:
        """Its events, the oldest first."""
        return in_order(self.events)

    @property
    def said(self) -> tuple[str, ...]:
        """The statements that it rests on."""
        return tuple(each.said for each in self.events if each.said)

    def age_days(self, now: datetime) -> int:
        """Whole days since it was opened, or reopened last."""
        return max(0, (now - self.state.since).days) if self.state.since else 0

    def is_due(self, today: date) -> bool:
        return self.state.is_open and self.state.due is not None and self.state.due <= today

    @property
    def urgency(self) -> tuple[int, date, datetime]:
        """By which cases are put in order: the more urgent first, then what is due first, then the older."""
        state = self.state
        return (
            PRIORITIES.index(state.priority),
            state.due or date.max,
            state.since or datetime.max,
        )
