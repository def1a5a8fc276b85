"""The second and third step: the mapping mended, its first rows looked at, the load begun."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data import environment
from data.errors import ClientelaError
from data.load.checking.other_firm import other_firm
from data.people.export_note import exporting
from pages.manage.files.data_page_state import TEXT, Change, changing, refused, started
from pages.manage.files.fields_form import attributes_form, fields_form, reading_form, reading_in_words
from pages.manage.files.file_questions import questions
from pages.manage.files.files_card import files_card
from pages.manage.files.join_or_replace import ADD, INSTEAD, WAITS, place
from pages.manage.files.look_up_form import look_up_form
from pages.manage.files.mapping_draft import Draft
from pages.manage.files.preview_card import preview_card
from pages.manage.files.questions_card import holding_back, questions_card
from pages.manage.files.zone_choice import zone_choice
from pages.manage.shared import allowed_folders, uploaded_files
from pages.manage.shared.coloured_notes import step
from pages.manage.shared.load_jobs import Order
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.offered_files import offering
from pages.ui.page_states import card


def mend(draft: Draft, batches: pl.DataFrame, simulated: bool) -> tuple[str, dict[str, object]]:
    """Draw the files, their mapping and its preview; the state for those who wait."""
    change = changing(draft)
    files_card(draft, change)
    with card("mapping"):
        mapping_form(draft, change)
    asked = questions(draft)
    questions_card(draft, asked, change)
    with card("preview"):
        through = " through this mapping" if draft.seen.role.is_rows else ""
        step(3, "Look, then load", f"The first rows of {draft.seen.path.name}{through}.")
        blocked, problems = preview_card(draft, holding_back(asked))
        goes = place(draft, batches, simulated)
        zone = zone_choice(draft, goes == INSTEAD or batches.is_empty())
        blocked = blocked or ("" if goes else WAITS)
        load_bar(draft, goes, zone, blocked)
    return "draft", {
        "fields": " ".join(sorted(draft.part.filled)) if draft.seen.role.is_rows else "",
        "blocked": blocked,
        "goes": goes,
        "problems": problems,
        "columns": len(draft.columns),
        "questions": len(asked),
        "seen": draft.seen.path.name,
    }


def mapping_form(draft: Draft, change: Change) -> None:
    """The fields of the file that is looked at, and the mapping as text."""
    role = draft.seen.role
    if role.is_rows:
        whose = f" in {draft.seen.path.name}" if len(draft.entries) > 1 else ""
        proposed = "Proposed from names and values; mend what is wrong."
        step(2, f"{role.label}: say which column is which{whose}", proposed)
        fields_form(draft, change)
        attributes_form(draft, change)
        reading = as_plain(reading_in_words(draft.part))
        with st.expander(f"How the file is read: {reading}", key="reading"):
            reading_form(draft, change)
    elif role.look_up:
        step(2, f"Say how {draft.seen.path.name} is looked up",
             "Each row gets the columns of the row here that is the same in the column chosen.")  # fmt: skip
        look_up_form(draft, change)
    else:
        step(2, f"{draft.seen.path.name} is not used", "Say above what it holds, or leave it.")
    with st.expander("The mapping as text", key="as-text"):
        as_text(draft, change)


def as_text(draft: Draft, change: Change) -> None:
    """The mapping to be written by hand; what was refused stays to be mended."""
    key = "mapping-text"
    st.session_state[key] = st.session_state.get(TEXT) or draft.mapping.to_toml()

    def parsed(each: Draft) -> Draft:
        changed = each.mapped_as(st.session_state[key])
        allowed_folders.check_files(changed.mapping, changed.folder, changed.roots)
        return changed

    def written() -> None:
        text = st.session_state[key]
        if not change(parsed):
            st.session_state[TEXT] = text

    label = "Mapping in TOML, as docs/mapping.md describes"
    st.text_area(label, key=key, height=320, on_change=written)


def load_bar(draft: Draft, goes: str, zone: str | None, blocked: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="load-bar"):
        st.space("stretch")
        with offering("mapping-files") as offer:
            offer.file(
                "Download mapping",
                lambda: _written(draft),
                f"{uploaded_files.plain_name(draft.mapping.source)}.toml",
                "application/toml",
                "mapping-download",
            )
        st.button(
            "Load",
            key="data-load",
            type="primary",
            icon=":material/database_upload:",
            disabled=bool(blocked),
            help=blocked or None,
            on_click=lambda: begin_load(draft, goes, zone),
        )


def _written(draft: Draft) -> bytes:
    exporting("mapping")
    return draft.mapping.to_toml().encode()


def begin_load(draft: Draft, goes: str, zone: str | None) -> None:
    path = environment.warehouse().resolve()
    try:
        allowed_folders.check_files(draft.mapping, draft.folder, draft.roots)
        instead = session.warehouse().version if goes == INSTEAD else ""
        same = goes == ADD and bool(other_firm(path, draft.mapping))
        started(Order(draft.mapping, path, draft.uploaded, instead, zone, same))
    except ClientelaError as error:
        refused(error)
