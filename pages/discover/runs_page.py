"""Runs: what was found and kept, with parameters, data and figures; side by side, and found again by one click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from urllib.parse import parse_qs

import polars as pl
import streamlit as st

from data import environment
from data.access.deed import Deed
from data.errors import BadRequest, did_you_mean
from data.operational import kept_runs, operational_store
from data.operational.kept_runs import KeptRun
from data.operational.operational_store import OperationalStore
from data.operational.plain_names import LONGEST_NAME, LONGEST_TEXT
from pages.discover.run_comparison import (
    DIFFERS,
    check_comparable,
    column_names,
    drawn_figures,
    figures_beside,
    parameters_beside,
)
from pages.discover.runs_view import MOST_COMPARED, RunsView, parse_runs
from pages.explore.written_deeds import do, tell
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.chart_clicks import chart
from pages.ui.code_version import code_version
from pages.ui.controls import as_plain, chooser
from pages.ui.export_files import downloads
from pages.ui.figures import bars
from pages.ui.local_time import in_words
from pages.ui.menu import MENU
from pages.ui.open_pages import link_to
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.sought_result import QUEUE
from pages.ui.style.formats import count_text, number_text, share_text

SENTENCE = "What was found and kept: the question, the data that it was asked of, and what it came to."
SAID, GONE = "runs-said", "runs-removed"
SCRIPTS = {entry.path: entry.script for entry in MENU}


def go(view: RunsView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def runs() -> None:
    page_title("Runs", SENTENCE)
    under_way()
    told()
    try:
        view = parse_runs(session.read_url())
        every = kept_runs.kept_runs(operational_store.of(session.warehouse()))
        beside = chosen(every, view)
    except BadRequest as error:
        refused(error, RunsView(), 0)
        return
    if not every:
        empty_state(
            "No run is kept yet",
            "Open a page of Discover or Value, such as Segments or Lifetime, and press “Keep this run” below what it "
            "found.",
            key="no-runs",
        )
        ready("empty", 0)
        return
    listed(view, every)
    try:
        check_comparable(beside)
    except BadRequest as error:
        refused(error, RunsView(view.kind), len(every))
        return
    if len(beside) > 1:
        compared(beside)
    for each in beside:
        one_run(each, is_alone=len(beside) == 1)
    ready("listed", len(every))


def refused(error: BadRequest, instead: RunsView, kept: int) -> None:
    empty_state(
        error.problem, error.remedy, "All runs", on_click=lambda: go(instead), key="refused", drawing="filter"
    )
    ready("refused", kept)


def under_way() -> None:
    """What is sought in this process now, and what waits for its turn."""
    for at, each in enumerate(QUEUE.under_way()):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"under-way-{at}"):
            where = (
                f"{count_text(each.before, 'finding')} before it" if each.before else share_text(each.done)
            )
            name = escape(each.name.capitalize())
            st.html(f'<p data-testid="under-way">{name} is being found: {where}.</p>', width="content")
            st.button("Cancel", key=f"under-way-stop-{at}", type="tertiary", on_click=each.stop)


def told() -> None:
    """What the last deed did; a removal can be undone."""
    with st.container(horizontal=True, vertical_alignment="center", key="runs-told"):
        tell(SAID)
        if GONE in st.session_state:
            st.button("Undo", key="runs-undo", icon=":material/undo:", type="tertiary", on_click=_put_back)


def chosen(every: Sequence[KeptRun], view: RunsView) -> list[KeptRun]:
    """The runs that a view names, in its order. Raises BadRequest for one that is gone, or a kind that none is of."""
    by_id, kinds = {each.id: each for each in every}, sorted({each.run.kind for each in every})
    if every and view.kind and view.kind not in kinds:
        raise BadRequest(f"No run of {view.kind[:40]!r} is kept.", did_you_mean(view.kind, kinds))
    if any(each not in by_id for each in view.compared):
        raise BadRequest(
            "A run that this link names is not there any more.", "Choose among those that are kept."
        )
    return [by_id[each] for each in view.compared]


def listed(view: RunsView, every: Sequence[KeptRun]) -> None:
    """All runs as a table, and the choice of those to look at."""
    kinds = sorted({each.run.kind for each in every})
    shown = [each for each in every if view.kind in ("", each.run.kind)]
    with card("runs"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="runs-choices"):
            chooser("Kind", "runs-kind", ["", *kinds], view.kind, lambda kind: kind or "Every kind",
                    lambda kind: go(view.of(kind)), 190)  # fmt: skip
            choice(view, shown)
        table = as_frame(shown)
        frame_view(table, f"runs-{view.kind}-{len(shown)}", height=whole_height(table, 14))
        downloads("clientela-runs", lambda: table, "runs")


def choice(view: RunsView, shown: Sequence[KeptRun]) -> None:
    """Which runs are looked at: one alone, several side by side."""
    told = zip(shown, column_names(shown), strict=True)
    names = {each.id: f"{each.run.kind}: {name}" for each, name in told}
    st.session_state["runs-chosen"] = [each for each in view.compared if each in names]
    st.multiselect(
        "Runs to look at, two or more of one kind side by side",
        list(names),
        key="runs-chosen",
        format_func=names.__getitem__,
        max_selections=MOST_COMPARED,
        placeholder="Choose a run to open it, two or more to compare them",
        label_visibility="collapsed",
        on_change=lambda: go(view.beside(st.session_state["runs-chosen"])),
    )


def as_frame(runs: Sequence[KeptRun]) -> pl.DataFrame:
    """A row a run: kind, name, who, when, data, figures in words, note."""
    rows = [
        {
            "kind": each.run.kind,
            "name": each.name,
            "kept_by": each.keeper,
            "kept_on": in_words(each.kept_at),
            "figures": "; ".join(f"{figure.label} {figure.text}" for figure in each.run.figures),
            "warehouse": each.run.warehouse,
            "version": each.run.version,
            "note": each.note,
        }
        for each in runs
    ]
    return pl.DataFrame(rows)


def compared(beside: Sequence[KeptRun]) -> None:
    """Parameters and figures side by side, and a picture of each figure that differs."""
    with card("compared"):
        figures, parameters = figures_beside(beside), parameters_beside(beside)
        differ = parameters.filter(pl.col("differs") == DIFFERS).height
        section(
            f"{beside[0].run.kind}: {count_text(len(beside), 'run')} side by side",
            "In brackets: the difference from the first, of figures as they were read.",
        )
        if figures.height:
            frame_view(figures, "runs-figures", height=whole_height(figures, 20))
            downloads("clientela-runs-compared", lambda: figures, "runs-compared")
        else:
            st.html('<p class="clientela-quiet">No figures were kept with these runs.</p>')
        section(
            "What they were asked",
            "1 of these differs; it stands first."
            if differ == 1
            else f"{number_text(differ)} of these differ; they stand first.",
        )
        frame_view(parameters, "runs-parameters", height=whole_height(parameters, 20))
        drawn = drawn_figures(beside)
        places = st.columns(2, gap="small") if drawn else []
        for at, (label, unit, frame) in enumerate(drawn):
            with places[at % 2]:
                section(label)
                told = "; ".join(f"{row['label']} {row['text']}" for row in frame.iter_rows(named=True))
                figure = bars(frame, session.colours(), unit=unit)
                chart(figure, f"runs-{label}-{'-'.join(frame['id'])}", f"{label}: {told}")


def one_run(each: KeptRun, is_alone: bool) -> None:
    """One run with the way to find it again, its note, its figures where no comparison tells them, and for who kept it
    the ways to change and remove it."""
    run = each.run
    with card(f"run-{each.id}"):
        section(each.name, f"{run.kind}, kept by {each.keeper}, {in_words(each.kept_at)}.")
        for sentence in cautions(each):
            st.html(f'<p class="clientela-quiet">{escape(sentence)}</p>')
        if each.note:
            st.markdown("  \n".join(as_plain(line) for line in each.note.splitlines()))
        figures = pl.DataFrame(
            [(figure.label, figure.text) for figure in run.figures], schema=["figure", "value"], orient="row"
        )
        if is_alone and figures.height:
            frame_view(figures, f"run-figures-{each.id}", height=whole_height(figures))
        with st.container(
            horizontal=True, gap="small", vertical_alignment="center", key=f"run-ways-{each.id}"
        ):
            again(each)
            if each.keeper == environment.who() and may(Deed.WRITE):
                change(each)
                st.button("Remove", key=f"run-remove-{each.id}", icon=":material/delete:", type="tertiary",
                          on_click=_remove, args=(each,))  # fmt: skip


def cautions(each: KeptRun) -> list[str]:
    """What makes finding it again come out otherwise."""
    store, said = session.warehouse(), []
    if each.is_erased:
        said.append("It named a customer who was erased, so it cannot be opened again.")
    if each.run.version != store.version:
        said.append("The data were loaded anew since: opened again, it is of the present data.")
    if each.run.code != code_version():
        said.append("The code that finds has changed since: figures may differ for that alone.")
    return said


def again(each: KeptRun) -> None:
    """The link to the page with the same parameters, which draws from the same seed."""
    path, _, asked = each.run.address.partition("?")
    if path in SCRIPTS and not each.is_erased:
        link_to(
            SCRIPTS[path], label="Open again", icon=":material/replay:", query_params=dict(parse_qs(asked))
        )


def change(each: KeptRun) -> None:
    """Its name and note, in other words."""
    name, note = f"run-name-{each.id}", f"run-note-{each.id}"
    with st.popover("Name and note", icon=":material/edit:", type="tertiary"):
        st.text_input("Name", each.name, max_chars=LONGEST_NAME, key=name)
        st.text_area("Note", each.note, max_chars=LONGEST_TEXT, key=note, height=100)
        st.button(
            "Save", key=f"run-save-{each.id}", type="primary", on_click=_annotate, args=(each, name, note)
        )


def _annotate(each: KeptRun, name: str, note: str) -> None:
    said, state = environment.who(), st.session_state
    _do(lambda store: kept_runs.annotate(store, each.id, state[name], state[note], said), "Changed.")


def _remove(each: KeptRun) -> None:
    view = parse_runs(session.read_url())

    def deed(store: OperationalStore) -> None:
        st.session_state[GONE] = kept_runs.remove(store, each.id, environment.who())

    _do(deed, f"“{each.name}” is removed.")
    go(view.beside([one for one in view.compared if one != each.id]))


def _put_back() -> None:
    statement = st.session_state[GONE]
    _do(lambda store: kept_runs.put_back(store, statement, environment.who()), "It is back.")


def _do(change: Callable[[OperationalStore], None], sentence: str) -> None:
    st.session_state.pop(GONE, None)

    def deed(store: OperationalStore) -> str:
        change(store)
        return sentence

    do(SAID, deed)


def ready(state: str, kept: int) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    st.html(
        f'<p class="clientela-quiet" data-testid="runs-ready" data-state="{state}" data-kept="{kept}">'
        "Runs hold parameters and figures, no customers.</p>"
    )


runs()
