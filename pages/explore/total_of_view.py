"""The total of a view: its first measure over all that is shown, and how it changed."""

from __future__ import annotations

from html import escape

import streamlit as st

from cubes.query import split_measure
from pages.explore.explore_view import View
from pages.ui import session
from pages.ui.answer_grid import AnswerGrid
from pages.ui.style.formats import delta_text, format_value, trend


def total(view: View, grid: AnswerGrid) -> None:
    """Draw it."""
    st.html(total_html(view, grid), width="content")


def total_html(view: View, grid: AnswerGrid) -> str:
    """It with its exact value to point at; names are escaped."""
    profile, plain = session.warehouse().profile, split_measure(view.query.measures[0])[0]
    measure = session.measure(plain, view.query.cube)
    value, base = (grid.value(each) for each in (plain, f"{plain}:base"))
    unit = measure.unit
    change = delta_text(value, base, unit)
    direction = trend(value, base, unit) * measure.rising
    tone = "good" if direction > 0 else "bad" if direction < 0 else ""
    against = f"vs {format_value(base, unit, profile.currency, True)}" if base is not None else ""
    text, whole = (format_value(value, unit, profile.currency, brief) for brief in (True, False))
    return (
        f'<div class="clientela-total" data-testid="total" data-value="{value}">'
        f'<span>{escape(measure.label)}</span><b title="{escape(whole)}">{escape(text)}</b>'
        f'<small class="{tone}">{escape(change)}</small><small>{escape(against)}</small></div>'
    )
