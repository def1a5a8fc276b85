"""When the firm's fiscal year and weeks begin, and in which time zone its days lie."""

from __future__ import annotations

from typing import Any

import streamlit as st

from data import environment
from data.access.deed import Deed
from data.load.time_settings import AS_WRITTEN, KEPT_DAYS, MONTHS, MOST_GRACE, TimeSettings, save, time_zones
from data.model.calendar import WEEKDAYS
from pages.manage.shared.warehouse_changes import doing
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.locale_choice import locale_choice
from pages.ui.page_states import card, section

KEYS = ("time-fiscal", "time-week", "time-zone", "time-grace")
ZONE_NAMES = {AS_WRITTEN: "as sources write them"}


@st.cache_data(show_spinner=False)
def offered() -> tuple[str, ...]:
    return (AS_WRITTEN, *time_zones())


def time_card() -> None:
    """Draw the settings and the button that publishes them, and what each reader chooses alone."""
    now = TimeSettings.of(session.warehouse())
    with card("time"):
        section("Calendar", "Periods everywhere follow it.")
        if may(Deed.LOAD):
            with st.form("time-form", border=False), _side_by_side():
                _choice("Fiscal year begins in", KEYS[0], MONTHS, now.calendar.fiscal_start - 1)
                _choice("Weeks begin on", KEYS[1], WEEKDAYS, now.calendar.week_start - 1)
                zones = offered()
                at = zones.index(now.time_zone) if now.time_zone in zones else 0
                _choice("Days are those of", KEYS[2], zones, at)
                st.number_input(
                    "Days of grace",
                    0,
                    MOST_GRACE,
                    now.late_after,
                    key=KEYS[3],
                    width=250,
                    help="An order to a supplier is late from so many days after the day promised.",
                )
                st.form_submit_button("Save", key="time-save", type="primary", on_click=doing(_saved))
        st.caption(f"Moments with a time zone of their own fall on the day they had in this one. {KEPT_DAYS}")
        locale_choice()


def _side_by_side() -> Any:
    return st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="time-choices")


def _choice(label: str, key: str, options: tuple[str, ...], at: int) -> None:
    st.selectbox(
        label, options, index=at, key=key, width=250, format_func=lambda each: ZONE_NAMES.get(each, each)
    )


def _saved() -> str:
    fiscal, week, zone, grace = (str(st.session_state[key]) for key in KEYS)
    now = TimeSettings.of(session.warehouse())
    chosen = now.changed(fiscal, week, zone, grace)
    if chosen == now:
        return f"Nothing was changed. {now.sentence()}"
    save(environment.warehouse().resolve(), chosen)
    return chosen.sentence()
