"""One partner opened: its dated course, what was agreed and decided, and the scorecard on which each decision stood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from data.access.deed import Deed
from data.collaborate import partner_agreements
from data.collaborate.partner_agreements import PartnerAgreement, agreements, number_of
from data.errors import BadRequest
from data.lifecycle.partner_event_words import CHOSEN, EVENTS, LEFT, RENEWED, SIGNED
from data.operational.plain_names import LONGEST_TEXT
from mining.partners.partner_scorecard import record_table
from pages.collaborate.found_partner_life import FoundPartnerLife
from pages.explore.written_deeds import Standing, as_seen
from pages.manage.shared.html_tables import TableCell, table
from pages.service.service_deeds import once, said, turn
from pages.ui import session
from pages.ui.allowed_deeds import for_deed, may
from pages.ui.local_time import in_words, today
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import format_day

HEADS = {"chosen": "Chosen", "signed": "Signed", "trained": "Trained", "renewed": "Renewed", "suspended": "Suspended",
         "left": "Left"}  # fmt: skip
WITH_END = (SIGNED, RENEWED)
DECISIONS = frozenset({CHOSEN, RENEWED, LEFT})
Scorecard = Callable[[], Mapping[str, Any] | None]


def opened_partner_card(
    found: FoundPartnerLife, partner: str, shut: Callable[[], None], scorecard: Scorecard
) -> None:
    """All that is known of a partner's life. `scorecard` gives today's, as a decision keeps it."""
    row = found.partners.filter(pl.col("partner") == partner).row(0, named=True)
    with card("opened-partner"):
        with st.container(horizontal=True, vertical_alignment="center", key="partner-heading"):
            section(str(row["name"]), _where(row))
            st.space("stretch")
            st.button(
                "Back to all",
                key="partner-shut",
                type="tertiary",
                icon=":material/arrow_back:",
                on_click=shut,
            )
        _course(found, int(row["code"]))
        _events(found, int(row["code"]))
        _record(int(row["code"]), scorecard)
    _decisions(int(row["code"]))


def _where(row: Mapping[str, Any]) -> str:
    if row["stage"] is None:
        return f"{row['type']}. Nothing has happened with it yet."
    listed = f" Its list calls it {row['listed_as']}." if row["listed_as"] not in (None, "(unknown)") else ""
    return f"{row['type']}, in {row['stage']} since {format_day(row['since'])}.{listed}"


def _course(found: FoundPartnerLife, code: int) -> None:
    own = found.spells.frame.filter(pl.col("subject") == code)
    rows = [
        (
            TableCell(stage),
            TableCell(format_day(since)),
            TableCell(f"{days:,}{' so far' if is_open else ''}", number=True),
        )
        for stage, since, days, is_open in own.select("stage", "since", "days", "is_open").iter_rows()
    ]
    if rows:
        table(
            ("Stage", "Since", "#Days"), rows, "partner-course", "Stages of the partner, the earliest first"
        )


def _events(found: FoundPartnerLife, code: int) -> None:
    own = found.events.filter(pl.col("code") == code).reverse()
    if own.is_empty():
        st.html('<p class="clientela-quiet">Nothing was agreed or recorded yet.</p>')
        return
    rows = [
        (
            TableCell(format_day(each["day"])),
            TableCell(HEADS.get(each["kind"], each["event"]) + ("" if each["kind"] else " (unknown word)")),
            TableCell(format_day(each["until"]) if each["until"] else ""),
            TableCell(each["note"] or ""),
            TableCell(each["by"] or "a source", "quiet"),
        )
        for each in own.iter_rows(named=True)
    ]
    table(("Day", "What", "Until", "Note", "By"), rows, "partner-events", "What happened, the latest first")


@for_deed(Deed.PARTNER)
def _record(code: int, scorecard: Scorecard) -> None:
    """The form that records what was agreed."""
    store, name = session.warehouse(), f"partner-record-{code}"
    try:
        number = number_of(store, code)
    except BadRequest as error:
        st.html(f'<p class="clientela-quiet">{escape(error.problem)} {escape(error.remedy)}</p>')
        return
    mine = [each.said for each in agreements(store) if each.partner == number]
    at, seen = turn(name), as_seen(*mine)
    key = f"{name}-{at}"

    def pressed() -> bool:
        typed = {
            field: st.session_state.get(f"{key}-{field}")
            for field in ("event", "on", "until", "note", "keep")
        }
        event, on, until = str(typed["event"]), typed["on"], typed["until"]
        kept = scorecard() if typed["keep"] and event in DECISIONS else None
        new = PartnerAgreement(
            number,
            event,
            on if isinstance(on, date) else today(),
            until if isinstance(until, date) and event in WITH_END else None,
            str(typed["note"] or ""),
            kept,
        )
        return _said(f"Recorded: {partner_agreements.words_of(new)}.", new, seen)

    with st.popover("Record", icon=":material/edit_note:", key=f"{key}-way"), st.form(key, border=False):
        with st.container(horizontal=True, gap="small"):
            st.selectbox("What", EVENTS, key=f"{key}-event", format_func=HEADS.__getitem__, width=170)
            st.date_input("On", today(), max_value=today(), key=f"{key}-on", width=160)
            st.date_input(
                "Until", None, key=f"{key}-until", width=160, max_value=today() + timedelta(36_500),
                help="When an agreement that was signed or renewed ends; leave it out where it has no end.",
            )  # fmt: skip
        st.text_area("Note or reason", key=f"{key}-note", max_chars=LONGEST_TEXT, height=80)
        st.checkbox("Keep today's scorecard with a decision (chosen, renewed, left)", True, key=f"{key}-keep")
        st.form_submit_button(
            "Save", type="primary", key=f"{key}-save", on_click=lambda: once(name, at, pressed)
        )


def _said(sentence: str, new: PartnerAgreement, standing: Standing) -> bool:
    return said(
        sentence,
        lambda _store, who, on: partner_agreements.record_agreement(session.warehouse(), new, who, on),
        lambda _store, statement, who: partner_agreements.take_back(session.warehouse(), statement, who),
        standing,
    )


def _decisions(code: int) -> None:
    """What was said here, each with a way to take it back; decisions with the scorecard of their day."""
    store = session.warehouse()
    try:
        number = number_of(store, code)
    except BadRequest:
        return
    mine = [each for each in agreements(store) if each.partner == number]
    if not mine:
        return
    with card("partner-decisions"):
        section(
            "What was recorded here", "A decision keeps the scorecard on which it was taken, as it was then."
        )
        for each in reversed(mine):
            at = f", {in_words(each.at)}" if each.at else ""
            with st.container(horizontal=True, vertical_alignment="center", key=f"agreement-{each.said}"):
                what = partner_agreements.words_of(each).capitalize()
                note = f". {escape(each.note)}" if each.note else ""
                st.html(f"<p><b>{escape(what)}</b> by {escape(each.by)}{escape(at)}{note}</p>")
                st.space("stretch")
                if may(Deed.PARTNER):
                    st.button("Take back", key=f"agreement-back-{each.said}", type="tertiary", icon=":material/undo:",
                              on_click=partial(_taken_back, each.said))  # fmt: skip
            if each.scorecard:
                _scorecard(each)


def _taken_back(statement: str) -> None:
    def deed(_store: object, who: str, _standing: Standing) -> str:
        partner_agreements.take_back(session.warehouse(), statement, who)
        return ""

    said("Taken back: it counts no longer. Both are kept.", deed, None)


def _scorecard(each: PartnerAgreement) -> None:
    """The scorecard as it was when the decision was taken."""
    held = each.scorecard or {}
    with st.expander(f"The scorecard on {format_day(each.on)}", key=f"scorecard-{each.said}"):
        notes = [str(told) for told in held.get("notes", ()) if told]
        for told in notes[:10]:
            st.html(f'<p class="clientela-quiet">{escape(told)}</p>')
        frame = record_table(held)
        span = f"Figures from {held.get('since')} to {held.get('until')}, ranked by {held.get('method')}."
        st.html(f'<p class="clientela-quiet">{escape(span)}</p>')
        frame_view(
            frame, f"scorecard-frame-{each.said}", {"share_first": "percent"}, height=whole_height(frame)
        )
