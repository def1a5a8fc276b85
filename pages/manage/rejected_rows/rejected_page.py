"""Rejected rows: why they stayed outside, and a grid to mend them in and load them again."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from data import environment
from data.access.deed import Deed
from data.load import Mapping
from data.load.mappings.canonical_fields import SUBJECT
from data.load.mend_rows import load_mended
from data.quality import source_health
from pages.manage.rejected_rows import raw_rows
from pages.manage.rejected_rows.dismiss_rows import dismiss_form, dismissed, settled_since
from pages.manage.rejected_rows.mend_grid import EVERY, Key, MendGrid, draw_anew, grid_of
from pages.manage.rejected_rows.raw_rows import ROW, WHY
from pages.manage.rejected_rows.which_mapping import mapping_of
from pages.manage.shared.coloured_notes import note
from pages.manage.shared.html_tables import TableCell, table
from pages.manage.shared.manage_style import looks, ready
from pages.manage.shared.source_words import subject
from pages.manage.shared.warehouse_changes import do, told
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.controls import chooser
from pages.ui.export_files import csv
from pages.ui.local_time import in_words
from pages.ui.offered_files import offering
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view
from pages.ui.style.formats import count_text, number_text

MOST = 2_000


@session.fragment
def rejected() -> None:
    looks()
    page_title("Rejected rows", "Rows that could not be loaded wait here until they are mended or dismissed.")
    told()
    every = source_health.rejecting(session.warehouse())
    if every.is_empty():
        nothing_waits("No row was ever rejected", "All rows of all deliveries were loaded.")
        ready("rejected", open=0)
        return
    chosen = choose(every)
    waiting = source_health.rejected(session.warehouse(), chosen["batch"], chosen["part"])
    done = waiting.filter(pl.col("mended_in").is_not_null())
    left = waiting.filter(pl.col("mended_in").is_null())
    with card("reasons"):
        reasons(chosen, left, done)
        settled_since(chosen, left)
        dismissed(chosen, done)
    if left.is_empty():
        nothing_waits(
            "None of these rows waits", "Choose another delivery above, or look at what was loaded."
        )
    elif may(Deed.LOAD):
        mend(chosen, left)
    gone = int((done["mended_in"] == 0).sum())
    ready("rejected", batch=chosen["batch"], part=chosen["part"], open=left.height,
          mended=done.height - gone, dismissed=gone)  # fmt: skip


def nothing_waits(title: str, sentence: str) -> None:
    if empty_state(title, sentence, "See all sources", key="no-rejected"):
        st.switch_page("manage/sources/sources_page.py")


def choose(every: pl.DataFrame) -> dict[str, Any]:
    """The delivery of the address, else the latest of which rows wait."""
    rows = {(row["batch"], row["part"]): row for row in every.iter_rows(named=True)}
    url = session.read_own_url("batch", "part")
    written = (url["batch"], url["part"])
    latest = next((key for key, row in rows.items() if row["open"]), next(iter(rows)))
    chosen = next((key for key in rows if (str(key[0]), key[1]) == written), latest)

    if any(written) and (str(chosen[0]), chosen[1]) != written:
        note("There is no such delivery.", "The latest of which rows wait is shown.", mark="no-delivery")

    def named(key: Key) -> str:
        row = rows[key]
        waits = f"{number_text(row['open'])} to mend" if row["open"] else "none waits"
        return f"{row['source']} · {subject(row['part'])} · {in_words(row['as_of'])} · {waits}"

    def go(key: Key) -> None:
        session.write_url({"batch": [str(key[0])], "part": [key[1]]})

    with st.container(width=620):
        chooser("Delivery", "rejected-delivery", list(rows), chosen, named, go)
    return rows[chosen]


def reasons(chosen: dict[str, Any], left: pl.DataFrame, done: pl.DataFrame) -> None:
    """Why, and how often."""
    section("Why", _of(chosen))
    counted = (
        left.group_by("bare")
        .agg(rows=pl.len(), first=pl.col("row").min())
        .sort("rows", "bare", descending=[True, False])
    )
    told = [
        (
            TableCell(bare.replace(": is ", " is ").replace("_", " ")),
            TableCell(number_text(rows), number=True),
            TableCell(number_text(first), "quiet", number=True),
        )
        for bare, rows, first in counted.iter_rows()
    ]
    if told:
        table(("Reason", "#Rows", "#First row"), told, "reasons", "Reasons of rejection")
    mended = done.filter(pl.col("mended_in") > 0)
    for batch, rows in mended.group_by("mended_in").len().sort("mended_in").iter_rows():
        said = f"{count_text(rows, 'row was', 'rows were')} mended"
        note(said, f"and loaded as batch {batch}.", "good", "mended")


def _of(chosen: dict[str, Any]) -> str:
    file = f"{chosen['file']}, " if chosen["file"] else ""
    return f"{file}batch {chosen['batch']}. Row 1 is the first below the header."


def mend(chosen: dict[str, Any], left: pl.DataFrame) -> None:
    """The rows in a grid, those of one reason or all, with what was changed so far."""
    key: Key = (chosen["batch"], chosen["part"])
    grid = raw_rows.opened(left.head(MOST), raw_rows.columns_of(chosen["header"], left["raw"].to_list()))
    with card("mend"):
        with st.container(horizontal=True, vertical_alignment="center"):
            section("Mend them", _how(chosen, left.height))
            st.space("stretch")
            with offering("rejected-files") as offer:
                name = f"rejected-{chosen['source']}-{chosen['batch']}.csv"
                offer.table(
                    "Download CSV", lambda: raw_rows.to_csv(grid), csv, name, "text/csv", "rejected-csv"
                )
        if chosen["header"] is None or chosen["part"] not in SUBJECT:
            frame_view(grid, f"rejected-look-{key}", height=300)
            dismiss_form(chosen, left, ())
            return
        done = grid_of(key, left.head(MOST), grid)
        of_reason = left if done.reason == EVERY else left.filter(pl.col("bare") == done.reason)
        load(chosen, grid, done, of_reason)


def _how(chosen: dict[str, Any], rows: int) -> str:
    if chosen["part"] not in SUBJECT:
        return f"These are rows of the look-up {chosen['part']}: mend them in its file, then load that again."
    listed = f" The first {number_text(MOST)} are listed." if rows > MOST else ""
    return f"Change values in the grid, or download, change the file and bring it back.{listed}"


def load(chosen: dict[str, Any], grid: pl.DataFrame, done: MendGrid, shown: pl.DataFrame) -> None:
    """Load what was mended; or all again, where what they lacked is there by now; or dismiss what never will be."""
    mapping = mapping_of(chosen)
    if mapping is None:
        dismiss_form(chosen, shown, done.chosen)
        return
    changes = done.changes
    whole = raw_rows.mended(grid, changes)
    some = whole.filter(pl.col(ROW).is_in(list(changes)))
    label = f"Load {count_text(some.height, 'mended row')}" if some.height else "Load mended rows"
    with st.container(horizontal=True, vertical_alignment="center", key="mend-ways"):
        pressed = st.button(label, key="load-mended", type="primary", disabled=some.is_empty())
        again = st.button(
            "Try all again", key="load-all", type="tertiary",
            help="For rows that lacked something which is there by now.",
        )  # fmt: skip
        st.caption(
            f"{count_text(len(changes), 'row')} changed so far." if changes else "Nothing is changed yet."
        )
        st.space("stretch")
        dismiss_form(chosen, shown, done.chosen)
    if pressed or again:
        with st.spinner("Loading"):
            do(lambda: loaded(chosen, mapping, some if pressed else whole))
        st.rerun(scope="fragment")


def loaded(chosen: dict[str, Any], mapping: Mapping, rows: pl.DataFrame) -> str:
    """Load rows by the mapping of their source. Errors: ClientelaError."""
    frame = rows.drop(WHY).rename({ROW: "row"})
    report = load_mended(mapping, environment.warehouse().resolve(), chosen["batch"], chosen["part"], frame)
    draw_anew((chosen["batch"], chosen["part"]))
    more = (
        f"; {count_text(report.rows_rejected, 'row')} still cannot be loaded" if report.rows_rejected else ""
    )
    return f"{count_text(report.rows_loaded, 'row was', 'rows were')} loaded as batch {report.batch}{more}."


rejected()
