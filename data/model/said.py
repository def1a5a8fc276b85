"""A sentence that knows the values in it: English as it stands, and as another language writes them for its readers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from numbers import Number
from string import Formatter
from typing import Self


@dataclass(frozen=True, slots=True)
class SaidPeriod:
    """A period by its level and id."""

    level: str
    id: str

    def __format__(self, spec: str) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class SaidValue:
    """A number, a day or a period in a sentence, and how the sentence formats it (`,` or `.0%`)."""

    value: Number | date | SaidPeriod
    spec: str = ""

    def __str__(self) -> str:
        return format(self.value, self.spec)


Part = str | SaidValue


class Said(str):
    """A text made of parts: words and values. It is the text with its values in English, days as 2026-11-22."""

    __slots__ = ("parts",)
    parts: tuple[Part, ...]

    def __new__(cls, parts: Iterable[Part]) -> Self:
        kept = tuple(parts)
        made = super().__new__(cls, "".join(map(str, kept)))
        made.parts = kept
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Part, ...]]]:
        return type(self), (self.parts,)

    def written(self, write: Callable[[SaidValue], str]) -> str:
        """The text with each value as `write` has it."""
        return "".join(each if isinstance(each, str) else write(each) for each in self.parts)

    def begun_large(self) -> Self:
        """The same with a capital at its beginning, where it begins with a word."""
        first, *rest = self.parts or ("",)
        return type(self)([first[:1].upper() + first[1:] if isinstance(first, str) else first, *rest])


def said(template: str, *values: object) -> Said:
    """A sentence of a template with places for the values, in order, as `str.format` reads it.

    Values may be sentences themselves, whose values stay values; texts among them are words.

    >>> said("{:,} of {}", 12_345, said("{:,} customers", 20_000))
    '12,345 of 20,000 customers'
    """
    left = iter(values)
    parts: list[Part] = []
    for words, place, spec, _ in Formatter().parse(template):
        parts += [words] if words else []
        parts += _parts(next(left), spec or "") if place is not None else []
    return Said(parts)


def joined(between: str, sentences: Iterable[str]) -> Said:
    """Sentences one after the other."""
    every = list(sentences)
    return said(between.join(["{}"] * len(every)), *every)


def _parts(value: object, spec: str) -> Iterable[Part]:
    if isinstance(value, Said):
        return value.parts
    if isinstance(value, Number | date | SaidPeriod):
        return (SaidValue(value, spec),)
    return (format(value, spec),)
