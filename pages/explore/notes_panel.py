"""The panel of notes on a number: what was written about it, and a place to write."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from cubes.analysis.seen_statements import seen_notes
from cubes.model import Cube
from cubes.query import Query
from data import environment
from data.access.deed import Deed
from data.errors import BadRequest, WarehouseError
from data.operational import notes, operational_store
from data.operational.notes import Note, NotePlace
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_TEXT
from data.operational.statement_kinds import SourceNumber
from data.review.customer_records import number_of
from pages.explore.written_deeds import do, tell
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.controls import as_plain
from pages.ui.local_time import in_words

STATE, SAID, GONE, WRITTEN = "note", "note-said", "note-deleted", "note-written"
ICON = ":material/sticky_note_2:"


@dataclass(frozen=True, slots=True)
class NotedNumber:
    """The number that the panel is open for, in words, and the customer whose it is, if it is one's."""

    place: NotePlace
    title: str
    customer: SourceNumber | None


def about(query: Query, cube: Cube) -> SourceNumber | None:
    """The customer that a question is about, with whom a note goes. Errors: BadRequest where there are several."""
    cuts = [cut for cut in query.cuts if cube.level(cut.level).is_customer]
    cuts = [cut for cut in cuts if not cut.by_rule] or cuts
    if any(cut.exclude or len(cut.members) != 1 for cut in cuts):
        raise BadRequest(
            "This number is of several customers that the filter names.",
            "Write the note on one of them, or take that filter away.",
        )
    return number_of(session.warehouse(), cuts[0].members[0]) if cuts else None


def open_notes(place: NotePlace, title: str, query: Query, cube: Cube) -> None:
    """Open the panel; for callbacks. `query` is the number's own, which says whether it is one customer's."""
    try:
        st.session_state[STATE] = NotedNumber(place, title, about(query, cube))
    except BadRequest as error:
        st.session_state[STATE] = error


def all_notes() -> tuple[Note, ...]:
    """What others wrote and one may see, the oldest first; nothing where it cannot be read: numbers stand without."""
    store = session.warehouse()
    try:
        return seen_notes(store, notes.notes(operational_store.of(store)))
    except WarehouseError:  # who writes or opens what is kept is told
        return ()


def told(note: Note) -> str:
    """A note where it is pointed at."""
    return f"{note.text}\n{note.author}, {in_words(note.written_at)}"


def notes_panel() -> None:
    """Draw the panel where it is open."""
    opened = st.session_state.get(STATE)
    if isinstance(opened, BadRequest):
        st.dialog("Note", icon=ICON, on_dismiss=_close)(lambda: _refused(opened))()
    elif isinstance(opened, NotedNumber):
        st.dialog(as_plain(opened.title), icon=ICON, on_dismiss=_close)(lambda: _body(opened))()


def _close() -> None:
    for name in (STATE, SAID, GONE, WRITTEN):
        st.session_state.pop(name, None)


def _refused(error: BadRequest) -> None:
    st.markdown(as_plain(error.problem))
    st.caption(as_plain(error.remedy or ""))


def _body(opened: NotedNumber) -> None:
    # A dialog lies outside the page's root, which alone knows whether it is light or dark.
    st.html(f'<style>[data-testid="stDialog"] {{ color-scheme: {session.colours().name}; }}</style>')
    for each in all_notes():
        if each.place == opened.place:
            _written(each)
    _said()
    if may(Deed.WRITE):
        _form(opened)


def _form(opened: NotedNumber) -> None:
    st.text_area("Note", key=WRITTEN, max_chars=LONGEST_TEXT, placeholder="What is to know about this number?",
                 label_visibility="collapsed")  # fmt: skip
    st.button("Save the note", key="note-save", type="primary", on_click=lambda: _save(opened))
    st.caption("Everybody reads it: on the number, and in the chart over time where it is of a period.")


def _written(note: Note) -> None:
    with st.container(horizontal=True, vertical_alignment="top", key=f"note-line-{note.id}"):
        lines = "  \n".join(as_plain(line) for line in note.text.splitlines())
        st.markdown(f"{lines}  \n:gray[{as_plain(note.author)}, {as_plain(in_words(note.written_at))}]")
        if note.author == environment.who() and may(Deed.WRITE):
            st.space("stretch")
            st.button("", key=f"note-delete-{note.id}", icon=":material/delete:", type="tertiary",
                      help="Delete", on_click=_delete, args=(note,))  # fmt: skip


def _said() -> None:
    tell(SAID)
    if GONE in st.session_state:
        st.button("Undo", key="note-undelete", icon=":material/undo:", type="tertiary", on_click=_undelete)


def _save(opened: NotedNumber) -> None:
    st.session_state.pop(GONE, None)

    def deed(store: OperationalStore) -> str:
        notes.write(store, opened.place, st.session_state[WRITTEN], environment.who(), opened.customer)
        return "Saved."

    if do(SAID, deed):
        st.session_state[WRITTEN] = ""


def _delete(note: Note) -> None:
    def deed(store: OperationalStore) -> str:
        st.session_state[GONE] = notes.delete(store, note.id, environment.who())
        return "The note is deleted."

    do(SAID, deed)


def _undelete() -> None:
    statement = st.session_state.pop(GONE)

    def deed(store: OperationalStore) -> str:
        notes.undelete(store, statement, environment.who())
        return "It is back."

    do(SAID, deed)
