"""KPIs: the figures that the firm is led by, each beside what is due of its target, and what moves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import polars as pl
import streamlit as st

from cubes.analysis.due_target import GRAINS
from cubes.analysis.target_status import TargetStatus
from cubes.catalogue.kpis import KPIS, DeclaredKpi, kpi_named
from cubes.members.member_search import Member, find, search
from data.errors import BadRequest
from data.model.calendar import day_key, level_written
from data.model.canonical_tables import MAIN_FACT
from pages.discover.finding_footer import finding_footer
from pages.explore.why_panel import why_panel
from pages.ui import session
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.kpi_row import Kpi, kpi_strip
from pages.ui.opened_panel import BESIDE
from pages.ui.page_states import empty_state, page_title, section
from pages.ui.style.period_names import period_name
from pages.ui.unknown_cuts import tell_unknown
from pages.value.kpi_panel import HERE, opened_kpi
from pages.value.kpi_view import COURSE_MONTHS, KpiView, by_month, has_data, held_targets, status_of
from pages.value.kpi_words import NO_DATA, NOT_KNOWN, kpi_tile, verdict_words

WHOLE = "Whole firm"
PARAMETERS = ("period", "level", "member", "kpi")
LEVELS = ("country", "customer_kind", "channel_type", "department", "segment")
MOST_MEMBERS = 200
SENTENCE = "Each figure as far as the period is known, against the part of its target that is due by then."


@session.fragment
def page() -> None:
    profile = session.warehouse().profile
    if not profile.lines:
        empty_state(
            "The warehouse is empty", "Load order lines on the page Data, then come back.", key="no-lines"
        )
        return
    try:
        view = view_of(session.read_own_url(*PARAMETERS))
        held = held_targets()
        statuses = {each.name: status_of(each, view, held) for each in KPIS}
    except BadRequest as error:
        refused(error)
        return
    choices(view)
    if view.opened:
        left, right = st.columns(BESIDE, gap="small")
        with left:
            tiles(view, statuses)
        with right:
            opened_kpi(view, statuses[view.opened], held, lambda: go(replace(view, opened="")))
    else:
        tiles(view, statuses)
    foot(view, statuses)
    asked = view.parameters(session.warehouse().profile.calendar.period_id(view.grain, view.code))
    finding_footer("kpis", asked)
    why_panel(HERE)


def refused(error: BadRequest) -> None:
    """What the link names that there is not, and the button that drops it alone, where it is one thing."""
    url = {name: values[0] for name, values in session.read_url().items() if name in PARAMETERS}
    for names in (("level", "member"), ("kpi",), ("period",), PARAMETERS):
        rest = dict.fromkeys(PARAMETERS, "") | {name: text for name, text in url.items() if name not in names}
        try:
            instead = view_of(rest)
        except BadRequest:
            continue
        choices(instead)
        dropped = " ".join(url[name] for name in names if url.get(name)) or "what is not known"
        tell_unknown(error.problem, error.remedy, dropped, partial(go, instead), "bad-kpis")
        return


def view_of(url: Mapping[str, str]) -> KpiView:
    """From the address. Raises BadRequest for what there is not."""
    calendar, last = session.warehouse().profile.calendar, session.warehouse().profile.last_day
    grain = level_written(url["period"]) if url["period"] else "month"
    if grain not in GRAINS:
        raise BadRequest(f"{url['period']!r} is no period of targets.", "Write 2025, 2025-Q4 or 2025-12.")
    code = (
        calendar.parse_period(grain, url["period"])
        if url["period"]
        else calendar.period_at(grain, day_key(last) if last else 0)
    )
    if url["kpi"]:
        kpi_named(url["kpi"])
    if url["member"]:
        level = session.cube().level(url["level"])
        if level.name not in offered_levels():
            raise BadRequest(
                f"Targets are not set by {level.label.lower()}.", f"Take {' or '.join(offered_levels())}."
            )
        (found,) = find(session.warehouse(), level, (url["member"],))
        return KpiView(grain, code, level.name, found.id, url["kpi"])
    return KpiView(grain, code, opened=url["kpi"])


def go(view: KpiView) -> None:
    session.write_url(view.parameters(session.warehouse().profile.calendar.period_id(view.grain, view.code)))


def offered_levels() -> list[str]:
    """Levels of few members that targets are set by."""
    cube, known = session.cube(), session.warehouse().profile.known
    names = {level.name for level in cube.levels}
    return [each for each in LEVELS if each in names and 1 < known.get(each, 0) <= MOST_MEMBERS]


def _period_name(grain: str, code: int) -> str:
    return period_name(grain, session.warehouse().profile.calendar.period_id(grain, code))


def choices(view: KpiView) -> None:
    profile = session.warehouse().profile
    calendar = profile.calendar
    extent = profile.extents[MAIN_FACT.name].ordinary
    codes = [code for code, _ in (calendar.periods(view.grain, extent) if extent else ())][::-1]
    codes = codes if view.code in codes else [view.code, *codes]
    with st.container(horizontal=True, vertical_alignment="center", key="kpis-choices"):
        page_title("KPIs", SENTENCE)
        st.space("stretch")
        chooser("Every", "kpis-grain", GRAINS, view.grain, str.capitalize, partial(regrained, view), 120)
        chooser("Period", "kpis-period", codes, view.code, partial(_period_name, view.grain),
                lambda code: go(replace(view, code=code)), 130)  # fmt: skip
        chooser(
            "Of", "kpis-level", ["", *offered_levels()], view.level, level_name, partial(of_level, view), 170
        )
        if view.level:
            members = {each.id: each for each in members_of(view.level)}
            chooser("Member", "kpis-member", list(members), view.member, lambda id: members[id].label,
                    lambda id: go(replace(view, member=id)), 190)  # fmt: skip


def regrained(view: KpiView, grain: str) -> None:
    """The period of another grain in which this one's last known day lies."""
    calendar, last = session.warehouse().profile.calendar, session.warehouse().profile.last_day
    days = calendar.days_of(view.grain, view.code)
    day = min(days.last, day_key(last)) if last else days.last
    go(replace(view, grain=grain, code=calendar.period_at(grain, max(day, days.first))))


def of_level(view: KpiView, level: str) -> None:
    member = members_of(level)[0].id if level else ""
    go(replace(view, level=level, member=member))


def level_name(level: str) -> str:
    return session.cube().level(level).label if level else WHOLE


def members_of(level: str) -> list[Member]:
    return search(session.warehouse(), session.cube().level(level), "", MOST_MEMBERS)


def tiles(view: KpiView, statuses: Mapping[str, TargetStatus | None]) -> None:
    """The figures of each part of the firm that answers for some."""
    for owner in dict.fromkeys(each.owner for each in KPIS):
        section(owner)
        shown = [tile(each, view, statuses[each.name]) for each in KPIS if each.owner == owner]
        kpi_strip(shown, f"kpis-{owner}", on_click=lambda name: go(replace(view, opened=name)))


def tile(kpi: DeclaredKpi, view: KpiView, status: TargetStatus | None) -> Kpi:
    months = by_month(kpi, view) if status else None
    values = (
        tuple(months.filter(~pl.col("partial"))["value"].tail(COURSE_MONTHS)) if months is not None else ()
    )
    if status is not None and status.value is not None:
        return kpi_tile(status, kpi.title, kpi.name, kpi.declared.doc, session.currency(), values)
    there = has_data(kpi)
    help = kpi.declared.doc if there else f"{kpi.declared.doc} {kpi.bring}"
    unknown = NOT_KNOWN if there else NO_DATA
    return kpi_tile(None, kpi.title, kpi.name, help, session.currency(), unknown=unknown)


def foot(view: KpiView, statuses: Mapping[str, TargetStatus | None]) -> None:
    known = [each for each in statuses.values() if each]
    with st.container(horizontal=True, vertical_alignment="center", key="kpis-foot"):
        words = "▲ ahead · ● reached · ▼ behind. Not by chance: more than the noise of days explains, 19 times in 20."
        st.html(f'<p class="clientela-quiet" data-testid="kpis-ready" data-known="{len(known)}">{words}</p>')
        st.space("stretch")
        downloads("clientela-kpis", partial(as_frame, statuses), "kpis")


def as_frame(statuses: Mapping[str, TargetStatus | None]) -> pl.DataFrame:
    """What the tiles say, a row a figure, plain numbers."""
    rows = [
        {
            "kpi": name,
            "value": each.value if each else None,
            "due": each.target.due if each and each.target else None,
            "target": each.target.whole if each and each.target else None,
            "standard_error": each.error if each else None,
            "verdict": verdict_words(each) if each else "",
        }
        for name, each in statuses.items()
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


page()
