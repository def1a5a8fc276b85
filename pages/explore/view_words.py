"""A view in words: its measures by rows and columns, what it is filtered by, and the period."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cubes.analysis.slice_days import span_of
from cubes.model import Cube
from cubes.query import Cut, Query
from data.errors import BadRequest
from data.model.calendar import GRAINS
from data.operational.plain_names import LONGEST_NAME
from data.store.warehouse import Profile
from pages.explore.explore_view import View
from pages.explore.table_of_view import label
from pages.ui.period_choices import ALL_TIME, LAST_MONTHS, LAST_YEAR, comparison_name, fact_of, presets
from pages.ui.style.formats import format_span
from pages.ui.style.period_names import period_name, span_name

MOST_NAMED = 3
MOVING = (LAST_YEAR, LAST_MONTHS)  # what a view keeps are its days, and these are others next month
Named = Callable[[Cube, Cut], str]


def own_ids(cube: Cube, cut: Cut) -> str:
    """The members of a cut by their ids, for whoever has no names."""
    return ", ".join(cut.members)


def describe(view: View, cube: Cube, profile: Profile, named: Named = own_ids) -> str:
    """The view as a name would say it, not longer than a name may be: Revenue by country × year, 2025.

    `named` gives the members of a cut in words. What is not there any more stands as the question writes it.
    """
    query = view.query
    measures = _listed([_measure(text, query, profile) for text in query.measures])
    by = " × ".join(_level(cube, name).lower() for name in query.by)
    filters = [_filter(cube, cut, named) for cut in query.cuts if _is_told(cut)]
    parts = (f"{measures} by {by}" if by else measures, *filters, *_periods(query, profile))
    text = ", ".join(part for part in parts if part)
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 2].rstrip(', ')} …"


def _measure(text: str, query: Query, profile: Profile) -> str:
    try:
        return label(text, query.cube, profile)
    except BadRequest:
        return text


def _level(cube: Cube, name: str) -> str:
    try:
        return cube.level(name).label
    except BadRequest:
        return name


def _filter(cube: Cube, cut: Cut, named: Named) -> str:
    try:
        members = named(cube, cut)
    except BadRequest:
        members = own_ids(cube, cut)
    return f"not {members}" if cut.exclude else members


def _is_told(cut: Cut) -> bool:
    """Whether a cut is told by itself, and not as a part of the period."""
    return cut.level not in GRAINS or cut.named_set is not None


def _periods(query: Query, profile: Profile) -> Iterator[str]:
    """The period and what it is held against; nothing for all time without a comparison."""
    cuts = tuple(cut for cut in query.cuts if not _is_told(cut))
    yield from (f"not {_named(cut)}" for cut in cuts if cut.exclude)
    yield _period(tuple(cut for cut in cuts if not cut.exclude), query, profile)
    yield comparison_name(query.compare) if query.compare else ""


def _period(cuts: tuple[Cut, ...], query: Query, profile: Profile) -> str:
    try:
        fact = fact_of(query, profile)
        offered = presets(profile, fact)
        name = next((name for name, each in offered.items() if each == cuts and name not in MOVING), "")
        span = span_of(cuts, profile, fact)
    except BadRequest:
        name, span = "", None
    if name or not cuts:
        return "" if name in (ALL_TIME, "") else name
    if any(len(cut.members) > 1 for cut in cuts) or span is None:
        return ", ".join(map(_named, cuts))
    if len(cuts) == 1 and cuts[0].members:
        return _named(cuts[0])
    return format_span(*span)


def _named(cut: Cut) -> str:
    """A cut on time by the names of its periods."""
    if not cut.members:
        return span_name(cut.level, cut.since, cut.until)
    return ", ".join(period_name(cut.level, each) for each in cut.members)


def _listed(words: list[str]) -> str:
    rest = len(words) - MOST_NAMED
    named = [words[0], *(word.lower() for word in words[1:MOST_NAMED])]
    if rest > 0:
        return f"{', '.join(named)} and {rest} more"
    *before, last = named
    return f"{', '.join(before)} and {last}" if before else last
