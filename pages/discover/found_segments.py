"""Segments found: the cube's customers handed to a miner, the result remembered for every session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
import streamlit as st

from cubes.analysis.slice_days import span_of, within_traffic
from cubes.ask import answer
from cubes.ask.answer import Answer
from cubes.drill_through import rows_behind
from cubes.query import Cut, Query
from data.model.canonical_tables import UNKNOWN
from data.store.warehouse import Profile
from mining.segments.buying_pace import Pace, pace
from mining.segments.customer_plane import Scatter
from mining.segments.kmeans_segments import Centres, Sweep, kmeans, nearest, sweep
from mining.segments.rfm_quintiles import SEGMENTS, rfm
from pages.discover.monthly_segments import Form
from pages.discover.segments_view import Grouping, Method, check_k
from pages.ui import session

MEASURES = ("last_purchase", "purchase_days", "revenue", "categories", "return_rate")
AT_RISK = ("Cannot lose them", "At risk")
ADVICE = {each.name: each.advice for each in SEGMENTS}


@dataclass(frozen=True, slots=True, eq=False)
class FoundSegments:
    """Segments of either method: `members` and `profiles` as `mining` gives them; RFM has no centres."""

    members: pl.DataFrame
    profiles: pl.DataFrame
    scatter: Scatter
    as_of: date
    silhouette: float | None = None
    centres: Centres | None = None

    @property
    def pace(self) -> Pace:
        """How long these customers wait between purchases."""
        return pace(self.members.filter(pl.col("recency_days").is_not_null()))

    @property
    def names(self) -> list[str]:
        return self.profiles["segment"].to_list()


def customers(cuts: tuple[Cut, ...]) -> pl.DataFrame:
    """One row a known customer of the slice on days of ordinary traffic, as miners read it. Raises BadRequest."""
    return _known(session.ask_whole(_question(cuts)), cuts)


def customers_by(cuts: tuple[Cut, ...], day: date) -> pl.DataFrame:
    """The same as it was known at the close of a day; not remembered. Raises BadRequest."""
    by_then = (*cuts, Cut("day", until=day.isoformat()))
    return _known(answer.ask(session.warehouse(), _question(by_then)), cuts)


def _question(cuts: tuple[Cut, ...]) -> Query:
    return Query(MEASURES, ("customer",), cuts=within_traffic(cuts, session.warehouse().profile))


def _known(found: Answer, cuts: tuple[Cut, ...]) -> pl.DataFrame:
    frame = found.frame
    known = frame.filter(pl.col("customer.id") != UNKNOWN)
    told = known.select(pl.col("customer.id").alias("customer"), pl.col("customer").alias("label"), *MEASURES)
    return told.join(
        _first_purchases(session.warehouse().version, session.sets_read(cuts)), on="customer", how="left"
    )


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Cut: repr})
def _first_purchases(version: str, cuts: tuple[Cut, ...]) -> pl.DataFrame:
    return rows_behind.first_purchases(session.warehouse(), Query(cuts=cuts))


def as_of(cuts: tuple[Cut, ...], profile: Profile) -> date | None:
    """The last day of the slice's period that the data reach; None where no day is left."""
    span = span_of(cuts, profile)
    return span[1] if span else None


def found(grouping: Grouping, frame: pl.DataFrame, day: date) -> FoundSegments:
    """The segments asked for. Raises BadRequest for a k that cannot be."""
    cuts = session.sets_read(grouping.cuts)
    if grouping.method is Method.RFM:
        return _rfm(session.warehouse().version, cuts, day, frame)
    check_k(grouping.k, frame.height)
    return _kmeans(session.warehouse().version, cuts, day, grouping.k, grouping.features, frame)


def form_again(finding: FoundSegments) -> Form:
    """The same recipe for other customers: the same rules of RFM, or the nearest of the centres that were found."""
    centres = finding.centres

    def form(frame: pl.DataFrame, day: date) -> dict[str, str]:
        members = rfm(frame, day).members if centres is None else nearest(frame, day, centres)
        return dict(members.select("customer", "segment").iter_rows())

    return form


def compared(grouping: Grouping, frame: pl.DataFrame, day: date) -> Sweep:
    """Two to ten segments side by side."""
    return _sweep(
        session.warehouse().version, session.sets_read(grouping.cuts), day, grouping.features, frame
    )


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Cut: repr})
def _rfm(version: str, cuts: tuple[Cut, ...], day: date, _frame: pl.DataFrame) -> FoundSegments:
    result = rfm(_frame, day)
    return FoundSegments(result.members, result.profiles, result.scatter, day)


@st.cache_resource(show_spinner=False, max_entries=32, hash_funcs={Cut: repr})
def _kmeans(
    version: str, cuts: tuple[Cut, ...], day: date, k: int, features: Sequence[str], _frame: pl.DataFrame
) -> FoundSegments:
    result = kmeans(_frame, day, k, features=features)
    return FoundSegments(
        result.members, result.profiles, result.scatter, day, result.silhouette, result.centres
    )


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Cut: repr})
def _sweep(
    version: str, cuts: tuple[Cut, ...], day: date, features: Sequence[str], _frame: pl.DataFrame
) -> Sweep:
    return sweep(_frame, day, features=features)


def in_words(silhouette: float) -> str:
    """What a mean silhouette says, after Kaufman and Rousseeuw 1990, table 4."""
    for least, said in ((0.7, "groups far apart"), (0.5, "groups apart"), (0.25, "groups that touch")):
        if silhouette > least:
            return said
    return "hardly any groups"
