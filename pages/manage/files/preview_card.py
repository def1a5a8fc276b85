"""The first rows through the mapping, and what is wrong with them in words, before anything is loaded."""

from __future__ import annotations

import polars as pl
import polars.selectors as cs
import streamlit as st

from data.errors import ClientelaError
from data.load import Preview, head
from data.load.preview import SAMPLE
from data.sources.file import AS_FOUND
from pages.manage.files.first_rows import ROWS, looked
from pages.manage.files.lacking_fields import lacking, lacking_fields
from pages.manage.files.mapping_draft import Draft
from pages.manage.shared.coloured_notes import note
from pages.ui.plain_frames import frame_view
from pages.ui.style.formats import number_text

TOLD = 6
UNITS = dict.fromkeys(("revenue", "unit_price", "cost", "unit_cost"), "money")
VIEWS = {"typed": "As it will be", "raw": "As it is in the file"}


def preview_card(draft: Draft, waits: str) -> tuple[str, int]:
    """Draw the preview; what stands in the way of loading, if anything does, and how many problems were found.

    `waits` says why the load waits for answers.
    """
    missing = lacking(draft)
    if missing:
        note(*missing, tone="look", mark="data-lacking")
    elif waits:
        note(waits, tone="look", mark="data-waits")
    blocked = missing[0] if missing else waits
    if not draft.seen.role.is_rows or lacking_fields(draft.part):
        _look(pl.DataFrame(), _raw(draft))
        return blocked, int(bool(missing))
    try:
        found = looked(draft, draft.seen)
    except ClientelaError as error:
        note(error.problem, error.remedy, tone="bad", mark="data-refused")
        return error.problem, 1
    if not blocked or found.problems:
        _problems(found)
    _look(found.typed, found.raw)
    return blocked, len(found.problems)


def _problems(found: Preview) -> None:
    if not found.problems:
        note(
            "The first rows are sound.",
            f"Nothing wrong in {seen_in_words(found.rows)}.",
            "good",
            "data-sound",
        )
        return
    if found.typed.is_empty():
        note("This mapping cannot be applied.", " ".join(found.problems), "bad", "data-problems")
        return
    more = len(found.problems) - TOLD
    points = [*found.problems[:TOLD], *([f"… and {more} other kinds."] if more > 0 else [])]
    said = f"Seen in {seen_in_words(found.rows)}. They are kept aside with their reasons, and can be taken along."
    note("Some rows would be rejected.", said, "look", "data-problems", points)


def seen_in_words(rows: int) -> str:
    """How many rows were looked at.

    >>> seen_in_words(1), seen_in_words(37), seen_in_words(2000)
    ('the only row', 'all 37 rows', 'the first 2,000 rows')
    """
    if rows == 1:
        return "the only row"
    return f"the first {number_text(rows)} rows" if rows >= SAMPLE else f"all {number_text(rows)} rows"


def _look(typed: pl.DataFrame, raw: pl.DataFrame) -> None:
    offered = [name for name, frame in (("typed", typed), ("raw", raw)) if frame.width]
    if not offered:
        return
    which = offered[0] if len(offered) == 1 else st.segmented_control(
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


def _raw(draft: Draft) -> pl.DataFrame:
    """The rows as they are, for a mapping that cannot be applied yet."""
    try:
        options = draft.part.options if draft.seen.role.is_rows else AS_FOUND
        return head(draft.seen.path, options, ROWS)
    except ClientelaError:
        return pl.DataFrame()
