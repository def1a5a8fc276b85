"""Fifths of expected change go back to the warehouse: an attribute of customers that Explore drills."""

from __future__ import annotations

import json

import streamlit as st

from cubes.query import NOW
from data.access.deed import Deed
from data.model.segmentation import Segmentation
from data.store.warehouse import remove_attribute, save_attribute
from pages.act.campaigns_view import CampaignsView
from pages.act.found_campaigns import CampaignLine
from pages.act.found_uplift import FoundUplift
from pages.discover.mined_slice import explore_link, explore_parameters
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.attempted_write import attempt, tell
from pages.ui.style.formats import count_text

NAME, LABEL = "uplift_fifth", "Expected uplift"
FIFTHS = {1: "1 most", 2: "2", 3: "3", 4: "4", 5: "5 least"}
SAID = "uplift-said"


def saving(view: CampaignsView, told: FoundUplift, line: CampaignLine) -> None:
    """The buttons to save and to remove, and the way to what is saved."""
    store = session.warehouse()
    saved = any(each.name == NAME and each.is_finding for each in store.profile.attributes)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="whom-saving"):
        if may(Deed.WRITE) and st.button("Save the fifths", key="whom-save", icon=":material/save:",
                     help="Customers of this campaign get their fifth, which Explore drills"):  # fmt: skip
            attempt(lambda: _save(view, told, line), SAID)
        if (
            saved
            and may(Deed.WRITE)
            and st.button("Remove saved fifths", key="whom-remove", type="tertiary", icon=":material/delete:")
        ):
            attempt(_remove, SAID)
        if saved:
            parameters = explore_parameters((), session.cube(), store.profile, (NAME,), ("year",))
            explore_link("Explore by it", parameters | {"as_of": [NOW]})
    tell(SAID)


def formed(view: CampaignsView, line: CampaignLine) -> Segmentation:
    """How and of whom the fifths were found, and what forms them again."""
    assert line.told is not None
    method = (
        f"expected change of {line.told.outcome.label} in {view.days} days, by the learner {view.learner}"
    )
    frame = f"of the customers of {line.campaign.name}"
    return Segmentation(
        line.told.until,
        method,
        frame,
        json.dumps(view.opened(line.campaign.id).learned(view.learner).to_parameters()),
    )


def _save(view: CampaignsView, told: FoundUplift, line: CampaignLine) -> str:
    values = {
        customer: FIFTHS[fifth] for customer, fifth in told.customers.select("customer", "fifth").iter_rows()
    }
    done = save_attribute(session.warehouse().path, "customer", NAME, LABEL, values, formed(view, line))
    return f"Saved the fifth of {count_text(done, 'customer')} as “{LABEL}”."


def _remove() -> str:
    remove_attribute(session.warehouse().path, NAME)
    return "The saved fifths are removed; the warehouse is as it was before."
