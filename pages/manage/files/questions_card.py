"""Questions between the fields and the preview: each in words, answered with one click, taken back with another."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from html import escape

import streamlit as st

from data.load.evidence.notice import WayOut
from data.load.mappings.mapping import Part
from pages.manage.files.data_page_state import Change
from pages.manage.files.file_questions import FileQuestion
from pages.manage.files.mapping_draft import Draft
from pages.ui.controls import as_plain
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text


def questions_card(draft: Draft, found: tuple[FileQuestion, ...], change: Change) -> None:
    """Draw what was noticed, what was answered last, and what was settled before."""
    settled = [(part, name) for part in draft.mapping.parts for name in part.settled]
    if not found and not draft.answers and not settled:
        return
    with card("questions"):
        section("Questions", summary(found))
        for at, question in enumerate(found):
            _question(draft, at, question, change)
        _answered(draft, change)
        if settled:
            _settled(settled, change)


def summary(found: tuple[FileQuestion, ...]) -> str:
    """How many there are, and how many of them hold the load back."""
    asked = sum(bool(each.notice.asks) for each in found)
    stopping = sum(each.notice.stops for each in found)
    if not found:
        return "Nothing is left to decide."
    if not asked:
        return "Nothing to decide, but to know."
    waits = f"; the load waits for {'it' if stopping == asked == 1 else stopping}" if stopping else ""
    return f"{count_text(asked, 'question')} about what was noticed in the first rows{waits}."


def holding_back(found: tuple[FileQuestion, ...]) -> str:
    """Why the load waits; empty where it does not."""
    stopping = [each for each in found if each.notice.stops]
    if not stopping:
        return ""
    how_many = "A question waits" if len(stopping) == 1 else f"{len(stopping)} questions wait"
    return f"{how_many} for an answer above."


def _question(draft: Draft, at: int, question: FileQuestion, change: Change) -> None:
    notice, several = question.notice, len(draft.mapping.parts) > 1
    tone = "bad" if notice.stops else "look" if notice.asks else "plain"
    where = f"{question.part.kind.label}, {question.entry.path.name}: " if several else ""
    asks = f"<b>{escape(notice.asks)}</b> " if notice.asks else ""
    waits = "<small>the load waits</small> " if notice.stops else ""
    with st.container(gap="xsmall", key=f"question-{at}"):
        st.html(
            f'<div class="data-note {tone}" data-testid="question" data-name="{escape(notice.name)}">'
            f"{asks}{waits}<span>{escape(where)}{escape(notice.words)}</span></div>"
        )
        with st.container(horizontal=True, gap="small"):
            for place, choice in enumerate(notice.choices):
                st.button(
                    as_plain(choice.label),
                    key=f"answer-{question.part.subject}-{notice.name}-{place}",
                    on_click=partial(_answer, change, question, choice),
                    help=_toml(question, choice),
                )


def _toml(question: FileQuestion, choice: WayOut) -> str | None:
    """What the answer writes into the mapping, for those who want to know."""
    says = replace(choice, part=question.after(choice)).says(question.part)
    return f"```toml\n{says}\n```" if says else None


def _answer(change: Change, question: FileQuestion, choice: WayOut) -> None:
    words = f"Answered: {question.notice.asks or question.notice.words} {choice.label}"
    change(lambda each: each.answered(words, question.after(choice)))


def _answered(draft: Draft, change: Change) -> None:
    """The last answer, and the way back."""
    if not draft.answers:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="answered"):
        st.html(f'<p class="clientela-quiet" data-testid="answered">{escape(draft.answers[-1].words)}</p>')
        st.button("Undo", key="answer-undo", type="tertiary", icon=":material/undo:",
                  on_click=lambda: _undone(change))  # fmt: skip


def _undone(change: Change) -> None:
    change(lambda each: each.unanswered())


def _settled(settled: list[tuple[Part, str]], change: Change) -> None:
    """What somebody called as it should be, here or in the mapping that was brought."""
    with st.expander(f"{count_text(len(settled), 'question')} settled: as it should be", key="settled"):
        for part, name in settled:
            with st.container(
                horizontal=True, vertical_alignment="center", key=f"settled-{part.subject}-{name}"
            ):
                st.markdown(f"{as_plain(part.kind.label)} · {as_plain(name)}")
                st.button("Ask again", key=f"again-{part.subject}-{name}", type="tertiary",
                          on_click=partial(_again, change, part.subject, name))  # fmt: skip


def _again(change: Change, subject: str, name: str) -> None:
    change(lambda each: each.asked_again(subject, name))
