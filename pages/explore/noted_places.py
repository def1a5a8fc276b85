"""Where notes stand: the number that a cell is, however it was reached, and the cells and days that bear notes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import product
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
from pages.ui.figures import BETWEEN_IDS
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
    known = {each.name for each in cube.levels}
    found = cube.coarser(level) if level in known else None  # notes outlive the levels that they name
    while found:
        yield found
        found = cube.coarser(found)


def _time(cuts: Iterable[Cut], calendar: Calendar) -> list[str]:
    """The cuts on time as one on days, where they are an unbroken span."""
    timed = [cut for cut in cuts if cut.level in GRAINS]
    broken = (cut.exclude or cut.by_rule or len(cut.members) > 1 for cut in timed)
    if any(broken) or any(parse_relative(each) for cut in timed for each in cut.members):
        return [str(cut) for cut in timed]
    days = days_named(calendar, timed)
    return [f"day={to_date(days.first)}..{to_date(days.last)}"] if days else [str(cut) for cut in timed]


def span_of_note(place: NotePlace, calendar: Calendar) -> Days | None:
    """The days that a note is about; None for all time, and where they are broken."""
    spans = [text.removeprefix("day=").partition("..") for text in place.cuts if text.startswith("day=")]
    whole = [f"{first}..{last}" for first, _, last in spans if first and last]
    return calendar.span(whole[0]) if whole else None


class NotedHeads:
    """The heads of one side of a table, found by the note that a cell of theirs may bear; None is the total."""

    def __init__(
        self, levels: tuple[str, ...], heads: Iterable[Head], cube: Cube, calendar: Calendar
    ) -> None:
        self.levels, self.cube = levels, cube
        self._by_cut: dict[str, list[Head]] = {}
        self._by_level: dict[str, list[Head]] = {}
        self._timed: list[tuple[Days, Head]] = []
        for head in heads:
            level, member = levels[len(head.ids) - 1], head.ids[-1]
            if level not in GRAINS:
                self._by_cut.setdefault(str(Cut(level, (member,))), []).append(head)
                self._by_level.setdefault(level, []).append(head)
            elif (days := _days(calendar, level, member)) is not None:
                self._timed.append((days, head))

    def of(self, place: NotePlace, span: Days | None) -> Iterator[Head | None]:
        """Those whose last member the note names, whose period holds its span, or which lie above what it names."""
        yield None
        above = {each for text in place.cuts for each in _above(_level(text), self.cube)}
        found = [head for text in place.cuts for head in self._by_cut.get(text, ())]
        found += [head for level in above for head in self._by_level.get(level, ())]
        yield from dict.fromkeys(found)
        yield from (
            head for days, head in self._timed
            if span and days.first <= span.first and span.last <= days.last
        )  # fmt: skip


def _level(cut: str) -> str:
    return cut.partition("=")[0].removesuffix("!")


def _days(calendar: Calendar, level: str, member: str) -> Days | None:
    try:
        return calendar.days_written(level, member)
    except BadRequest:  # such as (unknown)
        return None


def noted_cells(notes: Iterable[Note], view: View, grid: AnswerGrid, calendar: Calendar,
                told: Told) -> Iterator[NotedCell]:  # fmt: skip
    """The cells of a view's table that have notes, each with all that was written about it."""
    whole = {place_of(view.query, grid.cube, calendar, measure=text): text for text in view.query.measures}
    texts = {(place.cube, place.measure): text for place, text in whole.items()}
    own = [note for note in notes if (note.place.cube, note.place.measure) in texts]
    if not own:
        return
    rows = NotedHeads(view.query.rows, grid.rows, grid.cube, calendar)
    columns = NotedHeads(view.query.columns, grid.columns, grid.cube, calendar)
    found: dict[tuple[str | None, str | None, str], list[str]] = {}
    for note in own:
        measure, span = texts[note.place.cube, note.place.measure], span_of_note(note.place, calendar)
        for row, column in product(rows.of(note.place, span), columns.of(note.place, span)):
            members = (*steps(view.query.rows, row), *steps(view.query.columns, column))
            if place_of(view.query, grid.cube, calendar, members, measure) == note.place:
                found.setdefault((_id(row), _id(column), measure), []).append(told(note))
    for place, written in found.items():
        yield NotedCell(*place, "\n\n".join(written))


def steps(levels: Iterable[str], head: Head | None) -> Steps:
    """The members of a head with their levels; none of the total."""
    return tuple(zip(levels, head.ids if head else (), strict=False))


def _id(head: Head | None) -> str | None:
    return BETWEEN_IDS.join(head.ids) if head else None


def noted_days(notes: Iterable[Note], view: View, cube: Cube, calendar: Calendar, told: Told) -> pl.DataFrame:
    """The notes on periods within a view, `day` (its first) and `text`: of its first measure, and of no other
    members than its own and those that it shows."""
    whole = place_of(view.query, cube, calendar)
    rows = [
        (to_date(span.first), fill_lines(_whose(note.place.cuts - whole.cuts) + told(note)))
        for note in notes
        if (note.place.cube, note.place.measure) == (whole.cube, whole.measure)
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
