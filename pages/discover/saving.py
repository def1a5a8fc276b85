"""A finding goes back to the warehouse: segments saved as an attribute of customers, and taken away again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from data.errors import ClientelaError
from data.warehouse import FINDING, Profile, remove_attribute, save_attribute
from pages.discover.finding import Finding
from pages.discover.slice import explore_link, explore_parameters
from pages.ui import session
from pages.ui.controls import as_plain
from pages.ui.formats import count_text

SAID = "segments-said"


@dataclass(frozen=True, slots=True)
class Place:
    """The attribute that segments are saved as, and whether some are saved now."""

    name: str
    label: str
    taken: bool


def place(profile: Profile) -> Place:
    """`segment`, or where the firm brought one of that name along, `found_segment`."""
    owners = {each.name: each.origin for each in profile.attributes}
    for name, label in (("segment", "Segment"), ("found_segment", "Found segment")):
        if owners.get(name, FINDING) == FINDING:
            return Place(name, label, name in owners)
    return Place("mined_segment", "Mined segment", "mined_segment" in owners)


def save(finding: Finding) -> str:
    """Save the segments; what was done, in words."""
    where = place(session.warehouse().profile)
    values = dict(finding.members.select("customer", "segment").iter_rows())
    done = save_attribute(session.warehouse().path, "customer", where.name, where.label, values)
    count = count_text(len(finding.names), "segment")
    return (
        f"Saved {count_text(done, 'customer')} in {count} as “{where.label}”. All others stand as (unknown)."
    )


def saving(finding: Finding, token: str) -> None:
    """The buttons to save and to remove, and the way to what is saved."""
    where = place(session.warehouse().profile)
    if st.button(
        f"Save as {where.label.lower()}",
        key="segments-save",
        type="primary",
        icon=":material/save:",
        help="Customers get their segment as an attribute, which Explore can drill and every page can filter by",
    ):
        _attempt(lambda: save(finding), "Saving the segments …", token)
    if where.taken:
        if st.button(
            f"Remove saved {where.label.lower()}",
            key="segments-remove",
            type="tertiary",
            icon=":material/delete:",
        ):
            _attempt(lambda: _remove(where.name), "Removing the segments …", token)
        profile = session.warehouse().profile
        parameters = explore_parameters((), session.cube(), profile, (where.name,), ("year",))
        explore_link(f"Explore by {where.label.lower()}", parameters)


def said(token: str) -> None:
    """What the last save or removal came to, until something else is asked for."""
    of, done, words = st.session_state.get(SAID, ("", True, ""))
    if of != token:
        st.session_state.pop(SAID, None)
        return
    if not done:
        st.error(as_plain(words), icon=":material/error:")
        return
    st.success(as_plain(words), icon=":material/check:")


def _remove(name: str) -> str:
    remove_attribute(session.warehouse().path, name)
    return "The saved segments are removed; the warehouse is as it was before."


def _attempt(work: Callable[[], str], words: str, token: str) -> None:
    try:
        with st.spinner(words):
            st.session_state[SAID] = (token, True, work())
    except ClientelaError as error:
        st.session_state[SAID] = (token, False, str(error))
    st.rerun()
