"""Audiences combined by and, or, but not: how they overlap as a picture, and the audience that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import reduce
from html import escape

import polars as pl
import streamlit as st

from cubes.analysis.audience_question import AudienceQuestion, Joining, OtherAudience, of
from data.errors import BadRequest
from pages.act.audience_sentences import bars_told
from pages.act.audiences_view import JOINS, MOST_PARTS, AudiencesView, CombinedPart
from pages.act.found_audiences import AudienceLine, found_overlap, line_of
from pages.ui import session
from pages.ui.audience_dialog import OfferedAudience, audience_button, offered_question
from pages.ui.audience_words import audience_words, shortened_name
from pages.ui.chart_clicks import chart
from pages.ui.controls import as_plain
from pages.ui.export_files import downloads
from pages.ui.figures.overlap_rows import overlap_rows
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text, number_text

LETTERS = "ABCDE"
Go = Callable[[AudiencesView], None]


def combine_card(view: AudiencesView, lines: Iterable[AudienceLine], go: Go) -> None:
    """The builder, and below it the picture as soon as two are chosen."""
    written = {each.audience.id: each for each in lines if each.customers is not None}
    with card("combine"):
        section(
            "Combine audiences", "Choose some: how they overlap is drawn, and what is combined is counted."
        )
        if len(written) < 2:
            st.html('<p class="clientela-quiet">Make a second audience: two or more can be combined.</p>')
            return
        try:
            view = replace(view, parts=_known(view.parts, written))
        except BadRequest as error:
            _refused(error, view, go)
            return
        _choices(view, written, go)
        if len(view.parts) < 2:
            return
        try:
            frame = found_overlap(view, written.values())
        except BadRequest as error:
            _refused(error, view, go)
            return
        _picture(view, frame, written)


def _known(parts: tuple[CombinedPart, ...], written: dict[str, AudienceLine]) -> tuple[CombinedPart, ...]:
    """The parts by ids, where the address has names. Raises BadRequest."""
    return tuple(
        replace(each, audience=line_of(written.values(), each.audience).audience.id) for each in parts
    )


def _refused(error: BadRequest, view: AudiencesView, go: Go) -> None:
    st.html(f'<p data-testid="combine-refused">{escape(str(error))}</p>')
    st.button("Choose anew", key="combine-afresh", on_click=lambda: go(view.combined(())))


def _choices(view: AudiencesView, written: dict[str, AudienceLine], go: Go) -> None:
    chosen = [each.audience for each in view.parts]
    joins = {each.audience: each.join or JOINS[0] for each in view.parts}
    st.session_state["combine-chosen"] = chosen

    def picked() -> None:
        ids = st.session_state["combine-chosen"]
        go(view.combined(tuple(CombinedPart(joins.get(each, JOINS[0]), each) for each in ids)))

    st.multiselect("Audiences, in the order in which they are taken", list(written), key="combine-chosen",
                   format_func=lambda id: written[id].audience.name, max_selections=MOST_PARTS, on_change=picked,
                   placeholder="Choose two to five")  # fmt: skip
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="combine-joins"):
        for at, each in enumerate(view.parts):
            if at:
                _join(view, at, go)
            name = as_plain(written[each.audience].audience.name)
            st.markdown(f"**{LETTERS[at]}** {name}", width="content")


def _join(view: AudiencesView, at: int, go: Go) -> None:
    """How the part at a place is joined to those before it."""
    key = f"combine-join-{at}"
    st.session_state[key] = view.parts[at].join

    def joined() -> None:
        parts = list(view.parts)
        parts[at] = replace(parts[at], join=st.session_state[key])
        go(view.combined(tuple(parts)))

    st.segmented_control(f"How {LETTERS[at]} is joined", JOINS, key=key, required=True, on_change=joined,
                         label_visibility="collapsed", width="content")  # fmt: skip


def _picture(view: AudiencesView, frame: pl.DataFrame, written: dict[str, AudienceLine]) -> None:
    question, names = combined_question(view), {id: each.audience.name for id, each in written.items()}
    said, kept = audience_words(question, names), int(frame.filter("kept")["value"].sum())
    count = count_text(kept, "customer")
    st.html(
        f'<p data-testid="combined" data-customers="{kept}"><b>{escape(f"{said}: {count}.")}</b></p>'
        '<p class="clientela-quiet">Read from left to right. A full dot: in that audience. Full bars are in what is '
        f"combined, hatched ones are not; {number_text(int(frame['value'].sum()))} in all.</p>"
    )
    figure = overlap_rows(frame, LETTERS[: len(view.parts)], session.colours())
    chart(figure, f"overlap-{view.to_parameters()}", bars_told("How the audiences overlap", frame))
    table = frame.select(pl.col("label").alias("where"), pl.col("value").alias("customers"),
                         pl.col("kept").alias("in_what_is_combined"))  # fmt: skip
    with st.expander("The same as a table", icon=":material/table:"):
        frame_view(table, "overlap-table", {"customers": "count"}, height=whole_height(table))
        downloads("clientela-overlap", lambda: table, "overlap", {"customers": "count"})
    audience_button(lambda: _offered(question, said), "combine", is_off=not kept)


def _offered(question: AudienceQuestion, said: str) -> OfferedAudience:
    return offered_question(question, shortened_name(said.replace("“", "").replace("”", "")))


def combined_question(view: AudiencesView) -> AudienceQuestion:
    """What the parts ask for together."""
    first, *rest = view.parts
    return reduce(
        lambda asked, each: asked.joined(Joining(each.join), OtherAudience(each.audience)),
        rest,
        of(OtherAudience(first.audience)),
    )
