"""What a page shows in this run, noted as it is drawn: of that its report and kept runs are made.

Whatever draws a title, a heading, figures, a chart or a table notes it here. A title begins a new record.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the server is there before it
    import polars as pl


@dataclass(frozen=True, slots=True)
class ToldHeading:
    """A heading of a part, and the sentence beneath it."""

    title: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class ToldFigure:
    """A figure of a finding as it is read, and what is to be known of it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ToldFigures:
    """Figures that stand side by side."""

    figures: tuple[ToldFigure, ...]


@dataclass(frozen=True, slots=True)
class ToldPicture:
    """A chart, by the words that it is described with."""

    alt: str


@dataclass(frozen=True, slots=True)
class ToldTable:
    """A table as it is shown, or as its file holds it (`is_file`); `units` by column."""

    name: str
    make: Callable[[], pl.DataFrame] = field(repr=False)
    units: Mapping[str, str] = field(default_factory=dict)
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class ToldWords:
    """A sentence of the finding, a warning among them."""

    text: str


ToldPart = ToldHeading | ToldFigures | ToldPicture | ToldTable | ToldWords


@dataclass(slots=True)
class PageRecord:
    """A page by its `title`, the `question` in words, its parts in order, and the `seconds` that finding took."""

    title: str = ""
    question: str = ""
    parts: list[ToldPart] = field(default_factory=list)
    seconds: float | None = None

    @property
    def figures(self) -> tuple[ToldFigure, ...]:
        """All figures, in order."""
        return tuple(each for part in self.parts if isinstance(part, ToldFigures) for each in part.figures)


_run = threading.local()


def begin_record(title: str, question: str = "") -> None:
    """A page is drawn from here on."""
    _run.record = PageRecord(title, question)


def record() -> PageRecord:
    """What this run has drawn so far; it goes on to be filled."""
    found: PageRecord | None = getattr(_run, "record", None)
    if found is None:
        found = _run.record = PageRecord()
    return found


def note(part: ToldPart) -> None:
    """Something was drawn."""
    record().parts.append(part)


def took(seconds: float) -> None:
    """Finding what the page shows took so long, all its steps together."""
    record().seconds = (record().seconds or 0.0) + seconds


def told_words(text: str) -> str:
    """The text, which is drawn as words of the finding."""
    if text:
        note(ToldWords(text))
    return text
