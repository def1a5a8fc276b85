"""Leaderboards: the courses of measures over time above the greatest members of several levels, each a filter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

import streamlit as st

from pages.ui.served_component import served_component
from pages.ui.style.formats import NUMBERS, NumberForm
from pages.ui.style.locales import ENGLISH, Locale

HERE = Path(__file__).parent

Where = Literal["toggle", "only", "more", "days", "grain", "rank"]


@dataclass(frozen=True, slots=True)
class MeasureCourse:
    """One measure from period to period: its values, and what it was in the compared periods; None where unknown."""

    name: str
    label: str
    form: NumberForm
    total: float | None
    growth: float | None
    values: tuple[float | None, ...]
    previous: tuple[float | None, ...] = ()
    growth_unit: str = "%"
    rising: int = 1


@dataclass(frozen=True, slots=True)
class Leader:
    """A member with its value and change; `chosen` says whether it is filtered by, `others` that it stands for many."""

    id: str
    label: str
    value: float | None
    share: float | None = None
    growth: float | None = None
    chosen: bool = False
    others: bool = False


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The greatest members of one level by the first measure; `form` says how its numbers are written."""

    level: str
    label: str
    form: NumberForm
    leaders: tuple[Leader, ...]
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Leaderboards:
    """Courses over the same periods, each with its first and last day, and the boards. `base` names what is shown.

    `notes` are what is to be known of the numbers; the page says them.
    """

    courses: tuple[MeasureCourse, ...]
    periods: tuple[str, ...]
    days: tuple[tuple[date, date], ...]
    boards: tuple[Leaderboard, ...]
    grain: str
    grains: tuple[tuple[str, str], ...]
    partial: bool = False
    previous: str = ""
    locale: Locale = ENGLISH
    base: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeaderChoice:
    """What was asked: a member of a level, days from and to, a grain, or a measure to rank by; on which `base`."""

    where: Where
    level: str
    value: str
    until: str
    base: str


_mount = served_component(
    "clientela_leaderboards",
    html='<div class="root"></div>',
    css=(HERE / "leaderboards.css").read_text(encoding="utf-8"),
    js=NUMBERS + (HERE / "leaderboards.js").read_text(encoding="utf-8"),
)


def leaderboards(shown: Leaderboards, key: str, on_choice: Callable[[LeaderChoice], None]) -> None:
    """Draw them; `on_choice` runs before the page, as a widget's callback."""

    def chosen() -> None:
        choice = parse_choice((st.session_state.get(key) or {}).get("choice"))
        if choice is not None:
            on_choice(choice)

    _mount(key=key, data=payload(shown), on_choice_change=chosen)


def parse_choice(raw: Any) -> LeaderChoice | None:
    """A choice as the browser sent it; nothing unless it has the right shape."""
    if not isinstance(raw, dict) or raw.get("where") not in get_args(Where):
        return None
    texts = [raw.get(name) for name in ("level", "value", "until", "base")]
    if not all(isinstance(each, str) for each in texts):
        return None
    level, value, until, base = (str(each) for each in texts)
    return LeaderChoice(raw["where"], level, value, until, base)


def payload(shown: Leaderboards) -> dict[str, Any]:
    """All of it as the browser gets it."""
    return {
        "courses": [_course(each) for each in shown.courses],
        "periods": list(shown.periods),
        "days": [[first.isoformat(), last.isoformat()] for first, last in shown.days],
        "boards": [_board(each) for each in shown.boards],
        "grain": shown.grain,
        "grains": [list(each) for each in shown.grains],
        "partial": shown.partial,
        "previous": shown.previous,
        "locale": shown.locale.sent(),
        "base": shown.base,
    }


def _course(course: MeasureCourse) -> dict[str, Any]:
    return {
        "name": course.name,
        "label": course.label,
        "form": course.form.sent(),
        "total": course.total,
        "growth": course.growth,
        "growthUnit": course.growth_unit,
        "rising": course.rising,
        "values": list(course.values),
        "previous": list(course.previous),
    }


def _board(board: Leaderboard) -> dict[str, Any]:
    return {
        "level": board.level,
        "label": board.label,
        "form": board.form.sent(),
        "leftOut": board.left_out,
        "leaders": [
            [each.id, each.label, each.value, each.share, each.growth, int(each.chosen), int(each.others)]
            for each in board.leaders
        ],
    }
