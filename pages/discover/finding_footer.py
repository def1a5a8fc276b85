"""What a person takes along from a finding: its report as one file, and the run kept for later, with its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

import streamlit as st

from data import environment
from data.access.deed import Deed
from data.operational import kept_runs
from data.operational.kept_runs import FinishedRun, KeptFigure
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME, LONGEST_TEXT
from pages.explore.written_deeds import do, tell
from pages.ui import page_record, session
from pages.ui.allowed_deeds import may
from pages.ui.code_version import code_version
from pages.ui.finding_report.report_file import ask_report, save_report
from pages.ui.local_time import in_words
from pages.ui.offered_files import offering
from pages.ui.open_pages import link_to
from pages.ui.page_record import PageRecord
from pages.ui.plain_frames import heading_of
from pages.ui.style.formats import ABSENT, format_day, number_text
from pages.ui.told_number import told_number

SEED = 0  # miners draw from it wherever pages ask them
SAID, KEEPING, NAME, NOTE = "run-said", "run-keeping", "run-name", "run-note"
RUNS = "discover/runs_page.py"
Parameters = Mapping[str, Sequence[str]]


def finding_footer(path: str, parameters: Parameters) -> None:
    """The two buttons, when all of a page is drawn: `path` and `parameters` are the address that finds it again."""
    record = page_record.record()
    name = f"clientela-{path}"
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="finding-footer"):
        st.space("stretch")
        with offering("finding-files") as offer:
            st.button(
                "Report",
                key="finding-report",
                icon=":material/description:",
                help=offer.refusal or "This page as one HTML file, which opens without a network and prints",
                on_click=ask_report,
                args=(offer.reason,),
                disabled=bool(offer.refusal),
            )
        if may(Deed.WRITE):
            st.button(
                "Keep this run",
                key="run-keep",
                icon=":material/bookmark_add:",
                on_click=_open_keeping,
                args=(record, path, parameters),
            )
    _keeping()
    save_report(f"{name}.html", lambda: report_of(record, parameters))


def report_of(record: PageRecord, parameters: Parameters) -> str:
    """The report of what a page has drawn."""
    from pages.ui.finding_report.report_html import (  # Jinja is read when it is asked for
        ReportFacts,
        report_html,
    )

    store = session.warehouse()
    took = {} if record.seconds is None else {"Found in": f"{number_text(record.seconds, 1)} s"}
    facts = {
        "Warehouse": store.path.stem,
        "Version of the data": store.version,
        "Data until": format_day(store.profile.last_day) if store.profile.last_day else ABSENT,
        "Code": code_version(),
        "Seed": str(SEED),
        **took,
        "Made by": environment.who(),
        "Made on": in_words(_now()),
    }
    written = {heading_of(name): ", ".join(values) for name, values in parameters.items()}
    return report_html(record, ReportFacts(written, facts, session.currency()))


def finished_run(record: PageRecord, path: str, parameters: Parameters) -> FinishedRun:
    """The run as it is kept: figures and address, no row of anybody."""
    store, asked = session.warehouse(), urlencode(parameters, doseq=True)
    return FinishedRun(
        record.title,
        f"{path}?{asked}" if asked else path,
        store.path.stem,
        store.version,
        code_version(),
        tuple(KeptFigure(each.label, each.value, told_number(each.value)) for each in record.figures),
        SEED,
        None if record.seconds is None else Decimal(f"{record.seconds:.3f}"),
    )


def _open_keeping(record: PageRecord, path: str, parameters: Parameters) -> None:
    st.session_state[KEEPING] = finished_run(record, path, parameters)


def _keeping() -> None:
    """The dialog in which a run gets its name, where it is open."""
    run: FinishedRun | None = st.session_state.get(KEEPING)
    if run is not None:
        st.dialog("Keep this run", icon=":material/bookmark_add:", on_dismiss=_close)(lambda: _form(run))()


def _form(run: FinishedRun) -> None:
    # A dialog lies outside the page's root, which alone knows whether it is light or dark.
    st.html(f'<style>[data-testid="stDialog"] {{ color-scheme: {session.colours().name}; }}</style>')
    st.text_input("Name", f"{run.kind}, {in_words(_now())}", max_chars=LONGEST_NAME, key=NAME)
    st.text_area("Note", key=NOTE, max_chars=LONGEST_TEXT, placeholder="Why it was run, and what it says")
    st.button("Keep", key="run-keep-it", type="primary", on_click=_keep, args=(run,))
    tell(SAID)
    st.caption("Parameters and figures are kept, no customers. Everybody finds it on the page Runs.")
    link_to(RUNS, label="Kept runs", icon=":material/history:")


def _keep(run: FinishedRun) -> None:
    name, note = st.session_state[NAME], st.session_state[NOTE]

    def deed(store: OperationalStore) -> str:
        kept_runs.keep(store, run, name, note, environment.who(), _now())
        return "Kept. It stands on the page Runs."

    if do(SAID, deed):
        st.session_state[NOTE] = ""


def _close() -> None:
    for name in (KEEPING, SAID, NAME, NOTE):
        st.session_state.pop(name, None)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
