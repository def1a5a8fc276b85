"""What was chosen in the question bar, as the next view."""

from __future__ import annotations

from dataclasses import replace

from cubes.model import Cube
from cubes.query import Against, Comparison, Cut, Period, Query, parse_cut
from cubes.relative_period import parse_relative
from data.errors import BadRequest
from data.store.warehouse import Profile
from pages.explore.explore_view import View, with_tops
from pages.explore.offered_measures import measure_of_cubes
from pages.ui.period_choices import fact_of, presets
from pages.ui.question_bar.bar_choice import BarChoice, ChosenFilter

BLANK = " "  # stands in conditions and before sets, and in no name of a level


def view_of_choice(choice: BarChoice, base: View, cube: Cube, profile: Profile) -> View:
    """The view that follows on `base`, which was on screen. Raises BadRequest for what is not offered any more."""
    view = base if choice.step is None else base.roll_up_to(cube, choice.step)
    view = _cleared(view, cube) if choice.clear else view
    query = _measured(view.query, choice, cube, profile)
    query = _laid_out(query, choice, cube)
    query = _within(query, choice.filters, cube)
    if choice.period is not None:
        query = query.uncut("day").cut(*_days(query, choice.period, profile))
    if choice.compare is not None:
        query = replace(query, compare=_against(choice.compare))
    if choice.as_of is not None:
        query = replace(query, as_of=choice.as_of)
    return view.with_query(with_tops(query, cube, choice.top or None))


def _cleared(view: View, cube: Cube) -> View:
    """Rolled up and without filters; the period stays."""
    query = view.roll_up_to(cube, 0).query
    days = (cut for cut in query.cuts if cut.level == "day")
    return view.with_query(query.without_cuts().cut(*days))


def _measured(query: Query, choice: BarChoice, cube: Cube, profile: Profile) -> Query:
    if not choice.measures:
        return query
    for text in choice.measures:
        measure_of_cubes(text, cube, profile)
    return replace(query, measures=choice.measures)


def _laid_out(query: Query, choice: BarChoice, cube: Cube) -> Query:
    rows = query.rows if choice.rows is None else choice.rows
    columns = query.columns if choice.columns is None else choice.columns
    for name in (*rows, *columns):
        cube.level(name)
    kept = tuple(each for each in columns if each not in rows)
    return replace(query, rows=rows or kept, columns=kept if rows else ())


def _within(query: Query, filters: tuple[ChosenFilter, ...], cube: Cube) -> Query:
    for each in filters:
        if BLANK in each.level:
            query = _by_rule(query, parse_cut(each.level), bool(each.members))
            continue
        query = query.uncut(cube.level(each.level).name)
        if each.members:
            query = query.cut(Cut(each.level, each.members, exclude=each.exclude))
    return query


def _by_rule(query: Query, met: Cut, wanted: bool) -> Query:
    """With a condition or a set, or without it."""
    (told,) = replace(query, cuts=(met,)).cuts
    kept = replace(query, cuts=tuple(cut for cut in query.cuts if cut != told))
    if not wanted:
        return kept
    return kept.cut(told) if told.named_set else replace(kept, cuts=(*kept.cuts, told))


def _days(query: Query, period: str, profile: Profile) -> tuple[Cut, ...]:
    offered = presets(profile, fact_of(query, profile))
    if period in offered:
        return offered[period]
    if parse_relative(period):
        return (Cut("day", (period,)),)
    since, dots, until = period.partition("..")
    if not dots or not (since or until):
        raise BadRequest(f"There is no period {period!r}.", f"Choose days, or one of {', '.join(offered)}.")
    return (Cut("day", since=since, until=until),)


def _against(compare: str) -> Against | None:
    if not compare:
        return None
    return Comparison(compare) if compare in set(Comparison) else Period(compare)
