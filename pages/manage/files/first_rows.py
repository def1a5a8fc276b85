"""The first rows of a file of a draft through its part of the mapping, remembered while neither changes."""

from __future__ import annotations

import json
from pathlib import Path

import streamlit as st

from data.errors import BadInput, WarehouseError
from data.load import Mapping, Preview, preview
from data.load.notation.stream_habits import NO_HABITS, Habits
from data.load.record.batch_ledger import habits
from data.load.time_settings import TimeSettings
from pages.manage.files.file_roles import FileEntry
from pages.manage.files.mapping_draft import Draft
from pages.ui import session

ROWS = 50
ZONE = "data-zone"


def looked(draft: Draft, entry: FileEntry) -> Preview:
    """What the mapping makes of the file. Errors: BadInput if it cannot be read."""
    mapping = draft.alone(entry)
    beside = filter(None, (draft.at(join.file) for join in mapping.main.joins))
    try:
        stats = [path.stat() for path in (entry.path, *beside)]
    except OSError as error:
        raise BadInput(f"{entry.path.name} is not there any more.", "Bring it again.") from error
    stamps = tuple((each.st_size, each.st_mtime_ns) for each in stats)
    zone, before = _before(mapping)
    told = json.dumps(before.plain(), sort_keys=True)
    return _previewed(mapping.to_toml(), str(entry.path), stamps, zone, told, mapping, before)


def _before(mapping: Mapping) -> tuple[str, Habits]:
    """The time zone that is chosen, else the firm's, and how earlier deliveries of the same are written."""
    try:
        store = session.warehouse()
    except WarehouseError:
        return "", NO_HABITS
    chosen = st.session_state.get(ZONE)
    zone = TimeSettings.of(store).changed(time_zone=chosen).time_zone
    return zone, habits(store.rows, mapping.source, mapping.main.subject)


@st.cache_resource(show_spinner=False, max_entries=24)
def _previewed(
    text: str,
    path: str,
    stamps: tuple[tuple[int, int], ...],
    zone: str,
    told: str,
    _mapping: Mapping,
    _habits: Habits,
) -> Preview:
    return preview(_mapping, Path(path), ROWS, zone, _habits)
