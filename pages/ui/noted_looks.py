"""What the audit is told of looking: whose page was opened, what was searched for, which rows of persons were shown.

A page runs again with each click: the same look is told once, and again after a while.
"""

from __future__ import annotations

import time

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from data.people import audit_event, audit_log
from data.people.audit_event import AuditEvent, AuditSubject

AGAIN_SECONDS = 600.0
LAST = "noted-looks"


def saw_customer(number: str) -> None:
    """The page, or the panel, of the customer of this number is shown."""
    _once(AuditEvent.SAW_CUSTOMER, audit_event.customer(number))


def searched(text: str, where: str) -> None:
    """Somebody sought a text; `where` is a word for the field. The audit has its length, not the text."""
    if text.strip():
        _once(AuditEvent.SEARCHED, audit_event.words(text), where)


def saw_rows(what: str, rows: int, subject: AuditSubject = audit_event.NOTHING) -> None:
    """A list of persons, or rows that name them, is shown; `what` is a word for it."""
    _once(AuditEvent.ASKED, subject, what, rows)


def refused(what: str) -> None:
    """Somebody asked for what their roles do not allow; `what` is a word for it."""
    _once(AuditEvent.REFUSED, audit_event.NOTHING, what)


def _once(event: AuditEvent, subject: AuditSubject, detail: str = "", amount: int | None = None) -> None:
    if get_script_run_ctx(suppress_warning=True) is None:  # sought for a page by another thread
        audit_log.note(event, subject, detail, amount=amount)
        return
    told, now = st.session_state.setdefault(LAST, {}), time.monotonic()
    look = (event.value, subject.kind, subject.value, detail)
    if now - told.get(look, -AGAIN_SECONDS) < AGAIN_SECONDS:
        return
    st.session_state[LAST] = {each: at for each, at in told.items() if now - at < AGAIN_SECONDS} | {look: now}
    audit_log.note(event, subject, detail, amount=amount)
