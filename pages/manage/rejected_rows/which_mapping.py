"""The mapping by which mended rows are loaded: the one kept in the warehouse, one on this machine, one brought."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from data.errors import BadInput, ClientelaError
from data.load import Mapping
from data.load.mappings import kept_mappings
from pages.manage.shared import allowed_folders
from pages.manage.shared.coloured_notes import note
from pages.ui import session


def mapping_of(chosen: dict[str, Any]) -> Mapping | None:
    """The mapping of the source: as it was loaded last, else the one that somebody brings."""
    found = (
        kept_mappings.kept(session.warehouse(), chosen["source"], chosen["part"])
        or _on_this_machine(chosen)
        or _brought(chosen)
    )
    if found is None:
        note(
            "Which mapping?",
            f"Bring the mapping (TOML) by which {chosen['source']} is loaded.",
            "look",
            "no-mapping",
        )
        st.file_uploader(
            "Mapping", type=["toml"], key=f"mend-mapping-{chosen['source']}", label_visibility="collapsed"
        )
    return found


def _fits(mapping: Mapping, chosen: dict[str, Any]) -> bool:
    return mapping.source == chosen["source"] and mapping.part(chosen["part"]) is not None


def _on_this_machine(chosen: dict[str, Any]) -> Mapping | None:
    for path in (Path(each) for each in allowed_folders.listed() if each.endswith(".toml")):
        try:
            mapping = Mapping.from_text(path.read_text(encoding="utf-8-sig"), path.parent)
        except (OSError, ValueError, ClientelaError):
            continue
        if _fits(mapping, chosen):
            return mapping
    return None


def _brought(chosen: dict[str, Any]) -> Mapping | None:
    file = st.session_state.get(f"mend-mapping-{chosen['source']}")
    if file is None:
        return None
    try:
        mapping = Mapping.from_text(file.getvalue().decode("utf-8-sig"))
        if not _fits(mapping, chosen):
            raise BadInput(
                f"{file.name} is not of {chosen['source']}.", "Bring the mapping that names this source."
            )
    except UnicodeDecodeError:
        note("The mapping cannot be read as text.", "Bring a TOML file.", "bad", "bad-mapping")
        return None
    except BadInput as error:
        note(error.problem, error.remedy, "bad", "bad-mapping")
        return None
    return mapping
