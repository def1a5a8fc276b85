"""The files that were brought: what each is taken for, and which of them is looked at."""

from __future__ import annotations

from html import escape
from typing import Literal

import streamlit as st

from pages.manage.files.bring_files import beside, uploader
from pages.manage.files.change_role import take as taken
from pages.manage.files.data_page_state import Change, take
from pages.manage.files.file_roles import NOT_USED, FileEntry, offered
from pages.manage.files.mapping_draft import Draft
from pages.manage.shared.coloured_notes import note
from pages.manage.shared.source_words import size_text
from pages.ui.page_states import card
from pages.ui.style.formats import count_text

FEW, SCROLLED = 8, 330


def files_card(draft: Draft, change: Change) -> None:
    """A line a file, and the ways to bring more of them or others."""
    entries = draft.entries
    with card("file"):
        _head(draft, entries)
        height: int | Literal["content"] = "content" if len(entries) <= FEW else SCROLLED
        with st.container(gap="xsmall", height=height, border=False, key="files"):
            for at, entry in enumerate(entries):
                _line(draft, at, entry, len(entries) > 1, change)
        for part in draft.mapping.parts:
            if part.database:
                note(f"{part.kind.label}:", f"from the database {part.database}.")
        if draft.remarks:
            note("What was proposed, and why:", points=draft.remarks, mark="data-remarks")


def _head(draft: Draft, entries: tuple[FileEntry, ...]) -> None:
    files = {entry.path for entry in entries}
    idle = sum(entry.role == NOT_USED for entry in entries)
    title = count_text(len(files), "file")
    more = f"{idle} of them not used" if idle else "all of them used" if len(files) > 1 else ""
    with st.container(horizontal=True, vertical_alignment="center", key="files-head"):
        st.html(f'<p class="data-file data-step"><i>✓</i><b>{title}</b><span>{escape(more)}</span></p>')
        st.space("stretch")
        with st.popover("Add files", icon=":material/note_add:", type="tertiary"):
            if draft.uploaded:
                uploader("Files that belong to these")
            else:
                beside(draft)
        st.button("Start over", key="data-other", type="tertiary", icon=":material/close:",
                  help="Puts these files away; nothing was loaded.", on_click=lambda: take(None))  # fmt: skip


def _line(draft: Draft, at: int, entry: FileEntry, several: bool, change: Change) -> None:
    """One file: its name and size, what it is taken for, and whether its fields are below."""
    key = f"role-{at}-{entry.path.name}-{entry.role.label}"
    st.session_state[key] = entry.role
    seen = entry == draft.seen

    def chose() -> None:
        role = st.session_state[key]
        change(lambda each: taken(each, entry, role))

    def show() -> None:
        change(lambda each: each.look(entry))

    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"file-{at}"):
        mark = ' data-seen="yes"' if seen else ""
        st.html(
            f'<p class="data-file" data-testid="data-file" data-role="{entry.role.label}"{mark}>'
            f"<b>{escape(entry.path.name)}</b><span>{escape(told(draft, entry))}</span></p>"
        )
        st.space("stretch")
        with st.container(width=250):
            st.selectbox(
                f"What {entry.path.name} holds",
                offered(part.subject for part in draft.mapping.parts),
                key=key,
                format_func=lambda role: role.label,
                on_change=chose,
                label_visibility="collapsed",
            )
        if several:
            with st.container(width=90):
                st.button(
                    "Below" if seen else "Show",
                    key=f"see-{at}",
                    type="tertiary",
                    disabled=seen,
                    icon=":material/arrow_downward:" if seen else ":material/visibility:",
                    on_click=show,
                    help=f"The fields and first rows of {entry.path.name}.",
                )


def told(draft: Draft, entry: FileEntry) -> str:
    """Size, and what is done with the file."""
    size = size_text(entry.path.stat().st_size) if entry.path.exists() else "not there any more"
    if entry.role == NOT_USED:
        why = draft.reasons.get(entry.path.name, "")
        return f"{size} · not used{f': {why}' if why else ''}"
    part = draft.mapping.part(entry.role.subject)
    if part is None or entry.role.look_up:
        return size
    others = len(draft.reads(part)) - 1
    if others:
        return f"{size} · one of {others + 1} read together as {part.file}"
    return size
