"""What the warehouse holds: how much, until when, load by load, and the rows that stayed outside."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from cubes.query import Query
from data.errors import ClientelaError
from data.recovery.replacement import set_aside
from data.store import load_ledger
from data.store.warehouse import Profile, current_version
from pages.manage.shared.coloured_notes import note
from pages.manage.shared.html_tables import scrolling
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.export_files import downloads
from pages.ui.kpi_row import Kpi, kpi_strip
from pages.ui.local_time import in_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view
from pages.ui.style.formats import count_text, format_day, format_value, number_text

SHOWN = 40
BOOKS = ("rows_read", "rows_loaded", "rows_rejected", "repeats_dropped", "rows_left_out", "repeats_kept")
HEADS = (
    "Batch",
    "Source",
    "File",
    "Loaded",
    "Rows read",
    "= loaded",
    "+ rejected",
    "+ repeats dropped",
    "+ left out",
    "Repeats kept",
)


def tiles(batches: pl.DataFrame) -> None:
    """Lines, customers, revenue, extent, rejected rows and size."""
    store, profile = session.warehouse(), session.warehouse().profile
    revenue = session.ask(Query(("revenue",))).frame["revenue"][0] if profile.lines else 0
    whole, short = (format_value(revenue, "money", profile.currency, brief) for brief in (False, True))
    rejected = int(batches["kept_aside"].sum())
    until = format_day(profile.last_day) if profile.last_day else "–"
    since = f"since {format_day(profile.first_day)}" if profile.first_day else ""
    shown = (
        Kpi("lines", "Order lines", number_text(profile.lines), note=f"in {count_text(batches.height, 'load')}"),
        Kpi("customers", "Customers", number_text(profile.customers), note="known by a number"),
        Kpi("revenue", "Revenue, all time", short,
            note=whole if whole != short else ""),
        Kpi("until", "Latest day", until, note=since),
        Kpi("rejected", "Rejected rows", number_text(rejected),
            note="listed below" if rejected else "none stayed outside"),
        Kpi("size", "Size", f"{number_text(store.path.stat().st_size / 1e6)} MB", note=store.path.name),
    )  # fmt: skip
    kpi_strip(shown, "data-tiles")


def loads(batches: pl.DataFrame) -> None:
    """Every load with its books, and its rejected rows to take along."""
    with card("loads"):
        section("Loads", "Rows read = loaded + rejected + repeats dropped + left out, in every load.")
        if batches.is_empty():
            note("Nothing was loaded yet.", "Bring a file above.")
            return
        st.html(_table(batches.head(SHOWN)))
        if batches.height > SHOWN:
            st.caption(f"{number_text(batches.height - SHOWN)} earlier loads are not listed.")
        _rejected(batches.filter(pl.col("kept_aside") > 0))


def _rejected(batches: pl.DataFrame) -> None:
    if batches.is_empty():
        return
    names = {
        batch: f"Batch {batch} · {file} · {count_text(count, 'rejected row')}"
        for batch, file, count in batches.select("batch", "file", "kept_aside").iter_rows()
    }
    with st.container(horizontal=True, vertical_alignment="bottom", key="rejected-choice"):
        chosen = st.selectbox(
            "Rejected rows of", list(names), format_func=names.__getitem__, key="rejected-batch"
        )
        store = session.warehouse()
        downloads(f"rejected-batch-{chosen}", lambda: load_ledger.rejected(store, chosen), "rejected")
    with st.expander("Look at them"):
        frame_view(load_ledger.rejected(store, chosen).head(1000), "rejected-rows", height=260)


def _table(batches: pl.DataFrame) -> str:
    heads = "".join(f'<th class="{"text" if at < 4 else ""}">{each}</th>' for at, each in enumerate(HEADS))
    rows = "".join(_row(row) for row in batches.iter_rows(named=True))
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return scrolling(table, "data-ledger", "loads", "Loads")


def _row(row: dict[str, Any]) -> str:
    told = (row["source"], row["file"], in_words(row["loaded_at"]))
    texts = "".join(f'<td class="text wide" title="{escape(each)}">{escape(each)}</td>' for each in told)
    books = "".join(_count(name, row[name]) for name in BOOKS)
    return f'<tr data-batch="{row["batch"]}"><td class="text">{row["batch"]}</td>{texts}{books}</tr>'


def _count(name: str, count: int) -> str:
    bad = ' class="bad"' if name == "rows_rejected" and count else ""
    return f"<td{bad}>{number_text(count)}</td>"


def kept_before(path: Path) -> Profile | None:
    """The warehouse that was set aside, if there is one that opens."""
    try:
        before = _set_aside(str(path), current_version(path))
        return session.profile_of(before) if before is not None else None
    except ClientelaError:
        return None


@st.cache_data(show_spinner=False, max_entries=4)
def _set_aside(path: str, version: str) -> Path | None:
    return set_aside(Path(path))


def in_few_words(profile: Profile) -> str:
    """A firm as one speaks of it."""
    until = f", until {format_day(profile.last_day)}" if profile.last_day else ""
    return f"{profile.firm or 'a firm without a name'} ({count_text(profile.lines, 'order line')}{until})"


def described(profile: Profile) -> str:
    """A firm in a few words, safe in labels."""
    return as_plain(in_few_words(profile))
