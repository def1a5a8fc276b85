"""What models say of customers goes back to the warehouse, dated, and the cube of scores tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import polars as pl
import streamlit as st

from cubes.query import Query
from data.access.deed import Deed
from data.model import scoring as scorings
from data.model.scoring import SavedScoring, Scoring
from data.store.saved_scores import save_scores, take_back
from pages.discover.mined_slice import explore_link
from pages.explore.explore_view import Chart, View
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.attempted_write import attempt, tell
from pages.ui.controls import as_plain
from pages.ui.style.formats import count_text, format_day
from pages.ui.style.told_sentences import in_language

SAID = "scores-said"


@dataclass(frozen=True, slots=True)
class ScoresOffered:
    """What a page can save: `score`, by which it knows its own scorings again, `words` for the button, and `explored`,
    the question that Explore opens with. `made` gives the frame and the scoring once somebody asks. Raises BadRequest.
    """

    score: str
    words: str
    explored: Query
    made: Callable[[], tuple[pl.DataFrame, Scoring]]


def saving(offered: ScoresOffered) -> None:
    """The button that saves, what was saved last with the way to take it back, and the way to Explore."""
    last = last_scoring(offered.score)
    with st.container(horizontal=True, vertical_alignment="center", key="scores-saving"):
        if may(Deed.WRITE) and st.button(
            "Save as scores", key="scores-save", icon=":material/save:", help=offered.words
        ):
            attempt(partial(_save, offered), SAID)
        if last:
            st.caption(as_plain(in_language(last.sentence)))
            if may(Deed.WRITE) and st.button(
                "Take it back", key="scores-back", type="tertiary", icon=":material/undo:"
            ):
                attempt(partial(_take_back, last), SAID)
            explore_link("Explore scores", View(offered.explored, Chart.BARS).to_parameters())
    tell(SAID)


def last_scoring(score: str) -> SavedScoring | None:
    """The scoring that was saved last of those that tell a score, of whatever day."""
    told = (each for each in scorings.read(session.warehouse().rows) if score in each.scores)
    return max(told, key=lambda each: each.number, default=None)


def _save(offered: ScoresOffered) -> str:
    frame, scoring = offered.made()
    done = save_scores(session.warehouse().path, frame, scoring)
    return (
        f"Saved scores of {count_text(done, 'customer')}, as of the close of {format_day(scoring.scored_on)}."
    )


def _take_back(last: SavedScoring) -> str:
    take_back(session.warehouse().path, last.number)
    return f"The scores of {format_day(last.scoring.scored_on)} are taken back."
