"""Campaigns: what each changed in those it reached, against those held out, and how to plan and aim the next."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import streamlit as st

from cubes.analysis.campaign_outcomes import CONTACTS
from cubes.model import Cube
from data.errors import BadRequest
from pages.act import campaign_words as words
from pages.act.campaign_frames import MONEY, campaign_table, shown_of
from pages.act.campaign_types_card import types_card
from pages.act.campaigns_view import CampaignsView, parse_campaigns
from pages.act.effect_amounts import EffectAmounts
from pages.act.found_campaigns import (
    FoundCampaigns,
    OpenedCampaign,
    found_campaigns,
    has_campaigns,
    opened_campaign,
)
from pages.act.opened_campaign_card import opened_card
from pages.act.plan_card import plan_card
from pages.act.whom_card import whom_card
from pages.discover.finding_footer import finding_footer
from pages.discover.mined_slice import slice_bar
from pages.ui import session
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.page_states import card, empty_state, page_title, section
from pages.ui.plain_frames import frame_view, whole_height


def go(view: CampaignsView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


@session.fragment
def campaigns() -> None:
    try:
        view = parse_campaigns(session.read_url())
    except BadRequest as error:
        page_title("Campaigns")
        refused(error, CampaignsView())
        return
    if not slice_bar("Campaigns", view.cuts, lambda cuts: go(view.within(cuts)), of_customers()):
        ready(view, "refused")
        return
    if not has_campaigns():
        nothing(view)
        return
    try:
        with st.spinner("Comparing those reached with those held out …"):
            found = found_campaigns(view)
            opened = opened_campaign(view, found)
    except BadRequest as error:
        refused(error, CampaignsView())
        return
    show(view, found, opened)
    finding_footer("campaigns", view.to_parameters())
    ready(view, "found", found, opened)


def of_customers() -> Cube:
    """The levels that describe customers: others would choose who is in which arm."""
    contacts = session.cube(CONTACTS)
    return replace(contacts, label="Customers", dimensions=(contacts.dimension("customer"),), measures=())


def refused(error: BadRequest, instead: CampaignsView) -> None:
    empty_state(
        error.problem,
        error.remedy,
        "Start afresh",
        on_click=lambda: go(instead),
        key="refused",
        drawing="filter",
    )
    ready(instead, "refused")


def nothing(view: CampaignsView) -> None:
    empty_state(
        "No campaign has reached anybody yet.",
        "Plan one on the page Plan, and export its contacts; or load contacts on the page Data: customer, campaign, "
        "day, and arm, which is treated or held out. What they bought tells the rest; responses may be loaded too.",
        key="no-campaigns",
    )
    ready(view, "empty")


def show(view: CampaignsView, found: FoundCampaigns, opened: OpenedCampaign) -> None:
    choices(view, found)
    say = EffectAmounts(found.outcome, session.currency())
    fact = words.main_fact(found, say)
    st.html(f'<p class="clientela-verdict" data-testid="main-fact"><b>{escape(fact)}</b></p>')
    list_card(view, found, say)
    opened_card(view, opened, say, go)
    types_card(view, found, say, go)
    left, right = st.columns(2, gap="small")
    with left:
        plan_card(view, found, opened.line, say, go)
    with right:
        whom_card(view, opened.line, say, go)
    with st.expander("How this is counted, and by whom", icon=":material/menu_book:"):
        st.markdown(words.DEFINITION)
        if opened.line.told:
            st.caption("The SQL of the campaign that is open, with its parameters written in.")
            st.code(opened.line.told.sql, language="sql", wrap_lines=True)


def choices(view: CampaignsView, found: FoundCampaigns) -> None:
    """The measure, and how many days after the contact count."""
    st.session_state["campaigns-days"] = view.days
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="campaigns-choices"):
        with st.container(width=230):
            chooser(
                "Measure",
                "campaigns-measure",
                list(found.measures),
                found.measure,
                lambda name: found.measures[name].label,
                lambda name: go(view.of(name)),
            )
        st.html('<span class="clientela-quiet">within days of the contact</span>', width="content")
        with st.container(width=130):
            st.number_input(
                "Days after the contact",
                1,
                730,
                key="campaigns-days",
                label_visibility="collapsed",
                on_change=lambda: go(view.over(st.session_state["campaigns-days"])),
            )


def list_card(view: CampaignsView, found: FoundCampaigns, say: EffectAmounts) -> None:
    with card("campaigns"):
        section(
            "All campaigns",
            "The latest first; a row opens a campaign. Intervals hold 95 times of 100. Money brought is less the cost.",
        )
        table = campaign_table(found, say)
        shown = shown_of(table)

        def picked(row: int | None) -> None:
            if row is not None:
                go(view.opened(table["id"][row]))

        frame_view(shown, "campaigns-list", MONEY, height=whole_height(shown, 8), on_row=picked)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            if table.height > 1:
                names = dict(table.select("id", "campaign").iter_rows())
                with st.container(width=320):
                    chooser("Campaign", "campaigns-open", list(names), found.opened, names.__getitem__,
                            lambda each: go(view.opened(each)))  # fmt: skip
            st.space("stretch")
            downloads("clientela-campaigns", lambda: table, "campaigns", MONEY)


def ready(
    view: CampaignsView, state: str, found: FoundCampaigns | None = None, opened: OpenedCampaign | None = None
) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "measure": found.measure if found else "",
        "campaigns": len(found.lines) if found else 0,
        "opened": opened.line.campaign.id if opened else "",
        "version": session.warehouse().version,
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    st.html(f'<p class="clientela-quiet" data-testid="campaigns-ready"{attributes}></p>')


campaigns()
