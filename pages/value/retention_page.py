"""Retention: customers by the period of their first purchase, and who of each cohort comes back, period by period."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import polars as pl
import streamlit as st

from cubes.query import Query
from data.errors import BadRequest
from mining.retention.cohort_triangle import Kept
from pages.discover.customer_list import customer_list
from pages.discover.finding_footer import finding_footer
from pages.discover.mined_slice import EXPLORE, slice_bar
from pages.explore.explore_view import Chart, View, first_view, with_tops
from pages.explore.outlier_days import outliers
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import SERIES, Quantity, age_curves, described, heatmap
from pages.ui.kpi_row import kpi_strip
from pages.ui.open_pages import link_to
from pages.ui.opened_panel import BESIDE, opened_panel
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view
from pages.ui.style.formats import count_text, format_day, number_text
from pages.value import cohort_words as words
from pages.value.found_cohorts import (
    FoundCohorts,
    cohort_query,
    customers_of_cell,
    found_cohorts,
    found_histories,
    opened_period,
    second_purchases,
)
from pages.value.retention_view import CAME, STAYED_AWAY, RetentionView, parse_retention

GRAIN_NAMES = {"week": "Weeks", "month": "Months", "quarter": "Quarters", "year": "Years"}
SPLITS = ("channel", "channel_type", "department", "category", "country", "customer_kind")
MOST_MEMBERS = 200
MOST_TEXTS = 1_500
WIDE, BESIDE_PANEL = 1150, 560  # pixels that all columns of the triangle have


def go(view: RetentionView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def retention() -> None:
    try:
        view = parse_retention(session.read_url())
    except BadRequest as error:
        page_title("Retention")
        refused(error, RetentionView())
        return
    if not slice_bar("Retention", view.cuts, lambda cuts: go(view.within(cuts))):
        ready(view, "refused")
        return
    try:
        with st.spinner("Following the cohorts …"):
            found = found_cohorts(view)
    except BadRequest as error:
        refused(error, RetentionView(kept=view.kept, grain=view.grain))
        return
    choices(view, found)
    show(view, found)
    outliers(session.cube(), "retention")
    finding_footer("retention", view.to_parameters())
    ready(view, "found", found)


def refused(error: BadRequest, instead: RetentionView) -> None:
    empty_state(
        error.problem,
        error.remedy,
        "Start afresh",
        on_click=lambda: go(instead),
        key="refused",
        drawing="filter",
    )
    ready(instead, "refused")


def choices(view: RetentionView, found: FoundCohorts) -> None:
    """Measure, cohorts, split and the last day that is looked at."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="retention-choices"):
        with st.container(width=215):
            chooser(
                "Measure",
                "retention-measure",
                list(Kept),
                view.kept,
                words.NAMES.__getitem__,
                lambda kept: go(view.of(kept)),
            )
        st.session_state["retention-grain"] = view.grain
        st.segmented_control(
            "Cohorts by",
            list(GRAIN_NAMES),
            key="retention-grain",
            required=True,
            format_func=GRAIN_NAMES.__getitem__,
            on_change=lambda: go(view.by(st.session_state["retention-grain"])),
            label_visibility="collapsed",
        )
        with st.container(width=200):
            splits(view)
        with st.container(width=200):
            ends(view, found)
        about(view, found)


def splits(view: RetentionView) -> None:
    cube, known = session.cube(), session.warehouse().profile.known
    mined = tuple(level.name for level in cube.levels if level.is_mined)
    offered = [each for each in (*SPLITS, *mined) if 1 < known.get(each, 0) <= MOST_MEMBERS]
    options = ["", *offered, *([view.split] if view.split and view.split not in offered else [])]

    def named(name: str) -> str:
        level = next((each for each in cube.levels if each.name == name), None)
        return f"Split by first {level.label.lower()}" if level else name or "Not split"

    chooser("Split", "retention-split", options, view.split, named, lambda split: go(view.split_by(split)))


def ends(view: RetentionView, found: FoundCohorts) -> None:
    """The last day: that of the data, or the end of an earlier period."""
    last = session.warehouse().profile.last_day
    days = {each.last for each in words.untils(found.cells.periods)} | {found.cells.until}
    offered = sorted({*days, *([last] if last else [])}, reverse=True)
    chooser(
        "Until",
        "retention-until",
        offered,
        found.cells.until,
        lambda day: f"Until {format_day(day)}{', all data' if day == last else ''}",
        lambda day: go(view.seen_until(None if day == last else day)),
    )


def about(view: RetentionView, found: FoundCohorts) -> None:
    """Definition, formula and source, a click away."""
    with st.popover("How it is counted", icon=":material/help:"):
        st.markdown(f"**{words.NAMES[view.kept]}**")
        st.html(f'<p class="clientela-quiet">{escape(words.DEFINITIONS[view.kept])}</p>')
        st.html(f'<p class="clientela-quiet">{escape(words.OF_MEAN[view.kept is Kept.CUSTOMERS])}</p>')
        source = f"Answered from {found.cells.source}."
        st.html(f'<p class="clientela-quiet" data-testid="retention-source">{escape(source)}</p>')
        st.caption("The SQL of every number, with its parameters written in.")
        st.code(found.cells.sql, language="sql", wrap_lines=True)


def show(view: RetentionView, found: FoundCohorts) -> None:
    currency = session.currency()
    fact = words.main_fact(found.whole, view.grain, currency)
    st.html(f'<p class="clientela-verdict" data-testid="main-fact"><b>{escape(told_words(fact))}</b></p>')
    kpi_strip(words.tiles(found.whole, found.cells, currency), "retention-tiles")
    opened = opened_period(view, found) if view.cohort else None
    if opened:
        left, right = st.columns(BESIDE, gap="small")
        with left:
            triangle_card(view, found, BESIDE_PANEL)
        with right:
            inside(view, found)
    else:
        triangle_card(view, found, WIDE)
    left, right = st.columns(2, gap="small")
    with left:
        curves_card(view, found)
    with right:
        second_card(view)


def triangle_card(view: RetentionView, found: FoundCohorts, room: int) -> None:
    with card("triangle"):
        shown = found.cells.members[found.member][1] if view.split and found.member >= 0 else ""
        unit, currency = words.UNIT[view.kept], session.currency()
        title = [words.NAMES[view.kept], currency if unit == "money" else "", shown]
        section(
            ", ".join(filter(None, title)),
            f"A row a cohort, the {view.grain} of its first purchase, and how many began; a column so many "
            f"{view.grain}s later. Hatched: not over, or yet to come. A click opens the customers.",
        )
        frame = words.heat(found.whole, found.cells)
        if frame.is_empty():
            st.html('<p class="clientela-quiet">No value is known: no line here has a cost.</p>')
        else:
            drawn_triangle(view, frame, Quantity(words.NAMES[view.kept], unit, currency), room)
        beside_triangle(view, found)


def drawn_triangle(view: RetentionView, frame: pl.DataFrame, measure: Quantity, room: int) -> None:
    figure = heatmap(
        frame,
        session.colours(),
        unit=measure.unit,
        currency=measure.currency,
        room=room,
        most_texts=MOST_TEXTS,
        hatch_absent=True,
        chosen=(view.cohort, str(view.age)) if view.cohort else None,
    )
    alt = described(frame.filter(pl.col("mark") == ""), kind="Triangle of cohorts", measure=measure)

    def clicked(ids: tuple[str, ...]) -> None:
        go(view.open(ids[0], int(ids[1])))

    chart(figure, f"triangle-{view.to_parameters()}-{room}", alt, clicked)


def beside_triangle(view: RetentionView, found: FoundCohorts) -> None:
    """What is to be known of the triangle, the same as a table, the ways to its customers and into files."""
    hidden = len(found.whole.cohorts) - words.MOST_ROWS[view.grain]
    if hidden > 0:
        st.caption(
            f"The latest {words.MOST_ROWS[view.grain]}; {number_text(hidden)} earlier ones are in the files."
        )
    said = [*words.cautions(found.cells, found.whole), words.outside(found.cells, session.currency())]
    st.html(
        f'<p class="clientela-quiet" data-testid="cautions">{escape(told_words(" ".join(filter(None, said))))}</p>'
    )
    with st.expander("As a table", icon=":material/table:"):
        sheet = words.table(found.whole, found.cells)
        frame_view(
            sheet,
            "retention-table",
            {name: words.UNIT[view.kept] for name in sheet.columns if name.isdigit()},
        )
    with st.container(horizontal=True, gap="small", key="triangle-files"):
        with st.container(width=260):
            cohort_choice(view, found)
        st.space("stretch")
        downloads("clientela-retention", lambda: words.rows_of(found.whole, found.cells), "retention")


def cohort_choice(view: RetentionView, found: FoundCohorts) -> None:
    """The way to a cohort's customers by the keyboard, and where cells are too small for a finger."""
    names = {found.names[code]: code for code in found.whole.cohorts[::-1]}
    chooser(
        "Customers of a cohort",
        "retention-cohort",
        ["", *names],
        view.cohort if view.cohort in names else "",
        lambda each: f"Customers of {each}" if each else "Customers of a cohort …",
        lambda each: go(view.open(each, 0) if each else view.closed()),
    )


def curves_card(view: RetentionView, found: FoundCohorts) -> None:
    with card("curves", height="stretch"):
        unit, currency = words.UNIT[view.kept], session.currency()
        if found.members:
            frame = words.member_curves(found.members, found.cells, SERIES)
            section("The curves, split", "Each customer belongs to where the first purchase was greatest.")
        else:
            frame = words.curves(found.whole, found.cells)
            section(
                "The curve",
                "All cohorts together with their interval; each by itself in grey. Late ages know old cohorts only.",
            )
        if frame.is_empty() or frame["value"].drop_nulls().is_empty():
            known = found.whole.cells["value"].drop_nulls().len()
            why = f"No {view.grain} after a first purchase is over yet." if known else "No value is known."
            st.html(f'<p class="clientela-quiet">{why}</p>')
            return
        name = f"{view.grain.capitalize()}s since the first purchase"
        figure = age_curves(
            frame, session.colours(), unit=unit, currency=currency, age_name=name, behind="cohort", height=320
        )
        every = frame.filter(pl.col("id") != "cohort").with_columns(when=pl.format("age {}", "age"))
        alt = described(every, kind="Curve by age", measure=Quantity(words.NAMES[view.kept], unit, currency))
        chart(figure, f"curves-{view.to_parameters()}", alt)
        if found.members:
            members(view, found)


def members(view: RetentionView, found: FoundCohorts) -> None:
    """The member whose triangle stands above."""
    assert found.members
    sizes = words.member_sizes(found.members)
    named = {found.cells.members[each]: number for each, number in sizes}
    labels = {identity: f"{label} ({number_text(number)})" for (identity, label), number in named.items()}
    chooser(
        "Triangle of", "retention-member", ["", *labels], view.member if view.member in labels else "",
        lambda each: labels.get(each, "The triangle of everybody"), lambda each: go(view.showing(each)),
    )  # fmt: skip


def second_card(view: RetentionView) -> None:
    with card("second", height="stretch"):
        section(
            "The second purchase",
            "The share of customers who have bought on a second day, so many days after the first.",
        )
        with st.spinner("Reading each customer's purchases …"):
            histories = found_histories(view)
            curve = second_purchases(histories)
        st.html(f'<p data-testid="second-purchase">{escape(told_words(words.second_words(curve)))}</p>')
        if curve.finished:
            frame = words.second_frame(curve)
            figure = age_curves(
                frame, session.colours(), age_name="Days since the first purchase", height=260, steps=True
            )
            alt = f"Share who came back by day. {words.second_words(curve)}"
            chart(figure, f"second-{view.to_parameters()}", alt)
            downloads("clientela-second-purchase", lambda: frame, "second-purchase")
        with st.popover("How it is counted", icon=":material/help:", key="second-about"):
            st.html(
                '<p class="clientela-quiet">Kaplan and Meier (1958): who has not come back yet counts until the last '
                "day that is looked at. The band is Greenwood's, 95%, on the scale of log(−log).</p>"
            )
            left_out = (
                f"{count_text(histories.unknown_lines, 'line')} without a known customer and "
                f"{count_text(histories.only_returned, 'customer')} who only returned are left out."
            )
            st.html(f'<p class="clientela-quiet">{escape(left_out)}</p>')
            st.caption("The SQL of every number, with its parameters written in.")
            st.code(histories.sql, language="sql", wrap_lines=True)


def inside(view: RetentionView, found: FoundCohorts) -> None:
    """The customers behind a cell: who bought in its period, and who did not."""
    opened = opened_period(view, found)
    assert opened
    cohort, period = opened
    title = f"{words.title_of(cohort, view.grain)}, {words.ago(view.age, view.grain)}"
    frame = customers_of_cell(view, found, cohort, period)
    ages = range(found.last.code - cohort.code + 1)
    with opened_panel(title, "inside", lambda: go(view.closed()), {"customers": frame.height}):
        chooser(
            "Age",
            "retention-age",
            ages,
            view.age,
            lambda age: words.ago(age, view.grain).capitalize(),
            lambda age: go(view.open(view.cohort, age)),
        )
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.session_state["retention-who"] = view.who
            st.segmented_control(
                "Who",
                [CAME, STAYED_AWAY],
                key="retention-who",
                required=True,
                format_func={CAME: "Bought then", STAYED_AWAY: "Did not"}.__getitem__,
                on_change=lambda: go(view.told(st.session_state["retention-who"])),
                label_visibility="collapsed",
            )
            st.space("stretch")
            link_to(
                EXPLORE,
                label="Explore the cell",
                icon=":material/pivot_table_chart:",
                query_params=in_explore(cohort_query(view, found, cohort, period)),
            )
        if view.split and view.member:
            st.caption(
                "Explore shows the cohort as a whole: where the first purchase was is no filter there."
            )
        if frame.is_empty():
            st.html('<p class="clientela-quiet">Nobody.</p>')
            return
        who = "bought then" if view.who == CAME else "did not buy then"
        units = {"revenue_then": "money", "margin_then": "money"}
        customer_list(frame, "clientela-cohort", "inside", units, audience=f"{title}, {who}")


def in_explore(asked: Query) -> dict[str, list[str]]:
    """Explore's address of a question, by the rows that it begins with."""
    cube = session.cube()
    begin = first_view(cube, session.warehouse().profile).query
    shown = replace(begin, cuts=asked.cuts, as_of=asked.as_of, compare=None)
    return View(with_tops(shown, cube), Chart.BARS).to_parameters()


def ready(view: RetentionView, state: str, found: FoundCohorts | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "measure": view.kept.value,
        "by": view.grain,
        "cohorts": len(found.whole.cohorts) if found else 0,
        "cohort": view.cohort,
        "version": session.warehouse().version,
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    said = f"Seen until {format_day(found.cells.until)}." if found else ""
    st.html(f'<p class="clientela-quiet" data-testid="retention-ready"{attributes}>{escape(said)}</p>')


retention()
