"""The file that declares roles and who has them: where it lies, what it holds, and an example to copy."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from data.access.example_policies import EXAMPLE
from data.access.policies import Policies
from data.access.role import BUILT_IN
from pages.manage.people.cut_troubles import cut_troubles
from pages.manage.shared.coloured_notes import note
from pages.ui.page_states import card, section
from pages.ui.style.formats import count_text

FEWER = "Whoever has that role sees nothing, or less than was meant."
ALL_OPEN = "Nothing is declared: everything is open to whoever reaches this dashboard"
HOW = "Save a file such as this one under the path above. It holds from the next click on; nothing is restarted."


def policies_file_card(file: Path, declared: Policies | None) -> None:
    """Its errors are told to everybody instead of pages: nobody is let in until they are mended."""
    with card("policies-file"):
        section(
            "The file",
            "It is read anew whenever it changes. A mistake in it keeps all doors shut until it is mended.",
        )
        st.code(str(file), language=None)
        if declared is None:
            note(ALL_OPEN, "and may sign in.", "look", "nothing-declared")
        else:
            st.html(f'<p data-testid="declared">{file_told(declared)}</p>')
            for at, trouble in enumerate(cut_troubles(declared.roles.values())):
                note(trouble, FEWER, "bad", f"cut-trouble-{at}")
        with st.expander("An example to copy", expanded=declared is None):
            st.code(EXAMPLE, language="toml")
            st.caption(HOW)


def file_told(declared: Policies) -> str:
    """What it declares."""
    own = [name for name, role in declared.roles.items() if BUILT_IN.get(name) != role]
    counts = (
        count_text(len(own), "role of its own or changed", "roles of its own or changed"),
        count_text(len(declared.people), "person", "people"),
        count_text(len(declared.groups), "group of the provider", "groups of the provider"),
    )
    return f"It declares {counts[0]}, {counts[1]} and {counts[2]}."
