"""In which time zone the days of a firm lie whose first files tell moments: asked before they are loaded."""

from __future__ import annotations

import streamlit as st

from data.errors import ClientelaError
from data.load.time_settings import AS_WRITTEN, TimeSettings
from pages.manage.files.file_roles import FileEntry, FileRole
from pages.manage.files.first_rows import ZONE, looked
from pages.manage.files.mapping_draft import Draft
from pages.manage.shared.coloured_notes import note
from pages.manage.sources.time_card import ZONE_NAMES, offered
from pages.ui import session

ASKS = "Some dates are moments with a time zone of their own. In which place’s days do they fall?"


def zone_choice(draft: Draft, is_first: bool) -> str | None:
    """Draw the question where files are the first and tell moments; the zone, "" for days as they are written."""
    if not any(_zoned(draft, each.subject) for each in draft.mapping.parts):
        return None
    now = TimeSettings.of(session.warehouse()).time_zone
    if not is_first:
        _as_it_is(now)
        return None
    here = st.context.timezone or ""
    likely = [each for each in (now, here) if each in offered()]
    zones = list(dict.fromkeys([*([now] if now in likely else []), AS_WRITTEN, *likely, *offered()]))
    note(ASKS, f"This browser is in {here}." if here in zones else "", "look", "data-zone")
    chosen: str = st.selectbox(
        "Days are those of", zones, key=ZONE, width=300, format_func=lambda each: ZONE_NAMES.get(each, each)
    )
    return "" if chosen == AS_WRITTEN else chosen


def _zoned(draft: Draft, subject: str) -> bool:
    part = draft.mapping.part(subject)
    path = next(iter(draft.reads(part)), None) if part is not None else None
    try:
        return path is not None and looked(draft, FileEntry(path, FileRole(subject))).zoned
    except ClientelaError:
        return False


def _as_it_is(zone: str) -> None:
    days = f"the days of {zone}" if zone else "the days that are written"
    st.caption(f"Moments with a time zone fall on {days}, as the calendar on the page Sources says.")
