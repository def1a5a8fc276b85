"""Data: what the warehouse holds, and how somebody's own files come in, in three steps on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from data import environment
from data.access.deed import Deed
from data.errors import ClientelaError, Lacking
from data.store import load_ledger
from pages.manage.files.ask_other_firm import change_of_firm, undone
from pages.manage.files.bring_files import bring
from pages.manage.files.data_page_state import current, drop, put_away, started, told, watched
from pages.manage.files.mapping_steps import mend
from pages.manage.files.report_card import report_card
from pages.manage.shared.coloured_notes import note, step, style
from pages.manage.shared.load_jobs import Job, Order
from pages.manage.shared.warehouse_contents import kept_before, loads, tiles
from pages.ui import session
from pages.ui.allowed_deeds import for_deed, may
from pages.ui.page_states import card, page_title

POLL_SECONDS = 0.5


@session.fragment
def data() -> None:
    style()
    store = session.warehouse()
    batches, simulated = load_ledger.batches(store), load_ledger.is_simulated(store)
    job = watched()
    with st.container(horizontal=True, vertical_alignment="center", key="data-head"):
        page_title("Data", _sentence(simulated))
        st.space("stretch")
        change_of_firm(simulated)
    told()
    tiles(batches)
    state = "idle"
    marks: dict[str, object] = {}
    if job is not None and job.under_way():
        state = "loading"
        progress(job)
    else:
        if job is not None:
            state = finished(job)
        draft = current() if may(Deed.LOAD) else None
        if draft is None:
            bring()
        else:
            state, marks = mend(draft, batches, simulated)
    loads(batches)
    ready(state, marks)


def _sentence(simulated: bool) -> str:
    firm = session.warehouse().profile.firm
    if simulated:
        return f"The warehouse holds {firm}, a simulated firm. Your own files take its place."
    return f"What the warehouse holds{f' of {firm}' if firm else ''}, and how more of it comes in."


@st.fragment(run_every=POLL_SECONDS)
def progress(job: Job) -> None:
    """How far the load is; the page is drawn anew when it ends."""
    if not job.under_way():
        st.rerun()
    with card("progress"):
        step(
            3,
            job.order.title,
            "You may leave or close this page: the load goes on, and nobody else has to wait.",
        )
        st.progress(job.share, text=job.words)
        st.html(f'<i data-testid="load-progress" data-share="{job.share:.3f}"></i>')


def finished(job: Job) -> str:
    """The report, or the reason why there is none; the state for those who wait."""
    if job.problem is not None:
        note(f"Not loaded. {job.problem.problem}", job.problem.remedy, "bad", "load-refused")
        accept(job, [job.problem])
        return "refused"
    if isinstance(job.order, Order) and not (job.report and job.report.waiting):
        drop(job.order)
    if job.report is None:
        return "idle"
    replaced = bool(job.order.instead_of)
    undo = undone if replaced and kept_before(environment.warehouse().resolve()) else None
    report_card(job.report, replaced, put_away, undo)
    accept(job, [each.fault for each in job.report.waiting])
    return "report"


@for_deed(Deed.LOAD)
def accept(job: Job, faults: Sequence[ClientelaError]) -> None:
    """Where exports lack much of what is there, the way to say that it is so."""
    if isinstance(job.order, Order) and any(isinstance(each, Lacking) for each in faults):
        order = replace(job.order, accepted=True)
        st.button(
            "It is so: load them all the same",
            key="load-accept",
            icon=":material/check:",
            on_click=lambda: started(order),
            help="What is missing in these exports is gone from then on; “Go back” brings it back.",
        )


def ready(state: str, marks: dict[str, object]) -> None:
    """The last thing drawn: what is on screen, for those who wait for it."""
    profile = session.warehouse().profile
    told = {"state": state, "lines": profile.lines, "firm": profile.firm, "version": profile.version, **marks}
    said = "".join(f' data-{name}="{escape(str(value))}"' for name, value in told.items())
    st.html(f'<i data-testid="data-ready" data-ready="yes"{said}></i>')


data()
