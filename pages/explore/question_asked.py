"""Explore's question bar on the page: what it shows of a view, and where what is chosen in it leads."""

from __future__ import annotations

from collections.abc import Callable, Collection

import streamlit as st

from cubes.model import Cube
from data.errors import ClientelaError
from data.model.said import said
from data.operational.favourite_measures import set_favourite
from pages.explore.explore_view import View, parse_token
from pages.explore.offered_measures import measure_of_cubes
from pages.explore.question_bar_of_view import found_members, question_bar_of_view
from pages.explore.set_of_view import saved_as_set
from pages.explore.view_of_choice import view_of_choice
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.question_bar import question_bar as element
from pages.ui.question_bar.bar_choice import BarChoice
from pages.ui.seen_sets import seen_sets
from pages.ui.style.told_sentences import in_language

KEY = "explore-question"
HEARD = "explore-question-heard"
FOUND = "explore-question-found"
SAVED = "explore-question-saved"
TOLD = "explore-question-told"


def question_bar(
    view: View,
    cube: Cube,
    favourites: Collection[str],
    go: Callable[[View], None],
    stay: Callable[[], None],
) -> None:
    """Draw the question of a view; what is chosen in it leads to the next view, and what is searched for to none."""
    store = session.warehouse()
    if (
        TOLD in st.session_state
    ):  # what a callback of a fragment draws itself takes the place of the page's style
        st.toast(as_plain(st.session_state.pop(TOLD)), icon=":material/info:")

    def chosen(choice: BarChoice) -> None:
        stay()
        st.session_state[HEARD] = choice.number
        try:
            _take(choice, go)
        except ClientelaError as error:
            st.session_state[TOLD] = in_language(said("{} {}", error.problem, error.remedy))

    bar = question_bar_of_view(
        view,
        cube,
        store,
        favourites,
        st.session_state.get(FOUND),
        st.session_state.get(HEARD, 0),
        seen_sets(store),
    )
    element.question_bar(bar, KEY, chosen)


def _take(choice: BarChoice, go: Callable[[View], None]) -> None:
    store, base = session.warehouse(), parse_token(choice.base)
    cube = session.cube(base.query.cube)
    for text, is_favourite in choice.favourites:
        set_favourite(store.path, measure_of_cubes(text, cube, store.profile).name, is_favourite)
    if choice.search:
        st.session_state[FOUND] = found_members(choice.search, cube, store)
    view = view_of_choice(choice, base, cube, store.profile) if choice.asks_anew else base
    wanted = choice.save_set
    if wanted and wanted.at != st.session_state.get(SAVED):  # a choice comes again until it is heard
        st.session_state[SAVED] = wanted.at
        view = saved_as_set(view, wanted.level, wanted.name)
        st.session_state[TOLD] = f"Saved as the set “{wanted.name}”, by which the view is filtered."
    if choice.asks_anew or view != base:
        go(view)
