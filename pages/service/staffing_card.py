"""From the forecast of each hour to the agents that it takes, and what one more or fewer does."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from data.errors import BadRequest
from mining.service.agents_needed import agents_around
from mining.service.contact_load import ContactLoad
from mining.service.hourly_staffing import staffing_of
from pages.service import service_words as words
from pages.service.call_centre_view import SECONDS, SHARES, CallCentreView
from pages.service.found_service import ServiceDays, found_staffing
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, described, heatmap
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text, number_text, share_text

ROOM = 560  # pixels that all columns of the map have
UNITS = {"answered in time": "percent", "hung up": "percent", "agents busy": "percent"}
Go = Callable[[CallCentreView], None]


def staffing_card(view: CallCentreView, days: ServiceDays, load: ContactLoad, go: Go) -> None:
    with card("staffing"):
        section(
            "Agents needed",
            f"The fewest who answer {view.share}% of the calls expected in an hour within {view.seconds} s.",
        )
        if view.kinds != "calls":
            st.html('<p class="clientela-quiet">Agents are worked out for calls: choose Calls above.</p>')
            return
        if not load.mean_handle:
            st.html(
                '<p class="clientela-quiet">No call tells how long it took. Bring its seconds, or ask'
                " <code>python -m mining staffing</code>.</p>"
            )
            return
        targets(view, load, go)
        patience = load.patience if view.patience else None
        try:
            hours = found_staffing(view, days, load.mean_handle, patience)
        except BadRequest as error:
            st.html(f'<p class="clientela-quiet">{escape(str(error))}</p>')
            return
        if hours.is_empty():
            st.html('<p class="clientela-quiet">No hour expects a call.</p>')
            return
        staffed(view, hours, load.mean_handle, patience, go)


def targets(view: CallCentreView, load: ContactLoad, go: Go) -> None:
    """Share and seconds as sliders; the rest behind a button."""

    def moved(name: str) -> Callable[[], None]:
        def write() -> None:
            said: dict[str, Any] = {name: st.session_state[f"staffing-{name}"]}
            go(view.changed(**said))

        return write

    for name in ("share", "seconds", "busy", "away", "patience"):
        st.session_state[f"staffing-{name}"] = getattr(view, name)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.slider("Answered, percent", *SHARES, key="staffing-share", on_change=moved("share"), width=260)
        st.slider("Within, seconds", *SECONDS, key="staffing-seconds", on_change=moved("seconds"), width=260)
        with st.popover("Agents and callers", icon=":material/tune:", key="staffing-more"):
            st.number_input("Busy at most, percent", 1, 100, key="staffing-busy", on_change=moved("busy"))
            st.number_input("Away (shrinkage), percent", 0, 99, key="staffing-away", on_change=moved("away"))
            st.checkbox(
                f"Callers hang up, after {words.time_text(load.patience)} on average (Erlang A)",
                key="staffing-patience",
                on_change=moved("patience"),
                disabled=not load.patience,
            )


def staffed(view: CallCentreView, hours: pl.DataFrame, handle: float, patience: float | None, go: Go) -> None:
    """The map of agents, and one hour of it opened."""
    total, scheduled = int(hours["agents"].sum()), int(hours["scheduled"].sum())
    busiest = hours.sort("expected", descending=True).row(0, named=True)
    opened = view.opened or (busiest["weekday"], busiest["hour"])
    model = "Erlang C: nobody hangs up" if patience is None else "Erlang A: callers hang up"
    roster = f", {number_text(scheduled)} on the roster with {view.away}% away" if view.away else ""
    fact = (
        f"{number_text(total)} hours of agents a week{roster}."
        f" {model}; a call is handled for {words.time_text(handle)}."
    )  # fmt: skip
    st.html(f'<p data-testid="staffing-fact">{escape(told_words(fact))}</p>')
    left, right = st.columns(2, gap="small")
    with left:
        frame = words.week_map(hours.with_columns(value=pl.col("agents").cast(pl.Float64)), "value", "count")
        chosen = str(opened[1]), str(opened[0])
        figure = heatmap(frame, session.colours(), unit="count", room=ROOM, hatch_absent=True, chosen=chosen)
        alt = described(frame, kind="Map of the week", measure=Quantity("Agents needed", "count"))
        chart(
            figure,
            f"staffing-{view.to_parameters()}",
            alt,
            lambda ids: go(view.changed(hour=f"{ids[1]}-{ids[0]}")),
        )
        downloads("clientela-staffing", lambda: hours, "staffing")
    with right:
        hour_opened(view, hours, opened, handle, patience)


def hour_opened(
    view: CallCentreView, hours: pl.DataFrame, opened: tuple[int, int], handle: float, patience: float | None
) -> None:  # fmt: skip
    """What one agent more or fewer does in an hour; the busiest until one is clicked."""
    weekday, hour = opened
    found = hours.filter(weekday=weekday, hour=hour)
    if found.is_empty():
        st.html(f'<p class="clientela-quiet">{words.hour_told(weekday, hour)}: no call is expected.</p>')
        return
    row = found.row(0, named=True)
    staffing = staffing_of(row["expected"], handle, patience, view.target)
    section(
        f"{words.hour_told(weekday, hour)}: {count_text(row['agents'], 'agent')}",
        f"About {number_text(row['expected'], 1)} calls, {number_text(staffing.work.erlangs, 1)} erlangs;"
        f" {share_text(staffing.state.answered, 1)} answered in time. If as many came as the band holds at most,"
        f" {count_text(row['agents_high'], 'agent')}. What one more or fewer does:",
    )
    table = words.around_table(agents_around(staffing), patience is not None)
    frame_view(table, "staffing-around", UNITS, whole_height(table))
