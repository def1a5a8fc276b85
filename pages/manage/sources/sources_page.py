"""Sources: whether each of them delivers on time and as expected, what failed, and how to take a load back."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import quote

import polars as pl
import streamlit as st

from cubes import catalogue
from data.quality import source_health
from data.quality.source_health import FAILING, LATE
from pages.explore.outlier_days import outliers
from pages.manage.shared.coloured_notes import note
from pages.manage.shared.html_tables import Row, TableCell, count, table
from pages.manage.shared.manage_style import looks, ready
from pages.manage.shared.source_words import STATES, age, stream_name, subject
from pages.manage.shared.warehouse_changes import told
from pages.manage.sources.published_states import published
from pages.manage.sources.schedule_card import intervals, schedule_card
from pages.manage.sources.sparklines import bars
from pages.manage.sources.time_card import time_card
from pages.manage.sources.waiting_card import waiting_card
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.figures import volumes
from pages.ui.kpi_row import Kpi, kpi_strip
from pages.ui.local_time import day_in_words, in_words
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.style.formats import count_text, days_named, number_text
from pages.ui.style.told_sentences import numbers_told

TONES = {"ok": "good", "late": "look", "failing": "bad"}
DATA = "manage/files/data_page.py"
SHOWN = 12
MOST_BARS = 60


@session.fragment
def sources() -> None:
    looks()
    store = session.warehouse()
    urgency = pl.col("state").replace_strict({FAILING: 0, LATE: 1}, default=2, return_dtype=pl.Int8)
    found = source_health.sources(store, every=intervals()).sort(urgency, maintain_order=True)
    page_title("Sources", "Whether each source delivers on time and as expected.")
    told()
    if found.is_empty():
        schedule_card()
        time_card()
        nothing_yet()
        return
    tiles(found)
    for name in catalogue.CUBES:
        outliers(session.cube(name), f"sources-{name}")
    streams(found)
    waiting_card()
    schedule_card()
    chosen = choose(found)
    one_stream(chosen)
    time_card()
    published()
    failing, late = (int((found["state"] == each).sum()) for each in (FAILING, LATE))
    ready("sources", streams=found.height, failing=failing, late=late, stream=chosen)


def nothing_yet() -> None:
    if empty_state(
        "Nothing was delivered yet",
        "Bring a file on the page Data, or declare a source in a mapping and load it: each of its deliveries"
        " then shows here, with its checks.",
        "Bring a file",
        key="no-sources",
    ):
        st.switch_page(DATA)
    ready("sources", streams=0)


def tiles(found: pl.DataFrame) -> None:
    """How many streams there are, and what wants a look."""
    failing, late = (int((found["state"] == each).sum()) for each in (FAILING, LATE))
    last = found.sort("loaded_at").row(-1, named=True)
    waiting, rejected = int(found["open"].sum()), int(found["rejected"].sum())
    shown = (
        Kpi(
            "streams",
            "Streams",
            number_text(found.height),
            note=f"of {count_text(found['source'].n_unique(), 'source')}",
        ),
        Kpi(
            "failing",
            "Failing a check",
            number_text(failing),
            note="told below" if failing else "all as expected",
        ),
        Kpi(
            "late",
            "Late",
            number_text(late),
            note="twice their usual time passed" if late else "none waited for",
        ),
        Kpi(
            "open",
            "Rows to mend",
            number_text(waiting),
            note=f"{number_text(rejected)} rejected by the last deliveries",
        ),
        Kpi("last", "Last load", day_in_words(last["loaded_at"]), note=last["source"]),
    )
    kpi_strip(shown, "sources-tiles")


def streams(found: pl.DataFrame) -> None:
    """Every stream with its state, its last delivery and its course."""
    heads = (
        "State",
        "Source",
        "What",
        "Last delivery",
        "Deliveries",
        "#Rows",
        "#Rejected",
        "#To mend",
        "#Checks failed",
    )
    with card("streams"):
        section("State of each source")
        courses = source_health.courses(session.warehouse())
        table(
            heads,
            [_row(row, courses[row["stream"]]) for row in found.iter_rows(named=True)],
            "streams",
            "State of each source",
        )


def _row(row: dict[str, Any], course: list[int]) -> Row:
    symbol, word = STATES[row["state"]]
    told = f"Rows of the last deliveries: {', '.join(number_text(each) for each in course[-SHOWN:])}"
    return (
        TableCell(f"{symbol} {word}", TONES[row["state"]]),
        TableCell(row["source"]),
        TableCell(subject(row["part"]), href=f"sources?stream={quote(row['stream'], safe='')}"),
        TableCell(_when(row)),
        TableCell(told, picture=bars(course, session.colours().fill)),
        count(row["rows"]),
        count(row["rejected"], "bad"),
        count(row["open"], "look"),
        count(row["failed"], "bad"),
    )


def _when(row: dict[str, Any]) -> str:
    simulated = " (simulated)" if row["origin"] == "demo" else ""
    return f"{age(row['freshness_days'])}{simulated}"


def choose(found: pl.DataFrame) -> str:
    """The stream that is looked at: the address's, else the one that wants it most."""
    names = found["stream"].to_list()
    written = session.read_own_url("stream")["stream"]
    chosen: str = written if written in names else names[0]
    if written not in ("", chosen):
        note(f"There is no stream {written!r}.", "The one that wants a look most is shown.", mark="no-stream")
    with st.container(width=420):
        chooser(
            "Stream",
            "sources-stream",
            names,
            chosen,
            stream_name,
            lambda each: session.write_url({"stream": [each]}),
        )
    return chosen


def one_stream(stream: str) -> None:
    """One stream: its volumes, what its checks found, its deliveries."""
    store = session.warehouse()
    came, results = source_health.volumes(store, stream), source_health.results(store, stream)
    left, right = st.columns([7, 5], gap="small")
    with left, card("volumes", "stretch"):
        section("Volumes over time", "One bar a delivery; what was rejected stands hollow on top.")
        chart(
            volumes(came.tail(MOST_BARS), session.colours()),
            f"volumes-{stream}-{came.height}",
            f"Rows of each delivery of {stream}",
        )
    with right, card("checks", "stretch"):
        checks(results)
    with card("deliveries"):
        section("Deliveries", f"The latest of {number_text(came.height)}." if came.height > SHOWN else "")
        deliveries(stream.rpartition("/")[2], came)


def checks(results: pl.DataFrame) -> None:
    """What the checks of the latest delivery found, the failed ones first."""
    last = results.filter(pl.col("batch") == pl.col("batch").max())
    failed = last.filter(~pl.col("passed"))
    if last.is_empty():
        section("Checks", "None was made of the latest delivery.")
        return
    well = last.height - failed.height
    section("Checks", f"Of batch {last['batch'][0]}: {failed.height} failed, {well} held.")
    st.html(_listed(failed, "failed-checks"))
    if well:
        with st.expander(count_text(well, "check held", "checks held")):
            st.html(_listed(last.filter(pl.col("passed")), "held-checks"))
    earlier = results.filter((pl.col("batch") < pl.col("batch").max()) & ~pl.col("passed"))
    if earlier.height:
        with st.expander(f"Failed before ({earlier.height})"):
            st.html(_listed(earlier.head(40), "failed-before", batch=True))


def _listed(results: pl.DataFrame, mark: str, batch: bool = False) -> str:
    items = "".join(_item(row, batch) for row in results.iter_rows(named=True))
    return f'<ul class="manage-checks" data-testid="{mark}">{items}</ul>'


def _item(row: dict[str, Any], batch: bool) -> str:
    tone, symbol = ("good", "✓") if row["passed"] else ("bad", "✕")
    stops = "<small>stops a load</small>" if row["severity"] == "stop" else ""
    when = f" (batch {row['batch']})" if batch else ""
    told = days_named(numbers_told(f"found {row['found']}; expected {row['expected']}"))
    return (
        f'<li class="{tone}" data-symbol="{symbol}"><b>{escape(row["name"].capitalize())}</b>{when}{stops}<br>'
        f"<span>{escape(told)}</span></li>"
    )


def deliveries(part: str, came: pl.DataFrame) -> None:
    """The latest deliveries with their books; rejected rows lead to where they are mended."""
    heads = (
        "#Batch",
        "Delivered",
        "Loaded",
        "File",
        "#Rows",
        "#Loaded",
        "#Rejected",
        "#To mend",
        "#Repeats",
        "#Checks failed",
    )
    rows = [_delivery(part, row) for row in came.reverse().head(SHOWN).iter_rows(named=True)]
    table(heads, rows, "deliveries", "Deliveries")


def _delivery(part: str, row: dict[str, Any]) -> Row:
    mend = f"rejected?batch={row['batch']}&part={quote(part)}" if row["rejected"] else ""
    return (
        TableCell(str(row["batch"]), number=True),
        TableCell(in_words(row["as_of"])),
        TableCell(in_words(row["loaded_at"])),
        TableCell(row["file"]),
        count(row["rows"]),
        count(row["loaded"]),
        TableCell(number_text(row["rejected"]), "bad" if row["rejected"] else "quiet", mend, number=True),
        count(row["open"], "look"),
        count(row["repeats"]),
        count(row["failed"], "bad"),
    )


sources()
