"""A task: who wants to know what, and how it is done by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bench.tasks.hand import Hand


class Person(StrEnum):
    """For whom Clientela is made."""

    MARKETING = "Marketing manager"
    EXECUTIVE = "Executive"
    ANALYST = "Analyst"


@dataclass(frozen=True, slots=True)
class Task:
    """`steps` lead from Overview to what is asked; None where it cannot be done."""

    person: Person
    words: str
    steps: Callable[[Hand], None] | None
