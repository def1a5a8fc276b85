"""What Explore shows: a question and a kind of chart, frozen; each click gives the next view. The URL holds it all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import get_args
from urllib.parse import parse_qs, urlencode

from cubes.address_parameters import check_names, only
from cubes.analysis.slice_days import last_months
from cubes.catalogue.ratios import RATIO
from cubes.catalogue.telling_level import telling
from cubes.member_order import MemberOrder
from cubes.model import Cube
from cubes.query import (
    PARAMETERS,
    TIME_LEVELS,
    Cut,
    Derivation,
    Query,
    parse_derivation,
    parse_query,
    split_measure,
)
from data.errors import BadRequest, did_you_mean
from data.store.warehouse import Profile
from pages.explore.table_looks import (
    Marks,
    Places,
    Widths,
    parse_looks,
    parse_places,
    parse_widths,
    written_places,
)
from pages.ui.period_choices import default_comparison
from pages.ui.pivot.pivot_table import NARROWEST, WIDEST, Look, TotalsAt

Steps = tuple[tuple[str, str], ...]


class Chart(StrEnum):
    BARS = "bars"
    STACKED = "stacked"
    SHARES = "shares"
    TREEMAP = "treemap"
    HEATMAP = "heatmap"
    LINE = "line"
    MULTIPLES = "multiples"
    SCATTER = "scatter"
    PARETO = "pareto"
    WATERFALL = "waterfall"
    DISTRIBUTION = "distribution"
    LEADERS = "leaders"


TOTALS_AT: tuple[TotalsAt, ...] = get_args(TotalsAt)
OWN = ("chart", "look", "hidden", "place", "width", "total", "grain", "show")
ROWS_SHOWN = 12
COLUMNS_SHOWN = 8
MOST_SHOWN = 200
EVERYONE = 100_000  # a top that leaves no member of a level out
FEW = 10


@dataclass(frozen=True, slots=True)
class View:
    """A question as Explore draws it: the kind of chart, and how its table is laid out.

    `looks` says of measures how their numbers are marked, `hidden` names columns (`m:` a measure, `c:` a member),
    `total` where the row of totals stands, `grain` in what steps courses over time go (empty for the usual). `places`
    puts members of levels among the columns in an order (those that it does not name follow in the usual one), `widths`
    says how many pixels wide columns were made, named as `PivotTable` does.
    """

    query: Query
    chart: Chart = Chart.BARS
    looks: tuple[tuple[str, Marks], ...] = ()
    hidden: tuple[str, ...] = ()
    total: TotalsAt = "below"
    grain: str = ""
    places: Places = ()
    widths: Widths = ()

    def to_parameters(self) -> dict[str, list[str]]:
        extra: dict[str, list[str]] = {
            "chart": [self.chart.value],
            "look": [f"{measure}={look}" for measure, look in self.looks],
            "hidden": list(self.hidden),
            "place": written_places(self.places),
            "width": [f"{name}={pixels}" for name, pixels in self.widths],
            "total": [self.total] if self.total != "below" else [],
            "grain": [self.grain] if self.grain else [],
        }
        return {**self.query.to_parameters(), **{name: values for name, values in extra.items() if values}}

    def token(self) -> str:
        """The view as one line of text, which a click carries along."""
        return _token(self)

    def look_of(self, measure: str) -> Marks:
        """How the numbers of a measure are marked: as chosen, else the first by colours across columns or bars."""
        usual = Look.COLOURS if self.query.columns else Look.BARS
        return dict(self.looks).get(measure, usual if measure == self.query.measures[0] else Look.PLAIN)

    def looking(self, measure: str, look: Marks) -> View:
        """With the numbers of a measure marked so."""
        return replace(self, looks=tuple((dict(self.looks) | {measure: look}).items()))

    def placed(self, level: str, members: Iterable[str]) -> View:
        """With members of a level among the columns in this order; those placed before and not seen now follow."""
        earlier = dict(self.places)
        order = tuple(dict.fromkeys((*members, *earlier.get(level, ()))))
        return replace(self, places=tuple((earlier | {level: order}).items()))

    def widened(self, name: str, pixels: int) -> View:
        """With a column so wide; as usual where `pixels` is 0."""
        widths = dict(self.widths) | {name: min(max(pixels, NARROWEST), WIDEST)}
        return replace(self, widths=tuple(each for each in widths.items() if pixels or each[0] != name))

    def sorted_by(self, order: MemberOrder | None) -> View:
        """With the rows in this order."""
        return self.with_query(replace(self.query, order=order))

    def moved(self, measure: str, step: int) -> View:
        """With a measure so many places further on."""
        measures = list(self.query.measures)
        at = measures.index(measure)
        measures.insert(max(0, at + step), measures.pop(at))
        return self.with_query(replace(self.query, measures=tuple(measures)))

    def keep_only(self, level: str, member: str) -> View:
        """Within one member, by the same levels."""
        return self.with_query(self.query.cut(Cut(level, (member,))))

    def leave_out(self, level: str, member: str) -> View:
        """Without one member."""
        earlier = next((cut for cut in self.query.cuts if cut.level == level and not cut.by_rule), None)
        if earlier and earlier.members and not earlier.exclude:
            rest = tuple(each for each in earlier.members if each != member)
            return self.with_query(self.query.cut(Cut(level, rest))) if rest else self
        out = (*(earlier.members if earlier and earlier.exclude else ()), member)
        return self.with_query(self.query.cut(Cut(level, tuple(dict.fromkeys(out)), exclude=True)))

    def by(self, cube: Cube, members: Steps, level: str, instead: str) -> View:
        """Within these members, by another level in the place of one; it leaves any other place that it has."""
        query = self.query.cut(*(Cut(each, (member,)) for each, member in members))
        rows, columns = (
            tuple(instead if each == level else each for each in side if each != instead)
            for side in (query.rows, query.columns)
        )
        return self.with_query(with_tops(replace(query, rows=rows, columns=columns, order=None), cube))

    def expanded(self, cube: Cube, finer: str) -> View:
        """With a finer level below the rows, all of its members shown."""
        query = replace(self.query, rows=(*self.query.rows, finer))
        query = with_tops(query, cube)
        top = tuple((level, EVERYONE if level == finer else count) for level, count in query.top)
        return self.with_query(replace(query, top=top))

    def with_query(self, query: Query) -> View:
        return replace(self, query=query)

    def open(self, cube: Cube, *members: tuple[str, str]) -> View:
        """Into the members of these levels: each is cut to, and its level gives way to the next finer one."""
        query = self.query
        for level, member in members:
            query = query.drill(level, member, cube.finer(level))
        return self.with_query(query)

    def ends(self, cube: Cube, levels: Iterable[str]) -> bool:
        """Whether nothing finer lies below these levels of rows and columns: below the last of each side."""
        asked = tuple(levels)
        sides = ([each for each in asked if each in side] for side in (self.query.rows, self.query.columns))
        last = [each for side in sides for each in side[-1:]]
        last += [each for each in asked if each not in self.query.by]
        return all(cube.finer(each) is None for each in last)

    def open_others(self, level: str, shown: Iterable[str]) -> View:
        """Into what is beyond the top: the members shown are left out."""
        shown = tuple(shown)
        earlier = next((cut for cut in self.query.cuts if cut.level == level and not cut.by_rule), None)
        if earlier and earlier.members and not earlier.exclude:
            rest = tuple(each for each in earlier.members if each not in shown)
            return self.with_query(self.query.cut(Cut(level, rest)))
        left_out = tuple(dict.fromkeys((*(earlier.members if earlier else ()), *shown)))
        return self.with_query(self.query.cut(Cut(level, left_out, exclude=True)))

    def path(self, cube: Cube) -> tuple[Cut, ...]:
        """The members drilled into, coarse to fine: those of which a finer level is shown."""
        order = [level.name for level in cube.levels]
        single = (cut for cut in self.query.cuts if len(cut.members) == 1 and not cut.exclude)
        steps = (cut for cut in single if self._shows_below(cube, cut.level))
        return tuple(sorted(steps, key=lambda cut: order.index(cut.level)))

    def _shows_below(self, cube: Cube, level: str) -> bool:
        finer = cube.finer(level)
        return finer is not None and (finer in self.query.by or self._shows_below(cube, finer))

    def roll_up_to(self, cube: Cube, step: int) -> View:
        """Back up the path to its first `step` members; the axis shows the level below the last one kept."""
        path = self.path(cube)
        view = self
        for cut in reversed(path[step:]):
            view = view._without_step(cube, cut)
        return view

    def _without_step(self, cube: Cube, cut: Cut) -> View:
        dimension = cube.level(cut.level).dimension
        swap = {name: cut.level for name in self.query.by if cube.level(name).dimension == dimension}
        if len(swap) > 1:
            swap = {}
        query = self.query.uncut(cut.level)
        return self.with_query(
            replace(
                query,
                rows=tuple(swap.get(each, each) for each in query.rows),
                columns=tuple(swap.get(each, each) for each in query.columns),
                top=tuple((swap.get(each, each), count) for each, count in query.top),
            )
        )


def parse_view(parameters: Mapping[str, list[str]]) -> View:
    """The view that `to_parameters` wrote. Raises BadRequest on what it can't read."""
    check_names(parameters, (*PARAMETERS, *OWN))
    query = parse_query({name: values for name, values in parameters.items() if name not in OWN})
    written = only(parameters, "chart") or Chart.BARS.value
    if written not in set(Chart):
        raise BadRequest(f"There is no chart {written!r}.", f"Try {', '.join(Chart)}.")
    asked = only(parameters, "total") or "below"
    total = next((each for each in TOTALS_AT if each == asked), None)
    if total is None:
        raise BadRequest(f"Totals do not stand {asked!r}.", f"Try {', '.join(TOTALS_AT)}.")
    query = replace(query, measures=(*query.measures, *_shown(only(parameters, "show"), query.measures[0])))
    hidden, grain = tuple(parameters.get("hidden", ())), only(parameters, "grain")
    if grain and grain not in TIME_LEVELS:
        raise BadRequest(f"There is no grain {grain!r}.", did_you_mean(grain, TIME_LEVELS))
    looks, places = parse_looks(parameters.get("look", ())), parse_places(parameters.get("place", ()))
    widths = parse_widths(parameters.get("width", ()))
    return View(query, Chart(written), looks, hidden, total, grain, places, widths)


def _shown(written: str, measure: str) -> tuple[str, ...]:
    """The derived measure that `show` names, as links of earlier versions do; they say "share" too."""
    if not written:
        return ()
    derivation = Derivation.SHARE if written == "share" else parse_derivation(written)
    return (f"{split_measure(measure)[0]}:{derivation}",)


@lru_cache(maxsize=256)
def _token(view: View) -> str:
    return urlencode(view.to_parameters(), doseq=True)


def parse_token(token: str) -> View:
    return parse_view(parse_qs(token))


def first_view(cube: Cube, profile: Profile) -> View:
    """Where Explore starts: revenue of the last twelve months by the coarsest levels that tell anything apart."""
    coarsest = [telling(dimension, profile) for dimension in cube.dimensions if dimension.name != "time"]
    by = [*(level for level in coarsest if level), "quarter"]
    cuts = last_months(profile)
    query = Query(
        ("revenue",), tuple(by[:1]), tuple(by[1:2]), cuts, compare=default_comparison(profile, cuts)
    )
    return View(with_tops(query, cube))


def with_tops(query: Query, cube: Cube, rows: int | None = None) -> Query:
    """The question with a top for each level that has no order of its own; `rows` for those of the rows.

    Tops are at most 200, or EVERYONE. Members cannot be ranked by a ratio between cubes.
    """
    if split_measure(query.measures[0])[0] in RATIO:
        return replace(query, top=())
    earlier = dict(query.top)
    wanted = {level: rows or earlier.get(level, ROWS_SHOWN) for level in query.rows}
    wanted |= {level: earlier.get(level, COLUMNS_SHOWN) for level in query.columns}
    tops = [(level, min(wanted[level], EVERYONE)) for level in query.by if not cube.level(level).is_time]
    return replace(query, top=tuple(tops))


def with_fitting_order(query: Query) -> Query:
    """The question without an order by a measure or a column that it no longer has."""
    order = query.order
    if order is None:
        return query
    plain = order.asked == order.measure
    compared = query.compare and not split_measure(order.asked)[1]
    measured = order.by_name or (order.asked in query.measures and (plain or compared))
    column = tuple(cut.level for cut in order.within)
    return query if measured and column == query.columns[: len(column)] else replace(query, order=None)


def fitted(view: View, cube: Cube, rows: tuple[str, ...]) -> View:
    """The view as it can be shown: by rows (by `rows` where it has neither rows nor columns), with tops for levels."""
    query = view.query
    if not query.rows:
        query = replace(query, rows=query.columns or rows, columns=())
    return view.with_query(with_fitting_order(with_tops(query, cube)))


def in_its_cube(query: Query) -> Query:
    """The question to the cube of its first measure, which there goes by its plain name."""
    cube, dot, name = query.measures[0].rpartition(".")
    return replace(query, cube=cube, measures=(name,)) if dot else query


def not_shared(query: Query, own: Cube) -> tuple[str, ...]:
    """The levels of the question that the cube of its measure does not have."""
    known = {level.name for level in own.levels}
    asked = dict.fromkeys((*query.by, *(cut.level for cut in query.cuts)))
    return tuple(level for level in asked if level not in known)


def without(view: View, levels: Iterable[str]) -> View:
    """The view without these levels and the filters on them."""
    levels = tuple(levels)
    query = replace(view.query, cuts=tuple(cut for cut in view.query.cuts if cut.level not in levels))
    rows, columns = (
        tuple(each for each in side if each not in levels) for side in (query.rows, query.columns)
    )
    top = tuple((level, count) for level, count in query.top if level not in levels)
    return view.with_query(replace(query, rows=rows, columns=columns, top=top))


def with_fewer(view: View, cube: Cube, members: Mapping[str, int]) -> tuple[str, View] | None:
    """The level with the most members on screen, and the view of its greatest few; None where none has more."""
    tops = dict(view.query.top)
    sizes = {
        level: min(members.get(level, 0), tops.get(level, MOST_SHOWN))
        for level in view.query.by
        if not cube.level(level).is_time
    }
    longest = max(sizes, key=lambda level: (sizes[level], members.get(level, 0)), default=None)
    if longest is None or sizes[longest] <= FEW:
        return None
    top = tuple((level, FEW if level == longest else count) for level, count in view.query.top)
    return longest, view.with_query(replace(view.query, top=top))


def a_level_up(view: View, cube: Cube, members: Mapping[str, int]) -> tuple[str, str, View] | None:
    """The longest level that has one above it that is not shown yet, that one, and the view by it."""
    tops = dict(view.query.top)
    above = {level: cube.coarser(level) for level in view.query.by}
    able = [level for level, coarser in above.items() if coarser and coarser not in view.query.by]
    if not able:
        return None
    longest = max(able, key=lambda level: min(members.get(level, 0), tops.get(level, 1 << 62)))
    coarser = str(above[longest])
    swapped = replace(
        view.query,
        rows=tuple(coarser if each == longest else each for each in view.query.rows),
        columns=tuple(coarser if each == longest else each for each in view.query.columns),
        top=tuple((coarser if level == longest else level, count) for level, count in view.query.top),
    )
    return longest, coarser, view.with_query(with_tops(swapped, cube))
