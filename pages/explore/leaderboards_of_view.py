"""The leaderboards of a view: what they ask of the cube, and the view that each choice on them leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from cubes.analysis.slice_days import span_of
from cubes.ask import drill_across
from cubes.ask.answer import Answer
from cubes.catalogue.ratios import RATIO
from cubes.catalogue.telling_level import telling
from cubes.model import Cube, Kind, Measure
from cubes.query import Cut, Query, split_measure
from data.model.calendar import GRAINS, day_key, to_date
from data.store.warehouse import Profile
from pages.explore.explore_view import Chart, View, with_tops
from pages.explore.offered_measures import measure_of_cubes
from pages.ui.figures import OTHERS
from pages.ui.leaderboards.leaderboards import Leader, Leaderboard, Leaderboards, LeaderChoice, MeasureCourse
from pages.ui.period_choices import baseline_name, fact_of
from pages.ui.style import locales
from pages.ui.style.formats import growth, growth_unit, number_form
from pages.ui.style.period_names import period_name
from pages.ui.time_course import course

Ask = Callable[[Query], Answer]
GRAINS_SHOWN = ("year", "fiscal_year", "quarter", "fiscal_quarter", "month", "week", "day")
LEADERS = 8
FEWEST_BOARDS, MOST_BOARDS = 4, 9
MOST_PERIODS = 400
ENOUGH_PERIODS = 8
SUMS = ("sum", "count")


def leaders_of(view: View, cube: Cube, profile: Profile, ask: Ask) -> Leaderboards:
    """Everything that is shown, from the answers that `ask` gives. Raises BadRequest, TooLarge."""
    query = replace(view.query, measures=plain_measures(view.query))
    grain = grain_of(view, profile)
    frames = _aligned({text: _course_frame(query, text, grain, profile, ask) for text in query.measures})
    periods = next(iter(frames.values()))["period"].to_list()
    days = [_days(profile, grain, period) for period in periods]
    totals = ask(_asked(query, query.measures))
    told = {text: _telling(frame) for text, frame in frames.items()}
    courses = tuple(
        _course(text, frame, totals, told[text], query.cube, profile) for text, frame in frames.items()
    )
    return Leaderboards(
        courses=courses,
        periods=tuple(_period_name(profile, grain, each) for each in periods),
        days=tuple(days),
        boards=tuple(_board(query, level, cube, profile, ask) for level in boards(query, cube, profile)),
        grain=grain,
        grains=tuple((each.name, each.label) for each in _grains(cube, query, profile)),
        partial=bool(next(iter(frames.values()))["partial"].any()),
        previous=baseline_name(query.compare) if query.compare else "",
        locale=locales.current(),
        base=view.token(),
        notes=totals.notes,
    )


def plain_measures(query: Query) -> tuple[str, ...]:
    """The measures without what is derived from them: boards show shares and changes beside each."""
    return tuple(dict.fromkeys(split_measure(text)[0] for text in query.measures))


def boards(query: Query, cube: Cube, profile: Profile) -> tuple[str, ...]:
    """The levels that have a board: those of rows and columns, then the first telling one of other dimensions.

    Where none has a few members, the first of many: a board shows the greatest alone. What the first measure is not
    counted by has none.
    """
    counted = measure_of_cubes(query.measures[0], cube, profile)
    asked = [name for name in query.by if not cube.level(name).is_time]
    taken = {cube.level(name).dimension for name in asked}
    others = []
    for dimension in cube.dimensions:
        if dimension.name not in taken | {"time"} and not counted.refusal(dimension.levels):
            many = (each.name for each in dimension.levels if profile.known.get(each.name, 0) > 1)
            others += [level for level in [telling(dimension, profile) or next(many, None)] if level]
    return tuple((*asked, *others[: max(0, FEWEST_BOARDS - len(asked))])[:MOST_BOARDS])


def grain_of(view: View, profile: Profile) -> str:
    """The grain that was chosen; else the coarsest usual one that gives a course of some length."""
    known = profile.calendar.levels
    if view.grain in known and view.grain in GRAINS:
        return view.grain
    span = span_of(view.query.cuts, profile, fact_of(view.query, profile))
    days = (span[1] - span[0]).days + 1 if span else 0
    usual = (("month", 31), ("week", 7))
    return next((name for name, length in usual if days >= ENOUGH_PERIODS * length), "day")


def chosen(view: View, choice: LeaderChoice, cube: Cube) -> View:
    """The view that a choice leads to."""
    match choice.where:
        case "toggle":
            return toggled(view, cube.level(choice.level).name, choice.value)
        case "only":
            return view.keep_only(cube.level(choice.level).name, choice.value)
        case "days":
            return view.with_query(view.query.cut(Cut("day", since=choice.value, until=choice.until)))
        case "grain" if choice.value in GRAINS:
            return replace(view, grain=choice.value)
        case "rank" if choice.value in view.query.measures:
            rest = tuple(each for each in view.query.measures if each != choice.value)
            return view.with_query(replace(view.query, measures=(choice.value, *rest), order=None))
        case "more":
            level = cube.level(choice.level).name
            query = replace(view.query, rows=(level,), columns=(), order=None)
            return replace(view.with_query(with_tops(query, cube)), chart=Chart.BARS)
    return view


def toggled(view: View, level: str, member: str) -> View:
    """With the member filtered by, or no longer; of a level that leaves members out, left out or no longer."""
    earlier = next((cut for cut in view.query.cuts if cut.level == level and not cut.by_rule), None)
    if earlier is None or not earlier.members:
        return view.keep_only(level, member)
    members = tuple(each for each in earlier.members if each != member)
    if len(members) == len(earlier.members):
        members = (*members, member)
    if not members:
        return view.with_query(view.query.uncut(level))
    return view.with_query(view.query.cut(Cut(level, members, exclude=earlier.exclude)))


def _asked(query: Query, measures: tuple[str, ...], **by: Any) -> Query:
    return Query(measures, cuts=query.cuts, compare=query.compare, cube=query.cube, as_of=query.as_of, **by)


def _course_frame(query: Query, text: str, grain: str, profile: Profile, ask: Ask) -> pl.DataFrame:
    answer = ask(_asked(query, (text,), rows=(grain,)))
    return course(answer, grain, "", profile)


def _aligned(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The courses over the last periods of them all: they begin and end where each measure does."""
    periods = pl.concat([frame.select("period") for frame in frames.values()]).unique().sort("period")
    shown = periods.tail(MOST_PERIODS)
    return {
        text: shown.join(frame, on="period", how="left", maintain_order="left")
        for text, frame in frames.items()
    }


def _days(profile: Profile, grain: str, period: date) -> tuple[date, date]:
    days = profile.calendar.days_of(grain, _code(profile, grain, period))
    return to_date(days.first), to_date(days.last)


def _period_name(profile: Profile, grain: str, period: date) -> str:
    return period_name(grain, profile.calendar.period_id(grain, _code(profile, grain, period)))


def _code(profile: Profile, grain: str, period: date) -> int:
    return profile.calendar.period_at(grain, day_key(period))


def _telling(frame: pl.DataFrame) -> list[float]:
    known = frame["value"].drop_nulls().abs().sort()
    known = known.filter(known != 0)
    return [float(known[0]), float(known[len(known) // 2]), float(known[-1])] if len(known) else []


def _course(
    text: str, frame: pl.DataFrame, totals: Answer, telling: list[float], cube: str, profile: Profile
) -> MeasureCourse:
    measure = drill_across.measure_of(text, cube, profile)
    total = _number(totals.frame, text)
    base = _number(totals.frame, f"{text}:base")
    return MeasureCourse(
        name=text,
        label=measure.label,
        form=number_form([*telling, *([total] if total else [])], measure.unit, profile.currency),
        total=total,
        growth=growth(total, base, measure.unit),
        growth_unit=growth_unit(measure.unit),
        rising=measure.rising,
        values=tuple(frame["value"]),
        previous=tuple(frame["previous"]) if "previous" in frame.columns else (),
    )


def _board(query: Query, level: str, cube: Cube, profile: Profile, ask: Ask) -> Leaderboard:
    """The leaders of one level, within all filters but its own, which are marked in it."""
    text = query.measures[0]
    measure = drill_across.measure_of(text, query.cube, profile)
    own = next((cut for cut in query.cuts if cut.level == level and not cut.by_rule), None)
    free = query.uncut(level)
    top = () if text in RATIO else ((level, LEADERS),)  # members cannot be ranked by what takes two cubes
    answer = ask(_asked(free, (text,), rows=(level,), top=top, totals=True))
    total = answer.total(text)
    members = set(own.members) if own else set()
    leaders = tuple(_leaders(answer, level, text, measure, total, members))
    leaders = leaders if top else leaders[:LEADERS]
    missing = members - {each.id for each in leaders}
    if missing and own and not own.exclude:
        leaders = (*leaders, *_missing(free, level, text, measure, total, tuple(sorted(missing)), ask))
    sizes = sorted(abs(each.value) for each in leaders if each.value)
    telling = [sizes[0], sizes[len(sizes) // 2], sizes[-1]] if sizes else []
    return Leaderboard(
        level,
        cube.level(level).label,
        number_form(telling, measure.unit, profile.currency),
        leaders,
        left_out=bool(own and own.exclude),
    )


def _leaders(
    answer: Answer, level: str, text: str, measure: Measure, total: float | None, members: set[str]
) -> Iterator[Leader]:
    adds_up = measure.kind is Kind.ADDITIVE and measure.aggregate in SUMS
    for row in answer.plain().iter_rows(named=True):
        identity, value = row[f"{level}.id"], row[text]
        share = value / total if adds_up and value is not None and total else None
        base = row.get(f"{text}:base")
        yield Leader(
            identity or OTHERS,
            row[level],
            _sent(value),
            share,
            growth(value, base, measure.unit),
            identity in members,
            identity is None,
        )


def _missing(
    free: Query,
    level: str,
    text: str,
    measure: Measure,
    total: float | None,
    members: tuple[str, ...],
    ask: Ask,
) -> Iterator[Leader]:
    """The members filtered by that are not among the greatest: they stand too, so that they can be let go."""
    within = free.cut(Cut(level, members[:LEADERS]))
    answer = ask(_asked(within, (text,), rows=(level,)))
    yield from _leaders(answer, level, text, measure, total, set(members))


def _grains(cube: Cube, query: Query, profile: Profile) -> Iterator[Any]:
    """The grains that give a course of two periods at least, and not too many."""
    span = span_of(query.cuts, profile, fact_of(query, profile))
    if span is None:
        return
    first, last = span
    known = {level.name: level for level in cube.dimension("time").levels}
    for name in GRAINS_SHOWN:
        if (
            name in known
            and 2 <= _code(profile, name, last) - _code(profile, name, first) + 1 <= MOST_PERIODS
        ):
            yield known[name]


def _number(frame: pl.DataFrame, column: str) -> float | None:
    return _sent(frame[column][0]) if column in frame.columns and frame.height else None


def _sent(value: Any) -> float | None:
    """A value as the browser gets it: of a date, its days since 1970."""
    if value is None:
        return None
    return float(day_key(value) if isinstance(value, date) else value)
