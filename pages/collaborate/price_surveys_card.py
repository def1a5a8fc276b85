"""What customers said of prices when asked: four limits (van Westendorp), or whether they would buy (Gabor,
Granger)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import streamlit as st

from mining.pricing.price_sensitivity import Crossing, FallingCurves
from pages.collaborate import price_survey_words as words
from pages.collaborate.demand_view import DemandView
from pages.collaborate.found_demand import FoundSurveys
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, price_curves
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height

Go = Callable[[DemandView], None]
CROSSING_NAMES = {
    Crossing.MIN: "Level crossings: the lowest price",
    Crossing.MAX: "Level crossings: the highest price",
    Crossing.MEAN: "Level crossings: the mean",
    Crossing.MEDIAN: "Level crossings: the median",
}
STEPS = {False: "At prices that were named", True: "Straight between prices"}


def price_surveys_cards(view: DemandView, surveys: FoundSurveys | None, go: Go) -> None:
    if surveys is None or not any(
        (surveys.limits, surveys.buying, surveys.why_no_limits, surveys.why_no_buying)
    ):
        nobody_asked(surveys is None)
        return
    price = Quantity("Price", "money", session.currency())
    if surveys.limits or surveys.why_no_limits:
        limits_card(view, surveys, price, go)
    if surveys.buying or surveys.why_no_buying:
        buying_card(view, surveys, price)


def nobody_asked(of_all: bool) -> None:
    with card("no-surveys"):
        section(
            "What customers said when asked",
            "Van Westendorp's four limits, or whether they would buy at a price.",
        )
        told = (
            "Surveys are told of one product: choose it above."
            if of_all
            else "Nobody was asked about this product. Load a file of price surveys on the page Data: a row a person"
            " with customer, product, date and too_cheap, cheap, expensive, too_expensive, or with asked_price and"
            " would_buy."
        )
        st.html(f'<p class="clientela-quiet" data-testid="no-surveys">{escape(told)}</p>')


def limits_card(view: DemandView, surveys: FoundSurveys, price: Quantity, go: Go) -> None:
    with card("price-limits"):
        section(
            "Neither too cheap nor too expensive",
            "Four limits of each person (van Westendorp, 1976). They are what people say, not what they do.",
        )
        limits = surveys.limits
        if limits is None:
            st.html(
                f'<p class="clientela-quiet" role="alert">{escape(told_words(surveys.why_no_limits))}</p>'
            )
            return
        conventions(view, go)
        st.html(f'<p data-testid="limits">{escape(told_words(words.limits_told(limits, price)))}</p>')
        left, right = st.columns([3, 2], gap="medium")
        with left:
            figure = price_curves(
                words.limit_lines(limits), session.colours(), x=price, y=Quantity("Persons", "percent"),
                marks=words.limit_marks(limits, price),
                span=(limits.price("lowest"), limits.price("highest")),
                shape="linear" if view.limits.interpolated else "hv", height=380,
            )  # fmt: skip
            chart(figure, f"limits-{view.to_parameters()}", words.limits_told(limits, price))
        with right:
            table = words.limit_table(limits)
            units = dict.fromkeys(("Price", "From", "To"), "money")
            frame_view(table, "limits-table", units, height=whole_height(table))
            st.caption("From and to: 95 of 100 samples of the same persons.")
            if surveys.trial:
                st.html(
                    f'<p data-testid="trial">{escape(told_words(words.trial_told(surveys.trial, price)))}</p>'
                )
            downloads("clientela-price-limits", lambda: limits.curves, "price-limits", {"price": "money"})


def conventions(view: DemandView, go: Go) -> None:
    terms = view.limits
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="limits-conventions"):
        chooser(
            "Falling", "limits-falling", list(FallingCurves), terms.falling, words.FALLING_NAMES.__getitem__,
            lambda falling: go(replace(view, limits=replace(terms, falling=falling))), 320,
        )  # fmt: skip
        chooser(
            "Crossing", "limits-crossing", list(Crossing), terms.crossing, CROSSING_NAMES.__getitem__,
            lambda crossing: go(replace(view, limits=replace(terms, crossing=crossing))), 280,
        )  # fmt: skip
        chooser(
            "Between", "limits-between", [False, True], terms.interpolated, STEPS.__getitem__,
            lambda between: go(replace(view, limits=replace(terms, interpolated=between))), 240,
        )  # fmt: skip


def buying_card(view: DemandView, surveys: FoundSurveys, price: Quantity) -> None:
    with card("buying-curve"):
        section(
            "Would you buy at this price?",
            "The share that said yes (Gabor and Granger, 1966), made never to rise with the price; the band holds it"
            " in 95 of 100 samples of persons.",
        )
        buying = surveys.buying
        if buying is None:
            st.html(
                f'<p class="clientela-quiet" role="alert">{escape(told_words(surveys.why_no_buying))}</p>'
            )
            return
        told = words.buying_told(buying, price)
        st.html(f'<p data-testid="buying">{escape(told_words(told))}</p>')
        left, right = st.columns([3, 2], gap="medium")
        with left:
            figure = price_curves(
                words.buying_lines(buying),
                session.colours(),
                x=price,
                y=Quantity("Would buy", "percent"),
                height=300,
            )
            chart(figure, f"buying-{view.to_parameters()}", told)
        shares = ("raw", "share", "low", "high", "wilson_low", "wilson_high")
        units = dict.fromkeys(shares, "percent") | {"price": "money", "revenue": "money", "people": "count"}
        with right:
            frame_view(buying.curve, "buying-table", units, height=whole_height(buying.curve))
            downloads("clientela-buying-curve", lambda: buying.curve, "buying-curve", units)
