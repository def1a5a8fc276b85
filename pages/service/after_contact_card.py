"""What customers do after a bad contact, beside matched others: differences with intervals, balance, and doubts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape

import streamlit as st

from mining.service.after_contact import OBSERVATIONAL
from mining.service.bad_contacts import BadContact
from mining.service.matched_moments import MomentMatching
from mining.service.unseen_cause import E_VALUE_MEANS
from pages.service import insight_words as words
from pages.service.found_insight import FoundInsight, found_after
from pages.service.insight_view import BESIDE, DAYS, MOST_WAIT, InsightView
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import as_plain, chooser
from pages.ui.export_files import downloads
from pages.ui.figures import dot_intervals
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text

METHOD = """
The first bad contact of a customer after a year without one is held against a moment of another customer, of the same
month and kind of contact, who had bought alike until then: days since the last purchase, purchase days and spend of the
year before, days since the first purchase. The others had no bad contact in the year before; that some had one later
does not take them out, for on that day nobody knew (Li, Propert and Rosenbaum 2001). The day itself counts neither
before nor after, and moments too near to the end of the data are left out: each side is watched for as many days.

*Nearest* takes the nearest within 0.4 standard deviations of each measure's logarithm; *exact* anyone of the same class
of all four (Iacus, King and Porro 2012). No customer stands for two. What unlikeness is left in pairs is regressed out
(Rubin 1973; Abadie and Imbens 2011). Customers not in touch are a harder comparison: whoever is in touch still minds
the firm, which past purchases tell in part alone.
"""
Go = Callable[[InsightView], None]


def after_contact_card(view: InsightView, found: FoundInsight, go: Go) -> None:
    with card("after-contact"):
        section(
            "After a bad contact",
            "What customers bought in the days after one, beside others who had bought alike before.",
        )
        choices(view, go)
        st.html(f'<p data-testid="observational"><b>{escape(told_words(OBSERVATIONAL))}</b></p>')
        with st.spinner("Matching customers …"):
            came = found_after(view, found)
        after = came.after
        if after is None:
            said = told_words(f"{came.problem} {came.remedy}")
            st.html(f'<p class="clientela-quiet" data-testid="no-after">{escape(said)}</p>')
            return
        st.html(f'<p data-testid="after">{escape(told_words(words.after_told(view, came)))}</p>')
        table = words.effect_table(after, session.currency())
        frame_view(table, "after-table", height=whole_height(table))
        st.html(f'<p class="clientela-quiet">{escape(told_words(words.who_told(view, came)))}</p>')
        left, right = st.columns(2, gap="medium")
        with left:
            st.caption(
                "How unlike both sides' purchases before were, in standard deviations: before matching and after."
            )
            dots = words.balance_dots(after)
            alt = "; ".join(f"{each['label']}, {each['text']}" for each in dots.to_dicts())
            figure = dot_intervals(dots, session.colours(), unit="ratio")
            chart(figure, f"balance-{view.to_parameters()}", f"Standardized differences: {alt}.")
            st.caption(as_plain(told_words(words.balance_told(after))))
        with right:
            st.html(f'<p data-testid="unseen">{escape(told_words(words.cause_told(after)))}</p>')
            st.html(f'<p class="clientela-quiet">{escape(E_VALUE_MEANS)}</p>')
        with st.expander("How this is found, and by whom", icon=":material/menu_book:"):
            st.markdown(METHOD)
        downloads("clientela-after-a-bad-contact", lambda: after.effects, "after-contact")


def choices(view: InsightView, go: Go) -> None:
    """What is bad, how long after, beside whom, how alike."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="after-choices"):
        chooser("Bad", "insight-bad", [*BadContact], view.bad, words.BADS.__getitem__,
                lambda bad: go(replace(view, bad=bad)), 240)  # fmt: skip
        days = sorted({*DAYS, view.days})
        chooser("Days", "insight-days", days, view.days, lambda each: f"Within {count_text(each, 'day')}",
                lambda each: go(replace(view, days=each)), 160)  # fmt: skip
        chooser("Beside", "insight-beside", [*BESIDE], view.beside, words.BESIDES.__getitem__,
                lambda each: go(replace(view, beside=each)), 290)  # fmt: skip
        chooser("Matched", "insight-match", [*MomentMatching], view.match, words.MATCHES.__getitem__,
                lambda each: go(replace(view, match=each)), 220)  # fmt: skip
        if view.bad in (BadContact.ANY, BadContact.WAITED):
            st.session_state["insight-waited"] = view.waited
            st.number_input(
                "Waited long, from seconds", 1, MOST_WAIT, step=30, key="insight-waited", width=190,
                on_change=lambda: go(replace(view, waited=int(st.session_state["insight-waited"] or view.waited))),
            )  # fmt: skip
