"""Segments found: the cube's customers handed to a miner, the result remembered for every session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

import polars as pl
import streamlit as st

from cubes.analysis.customer_measures import CustomerMeasures, customer_measures
from cubes.analysis.slice_days import span_of
from cubes.ask import answer
from cubes.ask.answer import Answer
from cubes.drill_through import rows_behind
from cubes.query import Cut, Query
from data.store.warehouse import Profile
from mining.segments.buying_pace import Pace, pace
from mining.segments.clustered_segments import SegmentRule, clustered, nearest
from mining.segments.customer_plane import Scatter
from mining.segments.feature_scale import Transform
from mining.segments.rfm_quintiles import SEGMENTS, rfm
from mining.segments.segment_explanation import Explanation
from mining.segments.segment_sweep import Sweep, sweep
from mining.segments.threshold_segments import ThresholdRule, Thresholds, by_thresholds, nearest_cells
from pages.discover.monthly_segments import Form
from pages.discover.segments_view import Grouping, Method, Pairs, check_k
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work

AT_RISK = ("Cannot lose them", "At risk")
Ask = Callable[[Query], Answer]
ADVICE = {each.name: each.advice for each in SEGMENTS}


@dataclass(frozen=True, slots=True, eq=False)
class FoundSegments:
    """Segments of any method: `members` and `profiles` as `mining` gives them. RFM has no rule that assigns others, and
    only clusters have a silhouette and an explanation. `alike` are features that say nothing, of `unknown` customers
    a feature is not known; `words` are what features beyond the usual are called."""

    members: pl.DataFrame
    profiles: pl.DataFrame
    scatter: Scatter
    as_of: date
    silhouette: float | None = None
    rule: SegmentRule | ThresholdRule | None = None
    explanation: Explanation | None = None
    alike: tuple[str, ...] = ()
    unknown: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def clusters(self) -> SegmentRule | None:
        """The rule of clusters; None of segments that were made by rules alone."""
        return self.rule if isinstance(self.rule, SegmentRule) else None

    def called(self, pairs: Pairs) -> FoundSegments:
        """With segments called otherwise; a name that another bears is not given."""
        names = {found: given for found, given in pairs if found in self.names and given not in self.names}
        return self if len(set(names.values())) < len(names) else self.renamed(names)

    def renamed(self, names: Mapping[str, str]) -> FoundSegments:
        """With all these segments called otherwise at once; no two may end up alike."""
        if not names:
            return self
        to = pl.col("segment").replace(dict(names))
        points = replace(self.scatter, points=self.scatter.points.with_columns(to))
        told = self.explanation
        if told:
            told = replace(
                told, differences=told.differences.with_columns(to), rules=told.rules.with_columns(to)
            )
        rule = self.clusters
        if rule:
            rule = replace(rule, names=tuple(names.get(name, name) for name in rule.names))
        return replace(
            self,
            members=self.members.with_columns(to),
            profiles=self.profiles.with_columns(to),
            scatter=points,
            explanation=told,
            rule=rule or self.rule,
        )

    @property
    def pace(self) -> Pace:
        """How long these customers wait between purchases."""
        return pace(self.members.filter(pl.col("recency_days").is_not_null()))

    @property
    def names(self) -> list[str]:
        return self.profiles["segment"].to_list()


def customers(cuts: tuple[Cut, ...], wanted: tuple[str, ...] = ()) -> CustomerMeasures:
    """One row a known customer of the slice on days of ordinary traffic, as miners read it. Raises BadRequest."""
    return _measured(cuts, wanted, session.ask_whole)


def customers_by(cuts: tuple[Cut, ...], day: date, wanted: tuple[str, ...] = ()) -> pl.DataFrame:
    """The same as it was known at the close of a day; not remembered. Raises BadRequest."""
    return measures_by(cuts, day, wanted).frame


def measures_by(cuts: tuple[Cut, ...], day: date, wanted: tuple[str, ...] = ()) -> CustomerMeasures:
    """As `customers_by`, with what its features are called."""
    by_then = (*cuts, Cut("day", until=day.isoformat()))
    return _measured(by_then, wanted, partial(answer.ask, session.warehouse()), cuts)


def _measured(
    cuts: tuple[Cut, ...], wanted: tuple[str, ...], ask: Ask, whole: tuple[Cut, ...] | None = None
) -> CustomerMeasures:
    first = _first_purchases(session.warehouse().version, session.sets_read(cuts if whole is None else whole))
    return customer_measures(ask, session.warehouse().profile, Query(cuts=cuts), first, wanted)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Cut: repr})
def _first_purchases(version: str, cuts: tuple[Cut, ...]) -> pl.DataFrame:
    return rows_behind.first_purchases(session.warehouse(), Query(cuts=cuts))


def as_of(cuts: tuple[Cut, ...], profile: Profile) -> date | None:
    """The last day of the slice's period that the data reach; None where no day is left."""
    span = span_of(cuts, profile)
    return span[1] if span else None


def found(grouping: Grouping, told: CustomerMeasures, day: date) -> FoundSegments:
    """The segments asked for, called as was asked. Raises BadRequest for a k that cannot be."""
    return as_found(grouping, told, day).called(grouping.names)


def asked_segments(grouping: Grouping, told: CustomerMeasures, day: date) -> AskedWork[FoundSegments]:
    """Those of `as_found`, sought when somebody waits for them."""
    parts = replace(grouping, sweep=False, segment="", names=(), sentences=())
    asked = (replace(parts, cuts=session.sets_read(grouping.cuts)), day)
    return asked_work("segments", asked, lambda done: as_found(grouping, told, day), most=32)


def as_found(grouping: Grouping, told: CustomerMeasures, day: date) -> FoundSegments:
    """The segments under the names that they were found with. Raises BadRequest for a k that cannot be."""
    version, cuts = session.warehouse().version, session.sets_read(grouping.cuts)
    if grouping.method is Method.RFM:
        return _rfm(version, cuts, day, told.frame)
    if grouping.method is Method.THRESHOLDS:
        return _thresholds(version, cuts, day, grouping.thresholds, told)
    if grouping.method.takes_k:
        check_k(grouping.k, told.frame.height)
    k = grouping.k if grouping.method.takes_k else 2
    return _clustered(version, cuts, day, grouping.method, k, grouping.features, grouping.transform, told)


def form_again(finding: FoundSegments) -> Form:
    """The same recipe for other customers: the same rules of RFM, or the rule that was found."""

    def form(frame: pl.DataFrame, day: date) -> dict[str, str]:
        return dict(formed_by(finding.rule, frame, day).iter_rows())

    return form


def formed_by(rule: SegmentRule | ThresholdRule | None, frame: pl.DataFrame, day: date) -> pl.DataFrame:
    """Customers with their segment by a rule, or by the grid of RFM where there is none: customer, segment."""
    match rule:
        case SegmentRule():
            return nearest(frame, day, rule)
        case ThresholdRule():
            return nearest_cells(frame, day, rule)
        case _:
            return rfm(frame, day).members.select("customer", "segment")


def compared(grouping: Grouping, told: CustomerMeasures, day: date) -> AskedWork[Sweep]:
    """Two to ten segments side by side, sought when somebody waits for them."""
    cuts = session.sets_read(grouping.cuts)
    asked = (cuts, day, grouping.method, grouping.features, grouping.transform)
    return asked_work("segments side by side", asked, lambda done: _sweep(grouping, told, day, done), most=16)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Cut: repr})
def _rfm(version: str, cuts: tuple[Cut, ...], day: date, _frame: pl.DataFrame) -> FoundSegments:
    result = rfm(_frame, day)
    return FoundSegments(result.members, result.profiles, result.scatter, day)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Cut: repr, Thresholds: repr})
def _thresholds(
    version: str,
    cuts: tuple[Cut, ...],
    day: date,
    thresholds: tuple[Thresholds, ...],
    _told: CustomerMeasures,
) -> FoundSegments:
    result = by_thresholds(_told.frame, day, thresholds, _told.words)
    return FoundSegments(
        result.members, result.profiles, result.scatter, day, rule=result.rule, words=_told.words
    )


@st.cache_resource(show_spinner=False, max_entries=32, hash_funcs={Cut: repr})
def _clustered(
    version: str,
    cuts: tuple[Cut, ...],
    day: date,
    method: Method,
    k: int,
    features: Sequence[str],
    transform: Transform,
    _told: CustomerMeasures,
) -> FoundSegments:
    assert method.clusterer
    result = clustered(
        _told.frame,
        day,
        k,
        features=_told.features,
        method=method.clusterer,
        transform=transform,
        words=_told.words,
    )
    return FoundSegments(
        result.members,
        result.profiles,
        result.scatter,
        day,
        result.silhouette,
        result.rule,
        result.explanation,
        result.alike,
        result.unknown,
        _told.words,
    )


def _sweep(grouping: Grouping, told: CustomerMeasures, day: date, done: Progress) -> Sweep:
    assert grouping.method.clusterer
    return sweep(
        told.frame,
        day,
        features=told.features,
        method=grouping.method.clusterer,
        transform=grouping.transform,
        words=told.words,
        progress=done,
    )


def in_words(silhouette: float) -> str:
    """What a mean silhouette says, after Kaufman and Rousseeuw 1990, table 4."""
    for least, said in ((0.7, "groups far apart"), (0.5, "groups apart"), (0.25, "groups that touch")):
        if silhouette > least:
            return said
    return "hardly any groups"
