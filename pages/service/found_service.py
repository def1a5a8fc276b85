"""What the call centre's page finds: rows of a snapshot handed to miners, each result remembered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
import streamlit as st

from data.errors import BadRequest
from data.service.cases_told import case_events_told, tickets_told
from data.service.service_contacts import contacts_by_hour, service_contacts, survey_answers
from mining.service.agents_needed import ServiceTarget
from mining.service.business_hours import BusinessHours
from mining.service.case_backlog import CaseBacklog, case_backlog
from mining.service.case_spells import CaseSpells, spells_told
from mining.service.contact_load import ContactLoad, contact_load
from mining.service.contact_resolution import MOST_DAYS, ContactResolution, contact_resolution
from mining.service.hourly_staffing import hourly_staffing
from mining.service.response_times import ResponseTimes, response_times
from mining.service.survey_scores import survey_scores
from mining.service.volume_forecast import VolumeForecast, volume_forecast
from pages.service.call_centre_view import CallCentreView
from pages.ui import session

FACT, CASES = "interaction", "case_event"
Kinds = tuple[str, ...]
KEPT = 8


@dataclass(frozen=True, slots=True)
class ServiceDays:
    """The first and last day on which such contacts came, and the first that is looked at."""

    first: date
    last: date
    since: date


@dataclass(frozen=True, slots=True, eq=False)
class FoundCases:
    """What is known of cases: their spells, what is open, and how soon they were answered."""

    spells: CaseSpells
    backlog: CaseBacklog
    responses: ResponseTimes
    last: date


@dataclass(frozen=True, slots=True, eq=False)
class FoundForecast:
    """The forecast, or why there is none."""

    forecast: VolumeForecast | None
    problem: str = ""
    remedy: str = ""


def service_days(view: CallCentreView) -> ServiceDays | None:
    """The days of such contacts; None where there are none. One mistyped date does not say what now is."""
    counts = _counts(session.warehouse().version, view.kinds_read)
    if counts.is_empty():
        return None
    first, last = counts["day"].min(), counts["day"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    since = last - timedelta(7 * view.weeks - 1) if view.weeks else first
    return ServiceDays(first, last, max(first, since))


def found_load(view: CallCentreView, days: ServiceDays) -> ContactLoad:
    return _load(session.warehouse().version, view.kinds_read, days.since, days.last, view.seconds)


def found_resolution(view: CallCentreView, days: ServiceDays) -> ContactResolution:
    return _resolution(session.warehouse().version, view.kinds_read, days.since, days.last, view.days)


def found_cases(view: CallCentreView) -> FoundCases | None:
    """What is known of cases; None where there are none."""
    return _cases(session.warehouse().version, view.hours)


def found_scores(days: ServiceDays) -> pl.DataFrame:
    return _scores(session.warehouse().version, days.since, days.last)


def found_forecast(view: CallCentreView, days: ServiceDays) -> FoundForecast:
    return _forecast(session.warehouse().version, view.kinds_read, days.last)


def found_staffing(
    view: CallCentreView, days: ServiceDays, handle: float, patience: float | None
) -> pl.DataFrame:
    """The agents of each hour of the week. Raises BadRequest where nothing is forecast by hour."""
    return _staffing(
        session.warehouse().version, view.kinds_read, days.last, handle, patience, view.target
    )  # fmt: skip


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _counts(version: str, kinds: Kinds) -> pl.DataFrame:
    store = session.warehouse()
    extent = store.profile.extents[FACT]
    if extent.first_day is None or extent.last_day is None:
        return pl.DataFrame()
    return contacts_by_hour(store, kinds, extent.first_day, extent.last_day)


@st.cache_resource(show_spinner=False, max_entries=3)
def _contacts(version: str, kinds: Kinds, since: date, last: date) -> pl.DataFrame:
    return service_contacts(session.warehouse(), kinds, since, last)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _load(version: str, kinds: Kinds, since: date, last: date, within: int) -> ContactLoad:
    return contact_load(_contacts(version, kinds, since - timedelta(MOST_DAYS), last), since, last, within)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _resolution(version: str, kinds: Kinds, since: date, last: date, within_days: int) -> ContactResolution:
    before = since - timedelta(MOST_DAYS)
    return contact_resolution(_contacts(version, kinds, before, last), last, within_days, since)


@st.cache_resource(show_spinner=False, max_entries=2)
def _spells(version: str) -> CaseSpells:
    store = session.warehouse()
    return spells_told(case_events_told(store), tickets_told(store))


@st.cache_resource(show_spinner=False, max_entries=KEPT, hash_funcs={BusinessHours: repr})
def _cases(version: str, hours: BusinessHours) -> FoundCases | None:
    spells, extents = _spells(version), session.warehouse().profile.extents
    last = max((day for fact in (FACT, CASES) if (day := extents[fact].last_day)), default=None)
    if spells.frame.is_empty() or last is None:
        return None
    return FoundCases(spells, case_backlog(spells, last), response_times(spells, hours, last), last)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _scores(version: str, since: date, last: date) -> pl.DataFrame:
    return survey_scores(survey_answers(session.warehouse(), since, last), "kind")


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _forecast(version: str, kinds: Kinds, last: date) -> FoundForecast:
    try:
        return FoundForecast(volume_forecast(_counts(version, kinds), last))
    except BadRequest as error:
        return FoundForecast(None, error.problem, error.remedy)


@st.cache_resource(show_spinner=False, max_entries=4 * KEPT, hash_funcs={ServiceTarget: repr})
def _staffing(
    version: str, kinds: Kinds, last: date, handle: float, patience: float | None, target: ServiceTarget
) -> pl.DataFrame:
    forecast = _forecast(version, kinds, last).forecast
    if forecast is None or forecast.hours.is_empty():
        raise BadRequest("Nothing is forecast by the hour.", "Bring the time of day of calls.")
    return hourly_staffing(forecast.hours, handle, patience, target)
