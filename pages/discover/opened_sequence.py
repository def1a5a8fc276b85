"""A sequence that was opened: its sentence, its numbers, how soon it goes on, and who is due."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import polars as pl
import streamlit as st

from cubes.drill_through import rows_behind
from cubes.query import Cut
from mining.patterns.mined_sequences import FoundSequences, element_text, sequence_sentence, sequence_text
from mining.patterns.next_purchase import Due
from pages.discover import found_sequences
from pages.discover.customer_list import customer_list
from pages.discover.mined_slice import explore_link, explore_parameters
from pages.discover.sequence_frames import UNITS, numbers, pace_curve, pace_words
from pages.discover.sequences_view import SequencesView
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.cut_chips import within
from pages.ui.figures import age_curves
from pages.ui.opened_panel import opened_panel
from pages.ui.page_states import section
from pages.ui.style.formats import count_text, number_text
from pages.ui.style.told_sentences import in_language


def opened_sequence(view: SequencesView, found: FoundSequences, at: int, close: Callable[[], None]) -> None:
    """One sequence: its sentence, its numbers, how long it takes, and who waits."""
    row = found.frame.row(at, named=True)
    store, last = session.warehouse(), element_text(row["sequence"][-1])
    names = list(dict.fromkeys(item for element in row["sequence"] for item in element))
    items = rows_behind.basket_items(store, [view.level], names)
    with opened_panel(in_language(sequence_sentence(row)), "sequence", close):
        cuts = within(view.cuts, Cut(view.level, tuple(id for _, id in items.values())))
        explore_link(
            "Explore these items",
            explore_parameters(cuts, session.cube(), store.profile, (view.level,), ("month",)),
        )
        figures = "".join(
            f'<div class="clientela-total"><span>{escape(name)}</span><b>{escape(value)}</b>'
            f"<small>{escape(note)}</small></div>"
            for name, value, note in numbers(row)
        )
        grid = "display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:.5rem 1.5rem"
        st.html(f'<div style="{grid}">{figures}</div>')
        pace = found_sequences.pace_of(view, found, at)
        section(f"How soon {last} comes", pace_words(pace))
        if pace.curve.finished:
            figure = age_curves(
                pace_curve(pace), session.colours(), age_name="Days since", height=240, steps=True
            )
            chart(figure, f"pace-{view.to_parameters()}", f"Share who bought {last}, by days since.")
        waiting(row["sequence"], pace.waiting(found_sequences.WITHIN_DAYS), last)


def waiting(sequence: list[list[str]], frame: pl.DataFrame, last: str) -> None:
    """Who bought what comes before and not the last yet, the likeliest first."""
    due = frame.filter(pl.col("due") == Due.NOW).height
    ahead = found_sequences.WITHIN_DAYS
    section(
        f"Bought {sequence_text(sequence[:-1])}, not yet {last}",
        f"{count_text(due, 'customer')} of {number_text(frame.height)} are due: past the first quarter of those who "
        f"come, within nine tenths. Chance: to come in the next {ahead} days, by those who waited as long; empty "
        "where nobody was watched so long.",
    )
    if frame.is_empty():
        return
    listed = frame.rename({"days": "waited_days", "since": "bought_on"})
    name = f"Bought {sequence_text(sequence[:-1])}, not yet {last}"
    customer_list(listed, "clientela-due", "sequence-due", UNITS, audience=name)
