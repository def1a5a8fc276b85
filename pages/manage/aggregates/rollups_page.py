"""Roll-ups: which cells are counted beforehand, what space they take, what was asked most, and making them anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from cubes import catalogue
from cubes.aggregates import behind
from cubes.aggregates.aggregate_kinds import CUSTOMER_SETS, ROLL_UPS
from cubes.aggregates.aggregate_sizes import Sizes, sizes
from cubes.aggregates.bitmaps.stored_bitmaps import StoredSets, stored_sets
from cubes.aggregates.rollups import stored_rollup
from cubes.aggregates.rollups.stored_rollup import StoredRollUp
from cubes.aggregates.space_budget import LEAST_ROOM, least_lines, share
from cubes.ask import answer_cache
from cubes.model import Cube
from data import environment
from data.access.deed import Deed
from data.store.question_log import shapes
from pages.manage.aggregates import rollups_words as words
from pages.manage.aggregates.rollups_job import Building, under_way
from pages.manage.shared.coloured_notes import note
from pages.manage.shared.html_tables import Row, table
from pages.manage.shared.load_jobs import Job, desk
from pages.manage.shared.manage_style import looks, ready
from pages.manage.shared.warehouse_changes import doing, told
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.kpi_row import Kpi, kpi_strip
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.style.formats import count_text, number_text, share_text

JOB, SHARE = "rollups-job", "rollups-share"
SHOWN, MOST_ASKED = 8, 10
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class StoredRollups:
    """What a snapshot holds beside its facts."""

    roll_ups: Mapping[str, Sequence[StoredRollUp]]
    sizes: Sizes
    sets: Sequence[StoredSets]
    least: int
    share: float
    behind: Mapping[str, int]


@st.cache_resource(show_spinner=False, max_entries=2)
def held(path: str, version: str) -> StoredRollups:
    store = session.warehouse()
    found = {name: stored_rollup.read(store.rows, name) for name in catalogue.CUBES}
    roll_ups = {name: each for name, each in found.items() if each}
    return StoredRollups(
        roll_ups, sizes(store), stored_sets(store), least_lines(store.rows), share(store.rows),
        behind.through_batches(store.rows),
    )  # fmt: skip


@session.fragment
def rollups() -> None:
    session.read_own_url()
    looks()
    store = session.warehouse()
    page_title(
        "Roll-ups",
        "Cells that are counted beforehand, so that an answer takes no longer when there are more lines.",
    )
    told()
    finished()
    found = held(str(store.path), store.version)
    if environment.engine():
        note(*words.BY_CLUSTER, mark="rollups-by-cluster")
    if found.behind:
        note(*words.FOLLOWED_SOON, mark="rollups-behind")
    if not found.roll_ups:
        none_yet(found)
    else:
        cubes = {name: session.cube(name) for name in found.roll_ups}
        tiles(found)
        making(found)
        for name, cube in cubes.items():
            roll_ups_of(cube, found.roll_ups[name], found.sizes)
        sets(cubes, found.sets)
    most_asked()
    count = sum(map(len, found.roll_ups.values()))
    ready("rollups", count=count, version=store.version, state="making" if under_way() else "idle")


def none_yet(found: StoredRollups) -> None:
    lines = max((extent.lines for extent in session.warehouse().profile.extents.values()), default=0)
    empty_state(
        "No roll-ups are kept",
        f"They are made from {number_text(found.least)} lines of a fact on; the largest here has "
        f"{number_text(lines)}, which are read as fast as they are.",
        key="no-rollups",
    )


def tiles(found: StoredRollups) -> None:
    """How many there are, the space they take, and how the answers kept in memory fared."""
    count = sum(map(len, found.roll_ups.values()))
    cells = sum(each.cells for kept_ in found.roll_ups.values() for each in kept_)
    stats, store = answer_cache.shared().stats, session.warehouse()
    asked = stats.hits + stats.misses
    on_disk = found.sizes
    kpi_strip(
        (
            Kpi("rollups", "Roll-ups", number_text(count), note=f"{number_text(cells)} cells"),
            Kpi("sets", "Sets of customers", number_text(sum(each.sets for each in found.sets)),
                note=words.space(on_disk.of(CUSTOMER_SETS.name))),
            Kpi("space", "Space beside the facts", words.space(on_disk.beside),
                note=f"{share_text(on_disk.share)} of their {words.space(on_disk.whole)};"
                f" the file has {words.space(store.path.stat().st_size)}",
                help="Columns as they lie compressed on disk; a small table takes at least one block of 256 KB."),
            Kpi("hits", "Answers from memory", share_text(stats.hits / asked) if asked else "–",
                note=f"of {number_text(asked)} asked since the start"),
            Kpi("cache", "Answers kept", number_text(stats.answers),
                note=f"{words.space(stats.bytes)} of {words.space(answer_cache.shared().limit)}"),
        ),
        "rollups-tiles",
    )  # fmt: skip


def making(found: StoredRollups) -> None:
    """The budget, and the button that makes them anew; while they are made, how far that is."""
    job = under_way()
    with card("making"):
        section(
            "Budget",
            "What roll-ups and sets may take beside the facts: so much of them;"
            f" {words.space(LEAST_ROOM)} together if that is more. Which ones pay is chosen by what was asked.",
        )
        if job is not None:
            progress(job)
            return
        if not may(Deed.CURATE):
            return
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.number_input(
                "Percent of the facts",
                5,
                100,
                round(found.share * 100),
                5,
                key=SHARE,
                width=200,
                help="35 is a good start. More makes rare questions faster, and loads a little slower.",
            )
            st.button("Make anew", key="rollups-build", type="primary", icon=":material/autorenew:",
                      on_click=doing(_begun), disabled=desk().under_way() is not None)  # fmt: skip
        st.caption("Each load keeps them up to date by itself; made anew, they follow what is asked now.")


def _begun() -> str:
    order = Building(environment.warehouse().resolve(), st.session_state[SHARE] / 100)
    st.session_state[JOB] = desk().start(order).id
    return "The roll-ups are being made anew; everybody goes on with those there are until then."


@st.fragment(run_every=POLL_SECONDS)
def progress(job: Job) -> None:
    """How far the making is; the page is drawn anew when it ends."""
    if not job.under_way():
        st.rerun()
    st.progress(job.share, text=job.words)
    st.html(f'<i data-testid="rollups-progress" data-share="{job.share:.2f}"></i>')


def finished() -> None:
    """What became of the making that this session began; told once."""
    job = desk().job(st.session_state.get(JOB, ""))
    if job is None or job.under_way():
        return
    st.session_state.pop(JOB)
    if job.problem is not None:
        note(f"Not made. {job.problem.problem}", job.problem.remedy, "bad", "rollups-refused")
    else:
        note(
            "The roll-ups were made anew.",
            "Questions are answered from them from now on.",
            "good",
            "rollups-made",
        )


def roll_ups_of(cube: Cube, roll_ups: Sequence[StoredRollUp], found: Sizes) -> None:
    own = found.kinds[ROLL_UPS.name]
    rows = words.rows(cube, roll_ups, own)
    size = sum(own[each.table] for each in roll_ups)
    lines = session.warehouse().profile.extents[cube.fact].lines
    with card(f"rollups-{cube.name}"):
        section(
            cube.label,
            f"{count_text(len(rows), 'roll-up')} of {number_text(lines)} lines: {words.space(size)} beside"
            f" {words.space(found.facts[cube.fact])}.",
        )
        listed(
            ("Grain", "Made of", "#Cells", "#Space"),
            rows,
            f"rollups-{cube.name}",
            f"Roll-ups of {cube.label}",
        )


def sets(cubes: Mapping[str, Cube], stored: Sequence[StoredSets]) -> None:
    if not stored:
        return
    with card("sets"):
        section(
            "Sets of customers",
            "A bit for each customer of a cell: united, they count different customers exactly at any level.",
        )
        rows = words.set_rows(cubes, (each for each in stored if each.cube in cubes))
        listed(("Whose", "Grain", "#Sets", "#Space"), rows, "sets", "Sets of customers")


def most_asked() -> None:
    """The questions asked most, as the choice of roll-ups weighs them."""
    found = shapes(session.warehouse().path)
    with card("asked"):
        section("Asked most", "Levels and measures alone: no names, no members, nobody who asked.")
        if not found:
            note("Nothing was asked yet.", "Look at the Overview or Explore, then come back.")
            return
        heads = ("Measures", "By", "Filtered by", "#Times", "Last answered from", "Last")
        rows = words.asked(found[:MOST_ASKED], session.warehouse().profile)
        table(heads, rows, "asked", "Questions asked most")
        if len(found) > MOST_ASKED:
            st.caption(f"{number_text(len(found) - MOST_ASKED)} rarer ones are not listed.")


def listed(heads: Sequence[str], rows: Sequence[Row], mark: str, caption: str) -> None:
    """The first rows, and the others folded away."""
    table(heads, rows[:SHOWN], mark, caption)
    if len(rows) > SHOWN:
        with st.expander(f"{number_text(len(rows) - SHOWN)} smaller ones"):
            table(heads, rows[SHOWN:], f"{mark}-rest", f"{caption}, the smaller ones")


rollups()
