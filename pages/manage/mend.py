"""The second and third step: the mapping mended, its first rows looked at, the load begun."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from data.errors import ClientelaError
from data.warehouse import default_path
from pages.manage import folders, uploads
from pages.manage.bring import uploader
from pages.manage.draft import Draft
from pages.manage.fields_form import attributes_form, fields_form, reading_form, reading_in_words
from pages.manage.job import Order
from pages.manage.notes import step
from pages.manage.preview_card import preview_card
from pages.manage.state import TEXT, attempt, go, is_current, refused, started, take
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.formats import count_text
from pages.ui.states import card

REPLACE = "data-replace"


def mend(draft: Draft, simulated: bool) -> tuple[str, dict[str, object]]:
    """Draw the file, its mapping and its preview; the state for those who wait."""
    with card("file"):
        file_line(draft)
    with card("mapping"):
        step(2, "Say which column is which", "Proposed from names and values; mend what is wrong.")
        fields_form(draft, go)
        attributes_form(draft, go)
        reading = as_plain(reading_in_words(draft.part))
        with st.expander(f"How the file is read: {reading}", key="reading"):
            reading_form(draft, go)
        with st.expander("The mapping as text", key="as-text"):
            as_text(draft)
    with card("preview"):
        step(3, "Look, then load", "The first rows through this mapping.")
        blocked, problems = preview_card(draft)
        load_bar(draft, simulated, bool(blocked))
    filled = " ".join(sorted(draft.part.filled))
    return "draft", {
        "fields": filled,
        "blocked": blocked,
        "replaces": replaces(simulated),
        "problems": problems,
        "columns": len(draft.columns),
    }


def file_line(draft: Draft) -> None:
    size = draft.lines.stat().st_size / 1e6 if draft.lines.exists() else 0
    beside = folders.beside(draft.mapping)
    more = f" · beside it {', '.join(beside)}" if beside else ""
    said = f"{size:,.1f} MB · {count_text(len(draft.columns), 'column')}{more}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(
            f'<p class="data-file data-step"><i>✓</i><b>{escape(draft.lines.name)}</b><span>{escape(said)}</span></p>'
        )
        st.space("stretch")
        if draft.uploaded:
            with st.popover("Add files", icon=":material/note_add:", type="tertiary"):
                uploader("Files that the mapping reads besides")
        st.button("Choose another file", key="data-other", type="tertiary", icon=":material/close:",
                  on_click=lambda: take(None))  # fmt: skip


def as_text(draft: Draft) -> None:
    """The mapping to be written by hand; what was refused stays to be mended."""
    key = "mapping-text"
    st.session_state[key] = st.session_state.get(TEXT) or draft.mapping.to_toml()

    def parsed() -> Draft:
        changed = draft.mapped_as(st.session_state[key])
        folders.check_files(changed.mapping, changed.lines, changed.roots)
        return changed

    def written() -> None:
        text = st.session_state[key]
        if is_current(draft) and not attempt(parsed, go):
            st.session_state[TEXT] = text

    label = "Mapping in TOML, as docs/mapping.md describes"
    st.text_area(label, key=key, height=320, on_change=written)


def load_bar(draft: Draft, simulated: bool, blocked: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="load-bar"):
        if simulated:
            st.toggle(
                "Replace the demonstration firm",
                value=st.session_state.get(REPLACE, True),
                key=REPLACE,
                help="Its warehouse is set aside and can be put back. Otherwise both are mixed.",
            )
        st.space("stretch")
        st.download_button(
            "Download mapping",
            lambda: draft.mapping.to_toml().encode(),
            f"{uploads.plain_name(draft.mapping.source)}.toml",
            "application/toml",
            key="mapping-download",
            on_click="ignore",
            icon=":material/download:",
        )
        st.button(
            "Load",
            key="data-load",
            type="primary",
            icon=":material/database_upload:",
            disabled=blocked,
            on_click=lambda: begin_load(draft, bool(replaces(simulated))),
        )


def replaces(simulated: bool) -> str:
    """Whether the load takes the demonstration firm's place, as a mark says it."""
    return "yes" if simulated and st.session_state.get(REPLACE, True) else ""


def begin_load(draft: Draft, replace_all: bool) -> None:
    path = default_path().resolve()
    try:
        folders.check_files(draft.mapping, draft.lines, draft.roots)
        whole = replace(draft.mapping, folder=draft.lines.parent)
        instead = session.warehouse().version if replace_all else ""
        started(Order(whole, draft.lines, path, draft.uploaded, instead))
    except ClientelaError as error:
        refused(error)
