"""A reason as a value: which one it is, and what it is about; its sentence stands in one place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from data.model.said import Said, said


class Reason(Enum):
    """Reasons of one part of the house, each with its sentence: {} stands for what it is about.

    Of several things it is about, `between` stands between each two.
    """

    def __init__(self, sentence: str, between: str = " and ") -> None:
        self.sentence = sentence
        self.between = between


@dataclass(frozen=True, slots=True)
class Because:
    """A reason with what it is about."""

    reason: Reason
    about: tuple[str | float | tuple[str, ...], ...] = ()

    @property
    def sentence(self) -> Said:
        """The sentence, without capital and full stop."""
        between = self.reason.between
        given = (between.join(each) if isinstance(each, tuple) else each for each in self.about)
        return said(self.reason.sentence, *given)

    def __str__(self) -> str:
        return str(self.sentence)
