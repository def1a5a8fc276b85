"""One key figure opened: in words, beside its targets over time, its targets to set, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from html import escape

import polars as pl
import streamlit as st

from cubes import catalogue
from cubes.analysis.seen_statements import sees_target
from cubes.analysis.target_status import TargetStatus, due_by
from cubes.catalogue.kpis import DeclaredKpi, kpi_named
from cubes.catalogue.measure_words import empty_of, news_of, unit_of
from cubes.query import Cut, Query
from data.model.calendar import day_key, to_date
from data.operational import operational_store, targets
from data.operational.targets import TargetPlace
from pages.explore.explore_view import Chart, View
from pages.explore.why_panel import why_button
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import line
from pages.ui.open_pages import link_to
from pages.ui.opened_panel import opened_panel
from pages.ui.page_states import section
from pages.ui.period_choices import default_comparison
from pages.value.kpi_view import COURSE_MONTHS, KpiView, by_month, has_data
from pages.value.kpi_words import NO_DATA, NOT_KNOWN, member_words, phasing_words, sentence
from pages.value.target_editor import history_of, target_editor

EXPLORE = "explore/explore_page.py"
HERE = "kpis"


def opened_kpi(
    view: KpiView,
    status: TargetStatus | None,
    held: Mapping[TargetPlace, Mapping[str, Decimal]],
    close: Callable[[], None],
) -> None:
    """The figure in words, its course beside its targets, its targets to set, what it means and where it comes from."""
    kpi = kpi_named(view.opened)
    currency = session.currency()
    place = TargetPlace(kpi.name, view.level, view.member)
    own = held.get(place, {})
    with opened_panel(kpi.title, "kpi-opened", close):
        said = sentence(status, currency) if status else f"{NOT_KNOWN.capitalize()}."
        if (status is None or status.value is None) and not has_data(kpi):
            said = f"{NO_DATA.capitalize()}. {kpi.bring}"
        st.html(f'<p data-testid="kpi-sentence">{escape(said)}</p>')
        if status and status.target:
            st.html(
                f'<p class="clientela-quiet">{escape(phasing_words(status.target, status, currency))}</p>'
            )
        if status and not view.member:
            for said in member_words(held, status, lambda name: session.cube().level(name).label, currency):
                st.html(f'<p class="clientela-quiet">{escape(said)}</p>')
        against_targets(kpi, view, {period: float(value) for period, value in own.items()})
        ways(kpi, view)
        if sees_target(session.warehouse(), place):
            _targets(kpi, view, place)
        section("What it means")
        st.html(f'<p class="clientela-quiet" data-testid="kpi-meaning">{escape(meaning(kpi))}</p>')


def _targets(kpi: DeclaredKpi, view: KpiView, place: TargetPlace) -> None:
    """The targets to set, and who set which."""
    store = session.warehouse()
    calendar = store.profile.calendar
    section("Targets", "A year may be enough: its months follow the year before. Empty is no target.")
    year = calendar.period_at("year", calendar.days_of(view.grain, view.code).first)
    target_editor(place, year, kpi, calendar)
    told = targets.target_history(operational_store.of(store), place)
    history_of(told, kpi.declared.unit, session.currency())


def meaning(kpi: DeclaredKpi) -> str:
    measure = kpi.declared
    return (
        f"{measure.doc} Formula: {kpi.formula}. In {unit_of(measure, session.currency())}. {news_of(measure)} "
        f"{empty_of(measure)} Looked at every {kpi.grain}; {kpi.owner} answers for it. Source: {kpi.source}"
    )


def against_targets(kpi: DeclaredKpi, view: KpiView, own: Mapping[str, float]) -> None:
    """The course of the last months, what was due in each dashed."""
    months = by_month(kpi, view)
    if months is None or months["value"].is_null().all():
        return
    months = months.tail(COURSE_MONTHS)
    profile = session.warehouse().profile
    due = [
        due_by(
            session.ask,
            profile,
            kpi,
            ("month", profile.calendar.period_at("month", day_key(day))),
            own,
            view.cuts,
        )
        for day in months["period"]
    ]
    amounts = pl.Series([each.due if each else None for each in due], dtype=pl.Float64)
    months = months.drop("previous", strict=False).with_columns(previous=amounts)
    figure = line(months, session.colours(), unit=kpi.declared.unit, currency=session.currency(), height=220,
                  from_zero=False, previous_name="Target due")  # fmt: skip
    chart(figure, f"kpi-course-{view}-{hash(tuple(amounts))}", f"{kpi.title} by month beside its targets.")


def ways(kpi: DeclaredKpi, view: KpiView) -> None:
    """Into Explore, and why it moved against a year before; between cubes, why each of its parts did."""
    query = _moved(kpi.cube, kpi.declared.name, view)
    with st.container(horizontal=True, vertical_alignment="center", key="kpi-ways"):
        link_to(
            EXPLORE,
            label="Explore",
            icon=":material/pivot_table_chart:",
            query_params=View(query, Chart.LINE).to_parameters(),
        )
        if len(kpi.facts) == 1:
            if query.compare:
                why_button(HERE, query, "kpi-why")
            return
        for cube, part in kpi.parts:
            if (asked := _moved(cube, part.name, view)).compare:
                why_button(HERE, asked, f"kpi-why-{part.name}", f"Why {part.label.lower()}?")


def _moved(cube: str, measure: str, view: KpiView) -> Query:
    """A measure by month in the view's period, against the one it is compared with by itself."""
    profile = session.warehouse().profile
    days = profile.calendar.days_of(view.grain, view.code)
    period = Cut("day", since=to_date(days.first).isoformat(), until=to_date(days.last).isoformat())
    compare = default_comparison(profile, (period,), catalogue.CUBES[cube].fact)
    return Query((measure,), ("month",), cuts=(*view.cuts, period), compare=compare, cube=cube)
