"""What was noticed in a file that its owner should know or decide: in words, each with the ways out of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from data.errors import Undecided
from data.load.mappings.mapping import Part


@dataclass(frozen=True, slots=True)
class WayOut:
    """One way out: `label` is what a button says, `part` the part of the mapping after it."""

    label: str
    part: Part

    def says(self, before: Part) -> str:
        """What to write into the mapping for it, as lines of TOML."""
        from data.load.mappings.mapping import changed_toml

        return changed_toml(before, self.part)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing seen in a file.

    `name` tells it from others and goes into the mapping's `settled` once somebody decided that all is as it should
    be: its kind, then the column it is about ("standing: Order Status"). `words` say what was seen, with figures and
    an example; `asks` is the question, empty where there is nothing to decide. `stops` says that the file cannot be
    loaded until it is decided.
    """

    name: str
    words: str
    asks: str = ""
    choices: tuple[WayOut, ...] = ()
    stops: bool = False


def asked(error: Undecided, part: Part) -> Notice:
    """What cannot be read until somebody says how, as a question that holds the load back."""
    choices = tuple(WayOut(way, _with(part, error.setting, said)) for way, said in error.ways.items())
    question = "Which is meant?" if len(choices) > 1 else "Is that so?"
    return Notice(f"{error.setting}: {error.problem}", error.problem, question, choices, stops=True)


def _with(part: Part, setting: str, said: str) -> Part:
    value: Any = (*part.settled, said) if setting == "settled" else said
    return replace(part, **{setting: value})
