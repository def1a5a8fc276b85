"""A look-up beside rows: by which column of each a row of it is found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from data.errors import ClientelaError
from data.load import columns
from pages.manage.files.data_page_state import Change
from pages.manage.files.fields_form import labelled
from pages.manage.files.mapping_draft import Draft

CHOOSE = "choose a column"


def look_up_form(draft: Draft, change: Change) -> None:
    """The two columns that are the same."""
    join = draft.join_of(draft.seen)

    def found_by(**names: Any) -> None:
        change(lambda each: each.with_join(replace(each.join_of(each.seen), **names)))

    with st.container(horizontal=True, gap="medium", key="look-up-columns"):
        with st.container(width=300):
            names = {"": CHOOSE} | {name: name for name in _own(draft)}
            label = f"Column of the {draft.part.kind.label.lower()}"
            labelled(label, "look-up-on", names, join.on, lambda name: found_by(on=name or ""))
        with st.container(width=300):
            names = {"": CHOOSE} | {name: name for name in draft.columns}
            labelled(
                "The same in this file", "look-up-to", names, join.to, lambda name: found_by(to=name or "")
            )


def _own(draft: Draft) -> list[str]:
    """The columns by which this look-up may be found: those of the rows."""
    path = next(iter(draft.reads(draft.part)), None)
    try:
        return columns(path, draft.part.options) if path is not None else []
    except ClientelaError:
        return []
