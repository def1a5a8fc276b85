"""What answered a question: the source of every number, why not another, and the SQL that says the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import streamlit as st

from cubes.aggregates.aggregate import Refused
from cubes.ask.answer import Answer
from cubes.ask.explanation import Explained
from cubes.cells.reason import Because
from data import environment
from pages.ui import session
from pages.ui.style.formats import number_text
from pages.ui.style.told_sentences import in_language


def time_told(told: session.Told) -> str:
    """How long this answer took, and whether it was there already."""
    time = f"{number_text(told.milliseconds)} ms" if told.milliseconds >= 1 else "less than 1 ms"
    return f"answered from memory in {time}" if told.kept else f"answered in {time}"


def source(answer: Answer, time: str) -> None:
    """The popover behind the button SQL; `time` says how long the answer took."""
    opened = st.popover(
        "SQL", icon=":material/code:", type="tertiary", width="content", key="sql", on_change="rerun"
    )
    if not opened.open:
        return
    with opened:
        # A popover lies outside the page's root, which alone knows whether it is light or dark.
        st.html(f'<style>[data-testid="stPopoverBody"] {{ color-scheme: {session.colours().name}; }}</style>')
        st.html(
            f'<div class="clientela-source" data-testid="answer-source"><span>Answered from</span>'
            f"<b>{escape(crossed(in_language(answer.source)))}</b><span>{escape(time)}</span></div>"
        )
        with st.expander("Why from there", icon=":material/alt_route:"):
            st.html(listed(answer.explain))
        st.caption("The SQL of every number, with its parameters written in.")
        if environment.engine():
            st.caption("Written as for one machine; what the cluster is asked is the same in its own words.")
        st.code(answer.sql, language="sql", wrap_lines=True)


def crossed(text: str) -> str:
    """Levels as people read them: multiplied with their proper sign, and spaced."""
    return text.replace(" x ", " × ").replace("_", " ")


def by_reason(explained: Iterable[Explained]) -> dict[Because, list[str]]:
    """The sources that were not read by why they were not: those alike stand together."""
    found: dict[Because, list[str]] = {}
    for each in explained:
        if isinstance(each, Refused):
            found.setdefault(each.why, []).append(crossed(each.other))
    return found


def listed(explained: Sequence[Explained]) -> str:
    """An explanation as two lists: what was read, and what was not."""
    read = (crossed(in_language(each.sentence)) for each in explained if not isinstance(each, Refused))
    items = "".join(f"<li>{escape(each)}</li>" for each in read)
    rows = "".join(
        f"<dt>{escape(sentence[:1].upper() + sentence[1:])}</dt>"
        f"<dd>{''.join(f'<span>{escape(other)}</span>' for other in others)}</dd>"
        for sentence, others in (
            (in_language(why.sentence), others) for why, others in by_reason(explained).items()
        )
    )
    others = f'<p>Not from these, and why</p><dl data-testid="refused-sources">{rows}</dl>' if rows else ""
    return f'<div class="clientela-explain"><ul>{items}</ul>{others}</div>'
