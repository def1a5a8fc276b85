"""Call centre: what comes in when, how long it waits, what is settled, what comes next, how many agents that takes."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from cubes.members.single_customers import tells_single_customers
from data.errors import BadRequest
from mining.service.contact_load import ContactLoad
from mining.service.contact_resolution import MOST_DAYS, ContactResolution
from pages.discover.finding_footer import finding_footer
from pages.service import service_words as words
from pages.service.call_centre_view import KINDS, SHOWN, WEEKS, CallCentreView, parse_call_centre
from pages.service.cases_card import cases_cards
from pages.service.forecast_card import forecast_card
from pages.service.found_service import ServiceDays, found_load, found_resolution, found_scores, service_days
from pages.service.staffing_card import staffing_card
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, bars, described, dot_intervals, heatmap
from pages.ui.kpi_row import kpi_strip
from pages.ui.limits_told import rows_told
from pages.ui.page_record import told_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text

TITLE = "Call centre"
ROOM = 560  # pixels that all columns of a map have
SHARES = {"share": "percent", "low": "percent", "high": "percent"}


def go(view: CallCentreView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def call_centre() -> None:
    try:
        view = parse_call_centre(session.read_url())
    except BadRequest as error:
        page_title(TITLE)
        refused(error)
        return
    seen = rows_told()
    page_title(TITLE, f"Of rows with {seen}." if seen else "")
    if not tells_single_customers(session.warehouse().policy):
        withheld()
        return
    choices(view)
    days = service_days(view)
    if days is None:
        nothing(view)
        return
    show(view, days)
    finding_footer("call-centre", view.to_parameters())
    ready(view, "found", days)


def refused(error: BadRequest) -> None:
    empty_state(
        error.problem,
        error.remedy,
        "Start afresh",
        on_click=lambda: go(CallCentreView()),
        key="refused",
        drawing="filter",
    )
    ready(CallCentreView(), "refused")


def withheld() -> None:
    empty_state(
        "Small counts are withheld from you",
        "Hours and subjects of the call centre count few customers each. Explore shows interactions by month instead.",
        key="withheld",
        drawing="closed",
    )
    ready(CallCentreView(), "withheld")


def nothing(view: CallCentreView) -> None:
    empty_state(
        f"No {view.noun} is here yet",
        "Load calls or tickets on the page Data: each with its day, best with its time of day, customer, subject,"
        " seconds waited and handled, and outcome.",
        "Look at calls and tickets" if view.kinds != "both" else "",
        on_click=lambda: go(CallCentreView(kinds="both")),
        key="no-contacts",
    )
    ready(view, "nothing")


def choices(view: CallCentreView) -> None:
    """Which contacts, of which weeks."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="call-centre-choices"):
        chooser(
            "Contacts", "call-centre-kinds", [*KINDS], view.kinds, words.KINDS.__getitem__,
            lambda kinds: go(view.changed(kinds=kinds, hour="")), 190,
        )  # fmt: skip
        chooser(
            "Weeks", "call-centre-weeks", sorted({*WEEKS, view.weeks}, key=lambda each: (each == 0, each)), view.weeks,
            words.weeks_told, lambda weeks: go(view.changed(weeks=weeks)), 170,
        )  # fmt: skip


def show(view: CallCentreView, days: ServiceDays) -> None:
    with st.spinner("Counting contacts …"):
        load, resolution = found_load(view, days), found_resolution(view, days)
    fact = words.main_fact(view, load, days)
    st.html(f'<p class="clientela-verdict" data-testid="main-fact"><b>{escape(told_words(fact))}</b></p>')
    said = " ".join(words.notes(view, load, resolution))
    if said:
        st.html(f'<p class="clientela-quiet" data-testid="notes">{escape(told_words(said))}</p>')
    kpi_strip(words.tiles(view, load, resolution), "call-centre-tiles")
    left, right = st.columns(2, gap="small")
    with left:
        week_card(view, load)
    with right:
        outcome_card(load)
        score_card(days)
    resolution_card(view, resolution)
    cases_cards(view, go)
    forecast_card(view, days)
    staffing_card(view, days, load, go)


def week_card(view: CallCentreView, load: ContactLoad) -> None:
    """The map of the week."""
    column, name, unit = words.SHOWN[view.show]
    with card("week", height="stretch"):
        timed = load.untimed < load.contacts
        section(
            "The week",
            f"{name} by hour and weekday, on average of {count_text(load.days, 'day')}."
            if timed
            else "By weekday: no time of day is told.",
        )
        chooser(
            "Shown", "call-centre-show", [*SHOWN], view.show, lambda each: words.SHOWN[each][1],
            lambda each: go(view.changed(show=each)), 230,
        )  # fmt: skip
        frame = words.week_map(load.cells, column, unit)
        if frame["value"].drop_nulls().is_empty():
            st.html(f'<p class="clientela-quiet">{escape(name)}: not told of any {view.noun}.</p>')
            return
        figure = heatmap(frame, session.colours(), unit=unit, room=ROOM, hatch_absent=True)
        alt = described(frame, kind="Map of the week", measure=Quantity(name, unit))
        chart(figure, f"week-{view.to_parameters()}", alt)
        downloads("clientela-call-centre-week", lambda: load.cells, "week")


def outcome_card(load: ContactLoad) -> None:
    with card("outcomes"):
        told = int(load.outcomes["contacts"].sum())
        section("What came of it", f"Share of the {count_text(told, 'contact')} that tell an outcome.")
        if not told:
            st.html('<p class="clientela-quiet">No outcome is told.</p>')
            return
        frame = words.outcome_bars(load)
        alt = described(frame, kind="Bars", measure=Quantity("Outcomes", "percent"))
        chart(bars(frame, session.colours(), unit="percent"), f"outcomes-{told}", alt)
        with st.expander("As a table, with intervals", icon=":material/table:"):
            frame_view(load.outcomes, "outcomes-table", SHARES, whole_height(load.outcomes))


def score_card(days: ServiceDays) -> None:
    """Satisfaction and net promoter score of whoever answered."""
    scores = found_scores(days)
    with card("scores", height="stretch"):
        section(
            "How content customers are",
            "By kind of contact, with the 95% interval; a customer who answered several times counts as one draw.",
        )
        if scores.is_empty():
            st.html('<p class="clientela-quiet">Nobody was asked, as far as is told.</p>')
            return
        for score, title, decimals in (
            ("satisfaction", "Satisfaction, 0 to 10", 1),
            ("net promoter score", "Net promoter score, -100 to 100", 0),
        ):
            frame = words.score_dots(scores, score, decimals)
            if frame.height:
                st.caption(title)
                alt = f"{title}. " + "; ".join(
                    f"{each['label']}: {each['text']}" for each in frame.to_dicts()
                )
                figure = dot_intervals(frame, session.colours(), unit="points", from_zero=False)
                chart(figure, f"scores-{score}-{days.since}-{days.last}", alt)


def resolution_card(view: CallCentreView, found: ContactResolution) -> None:
    with card("resolution"):
        section(
            "Settled at the first contact",
            f"No further contact of the customer on the subject within {count_text(view.days, 'day')}.",
        )
        slider("Days", "call-centre-days", 1, MOST_DAYS, view.days, view, "days")
        frame = words.resolution_dots(found)
        if frame.is_empty():
            st.html(
                '<p class="clientela-quiet">No contact with a customer and a subject is old enough to tell.</p>'
            )
        else:
            left, right = st.columns(2, gap="small")
            with left:
                alt = "; ".join(each["text"] for each in frame.to_dicts())
                figure = dot_intervals(frame, session.colours(), unit="percent", from_zero=False)
                chart(figure, f"resolution-{view.to_parameters()}", f"Settled at the first contact: {alt}")
            with right:
                frame_view(found.subjects, "resolution-subjects", SHARES, whole_height(found.subjects))
        st.html(f'<p class="clientela-quiet">{escape(told_words(words.resolution_told(found)))}</p>')


def slider(label: str, key: str, least: int, most: int, value: int, view: CallCentreView, name: str) -> None:
    """A slider that writes one value of the view."""
    st.session_state[key] = min(max(value, least), most)

    def moved() -> None:
        said: dict[str, Any] = {name: st.session_state[key]}
        go(view.changed(**said))

    st.slider(label, least, most, key=key, on_change=moved, width=320)


def ready(view: CallCentreView, state: str, days: ServiceDays | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {"state": state, "kinds": view.kinds, "until": days.last if days else ""}
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    st.html(f'<p class="clientela-quiet" data-testid="call-centre-ready"{attributes}></p>')


call_centre()
