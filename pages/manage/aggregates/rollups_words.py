"""Roll-ups, sets of customers and questions in the words and rows that the page about them shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from cubes.aggregates.bitmaps.stored_bitmaps import StoredSets
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.ask import drill_across
from cubes.catalogue import CUBES
from cubes.model import Cube
from data.errors import BadRequest
from data.model.warehouse_profile import Profile
from data.store.question_log import QuestionShape
from pages.explore.answer_source import crossed
from pages.manage.shared.html_tables import Row, TableCell, count
from pages.manage.shared.source_words import age
from pages.ui.style.formats import number_text
from pages.ui.style.told_sentences import numbers_told

FOLLOWED_SOON = (
    "The lines of the last load are being followed.",
    "Until then they are read beside what is counted beforehand, and answers hold them.",
)
BY_CLUSTER = (
    "A cluster counts here.",
    "It has made the roll-ups below for itself, in its own files, when the warehouse was published to it; sets of "
    "customers are not used. Made anew or loaded, the warehouse is published again with 'python -m data publish'.",
)
UNITS = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB"))


def space(size: int) -> str:
    """Bytes as people say them.

    >>> [space(each) for each in (0, 900, 262_144, 3_407_872, 12_000_000_000)]
    ['0 KB', '1 KB', '262 KB', '3.4 MB', '12 GB']
    """
    for unit, name in UNITS:
        if size >= unit or name == "KB":
            parts = size / unit
            return (
                f"{number_text(parts, 1)} {name}"
                if parts < 10 and name != "KB"
                else f"{number_text(-(-size // unit))} {name}"
            )
    return ""


def grain(cube: Cube, levels: Iterable[str]) -> str:
    """Levels in words, multiplied: Month × Country."""
    known = {level.name: level.label for level in cube.levels}
    return " × ".join(known.get(level, level.replace("_", " ")) for level in levels)


def rows(cube: Cube, kept: Sequence[StoredRollUp], sizes: Mapping[str, int]) -> list[Row]:
    """A row a roll-up, the one with the most cells first: grain, what it is made of, cells, space."""
    names = {each.name: grain(cube, each.grain.all) for each in kept}
    ordered = sorted(kept, key=lambda each: (-each.cells, each.name))
    return [
        (
            TableCell(names[each.name]),
            TableCell(names.get(each.parent, "") or f"the lines of {cube.label.lower()}", "quiet"),
            count(each.cells),
            TableCell(space(sizes.get(each.table, 0)), number=True),
        )
        for each in ordered
    ]


def set_rows(cubes: Mapping[str, Cube], stored: Iterable[StoredSets]) -> list[Row]:
    """A row a grain at which sets are stored: whose they are, by what, how many, and how much space."""
    return [
        (
            TableCell(cubes[each.cube].measure(each.measure).label),
            TableCell(grain(cubes[each.cube], each.levels) or "All together"),
            count(each.sets),
            TableCell(space(each.bytes), number=True),
        )
        for each in stored
    ]


def asked(shapes: Iterable[QuestionShape], profile: Profile, now: datetime | None = None) -> list[Row]:
    """A row a shape of questions: what, by and within what, how often, and what answered it last."""
    moment = now or datetime.now(UTC)
    return [
        (
            TableCell(_measures(shape, profile)),
            TableCell(_levels(shape.cube, shape.by, profile) or "in all"),
            TableCell(_levels(shape.cube, shape.filtered, profile), "quiet"),
            count(shape.count),
            TableCell(crossed(numbers_told(shape.source))),
            TableCell(age((moment - shape.last_asked).total_seconds() / 86_400), "quiet"),
        )
        for shape in shapes
    ]


def _measures(shape: QuestionShape, profile: Profile) -> str:
    labels = []
    for text in shape.measures:
        try:
            labels.append(drill_across.measure_of(text, shape.cube, profile).label)
        except BadRequest:
            labels.append(text)
    return ", ".join(labels)


def _levels(cube: str, levels: Iterable[str], profile: Profile) -> str:
    if cube not in CUBES:
        return " × ".join(levels)
    return grain(CUBES[cube](profile), levels)
