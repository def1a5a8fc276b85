"""Answers of the past: how often a price was accepted, and what the best rule of one threshold would have earned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import streamlit as st

from mining.pricing.answer_rule import SAME_TALK_DAYS, RuleBase
from pages.collaborate import price_answer_words as words
from pages.collaborate.demand_view import DemandView
from pages.collaborate.found_demand import FoundAnswers
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import Quantity, price_curves
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height


def past_answers_card(view: DemandView, answers: FoundAnswers, go: Callable[[DemandView], None]) -> None:
    if answers.curve is None and not answers.judged:
        with card("past-answers"):
            section(
                "Past answers", "How often a price was accepted, and whether a rule would have earned more."
            )
            st.html(
                '<p class="clientela-quiet" data-testid="no-answers">Too few prices here were accepted or declined.'
                " Load offers with their answers, or answer them on the page Price offers.</p>"
            )
        return
    left, right = st.columns(2, gap="small")
    with left:
        acceptance_card(view, answers)
    with right:
        judged_card(view, answers, go)


def acceptance_card(view: DemandView, answers: FoundAnswers) -> None:
    with card("acceptance", height="stretch"):
        section(
            "How often a price was accepted",
            "By answers of the past: as a curve of logistic form, and by steps that only rise; each with its"
            " interval of 95%. It tells what was done, not what should be.",
        )
        curve = answers.curve
        if curve is None:
            st.html(f'<p class="clientela-quiet">{escape(told_words(answers.why_no_curve))}</p>')
            return
        price = Quantity("Price", "money", session.currency())
        if answers.of_asked:
            price = Quantity("Price, as a share of what was asked", "percent")
        told = words.acceptance_told(curve, price)
        st.html(f'<p data-testid="acceptance">{escape(told_words(told))}</p>')
        lines = words.acceptance_lines(curve)
        figure = price_curves(
            lines, session.colours(), x=price, y=Quantity("Accepted", "percent"), height=300
        )
        chart(figure, f"acceptance-{view.to_parameters()}", f"Chance that a price is accepted. {told}")
        units = {"price": price.unit} | dict.fromkeys(("value", "low", "high"), "percent")
        downloads("clientela-acceptance", lambda: lines.drop("id"), "demand-acceptance", units)


def judged_card(view: DemandView, answers: FoundAnswers, go: Callable[[DemandView], None]) -> None:
    with card("judged-answers", height="stretch"):
        section(
            "Past answers beside a rule",
            "Accept from a threshold on, else decline: chosen on some talks, judged on others. Prices of a person"
            f" for a product within {SAME_TALK_DAYS} days are one talk. What a person would have named after another"
            " answer is not known, and counts as no sale; nor is it counted that who learns of low prices may ask"
            " for them.",
        )
        with st.container(width=260):
            chooser(
                "Base", "demand-base", list(RuleBase), answers.base,
                lambda base: f"Threshold {words.BASE_NAMES[base]}", lambda base: go(replace(view, base=base)),
            )  # fmt: skip
        if not answers.judged:
            st.html(
                f'<p class="clientela-quiet" data-testid="not-judged">{escape(told_words(answers.why_not_judged))}</p>'
            )
            return
        currency = session.currency()
        for each in answers.judged:
            told = f"{words.HELD_OUT[each.by]}: {words.judged_told(each, currency)}"
            st.html(f'<p data-testid="judged-{each.by.value}">{escape(told_words(told))}</p>')
        table = words.judged_table(answers, currency)
        frame_view(table, "demand-judged", words.JUDGED_UNITS, height=whole_height(table))
        downloads("clientela-judged-answers", lambda: table, "demand-judged", words.JUDGED_UNITS)
