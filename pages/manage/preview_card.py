"""The first rows through the mapping, and what is wrong with them in words, before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import polars.selectors as cs
import streamlit as st

from data.errors import BadInput, ClientelaError, WarehouseError
from data.load import Mapping, Preview, head, preview
from data.settings import TimeSettings
from data.sources.file import AS_FOUND
from pages.manage.draft import Draft
from pages.manage.lacking import lacking, lacking_fields
from pages.manage.notes import note
from pages.ui import session
from pages.ui.frames import frame_view

TOLD = 6
ROWS = 50
SAMPLE = 2_000
UNITS = dict.fromkeys(("revenue", "unit_price", "cost", "unit_cost"), "money")
VIEWS = {"typed": "As it will be", "raw": "As it is in the file"}


def preview_card(draft: Draft) -> tuple[str, int]:
    """Draw the preview; what stands in the way of loading, if anything does, and how many problems were found."""
    missing = lacking(draft)
    if missing:
        note(*missing, tone="look", mark="data-lacking")
    if not draft.seen.role.is_rows or lacking_fields(draft.part):
        _look(pl.DataFrame(), _raw(draft))
        return (missing[0], 1) if missing else ("", 0)
    try:
        found = seen(draft)
    except ClientelaError as error:
        note(error.problem, error.remedy, tone="bad", mark="data-refused")
        return error.problem, 1
    _problems(found)
    _look(found.typed, found.raw)
    return (missing[0] if missing else ""), len(found.problems)


def _problems(found: Preview) -> None:
    if not found.problems:
        note("The first rows are sound.", f"Nothing wrong in the first {SAMPLE:,}.", "good", "data-sound")
        return
    if found.typed.is_empty():
        note("This mapping cannot be applied.", " ".join(found.problems), "bad", "data-problems")
        return
    more = len(found.problems) - TOLD
    points = [*found.problems[:TOLD], *([f"… and {more} other kinds."] if more > 0 else [])]
    said = f"Seen in the first {SAMPLE:,}. They are kept aside with their reasons, and can be taken along."
    note("Some rows would be rejected.", said, "look", "data-problems", points)


def _look(typed: pl.DataFrame, raw: pl.DataFrame) -> None:
    offered = [name for name, frame in (("typed", typed), ("raw", raw)) if frame.width]
    if not offered:
        return
    which = st.segmented_control(
        "What to look at", offered, default=offered[0], required=True, format_func=VIEWS.__getitem__,
        key=f"preview-{'-'.join(offered)}", label_visibility="collapsed",
    )  # fmt: skip
    if which == "raw":
        st.dataframe(raw, hide_index=True, height=_height(raw), key="preview-raw")
        return
    sound = typed["reason"].null_count() == typed.height
    shown = typed.drop("reason") if sound else typed.with_columns(pl.col("reason").fill_null(""))
    frame_view(shown.with_columns(cs.decimal().cast(pl.Float64)), "preview-typed", UNITS, _height(shown))


def _height(frame: pl.DataFrame) -> int:
    return min(300, 34 + 31 * frame.height)


def seen(draft: Draft) -> Preview:
    """The first rows of the file that is looked at, through its part. Errors: BadInput."""
    mapping = draft.alone
    beside = filter(None, (draft.at(join.file) for join in draft.part.joins))
    try:
        stats = [path.stat() for path in (draft.seen.path, *beside)]
    except OSError as error:
        raise BadInput(f"{draft.seen.path.name} is not there any more.", "Bring it again.") from error
    stamps = tuple((each.st_size, each.st_mtime_ns) for each in stats)
    return _previewed(mapping.to_toml(), str(draft.seen.path), stamps, _zone(), mapping)


def _zone() -> str:
    """The firm's time zone; none where there is no warehouse yet."""
    try:
        return TimeSettings.of(session.warehouse()).time_zone
    except WarehouseError:
        return ""


@st.cache_resource(show_spinner=False, max_entries=24)
def _previewed(
    text: str, path: str, stamps: tuple[tuple[int, int], ...], zone: str, _mapping: Mapping
) -> Preview:
    return preview(_mapping, Path(path), ROWS, zone)


def _raw(draft: Draft) -> pl.DataFrame:
    """The rows as they are, for a mapping that cannot be applied yet."""
    try:
        options = draft.part.options if draft.seen.role.is_rows else AS_FOUND
        return head(draft.seen.path, options, ROWS)
    except ClientelaError:
        return pl.DataFrame()
