"""The first step: files uploaded, or one named on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from data.access.deed import Deed
from data.errors import WarehouseError
from data.load import Mapping
from data.load.mappings import kept_mappings
from pages.manage.files.data_page_state import attempt, current
from pages.manage.files.first_draft import begin, with_more
from pages.manage.files.mapping_draft import Draft
from pages.manage.shared import allowed_folders, uploaded_files
from pages.manage.shared.coloured_notes import step
from pages.ui import session
from pages.ui.allowed_deeds import for_deed
from pages.ui.page_states import card

ROUND = "data-round"
KINDS = [each.removeprefix(".") for each in allowed_folders.BROUGHT]


@for_deed(Deed.LOAD)
def bring() -> None:
    with card("bring"):
        step(
            1,
            "Bring your files",
            "CSV, Excel or Parquet: order lines, customers, products, stock … A mapping (TOML) may come along.",
        )
        left, right = st.columns(2, gap="large")
        with left:
            uploader("Upload files")
        with right:
            on_this_machine()


def uploader(label: str) -> None:
    key = f"data-files-{st.session_state.setdefault(ROUND, 0)}"
    st.file_uploader(
        label,
        type=KINDS,
        accept_multiple_files=True,
        key=key,
        on_change=lambda: received(st.session_state[key]),
        help="Several at once, where they belong together.",
    )


def received(files: Sequence[uploaded_files.Upload]) -> None:
    """Keep what was uploaded, and begin with it; or add it to what is there."""
    if not files:
        return
    st.session_state[ROUND] += 1
    draft = current()
    if draft is not None and draft.uploaded:
        uploaded_files.keep(files, draft.folder)
        names = {uploaded_files.plain_name(file.name) for file in files}
        mapped = any(name.lower().endswith(".toml") for name in names)
        more = [path for path in sorted(draft.folder.iterdir()) if path.name in names]
        attempt(lambda: _begun(draft.folder) if mapped else with_more(draft, more))
        return
    folder = uploaded_files.keep(files)
    if not attempt(lambda: _begun(folder)):
        uploaded_files.remove(folder)


def _begun(folder: Path) -> Draft:
    return begin(sorted(folder.iterdir()), (folder,), True, known())


def known() -> tuple[Mapping, ...]:
    """The mappings by which the warehouse was loaded."""
    try:
        return kept_mappings.every(session.warehouse())
    except WarehouseError:
        return ()


def on_this_machine() -> None:
    key = "data-named"
    st.selectbox(
        "Or name a file on this machine",
        allowed_folders.listed(),
        index=None,
        key=key,
        format_func=within,
        accept_new_options=True,
        placeholder="Choose, or write its path",
        on_change=lambda: named(st.session_state[key]),
        help="Only files in the folders below can be read.",
    )
    where = ", ".join(short(str(each)) for each in allowed_folders.allowed())
    st.html(f'<p class="clientela-quiet">Read from {escape(where)}; CLIENTELA_FOLDERS names others.</p>')


def beside(draft: Draft) -> None:
    """Other files of the folder that is being read, to be read with them."""
    have = {entry.path for entry in draft.entries}
    others = [path for path in allowed_folders.tables(draft.folder, draft.roots) if path not in have]
    key = f"data-beside-{len(have)}"
    st.multiselect(
        "Files beside these",
        others,
        key=key,
        format_func=lambda path: path.name,
        placeholder="Choose" if others else "There are no others",
        disabled=not others,
    )
    st.button("Add", key="data-add", on_click=lambda: added(draft, st.session_state[key]))


def added(draft: Draft, paths: Sequence[Path]) -> None:
    if paths:
        attempt(lambda: with_more(draft, paths))


def within(path: str) -> str:
    """A listed path as it is said from its folder."""
    inside = next((each for each in allowed_folders.allowed() if Path(path).is_relative_to(each)), Path.cwd())
    return str(Path(path).relative_to(inside)) if Path(path).is_relative_to(inside) else path


def short(path: str) -> str:
    """A path as it is said from the folder in which Clientela runs."""
    here = Path(path)
    return str(here.relative_to(Path.cwd())) if here.is_relative_to(Path.cwd()) else path


def named(text: str | None) -> None:
    if not text:
        return

    def opened() -> Draft:
        path = allowed_folders.named(text)
        if path.suffix.lower() != ".toml":
            return begin([path], allowed_folders.allowed(), False, known())
        return begin(
            [path, *allowed_folders.tables(path.parent, allowed_folders.allowed())],
            allowed_folders.allowed(),
            False,
        )

    attempt(opened)
