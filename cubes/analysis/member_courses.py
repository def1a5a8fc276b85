"""The courses of a cube's members over whole periods, and of pairs of them; trends are found in these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise, product

import polars as pl

from cubes.analysis.slice_days import span_of
from cubes.ask.answer import Answer
from cubes.ask.source_lags import lags
from cubes.model import Cube, Kind, Level
from cubes.query import TIME_LEVELS, Cut, Query
from data.errors import BadRequest, did_you_mean
from data.model.calendar import Days, day_key, to_date
from data.store.warehouse import Profile, Warehouse

BY = ("month", "week")
WHOLE = ""  # the name of the series of all
USUAL_LEVELS = ("category", "country", "channel", "customer_kind")
INSTEAD = ("department", "subcategory", "product", "region", "channel_type", "payment")
MOST_MEMBERS, MOST_PAIRS = 500, 400
LEVELS_TAKEN = 2  # at least, where so many tell anything apart

Ask = Callable[[Query], Answer]
Member = tuple[str, str, str]  # level, id, label


@dataclass(frozen=True, slots=True, eq=False)
class MemberCourses:
    """Courses of one measure within the cuts of `query`, over the whole periods from the first to the last.

    `frame` has one row a series and period: `series` (its name; empty for all), `period` (its first day), `value`.
    `kin` has a row for each series and each other one (but that of all) that it is a part of: `series`, `ancestor`.
    `members` tells the levels, ids and labels of each series. `too_many` are pairs of levels with more pairs of members
    than are looked at. `empty` is what a period without a row says (None: not known), `adds` whether parts add up, and
    `is_ratio` whether a member's value is no share of the whole's, but stands beside it.
    """

    query: Query
    grain: str
    frame: pl.DataFrame
    kin: pl.DataFrame
    members: dict[str, tuple[Member, ...]]
    too_many: tuple[tuple[str, str], ...]
    empty: float | None
    adds: bool
    is_ratio: bool
    notes: tuple[str, ...]

    def cuts(self, series: str) -> tuple[Cut, ...]:
        """The cuts that lead to a series."""
        return tuple(Cut(level, (id,)) for level, id, _ in self.members[series])


def usual_levels(cube: Cube, profile: Profile) -> tuple[str, ...]:
    """The levels to begin with: those of the usual ones that tell anything apart, others where these are too few."""
    offered = offered_levels(cube, profile)
    usual = tuple(each for each in USUAL_LEVELS if each in offered)
    more = tuple(each for each in INSTEAD if each in offered)
    return usual + more[: max(LEVELS_TAKEN - len(usual), 0)]


def offered_levels(cube: Cube, profile: Profile) -> tuple[str, ...]:
    """The levels whose members may be looked at: of more than one member, and of not too many."""
    return tuple(
        each.name
        for each in cube.levels
        if _fault(each) is None and 1 < profile.known.get(each.name, 0) <= MOST_MEMBERS
    )


def offered_measures(cube: Cube) -> tuple[str, ...]:
    """The measures whose courses may be looked at."""
    return tuple(each.name for each in cube.measures if not each.hidden and _is_course(cube, each.name))


def member_courses(
    warehouse: Warehouse, ask: Ask, query: Query, cube: Cube, grain: str, levels: Sequence[str]
) -> MemberCourses:
    """The courses of the question's first measure within its cuts, by each of these levels and each pair of them.

    Cuts on time choose which whole periods count. A source that ends before the others ends them all: what it has not
    delivered yet would look like a fall. Raises BadRequest.
    """
    levels = tuple(dict.fromkeys(levels))
    _check(cube, warehouse.profile, query, grain, levels)
    span, notes = _whole_days(warehouse, query, cube, grain)
    timed = Cut(grain, since=span[0], until=span[1])
    asked = replace(
        query, cuts=(*(each for each in query.cuts if each.level not in TIME_LEVELS or each.by_rule), timed)
    )
    pairs, too_many = _pairs(cube, warehouse.profile, levels)
    measure = cube.measure(query.measures[0])
    frames, members = [], dict[str, tuple[Member, ...]]()
    empty = 0.0 if measure.zero_when_empty else None
    for rows in ((), *((each,) for each in levels), *pairs):
        frame, own = _courses(ask, asked, rows, grain, warehouse.profile)
        frame = frame if rows else _every_period(frame, span, grain, empty, warehouse.profile)
        frames.append(frame)
        members |= own
    return MemberCourses(
        asked,
        grain,
        pl.concat(frames),
        _kin(ask, asked, cube, levels, members),
        members,
        too_many,
        empty,
        measure.kind is Kind.ADDITIVE,
        measure.kind is Kind.RATIO,
        notes,
    )


def _check(cube: Cube, profile: Profile, query: Query, grain: str, levels: Sequence[str]) -> None:
    if grain not in BY:
        raise BadRequest(f"Trends are not looked at by {grain!r}.", did_you_mean(grain, BY))
    name = query.measures[0]
    if not _is_course(cube, cube.measure(name).name):
        raise BadRequest(
            f"{cube.measure(name).label} has no course from period to period that members could be held against.",
            f"Take one of {', '.join(offered_measures(cube))}.",
        )
    for each in levels:
        level = cube.level(each)
        if fault := _fault(level):
            raise BadRequest(f"{level.label} {fault}.", f"Try {', '.join(usual_levels(cube, profile))}.")
        if profile.known.get(each, 0) > MOST_MEMBERS:
            raise BadRequest(
                f"{level.label} has {profile.known[each]:,} members, more than the {MOST_MEMBERS:,} looked at.",
                f"Try {', '.join(usual_levels(cube, profile))}.",
            )


def _fault(level: Level) -> str | None:
    """Why the members of a level have no courses that tell anything, if so."""
    if level.is_time or level.name.startswith("cohort_"):
        return "is a time: its members come one after another"
    if level.is_customer:
        return "has too few purchases a member to tell a trend of"
    if level.is_mined or level.is_derived:
        return (
            "was formed from the same purchases: a trend of its members would be told by how they were formed"
        )
    return None


def _is_course(cube: Cube, name: str) -> bool:
    measure = cube.measure(name)
    sums = measure.kind is Kind.ADDITIVE and measure.aggregate in ("sum", "count")
    return measure.unit != "date" and (sums or measure.kind in (Kind.DISTINCT, Kind.RATIO))


def _whole_days(
    warehouse: Warehouse, query: Query, cube: Cube, grain: str
) -> tuple[tuple[str, str], tuple[str, ...]]:
    """The ids of the first and last whole period within the cuts and the data; and what is to be known of it."""
    profile, calendar = warehouse.profile, warehouse.profile.calendar
    span = span_of(query.cuts, profile, cube.fact)
    if span is None:
        raise BadRequest("No day is left within these filters.", "Choose another period.")
    _check_unbroken(query, profile)
    days, notes = Days(day_key(span[0]), day_key(span[1])), []
    end = profile.extents[cube.fact].last_day or span[1]
    for lag in lags(warehouse, cube.fact):
        if lag.last < days.last:
            notes.append(lag.sentence(day_key(end)))
            days = Days(days.first, max(lag.last, days.first))
    whole = [code for code, own in calendar.periods(grain, days) if own == calendar.days_of(grain, code)]
    if not whole:
        raise BadRequest(f"No whole {grain} is left within these filters.", "Choose a longer period.")
    first, last = (calendar.period_id(grain, code) for code in (whole[0], whole[-1]))
    return (first, last), tuple(notes)


def _check_unbroken(query: Query, profile: Profile) -> None:
    """Raises BadRequest where cuts on time leave out periods in between."""
    for cut in query.cuts:
        if cut.level in TIME_LEVELS and cut.members:
            written = [each for each in cut.members if each[:1].isdigit()]
            codes = sorted(profile.calendar.parse_period(cut.level, each) for each in written)
            if cut.exclude or any(after - before > 1 for before, after in pairwise(codes)):
                raise BadRequest("Trends need an unbroken time.", "Take a period from one day to another.")


def _pairs(
    cube: Cube, profile: Profile, levels: Sequence[str]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Pairs of levels of different dimensions, or of one without being each other's part; and those of too many."""
    every = [pair for pair in combinations(levels, 2) if not _is_nested(cube, *pair)]
    sizes = {pair: profile.known.get(pair[0], 0) * profile.known.get(pair[1], 0) for pair in every}
    few = tuple(pair for pair in every if sizes[pair] <= MOST_PAIRS)
    return few, tuple(pair for pair in every if pair not in few)


def _is_nested(cube: Cube, one: str, other: str) -> bool:
    """Whether two levels stand in one hierarchy."""
    dimension = cube.dimension(cube.level(one).dimension)
    return any(one in each.levels and other in each.levels for each in dimension.hierarchies)


def _courses(
    ask: Ask, query: Query, rows: tuple[str, ...], grain: str, profile: Profile
) -> tuple[pl.DataFrame, dict[str, tuple[Member, ...]]]:
    """The series of one set of levels, and their members."""
    found = ask(replace(query, rows=(*rows, grain), columns=(), totals=False, compare=None)).frame
    ids, labels = (
        found.select(each).rows() if rows else [()] * found.height
        for each in ([f"{each}.id" for each in rows], rows)
    )
    series = [series_name(zip(rows, each, strict=True)) for each in ids]
    names = {
        name: tuple(zip(rows, own, map(str, told), strict=True))
        for name, own, told in zip(series, ids, labels, strict=True)
    }
    days = {
        each: to_date(profile.calendar.days_written(grain, each).first)
        for each in found[f"{grain}.id"].unique()
    }
    frame = pl.DataFrame(
        {
            "series": series,
            "period": [days[each] for each in found[f"{grain}.id"]],
            "value": found[query.measures[0]].cast(pl.Float64),
        },
        schema={"series": pl.String, "period": pl.Date, "value": pl.Float64},
    )
    return frame, names


def _every_period(
    frame: pl.DataFrame, span: tuple[str, str], grain: str, empty: float | None, profile: Profile
) -> pl.DataFrame:
    """The series of all with its periods without a row, so that each period is there."""
    calendar = profile.calendar
    first, last = (calendar.parse_period(grain, each) for each in span)
    days = [to_date(calendar.days_of(grain, code).first) for code in range(first, last + 1)]
    every = pl.DataFrame({"series": WHOLE, "period": days}, schema={"series": pl.String, "period": pl.Date})
    return every.join(frame, on=["series", "period"], how="left").with_columns(
        pl.coalesce("value", pl.lit(empty, pl.Float64))
    )


def series_name(members: Iterable[tuple[str, str]]) -> str:
    """The name of the series of these members.

    >>> series_name([("category", "Wools"), ("channel", "Web")])
    'category=Wools & channel=Web'
    """
    return " & ".join(f"{level}={id}" for level, id in members)


def _kin(
    ask: Ask, query: Query, cube: Cube, levels: Sequence[str], members: dict[str, tuple[Member, ...]]
) -> pl.DataFrame:
    """Each series with all those that it is a part of."""
    above: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for fine, coarse in _nested(cube, levels):
        frame = ask(replace(query, rows=(coarse, fine), columns=(), totals=False, compare=None)).frame
        once = frame.filter(pl.len().over(f"{fine}.id") == 1)
        for one, other in once.select(f"{fine}.id", f"{coarse}.id").rows():
            above.setdefault((fine, one), []).append((coarse, other))
    rows = [
        (name, ancestor)
        for name, own in members.items()
        for ancestor in _ancestors([(level, id) for level, id, _ in own], above)
        if ancestor in members
    ]
    return pl.DataFrame(rows, schema={"series": pl.String, "ancestor": pl.String}, orient="row")


def _nested(cube: Cube, levels: Sequence[str]) -> Iterator[tuple[str, str]]:
    for one, other in combinations(levels, 2):
        for hierarchy in cube.dimension(cube.level(one).dimension).hierarchies:
            if one in hierarchy.levels and other in hierarchy.levels:
                coarse, fine = sorted((one, other), key=hierarchy.levels.index)
                yield fine, coarse
                break


def _ancestors(own: list[tuple[str, str]], above: dict[tuple[str, str], list[tuple[str, str]]]) -> set[str]:
    """All but the series itself and that of all: each member as it is, as one above it, or left away."""
    ways = [[(each,), *((up,) for up in above.get(each, ())), ()] for each in own]
    found = {series_name(member for part in way for member in part) for way in product(*ways)}
    return found - {series_name(own), WHOLE}
