"""Step 1 of a plan: what it is, for whom, by which channel and when, and the one measure that it is to move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from cubes.analysis.campaign_outcomes import CONTACTS, Outcome
from data.campaigns.contact_channel import purposes_said
from data.model.canonical_tables import UNKNOWN
from data.operational.plain_names import LONGEST_NAME
from data.operational.planned_campaigns import GLOBAL_HOLDOUT
from pages.act.plan_form import PlanForm
from pages.ui import session
from pages.ui.member_lookup import search
from pages.ui.page_states import card, section

WAYS = ("E-mail", "Phone", "Mail")  # to an address of the customer, whatever channels the firm has
PURPOSES = ("Newsletter", "Offers", "Service")
MOST_LISTED = 500
FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)
KEPT = "Every change is kept at once: leaving the page loses nothing."
DRAWN = "As it was when it was drawn; that cannot be changed."
OWN_TYPE = (
    "Campaigns of a type are compared; write a new one. A global holdout reaches nobody itself: whom it holds out, no "
    "campaign reaches until it ends."
)


def what_card(form: PlanForm, audiences: Mapping[str, str], outcomes: Mapping[str, Outcome]) -> None:
    """`audiences` are ids with what people call them, `outcomes` what it can be measured by."""
    with card("plan-what", height="stretch"):
        section("1. What", KEPT if form.is_open else DRAWN)
        form.widget("name", st.text_input, "Name", max_chars=LONGEST_NAME)
        form.choice("audience", "Audience", audiences)
        kinds(form)
        window(form)
        measures(form, outcomes)
        form.widget(
            "offer", st.text_input, "Offer", max_chars=LONGEST_NAME, placeholder="What it offers, if anything"
        )
        form.trouble(
            "name",
            "audience",
            "type",
            "channel",
            "purpose",
            "starts",
            "ends",
            "cost",
            "measure",
            "secondary",
            "offer",
        )


def kinds(form: PlanForm) -> None:
    """Its type, channel and purpose: those that there are, or new ones."""
    types = {each: each for each in (*names_of_level("campaign_type").values(), GLOBAL_HOLDOUT)}
    left, middle, right = st.columns(3, gap="small")
    with left:
        form.choice("type", "Type", types, accept_new_options=True, help=OWN_TYPE)
    with middle:
        form.choice("channel", "Channel", channel_names(), accept_new_options=True)
    with right:
        purposes = {"": "Any"} | {each: each for each in purposes_known(session.warehouse().version)}
        told = "Who consented to this purpose, or to every purpose, may be reached."
        form.choice("purpose", "Purpose", purposes, accept_new_options=True, help=told)


def window(form: PlanForm) -> None:
    """When it runs, and what a contact costs."""
    left, middle, right = st.columns(3, gap="small")
    with left:
        form.widget("starts", st.date_input, "From", min_value=FIRST, max_value=LAST, format="YYYY-MM-DD")
    with middle:
        form.widget("ends", st.date_input, "Until", min_value=FIRST, max_value=LAST, format="YYYY-MM-DD")
    with right:
        unit = ", ".join(filter(None, ("Cost a contact", session.currency())))
        form.widget("cost", st.number_input, unit, min_value=0.0, step=0.1, format="%.2f")


def measures(form: PlanForm, outcomes: Mapping[str, Outcome]) -> None:
    """The one that it is to move, and others that are looked at beside it."""
    labels, main = {name: each.label for name, each in outcomes.items()}, form.shown("measure")
    others = {name: label for name, label in labels.items() if name != main}
    left, right = st.columns(2, gap="small")
    with left:
        form.choice("measure", "The measure it is to move", labels)
    with right:
        form.several("secondary", "Others, beside it", others, placeholder="None")


def channel_names() -> dict[str, str]:
    """By what a campaign may go, by id with what people call it: the firm's channels, and ways to an address."""
    known = names_of_level("channel")
    called = {each.casefold() for each in known.values()}
    return {each: each for each in WAYS if each.casefold() not in called} | known


@st.cache_data(show_spinner=False, max_entries=4)
def purposes_known(version: str) -> tuple[str, ...]:
    """The purposes of consents that are loaded, and usual ones."""
    said = purposes_said(session.warehouse().frame)
    taken = {each.casefold() for each in said}
    return (*said, *(each for each in PURPOSES if each.casefold() not in taken))


def names_of_level(level: str) -> dict[str, str]:
    """The known members of a level of contacts, by id."""
    found = search(session.warehouse(), session.cube(CONTACTS).level(level), limit=MOST_LISTED)
    return {each.id: each.label for each in found if each.label != UNKNOWN}
