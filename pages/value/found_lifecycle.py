"""The life cycle found: the book as the cube tells it, spells of the same customers handed to the miner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
import streamlit as st

from cubes.analysis.segments_of_customers import levels_of_segments, segments_of_customers
from cubes.analysis.slice_days import check_known, span_of
from cubes.model import Cube
from cubes.query import TIME_LEVELS, Cut, Query
from data.errors import BadRequest, did_you_mean
from data.lifecycle import stage_history, stage_rules
from data.lifecycle.stage_history import StageRun
from data.lifecycle.stage_rules import StageRules
from mining.lifecycle.stage_dwell import StageDwell, due, dwell, half_stays
from mining.lifecycle.stage_exits import TransitionRates, rates
from mining.lifecycle.stage_moves import MoveKind, StageOrder, counts_by_kind, flow, movers
from mining.lifecycle.stage_spells import StageSpells, spells
from pages.ui import session
from pages.value.lifecycle_view import BEFORE, LifecycleView

CUBE, KIND = "stages", "customer"
BOOK = ("customers_in_stage", "stage_entries", "stage_exits", "stage_redescribed", "stage_net")
WITHIN_DAYS = 365
MOST_SEGMENTS = 200


@dataclass(frozen=True, slots=True, eq=False)
class FoundLifecycle:
    """`book`: of each stage `opening`, `entered`, `left`, `described_anew` and `closing` of the days `since` to
    `until`; `flow` the moves of those days, `moves` how many of all time are of each kind; `halves` after how many days
    half leave each stage in each segment; `passed_over` are cuts that the life cycle knows nothing of."""

    since: date
    until: date
    rules: StageRules
    runs: tuple[StageRun, ...]
    book: pl.DataFrame
    flow: pl.DataFrame
    spells: StageSpells
    dwell: tuple[StageDwell, ...]
    rates: TransitionRates
    moves: dict[MoveKind, int]
    halves: pl.DataFrame
    due: pl.DataFrame
    passed_over: tuple[str, ...]

    @property
    def known(self) -> int:
        """How many customers are known by the last day."""
        return int(self.book["closing"].sum())


def found_lifecycle(view: LifecycleView) -> FoundLifecycle:
    """What a view shows. Raises BadRequest where nothing is known of any stage."""
    store, cube, rules = session.warehouse(), session.cube(CUBE), stage_rules.declared(KIND)
    runs = stage_history.runs(store.rows, KIND)
    span = span_of((), store.profile, cube.fact)
    if span is None:
        raise BadRequest("No customer is known yet.", "Load order lines or customers on the page Data first.")
    until = view.until or store.profile.last_day or span[1]
    check_known(until, span, "stages")
    if view.stage and view.stage not in rules.stages:
        raise BadRequest(f"There is no stage {view.stage[:40]!r}.", did_you_mean(view.stage, rules.stages))
    since = _begin(view.months, span[0], until)
    known = tuple(cut for cut in view.cuts if _is_known(cut, cube))
    cuts = session.sets_read(known)
    events = _events_of(store.version, cuts, until)
    found = spells(events, rules.stages, until)
    stages, order = dwell(found), stage_order(rules)
    segmented = _in_segments(found, events, view.by, cuts)
    halves = half_stays(segmented, stages)
    return FoundLifecycle(
        since,
        until,
        rules,
        runs,
        _book(cuts, rules, since, until),
        flow(found, order, since),
        found,
        stages,
        rates(found, WITHIN_DAYS),
        counts_by_kind(flow(found, order)),
        halves,
        due(segmented, halves),
        tuple(str(cut) for cut in view.cuts if cut not in known),
    )


def stage_order(rules: StageRules) -> StageOrder:
    """The order of the stages: lost are those that the clock leads to, beside the way those that lead out of them."""
    lost = {timer.to for timer in rules.timers}
    won_back = {each.to for each in rules.transitions if {*each.origins} <= lost}
    return StageOrder(tuple(each for each in rules.stages if each not in lost | won_back), frozenset(lost))


def levels_offered() -> list[str]:
    """The levels of few members that customers may be told apart by."""
    known = session.warehouse().profile.known
    return [
        each for each in levels_of_segments(session.cube(CUBE)) if 1 < known.get(each, 0) <= MOST_SEGMENTS
    ]


def _in_segments(found: StageSpells, events: pl.DataFrame, by: str, cuts: tuple[Cut, ...]) -> StageSpells:
    """The spells in the segments of those who stood there, as they are described on the last day. Raises BadRequest."""
    if not by:
        return found
    if by == BEFORE:
        return found.by_stage_before()
    if by not in levels_offered():
        offered = (*levels_offered(), BEFORE)
        raise BadRequest(f"Who is due is not told apart by {by[:40]!r}.", did_you_mean(by, offered))
    told = segments_of_customers(session.ask_whole, session.cube(CUBE), by, cuts, found.as_of)
    return found.in_segments(events.select("subject", "id").unique().join(told, on="id").drop("id"))


def _is_known(cut: Cut, cube: Cube) -> bool:
    return (
        cut.level not in TIME_LEVELS
        and cut.level in {level.name for level in cube.levels}
        and not cut.condition
    )


def _begin(months: int, first: date, until: date) -> date:
    """The first day of the months that end with `until`; of all time, the first of all."""
    if not months:
        return min(first, until)
    after = pl.Series([until + timedelta(1)]).dt.offset_by(f"-{months}mo")
    return after.to_list()[0]  # type: ignore[no-any-return]


def _book(cuts: tuple[Cut, ...], rules: StageRules, since: date, until: date) -> pl.DataFrame:
    days = Cut("day", since=since.isoformat(), until=until.isoformat())
    asked = Query(BOOK, rows=("lifecycle_stage",), cuts=(*cuts, days), cube=CUBE)
    told = session.ask_whole(asked).frame.select(pl.col("lifecycle_stage").alias("stage"), *BOOK)
    whole = pl.DataFrame({"stage": rules.stages}).join(told, on="stage", how="left", maintain_order="left")
    known = whole.with_columns(pl.col(BOOK).fill_null(0).cast(pl.Int64))
    return known.select(
        "stage",
        opening=pl.col("customers_in_stage") - pl.col("stage_net"),
        entered="stage_entries",
        left="stage_exits",
        described_anew="stage_redescribed",
        closing="customers_in_stage",
    )


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Cut: repr})
def _events_of(version: str, cuts: tuple[Cut, ...], until: date) -> pl.DataFrame:
    """The stage events of the customers within the cuts, described as of the last day."""
    every = _named_events(version)
    if not cuts:
        return every
    asked = Query(("customers_in_stage",), rows=("customer",), cuts=cuts, cube=CUBE, as_of=until.isoformat())
    inside = session.ask_whole(asked).frame.filter(pl.col("customers_in_stage") > 0)
    return every.join(inside.select(id="customer.id"), on="id", how="semi")


@st.cache_resource(show_spinner=False, max_entries=1)
def _named_events(version: str) -> pl.DataFrame:
    return stage_history.named_events(session.warehouse().frame, KIND)


def due_customers(view: LifecycleView, found: FoundLifecycle) -> pl.DataFrame:
    """Who is due: `customer`, `name`, `stage`, `segment`, `since`, `days_in_stage`, the days after which half leave it,
    of whom that is known (`held_against`), and of how many stays."""
    ids = _named_events(session.warehouse().version).select("subject", "id", "name").unique()
    own = found.due.filter(pl.col("stage") == view.stage) if view.stage else found.due
    told = own.join(ids, on="subject", maintain_order="left").select(
        pl.col("id").alias("customer"),
        "name",
        "stage",
        "segment",
        "since",
        days_in_stage="days",
        half_leave_within="median",
        held_against=held_against(),
        of_stays="spells",
    )
    return told if view.by else told.drop("segment", "held_against")


def moved_customers(found: FoundLifecycle, origin: str, to: str) -> pl.Series:
    """The ids of those who moved from one stage to another in the days looked at."""
    ids = _named_events(session.warehouse().version).select("subject", "id").unique()
    return movers(found.spells, origin, to, found.since).to_frame().join(ids, on="subject")["id"].sort()


def stage_question(view: LifecycleView, stage: str) -> Query:
    """Who stands in a stage: at the end of the data, or of the day that is looked at."""
    cube = session.cube(CUBE)
    cuts = [*(cut for cut in view.cuts if _is_known(cut, cube)), Cut("lifecycle_stage", (stage,))]
    if view.until:
        cuts.append(Cut("day", until=view.until.isoformat()))
    return Query(("customers_in_stage",), cuts=tuple(cuts), cube=CUBE)


def held_against() -> pl.Expr:
    """Of whom a median is: the segment, or the whole stage where the segment has too few."""
    return pl.when("is_whole_stage").then(pl.lit("the whole stage")).otherwise(pl.col("segment"))


def known_then(found: FoundLifecycle, run: StageRun) -> pl.DataFrame:
    """Each stage on the last day looked at, as it was known after an earlier run and as it is known now."""
    frame = session.warehouse().frame
    counts = [
        stage_history.standing(frame, KIND, found.until, each).group_by("stage").len(name)
        for name, each in (("known_then", run.recorded_at), ("known_now", found.runs[-1].recorded_at))
    ]
    told = pl.DataFrame({"stage": found.rules.stages})
    for count in counts:
        told = told.join(count, on="stage", how="left", maintain_order="left")
    return told.with_columns(pl.col("known_then", "known_now").fill_null(0)).with_columns(
        difference=pl.col("known_now").cast(pl.Int64) - pl.col("known_then").cast(pl.Int64)
    )
