"""The one family of errors a person can mend: each says what is wrong and what to try.

ClientelaError
├── BadRequest      a question that cannot be answered as asked
│   └── ChangedMeanwhile ... since somebody changed what it is about, after it was looked at
├── BadInput        a file, a mapping or a row that cannot be read as given
│   ├── Undecided   ... which can be read in several ways
│   └── Lacking     ... by which much would be gone, unless somebody says that it is so
├── NotAllowed      what the roles of whoever asks do not allow
└── WarehouseError  a warehouse that is absent, busy or not one of ours
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from data.credentials import without_passwords


class ClientelaError(Exception):
    """What is wrong, and what to try, in the reader's words; a password in what it quotes is struck out."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        problem, remedy = _harmless(problem), _harmless(remedy)
        super().__init__(f"{problem} {remedy}".strip())
        self.problem = problem
        self.remedy = remedy


def _harmless(text: str) -> str:
    """The text itself where it holds no password: a sentence keeps its values."""
    struck = without_passwords(text)
    return text if struck == text else struck


class BadRequest(ClientelaError):
    """A question that cannot be answered as asked."""


@dataclass(frozen=True, slots=True)
class MeanwhileChange:
    """What `by` did at `at` (UTC) with the `part` of a thing: it is `theirs` now, and would be `mine`, as JSON holds
    values; None where it is gone, or would be."""

    thing: str
    part: str
    theirs: Any
    mine: Any
    by: str
    at: datetime


class ChangedMeanwhile(BadRequest):
    """What cannot be said since somebody changed the same after it was looked at. `changes` has both versions;
    `standing_on` is what to stand on to put one's own in the place of theirs."""

    def __init__(
        self, problem: str, remedy: str, changes: Sequence[MeanwhileChange], standing_on: Any = None
    ) -> None:
        super().__init__(problem, remedy)
        self.changes = tuple(changes)
        self.standing_on = standing_on


class BadInput(ClientelaError):
    """A file, a mapping or a row that cannot be read as given."""


class Undecided(BadInput):
    """Something that can be read in several ways: `ways` has for each, as a person would say it, what the mapping's
    `setting` must be for it."""

    def __init__(self, problem: str, remedy: str, setting: str, ways: Mapping[str, str]) -> None:
        super().__init__(problem, remedy)
        self.setting = setting
        self.ways = dict(ways)


class Lacking(BadInput):
    """An export by which much of what is there would be gone: somebody may say that it is so."""


class NotAllowed(ClientelaError):
    """What the roles of whoever asks do not allow."""


class WarehouseError(ClientelaError):
    """A warehouse that is absent, busy or not one of ours."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence that offers the nearest known names, or lists a few of them."""
    names = [str(each) for each in known]
    folded = {each.casefold(): each for each in reversed(names)}
    near = [folded[each] for each in get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)]
    if near:
        return f"Did you mean {' or '.join(repr(each) for each in near)}?"
    shown = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    return f"Try one of: {shown}." if shown else ""
