"""The customers of an audience in Explore where no question finds them: kept as a named set, by which it filters."""

from __future__ import annotations

import streamlit as st

from data import environment
from data.access.deed import Deed
from data.errors import ClientelaError
from data.operational import member_sets, operational_store, set_members
from data.operational.member_sets import MOST, PRIVATE
from pages.act.found_audiences import OpenedAudience, named_customers
from pages.discover.mined_slice import EXPLORE
from pages.ui import explore_links, session
from pages.ui.allowed_deeds import for_deed
from pages.ui.audience_words import free_name
from pages.ui.controls import as_plain
from pages.ui.style.formats import number_text

LEVEL = "customer"


@for_deed(Deed.WRITE)
def explored_members(opened: OpenedAudience) -> None:
    """The button, which keeps them as a set of one's own and leads to it; off where they are too many for a set."""
    many = len(opened.codes) > MOST
    told = (
        f"A set holds {number_text(MOST)} at most"
        if many
        else "Keeps them as a set of yours, and filters by it"
    )
    if st.button("See them in Explore", key="audience-as-set", icon=":material/pivot_table_chart:", type="tertiary",
                 help=told, disabled=many or not len(opened.codes)):  # fmt: skip
        try:
            id = _kept(opened)
        except ClientelaError as error:
            st.error(as_plain(str(error)))
            return
        asked = explore_links.of_set(LEVEL, id, session.warehouse().profile)
        st.switch_page(EXPLORE, query_params={name: list(values) for name, values in asked.items()})


def _kept(opened: OpenedAudience) -> str:
    """The id of the set: the one of its name where that is one's own and holds them, else a new one."""
    store, who = session.warehouse(), environment.who()
    held = set_members.as_held(store, LEVEL, named_customers(opened.codes)["customer"].to_list())
    writable, name = operational_store.ready(store.path), opened.line.audience.name
    own = [each for each in member_sets.member_sets(writable, who) if each.owner == who]
    for each in own:
        if each.name.startswith(name[:60]) and set(each.members) == set(held):
            return each.id
    return member_sets.save(writable, free_name(name, [each.name for each in own]), LEVEL, held, PRIVATE, who)
