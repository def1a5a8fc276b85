"""What a person takes along from a finding: its report as one file, and the run kept for later, with its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

import streamlit as st

from data import environment
from data.operational import kept_runs
from data.operational.kept_runs import FinishedRun, KeptFigure
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME, LONGEST_TEXT
from pages.explore.written_deeds import do, tell
from pages.ui import page_record, session
from pages.ui.code_version import code_version
from pages.ui.finding_report.report_file import ask_report, save_report
from pages.ui.local_time import in_words
from pages.ui.page_record import PageRecord
from pages.ui.plain_frames import heading_of
from pages.ui.style.formats import number_text
from pages.ui.told_number import told_number

SEED = 0  # miners draw from it wherever pages ask them
SAID = "run-said"
RUNS = "discover/runs_page.py"
Parameters = Mapping[str, Sequence[str]]


def finding_footer(path: str, parameters: Parameters) -> None:
    """The two buttons, when all of a page is drawn: `path` and `parameters` are the address that finds it again."""
    record = page_record.record()
    name = f"clientela-{path}"
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="finding-footer"):
        st.space("stretch")
        st.button(
            "Report",
            key="finding-report",
            icon=":material/description:",
            help="This page as one HTML file, which opens without a network and prints",
            on_click=ask_report,
        )
        _keeping(record, path, parameters)
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
        "Data until": str(store.profile.last_day or "–"),
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


def _keeping(record: PageRecord, path: str, parameters: Parameters) -> None:
    opened = st.popover("Keep this run", icon=":material/bookmark_add:", key="run-keep", on_change="rerun")
    if not opened.open:
        st.session_state.pop(SAID, None)
        return
    run = finished_run(record, path, parameters)
    with opened:
        st.html(f'<style>[data-testid="stPopoverBody"] {{ color-scheme: {session.colours().name}; }}</style>')
        tell(SAID)
        st.text_input("Name", f"{record.title}, {in_words(_now())}", max_chars=LONGEST_NAME, key="run-name")
        st.text_area("Note", key="run-note", max_chars=LONGEST_TEXT, height=100,
                     placeholder="Why it was run, and what it says")  # fmt: skip
        st.button("Keep", key="run-keep-it", type="primary", on_click=_keep, args=(run,))
        st.caption("Parameters and figures are kept, no customers. Everybody finds it on the page Runs.")
        st.page_link(RUNS, label="Kept runs", icon=":material/history:")


def _keep(run: FinishedRun) -> None:
    name, note = st.session_state["run-name"], st.session_state["run-note"]

    def deed(store: OperationalStore) -> str:
        kept_runs.keep(store, run, name, note, environment.who(), _now())
        return "Kept. It stands on the page Runs."

    if do(SAID, deed):
        st.session_state["run-note"] = ""


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
