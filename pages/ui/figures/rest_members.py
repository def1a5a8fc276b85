"""What stands for many members or for none known: grey, hatched, and never what sets a scale."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from data.model.canonical_tables import UNKNOWN
from pages.ui.figures.figure_layout import BETWEEN_IDS, OTHERS
from pages.ui.style.theme import Palette


def is_others(identity: Any) -> bool:
    """Whether an id, or one of those that are joined in it, is that of Others."""
    return OTHERS in str(identity).split(BETWEEN_IDS)


def is_rest(identity: Any) -> bool:
    """Whether an id is that of Others or of the unknown member: both are grey."""
    return is_others(identity) or UNKNOWN in str(identity).split(BETWEEN_IDS)


def reach(pairs: Iterable[tuple[Any, float | None]]) -> tuple[float, float]:
    """The least and greatest of ids' values, zero included, Others left out unless it stands alone."""
    sizes = scaling(pairs)
    return min([0.0, *sizes]), max([0.0, *sizes])


def scaling(pairs: Iterable[tuple[Any, float | None]]) -> list[float]:
    """The values of ids that a scale must hold: those of members; of Others where no member has any but 0."""
    known = [(identity, value) for identity, value in pairs if value is not None]
    named = [value for identity, value in known if not is_others(identity)]
    return named if any(named) else [value for _, value in known]


def within(value: float | None, low: float, high: float) -> float | None:
    """How far a mark is drawn: to its value, or to the edge where it would go beyond."""
    return None if value is None else min(max(value, low), high)


def hatch(colours: Palette, hatched: Iterable[bool]) -> dict[str, Any]:
    """A pattern for marks: lines across those that are hatched; nothing where none is."""
    shapes = ["/" if each else "" for each in hatched]
    if not any(shapes):
        return {}
    return {
        "shape": shapes,
        "size": 7,
        "solidity": 0.22,
        "fillmode": "overlay",
        "fgcolor": colours.text,
        "fgopacity": 0.4,
    }
