"""The question bar: everything that a question is made of in one element, with panels to search and choose in.

It keeps no question: what was chosen goes to a callback with the question that was on screen, the next run shows it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui.question_bar.bar_choice import BarChoice, parse_bar_choice
from pages.ui.served_component import served_component
from pages.ui.style import locales

HERE = Path(__file__).parent
PARTED = ("measures", "offered_measures", "offered_levels", "offered_sets")

Part = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class OfferedMeasure:
    """A measure that may be chosen; `refusal` says why it cannot be, in a few words."""

    value: str
    label: str
    cube: str
    subject: str
    unit: str
    doc: str
    formula: str
    refusal: str = ""
    is_favourite: bool = False


@dataclass(frozen=True, slots=True)
class OfferedLevel:
    """A level that may be chosen, `members` the number of those it has. Days are filtered by the period alone."""

    value: str
    label: str
    dimension: str
    members: int
    refusal: str = ""
    is_filtered: bool = True


@dataclass(frozen=True, slots=True)
class OfferedOption:
    """A single choice, or what may be derived from a measure."""

    value: str
    label: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class ChosenMeasure:
    """A measure of the question, and what can be shown beside it."""

    value: str
    label: str
    refusal: str = ""
    also: tuple[OfferedOption, ...] = ()


@dataclass(frozen=True, slots=True)
class BarMember:
    """A member to filter by, `above` the name of the one it lies in."""

    id: str
    label: str
    above: str = ""


@dataclass(frozen=True, slots=True)
class BarFilter:
    """A cut of the question; `span` says it where it is a range of time. What lies on the trail is no chip.

    Of a condition or a set `level` is its whole text, as questions write it, and `label` says it in words.
    """

    level: str
    label: str
    members: tuple[BarMember, ...] = ()
    span: str = ""
    exclude: bool = False
    on_trail: bool = False
    is_condition: bool = False


@dataclass(frozen=True, slots=True)
class OfferedSet:
    """A named set to filter by: how a question writes that its members are kept, and that they are left out."""

    kept: str
    left_out: str
    level: str
    label: str
    note: str


@dataclass(frozen=True, slots=True)
class SingleChoice:
    """One of several options; `since` and `until` are the days where days of one's own may be chosen instead."""

    value: str
    label: str
    options: tuple[OfferedOption, ...]
    own_days: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class FoundMembers:
    """What a search found, level by level; `more` says that not all is shown."""

    text: str
    level: str
    groups: tuple[tuple[str, tuple[BarMember, ...]], ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class QuestionBar:
    """A question as the bar shows it, and what may be chosen instead.

    `base` names the question, `heard` the last choice that it has taken in. `trail` are the members drilled into.
    `choices` are single ones by what they choose: top, period, compare, as_of; what is not offered is left out.
    """

    base: str
    summary: str
    trail: tuple[str, ...]
    measures: tuple[ChosenMeasure, ...]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    filters: tuple[BarFilter, ...]
    choices: dict[str, SingleChoice]
    offered_measures: tuple[OfferedMeasure, ...]
    offered_levels: tuple[OfferedLevel, ...]
    found: FoundMembers | None = None
    heard: int = 0
    offered_sets: tuple[OfferedSet, ...] = ()


_mount = served_component(
    "clientela_question_bar",
    html='<div class="root" data-testid="question-bar"></div>',
    css=(HERE / "question_bar.css").read_text(encoding="utf-8"),
    js=(HERE / "question_bar.js").read_text(encoding="utf-8"),
)


def question_bar(bar: QuestionBar, key: str, on_choice: Callable[[BarChoice], None]) -> None:
    """Draw the bar. `on_choice` runs before the page, as a widget's callback."""
    held: set[str] = st.session_state.setdefault(f"{key}-held", set())

    def chosen() -> None:
        choice = parse_bar_choice((st.session_state.get(key) or {}).get("choice"))
        if choice is not None:
            on_choice(choice)

    payload = bar_payload(bar, held)
    held.update(payload["parts"])
    _mount(key=key, data=payload, on_choice_change=chosen, on_lacking_change=held.clear)


def bar_payload(bar: QuestionBar, held: Collection[str] = ()) -> dict[str, Any]:
    """The bar as the browser gets it: `parts` by their name, without those that it holds, in whose place names stand.

    Tuples, since Streamlit looks at each list for a frame.
    """
    lists = {name: tuple(map(_part, getattr(bar, name))) for name in PARTED}
    choices = {name: _part(each) for name, each in bar.choices.items()}
    parts = dict(chain(*lists.values(), choices.values()))
    rest = asdict(
        replace(bar, measures=(), choices={}, offered_measures=(), offered_levels=(), offered_sets=())
    )
    return rest | {
        "group": locales.current().group,
        "parts": {name: part for name, part in parts.items() if name not in held},
        "parted": {name: tuple(part for part, _ in each) for name, each in lists.items()},
        "choices": {name: part for name, (part, _) in choices.items()},
    }


@lru_cache(maxsize=2048)
def _part(part: ChosenMeasure | SingleChoice | OfferedMeasure | OfferedLevel | OfferedSet) -> Part:
    """What is the same from run to run, by far the most of a bar, is taken apart once and sent once."""
    told = asdict(part)
    return sha256(json.dumps(told).encode()).hexdigest()[:12], told
