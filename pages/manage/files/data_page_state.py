"""What this session is doing on the page Data: the file it mends, the load it watches, what was told last."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from data.errors import ClientelaError
from pages.manage.files.mapping_draft import Draft
from pages.manage.shared import uploaded_files
from pages.manage.shared.coloured_notes import note
from pages.manage.shared.load_jobs import Demonstration, Job, Order, desk
from pages.ui import session

DRAFT, JOB, PROBLEM, SAID, TEXT = "data-draft", "data-job", "data-problem", "data-said", "data-text"


def current() -> Draft | None:
    """The file that is being mended."""
    draft: Draft | None = st.session_state.get(DRAFT)
    return draft


Edit = Callable[[Draft], Draft]
Change = Callable[[Edit], bool]


def changing(drawn: Draft) -> Change:
    """What every change of the draft that was drawn goes through; whether it was made.

    It is made of the draft as it is by then, in the part that was looked at. One of files that are not being mended
    any more comes too late: a browser sends what stood in a text when the text goes away.
    """

    def change(edit: Edit) -> bool:
        now = current()
        late = now is None or now.folder != drawn.folder or drawn.seen not in now.entries
        if now is None or late or desk().under_way() is not None:
            return True
        try:
            changed = edit(now) if now.seen == drawn.seen else edit(now.look(drawn.seen)).look(now.seen)
        except ClientelaError as error:
            refused(error)
            return False
        st.session_state[DRAFT] = changed
        forget_problem()
        return True

    return change


def take(draft: Draft | None) -> None:
    """Begin with another file, or with none; what was told of an earlier load has been read by then."""
    old = current()
    if old is not None and old.uploaded and (draft is None or draft.folder != old.folder):
        uploaded_files.remove(old.folder)
    st.session_state[DRAFT] = draft
    forget_problem()
    put_away()


def forget_problem() -> None:
    st.session_state.pop(PROBLEM, None)
    st.session_state.pop(TEXT, None)


def put_away() -> None:
    """No report is shown any more."""
    st.session_state.pop(JOB, None)
    session.write_url({})


def refused(error: ClientelaError) -> None:
    st.session_state[PROBLEM] = (error.problem, error.remedy)


def attempt(make: Callable[[], Draft]) -> bool:
    """Begin with the draft that `make` gives; else keep what is wrong, in words."""
    try:
        take(make())
    except ClientelaError as error:
        refused(error)
        return False
    return True


def drop(order: Order) -> None:
    """What was loaded needs no mending any more."""
    draft = current()
    if draft is not None and draft.mapping == order.mapping:
        st.session_state[DRAFT] = None


def say(sentence: str) -> None:
    """Something to be told once, by the next run."""
    st.session_state[SAID] = sentence


def told() -> None:
    """What the last click did, or why it could not."""
    if SAID in st.session_state:
        note(st.session_state.pop(SAID), tone="good", mark="data-said")
    if PROBLEM in st.session_state:
        problem, remedy = st.session_state[PROBLEM]
        note(problem, remedy, "bad", "data-refused")


def watched() -> Job | None:
    """The load that this address names or this session began, else whatever load is under way."""
    named = session.read_own_url("load")["load"] or st.session_state.get(JOB, "")
    return desk().job(named) or desk().under_way()


def started(order: Order | Demonstration) -> None:
    job = desk().start(order)
    st.session_state[JOB] = job.id
    session.write_url({"load": [job.id]})
    forget_problem()
