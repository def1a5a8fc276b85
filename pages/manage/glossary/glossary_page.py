"""Glossary: every measure there is, what it means and how it is counted; the levels, and what may be derived."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import streamlit as st

from cubes import catalogue
from data.store.warehouse import Profile
from pages.manage.glossary.derivation_words import derivations
from pages.manage.glossary.glossary_entries import GlossaryEntry, asked_by, glossary_entries, level_rows
from pages.manage.glossary.glossary_html import by_subject
from pages.manage.shared.html_tables import TableCell, table
from pages.manage.shared.manage_style import looks, ready
from pages.ui import session
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.style.formats import count_text
from pages.ui.width_watch import is_narrow

STYLE = Path(__file__).with_name("glossary.css")
TEXT = "glossary-text"


@session.fragment
def glossary() -> None:
    session.read_own_url()
    looks()
    st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")
    profile = session.warehouse().profile
    page_title(
        "Glossary", "Every measure there is: what it means, how it is counted, what it may be asked by."
    )
    with card("glossary-find"):
        text = st.text_input("Find a measure by its name or its words", key=TEXT)
    shown = [each for each in glossary_entries(profile) if each.holds(text)]
    for group, entries in groupby(shown, key=lambda each: each.group):
        of_cube(group, list(entries), profile, folded=is_narrow() and not text.strip())
    if not shown:
        empty_state("No measure is called so", "Try a part of a word.", key="no-measure", drawing="filter")
    if not text.strip():
        levels(profile)
        derived()
    ready("glossary", count=len(shown))


def of_cube(group: str, entries: Sequence[GlossaryEntry], profile: Profile, folded: bool) -> None:
    cube = next((each for each in map(session.cube, catalogue.CUBES) if each.label == group), None)
    by = asked_by(cube, profile) if cube else "By the levels that both cubes have."
    loaded = "" if any(each.href for each in entries) else " Nothing is loaded for them yet."
    with card(f"glossary-{group}"):
        section(group, f"{count_text(len(entries), 'measure')}. {by}{loaded}")
        st.html(f'<div class="glossary">{by_subject(entries, folded)}</div>')


def levels(profile: Profile) -> None:
    with card("glossary-levels"):
        section(
            "Levels",
            "What measures are asked by, from coarse to fine, and how many members are known of each.",
        )
        rows = level_rows(map(session.cube, catalogue.CUBES), profile)
        table(("Dimension", "Levels"), [tuple(map(TableCell, row)) for row in rows], "levels", "Levels")


def derived() -> None:
    with card("glossary-derived"):
        section("Derived from a measure", "Written after its name, such as revenue:share_of_total.")
        rows = [
            (TableCell(name), TableCell(written), TableCell(said)) for name, written, said in derivations()
        ]
        table(("What", "Written", "It says"), rows, "derivations", "What is derived from a measure")


glossary()
