"""Journeys found: touches and purchases of the cubes handed to the miners of paths and credits, results remembered."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl
import streamlit as st

from cubes.analysis.journey_events import JourneyEvents, journey_events
from cubes.query import Cut, Query
from data.errors import BadRequest, ClientelaError
from data.model.calendar import day_key
from mining.campaigns.campaign_types import TypeEffect
from mining.journeys.channel_credits import ChannelCredits, channel_credits
from mining.journeys.channel_use import YEAR, ChannelUse, channel_movement, channel_use
from mining.journeys.journey_paths import JourneyPaths, PathTerms, paths_of
from mining.journeys.path_flow import PathFlow, drop_off, path_flow
from mining.journeys.step_times import StepTimes, step_times
from mining.journeys.touch_follow import touch_follow
from pages.act.campaigns_view import CampaignsView
from pages.act.effect_amounts import EffectAmounts
from pages.act.found_campaigns import found_campaigns, found_types, has_campaigns
from pages.service.journeys_view import JourneysView
from pages.ui import session
from pages.ui.sought_result import Progress
from pages.ui.sought_work import AskedWork, asked_work


@dataclass(frozen=True, slots=True, eq=False)
class FoundJourneys:
    """`events` of the slice (without the channels left out) and its `paths`; `channels` are all that touches had.
    `follow` tells how often a purchase follows a touch within the window. `times` is None where there is no path;
    `movement` where `unmoved` says why."""

    events: JourneyEvents
    channels: tuple[str, ...]
    paths: JourneyPaths
    steps: pl.DataFrame
    follow: pl.DataFrame
    times: StepTimes | None
    use: ChannelUse
    movement: pl.DataFrame | None
    unmoved: str


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredChannels:
    """What campaigns that held customers out measured, by channel, the effects written by `say`; none where `why`."""

    effects: tuple[TypeEffect, ...] = ()
    say: EffectAmounts | None = None
    why: str = ""


def found_journeys(view: JourneysView) -> FoundJourneys:
    """All but flow and credits. Raises BadRequest where nothing is known, or a channel left out is none."""
    return _found(session.warehouse().version, session.sets_read(view.cuts), view.terms)


def found_flow(view: JourneysView, found: FoundJourneys) -> PathFlow:
    """The ways of the paths, as many by themselves as the view says."""
    cuts = session.sets_read(view.cuts)
    return _flow(session.warehouse().version, cuts, view.terms, view.ways, found.paths)


def asked_credits(view: JourneysView, found: FoundJourneys) -> AskedWork[ChannelCredits]:
    """The credits asked for, sought when somebody waits for them; finding them raises BadRequest."""
    asked = (session.sets_read(view.cuts), view.terms, view.order)

    def work(progress: Progress) -> ChannelCredits:
        return channel_credits(found.paths, view.order, told=progress)

    return asked_work("journey credits", asked, work)


def measured_channels() -> MeasuredChannels:
    """The effects of campaigns by channel, of revenue where it is known."""
    try:
        if not has_campaigns():
            return MeasuredChannels(why="No campaign has reached or held out anybody yet.")
        found = found_campaigns(CampaignsView())
        types = found_types(found, "channel").types
    except ClientelaError as error:
        return MeasuredChannels(why=error.problem)
    why = "" if types else "No campaign is measured against customers held out yet."
    return MeasuredChannels(types, EffectAmounts(found.outcome, session.currency()), why)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Cut: repr, PathTerms: repr})
def _found(version: str, cuts: tuple[Cut, ...], terms: PathTerms) -> FoundJourneys:
    read = _events(version, cuts, terms.window_days, terms.window_days)
    channels = tuple(sorted(read.touches["channel"].unique()))
    known_until = day_key(read.known_until)
    paths = paths_of(read.touches, read.purchases, read.days, known_until, terms)
    kept = ~pl.col("channel").is_in(list(terms.without))
    events = replace(read, touches=read.touches.filter(kept))
    times = (
        step_times(paths, events.touches, events.purchases, events.days, known_until) if len(paths) else None
    )
    follow = touch_follow(events.touches, events.purchases, events.days, known_until, terms.window_days)
    use = channel_use(events.touches, events.purchases, events.days)
    movement, unmoved = None, ""
    try:
        two_years = _events(version, cuts, 2 * YEAR, 0)
        movement = channel_movement(two_years.touches.filter(kept), two_years.days[1])
    except BadRequest as error:
        unmoved = f"{error.problem} {error.remedy}"
    return FoundJourneys(events, channels, paths, drop_off(paths), follow, times, use, movement, unmoved)


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Cut: repr, PathTerms: repr})
def _flow(version: str, cuts: tuple[Cut, ...], terms: PathTerms, ways: int, _paths: JourneyPaths) -> PathFlow:
    return path_flow(_paths, ways)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs={Cut: repr})
def _events(version: str, cuts: tuple[Cut, ...], before: int, after: int) -> JourneyEvents:
    return journey_events(session.warehouse(), Query(cuts=cuts), before, after)
