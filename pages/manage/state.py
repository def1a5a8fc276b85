"""What this session is doing on the page Data: the file it mends, the load it watches, what was told last."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from data.errors import ClientelaError
from pages.manage import uploads
from pages.manage.draft import Draft
from pages.manage.job import Demonstration, Job, Order, desk
from pages.manage.notes import note
from pages.ui import session

DRAFT, JOB, PROBLEM, SAID, TEXT = "data-draft", "data-job", "data-problem", "data-said", "data-text"


def current() -> Draft | None:
    """The file that is being mended."""
    draft: Draft | None = st.session_state.get(DRAFT)
    return draft


def go(draft: Draft) -> None:
    """What every change of a mapping ends in; one of a file that is not being mended any more comes too late."""
    if is_current(draft):
        st.session_state[DRAFT] = draft
        forget_problem()


def is_current(draft: Draft) -> bool:
    """Whether this file is still being mended: a browser sends what stood in a text when the text goes away."""
    now = current()
    return now is not None and now.lines == draft.lines and desk().under_way() is None


def take(draft: Draft | None) -> None:
    """Begin with another file, or with none; what was told of an earlier load has been read by then."""
    old = current()
    if old is not None and old.uploaded and (draft is None or draft.lines.parent != old.lines.parent):
        uploads.remove(old.lines.parent)
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


def attempt(make: Callable[[], Draft], then: Callable[[Draft], None] | None = None) -> bool:
    """Go on with the draft that `make` gives; else keep what is wrong, in words."""
    try:
        (then or take)(make())
    except ClientelaError as error:
        refused(error)
        return False
    return True


def drop(order: Order) -> None:
    """What was loaded needs no mending any more."""
    draft = current()
    if draft is not None and draft.lines == order.lines:
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
