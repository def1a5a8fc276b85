"""The first rows through the mapping, and what is wrong with them in words, before anything is loaded."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import polars.selectors as cs
import streamlit as st

from data.errors import BadInput, ClientelaError, WarehouseError
from data.load import Mapping, Preview, head, preview
from data.settings import TimeSettings
from pages.manage.draft import Draft
from pages.manage.folders import check_files
from pages.manage.notes import note
from pages.ui import session
from pages.ui.frames import frame_view

TOLD = 6
ROWS = 50
SAMPLE = 2_000
UNITS = dict.fromkeys(("revenue", "unit_price", "cost", "unit_cost"), "money")
VIEWS = {"typed": "As it will be", "raw": "As it is in the file"}


def lacking(draft: Draft) -> tuple[str, str] | None:
    """Why nothing can be loaded yet, and what to choose above; None when all that is required is there."""
    filled = set(draft.part.filled)
    awaited = [name for name in draft.awaited if name in ("date", "revenue", "is_return")]
    if "date" not in filled:
        return "No column is chosen for the date.", "Choose above the one that says when each line was sold."
    if "revenue" not in filled and not {"quantity", "unit_price"} <= filled:
        return (
            "No amount is chosen.",
            "Choose above the amount of the line, or its quantity and the price of one.",
        )
    if awaited:
        return f"The field {awaited[0]} waits for its text.", "Write it above, or choose something else."
    if draft.part.returns == "positive" and "is_return" not in filled:
        return (
            "Returns are to be turned, but nothing says which lines are returns.",
            "Fill “Is a return” above.",
        )
    try:
        draft.mapping.check()
        check_files(draft.mapping, draft.lines, draft.roots)
    except BadInput as error:
        return error.problem, error.remedy
    return None


def preview_card(draft: Draft) -> tuple[str, int]:
    """Draw the preview; what stands in the way of loading, if anything does, and how many problems were found."""
    missing = lacking(draft)
    if missing:
        note(*missing, tone="look", mark="data-lacking")
        _look(pl.DataFrame(), _raw(draft))
        return missing[0], 1
    try:
        found = _seen(draft)
    except ClientelaError as error:
        note(error.problem, error.remedy, tone="bad", mark="data-refused")
        return error.problem, 1
    if found.left_out:
        note(
            f"{found.left_out:,} of the first {SAMPLE:,} rows are left out by the mapping.",
            mark="data-left-out",
        )
    _problems(found)
    _look(found.typed, found.raw)
    return "", len(found.problems)


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


def _seen(draft: Draft) -> Preview:
    try:
        stat = draft.lines.stat()
    except OSError as error:
        raise BadInput(f"{draft.lines.name} is not there any more.", "Bring it again.") from error
    stamp = (stat.st_size, stat.st_mtime_ns)
    return _previewed(draft.mapping.to_toml(), str(draft.lines), stamp, _zone(), draft.mapping)


def _zone() -> str:
    """The firm's time zone; none where there is no warehouse yet."""
    try:
        return TimeSettings.of(session.warehouse()).time_zone
    except WarehouseError:
        return ""


@st.cache_resource(show_spinner=False, max_entries=24)
def _previewed(text: str, lines: str, stamp: tuple[int, int], zone: str, _mapping: Mapping) -> Preview:
    return preview(_mapping, Path(lines), ROWS, zone)


def _raw(draft: Draft) -> pl.DataFrame:
    """The rows as they are, for a mapping that cannot be applied yet."""
    try:
        return head(draft.lines, draft.part.options, ROWS)
    except ClientelaError:
        return pl.DataFrame()
