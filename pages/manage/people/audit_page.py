"""Audit: who signed in, was refused, looked, searched, exported and changed what, as a small cube and as a list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import escape

import polars as pl
import streamlit as st

from data import environment
from data.access.deed import Deed
from data.errors import BadRequest, NotAllowed, WarehouseError
from data.people import audit_anchor, audit_chain, audit_cube, audit_log, audit_store
from data.people.audit_chain import ChainReport
from data.people.audit_cube import DEEDS, LEVELS, MEASURES
from data.people.audit_event import customer
from data.people.audit_reading import AuditFilter, persons_of, read_audit
from pages.manage.people import audit_frames as frames
from pages.manage.people.audit_view import DAYS, AuditView, parse_audit
from pages.manage.shared.coloured_notes import note
from pages.manage.shared.manage_style import looks, ready
from pages.ui import noted_looks, session
from pages.ui.acting_person import policy
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import bars, line, stacked
from pages.ui.kpi_row import Kpi, kpi_strip
from pages.ui.local_time import zone_name
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import count_text, number_text

SENTENCE = "Who signed in, was refused, looked, searched, exported and changed what. Customers stand by made-up names."
NEWEST, CHECKED, WHOM = 500, 20_000, "audit-whom"
EVERYBODY, EVERYTHING, NOTHING_BESIDE = "Everybody", "Every event", "No columns"


def go(view: AuditView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def audit() -> None:
    looks()
    page_title("Audit", SENTENCE)
    try:
        policy().check(Deed.AUDIT)
    except NotAllowed as error:
        noted_looks.refused("audit")
        empty_state(error.problem, error.remedy, key="not-allowed", drawing="filter")
        ready("audit", state="not-allowed")
        return
    try:
        view = parse_audit(session.read_url())
        entries = read_audit(environment.warehouse(), wanted(view, st.session_state.get(WHOM, "")))
    except BadRequest as error:
        empty_state(error.problem, error.remedy, "All of the audit", on_click=lambda: go(AuditView()),
                    key="refused", drawing="filter")  # fmt: skip
        ready("audit", state="refused")
        return
    noted_looks.saw_rows("audit", min(entries.height, NEWEST))
    told(entries)
    choices(view)
    if entries.is_empty():
        empty_state(
            "Nothing was noted",
            "Nobody did anything of that kind in these days. Choose a longer period, or everybody and every customer.",
            "All of the audit",
            on_click=everything,
            key="no-entries",
        )
    else:
        counted(view, entries)
        exported(entries)
        listed(entries)
    whole()
    ready("audit", state="listed", entries=entries.height)


def wanted(view: AuditView, whom: str) -> AuditFilter:
    """What is read; `whom` is the number of a customer, which never goes into the address."""
    since = datetime.now(UTC).date() - timedelta(days=view.days - 1) if view.days else None
    return AuditFilter(
        view.person, view.event, since, subject=customer(whom.strip()) if whom.strip() else None
    )


def told(entries: pl.DataFrame) -> None:
    """The measures over all that is looked at."""
    tiles = [
        Kpi(
            name, measure.label, number_text(entries.select(measure.value).item() or 0), help=measure.sentence
        )
        for name, measure in MEASURES.items()
    ]
    kpi_strip(tiles, "audit-tiles")


def choices(view: AuditView) -> None:
    """Of whom, which event, which days."""
    persons = [
        "",
        *dict.fromkeys([*persons_of(environment.warehouse()), *([view.person] if view.person else [])]),
    ]
    with st.container(horizontal=True, gap="small", key="audit-filters"):
        chooser("Person", "audit-person", persons, view.person, lambda each: each or EVERYBODY,
                lambda each: go(view.of(each)), 190)  # fmt: skip
        chooser("Event", "audit-event", ["", *DEEDS], view.event, lambda each: DEEDS.get(each, EVERYTHING),
                lambda each: go(view.where(each)), 190)  # fmt: skip
        chooser("Days", "audit-days", list(DAYS), view.days, DAYS.__getitem__,
                lambda each: go(view.within(each)), 190)  # fmt: skip
        st.text_input("Customer", key=WHOM, placeholder="Number of a customer", label_visibility="collapsed",
                      width=190, help="Who saw this customer, or exported what is held of them.")  # fmt: skip


def counted(view: AuditView, entries: pl.DataFrame) -> None:
    """One measure by rows and columns: as a chart, whose bars may be clicked, and as a table."""
    asked = view.question
    cells = audit_cube.cells(entries, asked, zone_name())
    with card("audit-cube"):
        section(f"{MEASURES[asked.measure].label} by {LEVELS[asked.rows].label.lower()}",
                MEASURES[asked.measure].sentence)  # fmt: skip
        with st.container(horizontal=True, gap="small", key="audit-axes"):
            chooser("Measure", "audit-measure", list(MEASURES), asked.measure,
                    lambda each: MEASURES[each].label, lambda each: go(view.counting(each)), 170)  # fmt: skip
            chooser("Rows", "audit-rows", list(LEVELS), asked.rows,
                    lambda each: f"By {LEVELS[each].label.lower()}", lambda each: go(view.by(each)), 170)  # fmt: skip
            beside = ["", *(each for each in LEVELS if each != asked.rows)]
            chooser("Columns", "audit-columns", beside, asked.columns,
                    lambda each: f"Across {LEVELS[each].label.lower()}" if each else NOTHING_BESIDE,
                    lambda each: go(view.across(each)), 190)  # fmt: skip
        drawn(view, cells)
        table = audit_cube.table(cells, asked)
        counts = {name: "count" for name, kind in table.schema.items() if kind.is_integer()}
        frame_view(table, f"audit-table-{asked}", counts, height=whole_height(table, 14))
        downloads("clientela-audit", lambda: table, "audit", counts)


def drawn(view: AuditView, cells: pl.DataFrame) -> None:
    asked, colours = view.question, session.colours()
    if not cells["value"].sum():
        st.html('<p class="clientela-quiet">Nothing of this measure in these days.</p>')
        return
    if frames.is_course(asked):
        figure = line(frames.course_of(cells), colours, unit="count", height=240)
    elif frames.is_stacked(asked):
        figure = stacked(frames.parts_of(cells), colours, unit="count")
    else:
        figure = bars(frames.bars_of(cells), colours, unit="count")
    chart(
        figure,
        f"audit-chart-{view.to_parameters()}",
        frames.described(cells, asked),
        lambda ids: clicked(view, ids),
    )
    rows = cells["row"].n_unique() - 1
    if not frames.is_course(asked) and rows > frames.MOST_BARS:
        st.caption(f"The first {frames.MOST_BARS} of {number_text(rows)}; the table has all.")


def clicked(view: AuditView, ids: tuple[str, ...]) -> None:
    """A bar of a person or an event drills into it."""
    if view.question.rows == "person":
        go(view.of(ids[0]).by("event"))
    elif view.question.rows == "event":
        go(view.where(next((event for event, label in DEEDS.items() if label == ids[0]), "")).by("person"))


def exported(entries: pl.DataFrame) -> None:
    """What left, and why."""
    table = frames.exports_table(entries, zone_name())
    if table.is_empty():
        return
    with card("audit-exports"):
        section(
            "What was exported",
            "Files, copies and messages that left, the latest first, with the reason given.",
        )
        shown = table.head(NEWEST)
        frame_view(shown, "audit-exports-list", height=whole_height(shown, 10))


def listed(entries: pl.DataFrame) -> None:
    """The entries themselves."""
    table = frames.entries_table(entries, zone_name())
    with card("audit-entries"):
        part = f"The latest {number_text(NEWEST)} of " if table.height > NEWEST else ""
        section("Entries", f"{part}{count_text(table.height, 'entry', 'entries')}, on your clock.")
        shown = table.head(NEWEST)
        frame_view(shown, "audit-entries-list", height=whole_height(shown, 12))
        downloads("clientela-audit-entries", lambda: table, "audit-entries")


def everything() -> None:
    st.session_state[WHOM] = ""
    go(AuditView(days=0))


def whole() -> None:
    """Whether the chain is whole, how long entries stay, and what can tell more."""
    path, days = environment.warehouse(), environment.audit_days()
    with card("audit-chain"):
        section("Is it whole?", "Each entry is sealed by a keyed hash over itself and the one before.")
        try:
            found = checked(str(path), audit_store.head_told(audit_store.place(path)).seal)
            late = audit_chain.overdue(path, days)
        except WarehouseError as error:
            note(error.problem, error.remedy, "bad", "audit-chain")
            return
        if found.is_sound:
            note(found.sentence, "", "good", "audit-chain")
        else:
            note(
                found.problem,
                "Find out who could write the file; keep it, and put a copy back.",
                "bad",
                "audit-chain",
            )
        kept = f"Entries are kept for {number_text(days)} days ({environment.AUDIT_DAYS})."
        overdue = (
            f" {number_text(late)} are older: “python -m data audit purge” takes them away." if late else ""
        )
        st.html(f'<p class="clientela-quiet" data-testid="audit-kept">{escape(kept + overdue)}</p>')
        if found.head.number:
            st.caption(
                "Its head. Written down elsewhere, it shows what is cut off later: “data audit verify --head”."
            )
            st.code(f"{found.head.number}:{found.head.seal}", language=None, wrap_lines=True)


@st.cache_resource(show_spinner=False, max_entries=2, ttl=60)
def checked(path: str, seal: str) -> ChainReport:
    """Read the newest of the chain, again when an entry came, or a minute later."""
    audit_log.flush()
    return audit_anchor.verified(environment.warehouse(), newest=CHECKED)


audit()
