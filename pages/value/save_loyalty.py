"""Degrees of loyalty go back to the warehouse: an attribute that Explore drills and pages filter by."""

from __future__ import annotations

import json

import streamlit as st

from cubes.query import NOW
from data.access.deed import Deed
from data.model.segmentation import Segmentation
from data.store.warehouse import remove_attribute, save_attribute
from pages.discover.mined_slice import explore_link, explore_parameters
from pages.ui import session
from pages.ui.allowed_deeds import may
from pages.ui.attempted_write import attempt, tell
from pages.ui.cut_chips import words
from pages.ui.style.formats import count_text, format_day
from pages.value.found_loyalty import FoundLoyalty
from pages.value.loyalty_view import LoyaltyView

NAME, LABEL = "loyalty", "Loyalty"
SAID = "loyalty-said"


def saving(view: LoyaltyView, found: FoundLoyalty) -> None:
    """The buttons to save and to remove, and the way to what is saved."""
    store = session.warehouse()
    saved = next((each for each in store.profile.attributes if each.name == NAME and each.is_finding), None)
    if may(Deed.WRITE) and st.button(
        "Save as loyalty",
        key="loyalty-save",
        type="primary",
        icon=":material/save:",
        help="Customers get their degree as an attribute, which Explore can drill and every page can filter by",
    ):
        attempt(lambda: _save(view, found), SAID)
    if (
        saved
        and may(Deed.WRITE)
        and st.button("Remove saved loyalty", key="loyalty-remove", type="tertiary", icon=":material/delete:")
    ):
        attempt(_remove, SAID)
    if saved:
        parameters = explore_parameters((), session.cube(), store.profile, (NAME,), ("year",))
        explore_link("Explore by loyalty", parameters | {"as_of": [NOW]})
    tell(SAID)


def formed(view: LoyaltyView, found: FoundLoyalty) -> Segmentation:
    """How and of whom the degrees were found, in words, and what forms them again."""
    at = found.cells.thresholds
    method = f"loyalty, over {at.duration_days:g} days and {at.profit:.2f} {session.currency()} {found.by}"
    within = " · ".join(words(session.cube(), cut) for cut in view.cuts)
    frame = f"of customers within {within}" if within else "of all customers"
    recipe = {"days": at.duration_days, "profit": at.profit, "by": found.by}
    return Segmentation(
        found.cells.as_of, method, frame, json.dumps(recipe | {"where": [str(cut) for cut in view.cuts]})
    )


def _save(view: LoyaltyView, found: FoundLoyalty) -> str:
    values = dict(found.cells.members.select("customer", "cell").iter_rows())
    done = save_attribute(session.warehouse().path, "customer", NAME, LABEL, values, formed(view, found))
    return f"Saved {count_text(done, 'customer')} as “{LABEL}”, as of the close of {format_day(found.cells.as_of)}."


def _remove() -> str:
    remove_attribute(session.warehouse().path, NAME)
    return "The saved degrees are removed; the warehouse is as it was before."
