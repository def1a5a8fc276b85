"""What became of a load: its books in one line, what to look at, the rows that stayed outside, and where to go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from cubes.query import Cut
from data.load import Books, Report
from data.load.mappings.canonical_fields import OF_ORDERS
from data.model.calendar import Days, day_key
from data.model.canonical_tables import MAIN_FACT
from data.store.warehouse import Profile
from pages.explore.explore_view import first_view, with_tops
from pages.manage.shared.coloured_notes import note
from pages.manage.shared.source_words import subject
from pages.ui import session
from pages.ui.export_files import downloads
from pages.ui.open_pages import link_to
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view
from pages.ui.style.formats import count_text, format_day, format_value, number_text

EXPLORE = "explore/explore_page.py"
SHOWN, LISTED = 1_000, 12


def report_card(
    report: Report, replaced_all: bool, close: Callable[[], None], undo: Callable[[], None] | None
) -> None:
    """Draw the report; `undo` puts the warehouse back that this load took the place of."""
    with card("report"):
        with st.container(horizontal=True, vertical_alignment="center"):
            section("Nothing changed" if report.unchanged else "Loaded", _headline(report, replaced_all))
            st.space("stretch")
            st.button("Close", key="report-close", type="tertiary", icon=":material/close:", on_click=close)
        st.html(books(report))
        _look_at(report)
        if report.rejected.height:
            _rejected(report)
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="report-ways"):
            if session.warehouse().profile.lines:
                link_to(
                    EXPLORE,
                    label="Explore what was loaded",
                    icon=":material/pivot_table_chart:",
                    query_params=question(report),
                )
            if undo is not None:
                st.space("stretch")
                st.button(
                    "Undo",
                    key="report-undo",
                    icon=":material/undo:",
                    on_click=undo,
                    help="Puts the warehouse back that was here before; this one is set aside, not lost.",
                )


def _headline(report: Report, replaced_all: bool) -> str:
    if report.unchanged:
        return f"This file was loaded before in the same way, as batch {report.batch}. The warehouse is as it was."
    begun = f"{report.source} is batch {report.batch}"
    if replaced_all:
        begun = f"{report.source} took the place of what was here"
    elif report.replaced is not None:
        begun += f", in place of batch {report.replaced}"
    return f"{begun}: {_what(report)}."


def _what(report: Report) -> str:
    """Revenue and days of order lines; else what the load brought."""
    if not _has_lines(report):
        return ", ".join(subject(name).lower() for name in dict.fromkeys(each.part for each in report.parts))
    first, last = report.first_day, report.last_day
    days = f"{format_day(first)} to {format_day(last)}" if first and last else "no days"
    return f"revenue {format_value(report.revenue, 'money', session.currency())}, {days}"


def _has_lines(report: Report) -> bool:
    return any(each.part in OF_ORDERS for each in report.parts)


def books(report: Report) -> str:
    """The equation as figures, for readers and for tests."""
    tone = "bad" if report.rows_rejected else ""
    kept = f' data-kept="{report.repeats_kept}"'
    marks = (
        f'data-read="{report.rows_read}" data-loaded="{report.rows_loaded}" data-rejected="{report.rows_rejected}"'
        f' data-dropped="{report.repeats_dropped}" data-left-out="{report.rows_left_out}"'
        f' data-revenue="{report.revenue}" data-batch="{report.batch}"'
        f' data-unchanged="{"yes" if report.unchanged else ""}"{kept}'
    )
    return (
        f'<div class="data-books" data-testid="load-report" {marks}>'
        f"<div><b>{number_text(report.rows_read)}</b><span>rows read</span></div><i>=</i>"
        f'<div data-sign="="><b>{number_text(report.rows_loaded)}</b><span>loaded</span></div><i>+</i>'
        f'<div data-sign="+" class="{tone}"><b>{number_text(report.rows_rejected)}</b><span>rejected</span></div>'
        "<i>+</i>"
        f'<div data-sign="+"><b>{number_text(report.repeats_dropped)}</b><span>repeats dropped</span></div>'
        f"{_left_out(report)}</div>"
    )


def _left_out(report: Report) -> str:
    """The rows that the mapping does not mean, where there are any."""
    if not report.rows_left_out:
        return ""
    return f'<i>+</i><div data-sign="+"><b>{number_text(report.rows_left_out)}</b><span>left out</span></div>'


def _look_at(report: Report) -> None:
    if report.repeats_kept:
        rows = count_text(report.repeats_kept, "row repeats another", "rows repeat others")
        more = "Counted as sold. If they are mistakes, say so under “How the file is read” and load it again."
        note(f"{rows} exactly.", more)
    for warning in report.warnings:
        note(warning, tone="look", mark="load-warning")
    for waits in report.waiting:
        note(str(waits), tone="bad", mark="load-waiting")
    for told in report.notes:
        note(told, mark="load-note")
    for told in report.stages:
        note(told, mark="load-stages")
    files = [each for each in report.parts if each.part not in OF_ORDERS or len(report.parts) > 1]
    if len(files) > 1 or any(each.part != report.lines.part for each in files):
        further = len(files) - LISTED
        rest = [f"… and {count_text(further, 'more file')}."] if further > 0 else []
        note("File by file:", points=[*map(_other, files[:LISTED]), *rest], mark="load-files")


def _other(each: Books) -> str:
    told = f"{subject(each.part)} ({each.file}): {number_text(each.rows_read)} rows read"
    if each.rows_read == each.rows_loaded:
        return f"{told}, all loaded"
    return (
        f"{told} = {number_text(each.rows_loaded)} loaded + {number_text(each.rows_rejected)} rejected"
        f" + {number_text(each.repeats_dropped)} repeats dropped"
        + (f" + {number_text(each.rows_left_out)} left out" if each.rows_left_out else "")
    )


def _rejected(report: Report) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        section("Rejected rows", "Row 1 is the first below the header.")
        st.space("stretch")
        downloads(f"rejected-{report.source}", lambda: report.rejected, "report-rejected")
    several = report.rejected["part"].n_unique() > 1
    shown = report.rejected.head(SHOWN)
    frame_view(
        shown if several else shown.drop("part"),
        "report-rejected-rows",
        height=min(300, 34 + 31 * shown.height),
    )


def question(report: Report) -> dict[str, list[str]]:
    """Explore's URL with the days of this load: all of it, where nothing else is in the warehouse."""
    cube, profile = session.cube(), session.warehouse().profile
    start = first_view(cube, profile)
    query = replace(start.query, cuts=_days(report, profile), compare=None)
    return replace(start, query=with_tops(query, cube)).to_parameters()


def _days(report: Report, profile: Profile) -> tuple[Cut, ...]:
    whole = profile.extents[MAIN_FACT.name].whole
    if whole is None or report.first_day is None or report.last_day is None:
        return ()
    if Days(day_key(report.first_day), day_key(report.last_day)) == whole:
        return ()
    return (Cut("day", since=str(report.first_day), until=str(report.last_day)),)
