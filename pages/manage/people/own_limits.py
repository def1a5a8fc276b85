"""What one person may see and do, in sentences."""

from __future__ import annotations

from html import escape

import streamlit as st

from data.access.deed import Deed
from data.access.policy import REMEDY, Policy
from data.access.role import label_of
from pages.ui.limits_told import limits_told
from pages.ui.open_pages import open_entries


def own_limits(of: Policy) -> None:
    """A list of what follows for whoever looks."""
    items = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in told_limits(of).items()
    )
    st.html(f'<dl class="people-own" data-testid="own-limits">{items}</dl>')


def told_limits(of: Policy) -> dict[str, str]:
    """What a policy says, by headings."""
    deeds = [each.label.capitalize() for each in Deed if of.may(each)]
    return {
        "Name": of.person or "Not signed in",
        "Roles": ", ".join(map(label_of, of.roles)) or "None is declared: everything is open",
        "Pages": ", ".join(each.title for each in open_entries(of)),
        "Data": " ".join(limits_told(of)),
        "Deeds": "; ".join(deeds) or "To look alone",
        "Changes": REMEDY,
    }
