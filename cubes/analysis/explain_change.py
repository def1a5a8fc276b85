"""Why did it move? The few members, of all dimensions and levels, that explain most of a cell's change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from cubes.analysis.changed_cell import Ask, Case
from cubes.analysis.past_movements import History
from cubes.analysis.usual_movement import LEAST_SHARE, Past, past
from cubes.ask.comparison_periods import baseline
from cubes.ask.resolve_cuts import time_grain
from cubes.cells.scope import Scope
from cubes.model import Cube, Measure
from cubes.query import Cut, Query
from data.model.calendar import Days, day_key, merged
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Profile

Progress = Callable[[float, str], None]

MOST_FINDINGS = 4
MOST_EXAMINED = 12
MOST_ALSO = 3
SEARCHED_WHOLE = 20_000
GREATEST = 1_000
SHORTLIST, ALL_OF = 20, 500
SAME_AGAIN = 0.5
CONCENTRATED, HALF_AS_FAR = 0.8, 0.5
INSIDE = 0.95
FOREVER = (-719162, 2932896)
NOT_KNOWN = pl.lit(None, pl.Float64)


class Verdict(StrEnum):
    """What the past says of a member's change: beyond what is usual, within it, or too short to tell."""

    NEWS = "news"
    USUAL = "usual"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MemberEffect:
    """A member and what it added to the change, in the measure's unit.

    `effect` is what it added outside the findings before it, so that findings never count a line twice;
    `alone` is all that it added; for ratios `rate`, `mix` and `presence` are the parts of that (see
    `contributions.of_ratio`). `value` and `base` are the member's own, None for ratios without a denominator.
    `weight` is its share of the cell's size before, `size` its own in the greater of the two periods. Its changes
    usually lie from `low` to `high`, None where the past is too short. `beyond` is what it moved beyond an even move.
    """

    level: str
    id: str
    label: str
    value: float | None
    base: float | None
    effect: float
    alone: float
    rate: float
    mix: float
    presence: float
    weight: float
    size: float
    low: float | None = None
    high: float | None = None
    verdict: Verdict = Verdict.UNKNOWN
    beyond: float = 0.0

    @property
    def cut(self) -> Cut:
        return Cut(self.level, (self.id,))


@dataclass(frozen=True, slots=True)
class Why:
    """A cell's change and what explains it: `change` = the findings' effects + `rest` + `overlap`, exactly.

    `findings` come in order of what they moved beyond their part; `also` are large ones within their usual moves.
    `rest` is everything outside the findings; `overlap` what members share (distinct counts), 0 for sums. `low` and
    `high` hold the usual change of the whole. `past` is what that rests on, `levels` were searched; of those in
    `in_part` only the greatest members were. `value` or `base` is None where there is nothing to compare.
    """

    query: Query
    measure: Measure
    value: float | None
    base: float | None
    findings: tuple[MemberEffect, ...] = ()
    also: tuple[MemberEffect, ...] = ()
    rest: float = 0.0
    overlap: float = 0.0
    low: float | None = None
    high: float | None = None
    own: Days | None = None
    before: Days | None = None
    past: Past | None = None
    levels: tuple[str, ...] = ()
    in_part: tuple[str, ...] = ()

    @property
    def change(self) -> float:
        """By how much it moved; 0 where nothing can be compared."""
        return self.value - self.base if self.value is not None and self.base is not None else 0.0

    @property
    def comparable(self) -> bool:
        return self.value is not None and self.base is not None


def members(ask: Ask, cube: Cube, query: Query, level: str) -> pl.DataFrame:
    """Every member of a level and what it added to the change of the question's first measure, exactly.

    Columns: id (null for Others), label, value, base, effect, rate, mix, presence (all in the measure's unit),
    weight (share of the size before), the greatest effect first. The effects come to the change; what members of
    distinct counts share stands last, in a row whose label is null. Raises BadRequest.
    """
    case = Case(ask, cube, query)
    if case.value is None or case.base is None:
        return pl.DataFrame(schema=SCHEMA)
    table = case.members(level, ())
    shared = case.overlap(table["effect"].to_numpy())
    if not shared:
        return table.select(*SCHEMA)
    row = {"effect": shared, **dict.fromkeys(("value", "base", "rate", "mix", "presence", "weight"), 0.0)}
    return pl.concat([table.select(*SCHEMA), pl.DataFrame([row]).cast(pl.Float64)], how="diagonal")


SCHEMA = {"id": pl.String, "label": pl.String} | dict.fromkeys(
    ("value", "base", "effect", "rate", "mix", "presence", "weight"), pl.Float64
)


def why(
    ask: Ask,
    cube: Cube,
    profile: Profile,
    query: Query,
    progress: Progress = lambda _share, _words: None,
    mined: bool = False,
) -> Why:
    """Explain the change of the question's first measure, within its cuts, against the period it compares with.

    Members are searched in all levels but time. One is a finding if its change goes beyond what is usual for it
    (see `usual`), and it moved more than its part: what it moved beyond an even move of all members, which is
    the `surprise` of Adtributor (Bhagwan et al. 2014) in the measure's own unit, ranks it. A finding gives way to
    a finer one of its dimension that holds four fifths of what it moved beyond its part, where what else lies in it
    moved less than half as far for its size; a member most of whose change lies in earlier findings says the same
    again and is left out. Levels mined from the facts themselves are searched only where `mined`: what made the
    groups would explain what it made them of. Raises BadRequest.
    """
    case = Case(ask, cube, query)
    found = Why(case.query, case.measure, case.value, case.base)
    if not found.comparable:
        return found
    spans = two_periods(cube, profile, case.query)
    return _MemberSearch(case, profile, spans, progress, mined).explained(found)


def two_periods(cube: Cube, profile: Profile, query: Query) -> tuple[Days, Days] | None:
    """The days asked about and those compared with; None where either is no unbroken run, or there are none."""
    timed = [cut for cut in query.cuts if cube.level(cut.level).is_time]
    days = _run(profile, timed)
    if query.compare is None or days is None:
        return None
    asked = Scope((days,), (), tuple(timed), time_grain(cut.level for cut in timed))
    found = baseline(profile, asked, (), query.compare, cube.fact)
    if len(found.days) != 1 or len(found.own) != 1:
        return None
    return found.own[0], found.days[0]


def _run(profile: Profile, timed: Iterable[Cut]) -> Days | None:
    """The days that cuts on time leave together; None where they are no unbroken run."""
    found = Days(*FOREVER)
    for cut in timed:
        if cut.by_rule:
            return None
        runs = list(_runs(profile, cut))
        met = found.meet(runs[0]) if len(runs) == 1 and not cut.exclude else None
        if met is None:
            return None
        found = met
    return found


def _runs(profile: Profile, cut: Cut) -> tuple[Days, ...]:
    written = [profile.calendar.days_written(cut.level, each) for each in cut.members]
    if written:
        return merged(written)
    first = profile.calendar.days_written(cut.level, cut.since).first if cut.since else FOREVER[0]
    last = profile.calendar.days_written(cut.level, cut.until).last if cut.until else FOREVER[1]
    return (Days(first, last),)


class _MemberSearch:
    """The members that explain a cell's change, looked for in every level."""

    def __init__(
        self,
        case: Case,
        profile: Profile,
        spans: tuple[Days, Days] | None,
        progress: Progress,
        mined: bool = False,
    ) -> None:
        self.case, self.profile, self.progress, self.spans = case, profile, progress, spans
        calendar = profile.calendar
        self.past = past(calendar, self._extent(), *spans, sums=case.sums) if spans else None
        self.history = History(case, calendar, self.past) if self.past and self.past.enough else None
        self.levels = tuple(self._levels(mined))
        self.tables: dict[str, pl.DataFrame] = {}
        self.in_part: list[str] = []
        self.searched: dict[str, int] = {}

    def explained(self, found: Why) -> Why:
        steps = len(self.levels) + 1
        for at, level in enumerate(self.levels):
            self.progress(at / steps, f"{self.case.cube.level(level).label}: who moved, and what is usual")
            self.tables[level] = self._judged(level)
        self.progress(1 - 1 / steps, "What says the same twice")
        findings, rest = self._findings()
        low, high = self._whole()
        own, before = self.spans or (None, None)
        effects = np.array([*(each.effect for each in findings), rest])
        return replace(
            found,
            findings=findings,
            also=self._also(),
            rest=rest,
            overlap=self.case.overlap(effects),
            low=low,
            high=high,
            own=own,
            before=before,
            past=self.past,
            levels=self.levels,
            in_part=tuple(self.in_part),
        )

    def _extent(self) -> Days:
        """The days that the cube's facts reach, which hold the periods asked about."""
        found = self.profile.extents[self.case.cube.fact]
        first, last = found.first_day or date.min, found.last_day or date.max
        return Days(day_key(first), day_key(last))

    def _levels(self, mined: bool) -> Iterator[str]:
        """Every level with members to tell apart; time is no cause, nor what was mined from the facts."""
        single = {cut.level for cut in self.case.query.cuts if len(cut.members) == 1 and not cut.exclude}
        for level in self.case.cube.levels:
            told_apart = not (level.is_time or level.is_derived) and (mined or not level.is_mined)
            if told_apart and level.name not in single and self.profile.members.get(level.name, 0) > 1:
                yield level.name

    def _whole(self) -> tuple[float | None, float | None]:
        """The usual change of the whole cell."""
        if self.history is None:
            return None, None
        low, high = self.history.usual_whole().range()
        return float(low[0]), float(high[0])

    def _judged(self, level: str) -> pl.DataFrame:
        """The members of a level that matter, and what is usual for them."""
        known = self.profile.members.get(level, 0)
        if known > ALL_OF:
            self.searched[level] = known
        if known > SEARCHED_WHOLE:
            self.in_part.append(level)
        table = self.case.members(level, ((level, GREATEST),) if known > SEARCHED_WHOLE else ())
        nobody = pl.lit(self.case.cube.level(level).is_customer) & (pl.col("id") == UNKNOWN)
        table = table.filter(pl.col("id").is_not_null() & ~nobody)
        if known > ALL_OF:
            greatest = (table.top_k(SHORTLIST, by=pl.col(by).abs()) for by in ("beyond", "effect", "size"))
            table = pl.concat(greatest).unique("id", maintain_order=True)
        if self.history is None or table.is_empty():
            return table.with_columns(low=NOT_KNOWN, high=NOT_KNOWN, verdict=pl.lit(Verdict.UNKNOWN.value))
        found = self.history.usual(table, self.searched.get(level, 0))
        low, high = found.range()
        news = found.is_news(table["effect"].to_numpy())
        return table.with_columns(
            low=pl.Series(low),
            high=pl.Series(high),
            verdict=pl.Series([Verdict.NEWS.value if each else Verdict.USUAL.value for each in news]),
        )

    @cached_property
    def least(self) -> float:
        """The least move beyond its part that is worth telling."""
        effects = (abs(float(each)) for table in self.tables.values() for each in table["effect"])
        return LEAST_SHARE * max([abs(self.case.change), *effects])

    def _candidates(self) -> list[MemberEffect]:
        """Members that moved beyond their part, and beyond what is usual where that is known, the furthest first."""
        if not self.tables:
            return []
        beyond, least = pl.col("beyond"), self.least
        more = pl.concat(list(self.tables.values())).filter(
            (beyond * pl.col("effect") > 0)
            & (beyond.abs() >= least)
            & (pl.col("verdict") != Verdict.USUAL.value)
        )
        # Rounded, so that of a member and its only child the coarser stays in front.
        order = (beyond.abs() / least).round(6)
        return [_finding(row) for row in more.sort(order, descending=True, maintain_order=True).to_dicts()]

    def _findings(self) -> tuple[tuple[MemberEffect, ...], float]:
        """The findings, each counted outside those before it, and what lies outside all of them."""
        candidates, found, seen = self._candidates(), list[MemberEffect](), set[Cut]()
        rest = self.case.change
        for each in candidates[:MOST_EXAMINED]:
            closest = self._concentrated(each, candidates)
            if closest.cut in seen or len(found) == MOST_FINDINGS:
                continue
            seen |= {each.cut, closest.cut}
            effect, left = self._outside(closest, found, rest)
            tells = abs(effect) >= max(self.least, SAME_AGAIN * self._own(closest))
            if effect * closest.alone > 0 and tells and self._is_news_beside(closest, found):
                found, rest = [*found, replace(closest, effect=effect)], left
        return tuple(found), rest

    def _is_news_beside(self, each: MemberEffect, found: list[MemberEffect]) -> bool:
        """Whether a member moved unlike the others of its dimension without those that were found."""
        history, dimension = self.history, self.case.cube.level(each.level).dimension
        beside = [one for one in found if self.case.cube.level(one.level).dimension == dimension]
        if history is None or self.case.is_ratio or not beside:
            return True
        for one in beside:
            history = history.outside(one.level, one.id, one.value or 0.0, one.base or 0.0)
        table = self.tables[each.level]
        news = history.usual(table, self.searched.get(each.level, 0)).is_news(table["effect"].to_numpy())
        return bool(news[table["id"].to_list().index(each.id)])

    def _outside(self, each: MemberEffect, found: list[MemberEffect], rest: float) -> tuple[float, float]:
        """What a member added outside earlier findings, and what then is left.

        Of sums and counts, what is left is the change of the cell without all of them, and the member's part is what
        it takes of that: so a count of customers who also bought elsewhere counts them there.
        """
        cuts = [one.cut for one in found]
        left = self.case.effect(self.case.within(without=[*cuts, each.cut]))
        if self.case.is_ratio:
            return self.case.effect(self.case.within(each.cut, without=cuts)), left
        return rest - left, left

    def _own(self, each: MemberEffect) -> float:
        """What is a member's alone, whatever else was found."""
        if self.case.is_ratio or self.case.adds_up:
            return abs(each.alone)
        return abs(self.case.change - self.case.effect(self.case.within(without=[each.cut])))

    def _concentrated(self, coarse: MemberEffect, candidates: list[MemberEffect]) -> MemberEffect:
        """The finest member that holds nearly all of the move while the rest hardly moved, or the coarse one."""
        found = coarse
        for level in self._below(coarse.level):
            finer = [each for each in candidates if each.level == level]
            best = max(finer, key=lambda each: each.beyond / coarse.beyond, default=None)
            if (
                best
                and best.beyond / coarse.beyond >= CONCENTRATED
                and _moved_alone(best, found)
                and self._lies_in(best, coarse)
            ):
                found = best
        return found

    def _below(self, level: str) -> tuple[str, ...]:
        """The levels under this one in any hierarchy of its dimension, coarse to fine."""
        dimension = self.case.cube.dimension(self.case.cube.level(level).dimension)
        under = [h.levels[h.levels.index(level) + 1 :] for h in dimension.hierarchies if level in h.levels]
        return tuple(dict.fromkeys(each for levels in under for each in levels))

    def _lies_in(self, inner: MemberEffect, outer: MemberEffect) -> bool:
        return self.case.effect(self.case.within(outer.cut, inner.cut)) / inner.alone >= INSIDE

    def _also(self) -> tuple[MemberEffect, ...]:
        """The greatest move of each dimension that is large, in the direction of the change, and still usual."""
        found: dict[str, MemberEffect] = {}
        towards = self.case.change
        for level, table in self.tables.items():
            large = table.filter(
                (pl.col("verdict") == Verdict.USUAL.value)
                & (pl.col("effect") * towards > 0)
                & (pl.col("beyond") * towards > 0)
                & (pl.col("beyond").abs() >= self.least)
            ).sort(pl.col("beyond").abs(), descending=True)
            if large.height:
                found.setdefault(self.case.cube.level(level).dimension, _finding(large.row(0, named=True)))
        return tuple(sorted(found.values(), key=lambda each: -abs(each.effect))[:MOST_ALSO])


def _moved_alone(inner: MemberEffect, outer: MemberEffect) -> bool:
    """Whether what else lies in the outer member moved less than half as far as it would if all of it had moved."""
    others, size = 1 - inner.beyond / outer.beyond, outer.size - inner.size
    return size > 0 and others * outer.size <= HALF_AS_FAR * size


def _finding(row: Mapping[str, Any]) -> MemberEffect:
    names = (
        "level",
        "id",
        "label",
        "value",
        "base",
        "effect",
        "rate",
        "mix",
        "presence",
        "weight",
        "size",
        "low",
        "high",
        "beyond",
    )
    return MemberEffect(
        **{name: row[name] for name in names}, alone=row["effect"], verdict=Verdict(row["verdict"])
    )
