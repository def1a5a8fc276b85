"""Data: what the warehouse holds, and how somebody's own files come in, in three steps on one screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

import streamlit as st

from data import ledger, replacement
from data.errors import ClientelaError
from data.warehouse import default_path
from pages.manage import folders, uploads
from pages.manage.draft import Draft, begin, with_columns
from pages.manage.fields_form import attributes_form, fields_form, reading_form, reading_in_words
from pages.manage.holdings import described, kept_before, loads, tiles
from pages.manage.job import Demonstration, Job, Order, desk
from pages.manage.notes import note, step, style
from pages.manage.preview_card import preview_card
from pages.manage.report_card import report_card
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.formats import count_text
from pages.ui.states import card, page_title

DRAFT, JOB, ROUND = "data-draft", "data-job", "data-round"
PROBLEM, SAID = "data-problem", "data-said"
TEXT, REPLACE = "data-text", "data-replace"
KINDS = ("csv", "tsv", "txt", "xlsx", "xls", "parquet", "toml")
POLL_SECONDS = 0.5


def go(draft: Draft) -> None:
    """What every change of a mapping ends in; one of a file that is not being mended any more comes too late."""
    now: Draft | None = st.session_state.get(DRAFT)
    if now is None or now.lines != draft.lines or desk().under_way() is not None:
        return
    st.session_state[DRAFT] = draft
    forget_problem()


def take(draft: Draft | None) -> None:
    """Begin with another file, or with none; what was told of an earlier load has been read by then."""
    old: Draft | None = st.session_state.get(DRAFT)
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


@st.fragment
def data() -> None:
    style()
    store = session.warehouse()
    batches, simulated = ledger.batches(store), ledger.is_simulated(store)
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
        draft: Draft | None = st.session_state.get(DRAFT)
        if draft is None:
            bring()
        else:
            state, marks = mend(draft, simulated)
    loads(batches)
    ready(state, marks)


def _sentence(simulated: bool) -> str:
    firm = session.warehouse().profile.firm
    if simulated:
        return f"The warehouse holds {firm}, a simulated firm. Your own files take its place."
    return f"What the warehouse holds{f' of {firm}' if firm else ''}, and how more of it comes in."


def told() -> None:
    """What the last click did, or why it could not."""
    if SAID in st.session_state:
        note(st.session_state.pop(SAID), tone="good", mark="data-said")
    if PROBLEM in st.session_state:
        problem, remedy = st.session_state[PROBLEM]
        note(problem, remedy, "bad", "data-refused")


def watched() -> Job | None:
    """The load that this address names or this session began, else whatever load is under way."""
    named = next(iter(session.read_url().get("load", ())), st.session_state.get(JOB, ""))
    return desk().job(named) or desk().under_way()


# Step 1: a file.


def bring() -> None:
    with card("bring"):
        step(
            1,
            "Bring a file",
            "CSV, Excel or Parquet, one row an order line. A mapping (TOML) may come along.",
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
        type=list(KINDS),
        accept_multiple_files=True,
        key=key,
        on_change=lambda: received(st.session_state[key]),
        help="Several at once where a mapping reads several.",
    )


def received(files: Sequence[uploads.Upload]) -> None:
    """Keep what was uploaded, and begin with it; or add it to what is there."""
    if not files:
        return
    st.session_state[ROUND] += 1
    draft: Draft | None = st.session_state.get(DRAFT)
    if draft is not None and draft.uploaded:
        uploads.keep(files, draft.lines.parent)
        attempt(lambda: with_columns(draft))
        return
    folder = uploads.keep(files)
    paths = sorted(folder.iterdir())
    if not attempt(lambda: begin(paths, (folder,), True)):
        uploads.remove(folder)


def on_this_machine() -> None:
    key = "data-named"
    st.selectbox(
        "Or name a file on this machine",
        folders.listed(),
        index=None,
        key=key,
        format_func=short,
        accept_new_options=True,
        placeholder="Choose, or write its path",
        on_change=lambda: named(st.session_state[key]),
        help="Only files in the folders below can be read.",
    )
    where = ", ".join(short(str(each)) for each in folders.allowed())
    st.html(f'<p class="clientela-quiet">Read from {escape(where)}; CLIENTELA_FOLDERS names others.</p>')


def short(path: str) -> str:
    """A path as it is said from the folder in which Clientela runs."""
    here = Path(path)
    return str(here.relative_to(Path.cwd())) if here.is_relative_to(Path.cwd()) else path


def named(text: str | None) -> None:
    if not text:
        return

    def opened() -> Draft:
        path = folders.named(text)
        if path.suffix.lower() != ".toml":
            return begin([path], folders.allowed(), False)
        return begin([path, *folders.tables(path.parent)], folders.allowed(), False)

    attempt(opened)


def attempt(make: Callable[[], Draft]) -> bool:
    """Go on with the draft that `make` gives; else keep what is wrong, in words."""
    try:
        take(make())
    except ClientelaError as error:
        refused(error)
        return False
    return True


# Step 2: the mapping. Step 3: a look, and the load.


def mend(draft: Draft, simulated: bool) -> tuple[str, dict[str, object]]:
    """Draw the file, its mapping and its preview; the state for those who wait."""
    with card("file"):
        file_line(draft)
    with card("mapping"):
        step(2, "Say which column is which", "Proposed from names and values; mend what is wrong.")
        fields_form(draft, go)
        attributes_form(draft, go)
        reading = as_plain(reading_in_words(draft.part))
        with st.expander(f"How the file is read: {reading}", key="reading"):
            reading_form(draft, go)
        with st.expander("The mapping as text", key="as-text"):
            as_text(draft)
    with card("preview"):
        step(3, "Look, then load", "The first rows through this mapping.")
        blocked, problems = preview_card(draft)
        load_bar(draft, simulated, bool(blocked))
    filled = " ".join(sorted(draft.part.filled))
    return "draft", {
        "fields": filled,
        "blocked": blocked,
        "replaces": replaces(simulated),
        "problems": problems,
        "columns": len(draft.columns),
    }


def file_line(draft: Draft) -> None:
    size = draft.lines.stat().st_size / 1e6 if draft.lines.exists() else 0
    beside = folders.beside(draft.mapping)
    more = f" · beside it {', '.join(beside)}" if beside else ""
    said = f"{size:,.1f} MB · {count_text(len(draft.columns), 'column')}{more}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(
            f'<p class="data-file data-step"><i>✓</i><b>{escape(draft.lines.name)}</b><span>{escape(said)}</span></p>'
        )
        st.space("stretch")
        if draft.uploaded:
            with st.popover("Add files", icon=":material/note_add:", type="tertiary"):
                uploader("Files that the mapping reads besides")
        st.button("Choose another file", key="data-other", type="tertiary", icon=":material/close:",
                  on_click=lambda: take(None))  # fmt: skip


def as_text(draft: Draft) -> None:
    """The mapping to be written by hand; what was refused stays to be mended."""
    key = "mapping-text"
    st.session_state[key] = st.session_state.get(TEXT) or draft.mapping.to_toml()

    def parsed() -> Draft:
        changed = draft.mapped_as(st.session_state[key])
        folders.check_files(changed.mapping, changed.lines, changed.roots)
        return changed

    def written() -> None:
        text = st.session_state[key]
        if not attempt(parsed):
            st.session_state[TEXT] = text

    label = "Mapping in TOML, as docs/mapping.md describes"
    st.text_area(label, key=key, height=320, on_change=written)


def load_bar(draft: Draft, simulated: bool, blocked: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="load-bar"):
        if simulated:
            st.toggle(
                "Replace the demonstration firm",
                value=st.session_state.get(REPLACE, True),
                key=REPLACE,
                help="Its warehouse is set aside and can be put back. Otherwise both are mixed.",
            )
        st.space("stretch")
        st.download_button(
            "Download mapping",
            lambda: draft.mapping.to_toml().encode(),
            f"{uploads.plain_name(draft.mapping.source)}.toml",
            "application/toml",
            key="mapping-download",
            on_click="ignore",
            icon=":material/download:",
        )
        st.button(
            "Load",
            key="data-load",
            type="primary",
            icon=":material/database_upload:",
            disabled=blocked,
            on_click=lambda: begin_load(draft, bool(replaces(simulated))),
        )


def replaces(simulated: bool) -> str:
    """Whether the load takes the demonstration firm's place, as a mark says it."""
    return "yes" if simulated and st.session_state.get(REPLACE, True) else ""


def begin_load(draft: Draft, replace_all: bool) -> None:
    path = default_path().resolve()
    try:
        folders.check_files(draft.mapping, draft.lines, draft.roots)
        whole = replace(draft.mapping, folder=draft.lines.parent)
        instead = session.warehouse().version if replace_all else ""
        started(Order(whole, draft.lines, path, draft.uploaded, instead))
    except ClientelaError as error:
        refused(error)


def started(order: Order | Demonstration) -> None:
    job = desk().start(order)
    st.session_state[JOB] = job.id
    session.write_url({"load": [job.id]})
    forget_problem()


@st.fragment(run_every=POLL_SECONDS)
def progress(job: Job) -> None:
    """How far the load is; the page is drawn anew when it ends."""
    if not job.under_way():
        st.rerun()
    with card("progress"):
        step(
            3,
            job.order.title,
            "You may leave this page or close it: the load goes on, and everybody else works meanwhile.",
        )
        st.progress(job.share, text=job.words)
        st.html(f'<i data-testid="load-progress" data-share="{job.share:.3f}"></i>')


def finished(job: Job) -> str:
    """The report, or the reason why there is none; the state for those who wait."""
    if job.problem is not None:
        note(f"Not loaded. {job.problem.problem}", job.problem.remedy, "bad", "load-refused")
        return "refused"
    if isinstance(job.order, Order):
        go_on_without(job.order)
    if job.report is None:
        return "idle"
    replaced = bool(job.order.instead_of)
    undo = undone if replaced and kept_before(default_path().resolve()) else None
    report_card(job.report, replaced, put_away, undo)
    return "report"


def go_on_without(order: Order) -> None:
    """What was loaded needs no mending any more."""
    draft: Draft | None = st.session_state.get(DRAFT)
    if draft is not None and draft.lines == order.lines:
        st.session_state[DRAFT] = None


# The whole warehouse: this firm or the one before.


def change_of_firm(simulated: bool) -> None:
    """The way back to the firm that was here before, or to the demonstration firm; nothing is lost by either."""
    if desk().under_way() is not None:
        return
    path = default_path().resolve()
    before = kept_before(path)
    if before is None and simulated:
        return
    with st.popover("Another firm", icon=":material/swap_horiz:", type="tertiary"):
        st.caption("What is here now is set aside, not lost: you can come back to it in the same way.")
        if before is not None:
            st.button(
                f"Put back {described(before)}", key="firm-before", icon=":material/undo:", on_click=undone
            )
        else:
            st.button("Bring the demonstration firm back", key="firm-demo", icon=":material/factory:",
                      on_click=lambda: demonstrate(path))  # fmt: skip


def undone() -> None:
    try:
        replacement.exchange(default_path().resolve())
    except ClientelaError as error:
        refused(error)
        return
    put_away()
    st.session_state[SAID] = f"{session.warehouse().profile.firm or 'The earlier warehouse'} is back."


def demonstrate(path: Path) -> None:
    try:
        started(Demonstration(path))
    except ClientelaError as error:
        refused(error)


def ready(state: str, marks: dict[str, object]) -> None:
    """The last thing drawn: what is on screen, for those who wait for it."""
    profile = session.warehouse().profile
    told = {"state": state, "lines": profile.lines, "firm": profile.firm, "version": profile.version, **marks}
    said = "".join(f' data-{name}="{escape(str(value))}"' for name, value in told.items())
    st.html(f'<i data-testid="data-ready" data-ready="yes"{said}></i>')


data()
