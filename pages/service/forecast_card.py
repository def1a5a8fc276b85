"""Contacts to come, with a band, and how near forecasts of weeks that are known had been."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.service import service_words as words
from pages.service.call_centre_view import CallCentreView
from pages.service.found_service import ServiceDays, found_forecast
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import expected_course
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height

UNITS = {"misses, WAPE": "percent", "WAPE of the year before": "percent", "within the band": "percent"}
METHOD = """
A level (an exponentially weighted mean of weeks without their season), times the weekday, times the season of the year
where two years are known; hours by their share of such a weekday in the last year. No trend is drawn out, and holidays
are not known. The last twelve weeks were forecast four at a time from what was known before each. *WAPE* is all misses
over all contacts; *MASE* the mean miss over that of taking the same day a year before (a week before, where no year is
known) in the time before: below 1 is better. The band is to hold 90 of 100 days; how many held-out ones it held
is told. Counts are whole numbers: where few come, the band holds more.
"""


def forecast_card(view: CallCentreView, days: ServiceDays) -> None:
    found = found_forecast(view, days)
    with card("forecast"):
        section(
            "What is to come",
            "Days that came (line) beside what had been forecast of them (dashed, with its band), and four weeks"
            " ahead, on grey ground.",
        )
        forecast = found.forecast
        if forecast is None:
            st.html(f'<p class="clientela-quiet">{escape(f"{found.problem} {found.remedy}")}</p>')
            return
        fact = words.forecast_fact(forecast, view.noun)
        st.html(f'<p data-testid="forecast-fact">{escape(told_words(fact))}</p>')
        figure = expected_course(words.forecast_course(forecast), session.colours(), unit="count", height=240)
        chart(figure, f"forecast-{view.kinds}-{days.last}", fact)
        table = words.accuracy_table(forecast)
        frame_view(table, "forecast-accuracy", UNITS, whole_height(table))
        with st.container(horizontal=True):
            with st.popover("How it is forecast", icon=":material/help:", key="forecast-about"):
                st.markdown(METHOD)
            st.space("stretch")
            downloads("clientela-forecast", lambda: words.forecast_course(forecast), "forecast")
