"""Against targets: the key figures that have one for the month, or for the year, whoever lies farthest behind first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape

import streamlit as st

from cubes.analysis.target_status import TargetStatus, TargetVerdict
from cubes.catalogue.kpis import KPIS
from data.errors import BadRequest
from data.model.calendar import day_key
from data.operational.targets import TargetPlace
from pages.overview.part_asked import PartAsked
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.open_pages import link_to, name_link
from pages.ui.page_states import section
from pages.ui.style.formats import count_text
from pages.ui.style.period_names import period_name
from pages.value.kpi_view import KpiView, held_targets, status_of
from pages.value.kpi_words import told, verdict_words

KPIS_PAGE = "value/kpis_page.py"
PERIODS = ("month", "year")
MOST = 5


@dataclass(frozen=True, slots=True)
class AgainstTarget:
    """A figure beside its target, in the period that `view` opens on the page KPIs."""

    view: KpiView
    status: TargetStatus

    @property
    def off(self) -> float:
        """How far on the good side of what is due, as a part of it; less is worse."""
        difference, target = self.status.difference, self.status.target
        if difference is None or target is None:
            return 0.0
        return difference * self.status.kpi.direction / (abs(target.due) or 1.0)

    @property
    def order(self) -> tuple[bool, bool, bool, float]:
        """Known before unknown, behind before the others, and of these what is no chance first."""
        verdict = self.status.verdict
        behind = verdict is TargetVerdict.BEHIND
        return verdict is None, not behind, behind and bool(self.status.by_chance), self.off


def targets_tile(asked: PartAsked) -> None:
    """Up to five figures; a click on one opens it on the page KPIs."""
    periods = target_periods()
    found = against_targets(periods, held_targets())
    months = [each for each in found if each.view.grain == PERIODS[0]]
    named = {grain: _name(grain, code) for grain, code in periods}
    if not found:
        section("Against targets")
        said = f"No targets are set for {named['month']}, nor for {named['year']}. Set them on the page KPIs."
        st.html(f'<p class="clientela-quiet" data-testid="no-targets">{escape(said)}</p>')
        link_to(KPIS_PAGE, label="Set targets", icon=":material/flag:")
        return
    shown = named["month"] if months else named["year"]
    section("Against targets", f"{shown} against what is due by now, the worst first.")
    for each in found[:MOST]:
        _row(each, "" if each.view.grain == PERIODS[0] or not months else f", {named['year']}")
    if len(found) > MOST:
        link_to(KPIS_PAGE, label=f"{count_text(len(found) - MOST, 'more figure')} with targets")


def against_targets(
    periods: Iterable[tuple[str, int]], held: Mapping[TargetPlace, Mapping[str, Decimal]]
) -> list[AgainstTarget]:
    """Each key figure of the whole firm in the first of these periods that says anything of its target."""
    views = [KpiView(grain, code) for grain, code in periods]
    found = []
    for kpi in KPIS:
        if TargetPlace(kpi.name) not in held:
            continue
        statuses = ((view, status_of(kpi, view, held)) for view in views)
        found += [AgainstTarget(view, each) for view, each in statuses if each and each.target][:1]
    return sorted(found, key=lambda each: each.order)


def target_periods() -> list[tuple[str, int]]:
    """The month and the year of the last day of data. Raises BadRequest without one."""
    profile = session.warehouse().profile
    if profile.last_day is None:
        raise BadRequest("The warehouse is empty.", "Load order lines on the page Data.")
    return [(grain, profile.calendar.period_at(grain, day_key(profile.last_day))) for grain in PERIODS]


def _name(grain: str, code: int) -> str:
    return period_name(grain, session.warehouse().profile.calendar.period_id(grain, code))


def _row(each: AgainstTarget, of: str) -> None:
    """Name, value against what is due, and the verdict in shape and words."""
    status, currency = each.status, session.currency()
    assert status.target
    kpi = status.kpi
    period = session.warehouse().profile.calendar.period_id(each.view.grain, each.view.code)
    opened = KpiView(each.view.grain, each.view.code, opened=kpi.name)
    due = f"{told(status, status.value, currency)} vs {told(status, status.target.due, currency)} due{of}"
    side = "" if status.verdict is None or status.by_chance else status.verdict.value
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"against-{kpi.name.replace('.', '-')}"
    ):
        name_link(KPIS_PAGE, as_plain(kpi.title), query_params=opened.parameters(period))
        st.space("stretch")
        st.html(
            f'<p class="clientela-against" data-testid="against-target" data-kpi-of="{escape(kpi.name)}">'
            f'<b>{escape(due)}</b><span class="{side}">{escape(verdict_words(status))}</span></p>',
            width="content",
        )
