"""The first rows of a file of a draft through its part of the mapping, remembered while neither changes."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from data.errors import BadInput, WarehouseError
from data.load import Mapping, Preview, preview
from data.settings import TimeSettings
from pages.manage.draft import Draft
from pages.manage.roles import Brought
from pages.ui import session

ROWS = 50


def looked(draft: Draft, entry: Brought) -> Preview:
    """What the mapping makes of the file. Errors: BadInput if it cannot be read."""
    mapping = draft.alone(entry)
    beside = filter(None, (draft.at(join.file) for join in mapping.main.joins))
    try:
        stats = [path.stat() for path in (entry.path, *beside)]
    except OSError as error:
        raise BadInput(f"{entry.path.name} is not there any more.", "Bring it again.") from error
    stamps = tuple((each.st_size, each.st_mtime_ns) for each in stats)
    return _previewed(mapping.to_toml(), str(entry.path), stamps, _zone(), mapping)


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
