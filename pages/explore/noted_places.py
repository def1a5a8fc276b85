"""Where notes stand: the number that a cell is, however it was reached, and the cells and days that bear notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from textwrap import fill
from urllib.parse import unquote

import polars as pl

from cubes.model import Cube
from cubes.query import Cut, Query, split_measure
from cubes.relative_period import parse_relative
from data.errors import BadRequest
from data.model.calendar import GRAINS, Calendar, Days, to_date
from data.operational.notes import Note, NotePlace
from pages.explore.explore_view import Steps, View, in_its_cube
from pages.ui.answer_grid import AnswerGrid, Head
from pages.ui.figures import BETWEEN_IDS, OTHERS
from pages.ui.period_choices import days_named
from pages.ui.pivot.pivot_table import NotedCell

WIDTH = 60
SHORT = 300
Told = Callable[[Note], str]


def place_of(query: Query, cube: Cube, calendar: Calendar, steps: Steps = (), measure: str = "") -> NotePlace:
    """The number of a measure within these members: whatever says no more than the others is left out.

    Cuts on time are one span of days; a level above a single member says nothing.
    """
    name = split_measure(measure or query.measures[0])[0]
    within = query.cut(*(Cut(level, (member,)) for level, member in steps))
    asked = in_its_cube(replace(within, measures=(name,), order=None))
    plain = [cut for cut in asked.cuts if cut.level not in GRAINS]
    finest = [cut for cut in plain if not _is_above(cut, plain, cube)]
    texts = (str(replace(cut, members=tuple(sorted(cut.members)))) for cut in finest)
    return NotePlace(asked.cube, asked.measures[0], frozenset((*texts, *_time(asked.cuts, calendar))))


def _is_above(cut: Cut, others: Iterable[Cut], cube: Cube) -> bool:
    """Whether another cut is to one member of a level below this one, in the same hierarchy."""
    return any(
        len(other.members) == 1 and not other.exclude and cut.level in _above(other.level, cube)
        for other in others
    )


def _above(level: str, cube: Cube) -> Iterator[str]:
    found = cube.coarser(level)
    while found:
        yield found
        found = cube.coarser(found)


def _time(cuts: Iterable[Cut], calendar: Calendar) -> list[str]:
    """The cuts on time as one on days, where they are an unbroken span."""
    timed = [cut for cut in cuts if cut.level in GRAINS]
    if any(cut.exclude or len(cut.members) > 1 or any(map(parse_relative, cut.members)) for cut in timed):
        return [str(cut) for cut in timed]
    days = days_named(calendar, timed)
    return [f"day={to_date(days.first)}..{to_date(days.last)}"] if days else [str(cut) for cut in timed]


def span_of_note(place: NotePlace, calendar: Calendar) -> Days | None:
    """The days that a note is about; None for all time, and where they are broken."""
    spans = [text.removeprefix("day=") for text in place.cuts if text.startswith("day=") and ".." in text]
    return calendar.span(spans[0]) if spans and not spans[0].startswith("..") else None


def noted_cells(notes: Iterable[Note], view: View, grid: AnswerGrid, calendar: Calendar,
                told: Told) -> Iterator[NotedCell]:  # fmt: skip
    """The cells of a view's table that have notes, each with all that was written about it."""
    for text in view.query.measures:
        whole = place_of(view.query, grid.cube, calendar, measure=text)
        own = [note for note in notes if _is_within(note.place, whole)]
        texts: dict[tuple[str | None, str | None], list[str]] = {}
        for note in own:
            for row, column in _cells(note, view, grid, calendar, text):
                texts.setdefault((row, column), []).append(told(note))
        for (row, column), found in texts.items():
            yield NotedCell(row, column, text, "\n\n".join(found))


def _is_within(place: NotePlace, whole: NotePlace) -> bool:
    return (place.cube, place.measure) == (whole.cube, whole.measure)


def _cells(note: Note, view: View, grid: AnswerGrid, calendar: Calendar,
           measure: str) -> Iterator[tuple[str | None, str | None]]:  # fmt: skip
    sides = [
        [None, *(head for head in heads if _may_hold(note, steps(levels, head), grid.cube, calendar))]
        for heads, levels in ((grid.rows, view.query.rows), (grid.columns, view.query.columns))
    ]
    for row in sides[0]:
        for column in sides[1]:
            members = (*steps(view.query.rows, row), *steps(view.query.columns, column))
            if place_of(view.query, grid.cube, calendar, members, measure) == note.place:
                yield _id(row), _id(column)


def steps(levels: Iterable[str], head: Head | None) -> Steps:
    """The members of a head with their levels; none of the total."""
    return tuple(zip(levels, head.ids if head else (), strict=False))


def _id(head: Head | None) -> str | None:
    return BETWEEN_IDS.join(head.ids) if head else None


def _may_hold(note: Note, members: Steps, cube: Cube, calendar: Calendar) -> bool:
    """Whether a note can be about a cell of this head: most heads are told apart by their last member."""
    level, member = members[-1]
    if member == OTHERS:
        return False
    if level not in GRAINS:
        return str(Cut(level, (member,))) in note.place.cuts or any(
            text.partition("=")[0].removesuffix("!") in _below(level, cube) for text in note.place.cuts
        )
    span, days = span_of_note(note.place, calendar), _days(calendar, level, member)
    return span is not None and days is not None and days.first <= span.first and span.last <= days.last


def _below(level: str, cube: Cube) -> Iterator[str]:
    found = cube.finer(level)
    while found:
        yield found
        found = cube.finer(found)


def _days(calendar: Calendar, level: str, member: str) -> Days | None:
    try:
        return calendar.days_written(level, member)
    except BadRequest:  # such as (unknown)
        return None


def noted_days(notes: Iterable[Note], view: View, cube: Cube, calendar: Calendar, told: Told) -> pl.DataFrame:
    """The notes on periods within a view, `day` (its first) and `text`: of its first measure, and of no other
    members than its own and those that it shows."""
    whole = place_of(view.query, cube, calendar)
    rows = [
        (to_date(span.first), fill_lines(_whose(note.place.cuts - whole.cuts) + told(note)))
        for note in notes
        if _is_within(note.place, whole)
        and (span := span_of_note(note.place, calendar)) is not None
        and _is_shown(note.place.cuts, whole.cuts, set(view.query.by))
        and span != span_of_note(whole, calendar)
    ]
    return pl.DataFrame(rows, {"day": pl.Date, "text": pl.String}, orient="row").sort("day")


def _whose(cuts: Iterable[str]) -> str:
    """The members of cuts beside that on time, before a text about them."""
    members = sorted(unquote(text.partition("=")[2]) for text in cuts if not text.startswith("day="))
    return f"{', '.join(members)}: " if members else ""


def _is_shown(cuts: frozenset[str], own: frozenset[str], by: set[str]) -> bool:
    """Whether cuts beside those of the view itself name only members of levels that it shows."""
    lacking = {text for text in own - cuts if not text.startswith("day=")}
    more = {text.partition("=")[0] for text in cuts - own}
    return not lacking and more <= {"day", *by}


def fill_lines(text: str) -> str:
    """A text as a chart shows it: short lines, and not too many."""
    short = text if len(text) <= SHORT else f"{text[:SHORT].rstrip()} …"
    return "\n".join(fill(line, WIDTH) for line in short.splitlines())
