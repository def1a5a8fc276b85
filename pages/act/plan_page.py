"""Plan a campaign, in steps: what it is, whom it reaches, what it can find, what is sent, the export of contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from html import escape

import streamlit as st

from cubes.analysis import seen_statements
from cubes.analysis.campaign_outcomes import Outcome, purchase_outcomes
from cubes.analysis.seen_statements import seen_audiences, seen_campaigns
from data.access.deed import Deed
from data.campaigns.audience_standing import AudienceStanding
from data.errors import BadRequest, did_you_mean
from data.operational.audiences import Audience
from data.operational.planned_campaigns import DRAFT, RUNNING, PlannedCampaign
from pages.act import write_plan
from pages.act.content_card import content_card
from pages.act.found_campaigns import reached_campaigns
from pages.act.found_reach import FoundReach, found_reach
from pages.act.plan_export_card import EXPORTED, export_card, setting_of
from pages.act.plan_form import PlanForm
from pages.act.plan_size_card import size_card
from pages.act.plan_view import PlanView, parse_plan
from pages.act.plan_what_card import what_card
from pages.act.plan_whom_card import whom_reached_card
from pages.act.planned_list_card import list_of_planned, new_card, state_of
from pages.act.write_plan import SAID, UNDO
from pages.explore.written_deeds import tell
from pages.ui import attempted_write, session
from pages.ui.allowed_deeds import for_deed, may
from pages.ui.controls import chooser
from pages.ui.local_time import in_words, today
from pages.ui.menu import MENU
from pages.ui.open_pages import link_to
from pages.ui.page_states import empty_state, page_title
from pages.ui.style.formats import count_text, format_day

SENTENCE = (
    "From an audience to its contacts: whom it reaches, what it can find, what is sent, what is written down."
)
NO_AUDIENCE = (
    "A campaign reaches the customers of an audience, a part of whom is held out to compare with. Make an audience "
    "first: from a cell in Explore, a segment, a rule, or on the page Audiences."
)
AUDIENCE_GONE = "The audience of this plan is not there any more: choose another one."
AUDIENCE_GONE_SINCE = (
    "Its audience is not there any more: nobody can be added or taken back. Who was reached, and the files of its "
    "exports, stay."
)
CAMPAIGNS = "act/campaigns_page.py"


@dataclass(frozen=True, slots=True, eq=False)
class PlanTable:
    """What there is to plan with: campaigns, audiences, and by what a campaign can be measured, by name."""

    every: tuple[PlannedCampaign, ...]
    audiences: tuple[Audience, ...]
    outcomes: Mapping[str, Outcome]

    @property
    def called(self) -> dict[str, str]:
        """What people call each audience, with how many stand in it and whether it lives, by id."""
        return {each.id: f"{each.name} ({self._size(each)})" for each in self.audiences}

    def _size(self, audience: Audience) -> str:
        living = ", living" if audience.is_living else ""
        return count_text(self.standing(audience).customers, "customer") + living

    def standing(self, audience: Audience) -> AudienceStanding:
        return standing_of(session.warehouse().version, audience)

    def of(self, campaign: PlannedCampaign) -> Audience | None:
        """The audience of a campaign; None where it is not there any more."""
        return next((each for each in self.audiences if each.id == campaign.audience), None)


def go(view: PlanView) -> None:
    """What every click ends in: this view from now on, in the URL."""
    session.write_url(view.to_parameters())


def open_campaign(id: str) -> None:
    go(PlanView(campaign=id))


def look_at(id: str) -> None:
    """Another campaign, or all where none is named: what was told of the last one is gone."""
    for key in (SAID, UNDO):
        st.session_state.pop(key, None)
    open_campaign(id)


@session.fragment
def plan() -> None:
    page_title("Plan a campaign", SENTENCE)
    said()
    try:
        view = parse_plan(session.read_url())
        table = plan_table()
        opened = opened_of(table.every, view.campaign)
        check_audience(table.audiences, view.audience)
    except BadRequest as error:
        refused(error)
        return
    if not table.audiences and not table.every:
        nothing()
        return
    if opened is None:
        if table.every:
            list_of_planned(table.every, reached_campaigns(), table.called, today(), look_at)
        begin_card(table, view)
        ready("list", table)
        return
    head(table, opened)
    steps(table, opened)
    ready("opened", table, opened)


@for_deed(Deed.CAMPAIGN)
def begin_card(table: PlanTable, view: PlanView) -> None:
    """A new campaign, where there is an audience for it."""
    if table.audiences:
        new_card(table.called, view.audience, table.outcomes, open_campaign)
    else:
        empty_state("There is no audience any more.", NO_AUDIENCE, key="no-audience", ways=ways_to_audiences)


def said() -> None:
    """What the last deed did; a deletion can be undone."""
    attempted_write.tell(EXPORTED)
    with st.container(horizontal=True, vertical_alignment="center", key="plan-said"):
        tell(SAID)
        if UNDO in st.session_state:
            st.button("Undo", key="plan-undo-it", icon=":material/undo:", type="tertiary",
                      on_click=lambda: open_campaign(write_plan.undo()))  # fmt: skip


def plan_table() -> PlanTable:
    warehouse = session.warehouse()
    outcomes = {each.name: each for each in outcomes_known(warehouse.version)}
    return PlanTable(seen_campaigns(warehouse), seen_audiences(warehouse), outcomes)


@st.cache_resource(show_spinner=False, max_entries=4)
def outcomes_known(version: str) -> tuple[Outcome, ...]:
    return tuple(purchase_outcomes(session.warehouse()))


@st.cache_resource(show_spinner=False, max_entries=512, hash_funcs={Audience: repr})
def standing_of(version: str, audience: Audience) -> AudienceStanding:
    return seen_statements.standing_of(session.warehouse(), audience)


def opened_of(every: Sequence[PlannedCampaign], id: str) -> PlannedCampaign | None:
    """The campaign of that id, None where none is asked for. Raises BadRequest where it is not there."""
    if not id:
        return None
    found = next((each for each in every if each.id == id), None)
    if found is None:
        raise BadRequest(
            f"There is no planned campaign {id[:40]!r}, or it was deleted meanwhile.",
            did_you_mean(id, [each.id for each in every]),
        )
    return found


def check_audience(audiences: Sequence[Audience], id: str) -> None:
    """Raises BadRequest for an audience that is not there."""
    if id and all(each.id != id for each in audiences):
        raise BadRequest("The audience of this link is not there any more.", "Choose another one.")


def refused(error: BadRequest) -> None:
    empty_state(
        error.problem, error.remedy, "All planned campaigns", on_click=lambda: go(PlanView()), key="refused",
        drawing="filter",
    )  # fmt: skip
    ready("refused")


def nothing() -> None:
    empty_state("There is no audience yet.", NO_AUDIENCE, key="no-audience", ways=ways_to_audiences)
    ready("empty")


def ways_to_audiences() -> None:
    for path, icon in (("audiences", ":material/groups:"), ("explore", ":material/pivot_table_chart:")):
        for entry in (each for each in MENU if each.path == path):
            link_to(entry.script, label=entry.title, icon=icon)


def head(table: PlanTable, campaign: PlannedCampaign) -> None:
    """Which campaign is open, how far it is, and what can be done with it as a whole."""
    names = {each.id: each.name for each in table.every}
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="plan-head"):
        with st.container(width=320):
            chooser("Campaign", "plan-open", list(names), campaign.id, names.__getitem__, look_at)
        st.html(
            f'<span data-testid="plan-state"><b>{state_of(campaign, today())}</b></span>', width="content"
        )
        st.html(f'<span class="clientela-quiet">{escape(kept_by(campaign))}</span>', width="content")
        st.space("stretch")
        ways(campaign)


def ways(campaign: PlannedCampaign) -> None:
    if campaign.id in reached_campaigns():
        link_to(
            CAMPAIGNS, label="Its effect", icon=":material/campaign:", query_params={"campaign": campaign.id}
        )
    if may(Deed.CAMPAIGN):
        _ways_to_end(campaign)
    st.button(
        "All campaigns",
        key="plan-all",
        icon=":material/list:",
        type="tertiary",
        on_click=go,
        args=(PlanView(),),
    )


def _ways_to_end(campaign: PlannedCampaign) -> None:
    if campaign.state == RUNNING:
        st.button("End it", key="plan-end", icon=":material/stop_circle:", type="tertiary",
                  on_click=partial(write_plan.end, campaign, today()))  # fmt: skip
    else:
        st.button(
            "Delete",
            key="plan-delete",
            icon=":material/delete:",
            type="tertiary",
            on_click=_delete,
            args=(campaign,),
        )


def _delete(campaign: PlannedCampaign) -> None:
    if write_plan.delete(campaign):
        go(PlanView())


def kept_by(campaign: PlannedCampaign) -> str:
    days = f"{format_day(campaign.starts)} to {format_day(campaign.ends)}"
    return f"{days}; last changed by {campaign.said_by}, {in_words(campaign.said_at)}."


def steps(table: PlanTable, campaign: PlannedCampaign) -> None:
    form, audience = PlanForm(campaign), table.of(campaign)
    reach, trouble = reach_of(table, campaign)
    notes = table.standing(audience).notes if audience else ()
    left, right = st.columns(2, gap="small")
    with left:
        what_card(form, table.called, table.outcomes)
    with right:
        whom_reached_card(form, reach, trouble, notes)
    size_card(form, reach, table.outcomes.get(campaign.measure))
    if reach is not None and not campaign.is_global_holdout:
        content_card(setting_of(campaign, reach), "4. What is sent")
    export_card(campaign, reach, trouble)


def reach_of(table: PlanTable, campaign: PlannedCampaign) -> tuple[FoundReach | None, str]:
    """Whom it reaches on the day, or why that is not known."""
    if table.of(campaign) is None:
        return None, AUDIENCE_GONE if campaign.state == DRAFT else AUDIENCE_GONE_SINCE
    try:
        with st.spinner("Looking who may be reached …"):
            return found_reach(campaign, table.every, day_of(campaign)), ""
    except BadRequest as error:
        return None, f"{error.problem} {error.remedy or ''}".strip()


def day_of(campaign: PlannedCampaign) -> date:
    """The day of the next export: today, within the days in which it runs."""
    return max(campaign.starts, min(today(), campaign.ends))


def ready(state: str, table: PlanTable | None = None, campaign: PlannedCampaign | None = None) -> None:
    """The last thing drawn: what is on screen, for readers and for tests."""
    marks = {
        "state": state,
        "planned": len(table.every) if table else 0,
        "audiences": len(table.audiences) if table else 0,
        "opened": campaign.id if campaign else "",
        "version": session.warehouse().version,
    }
    attributes = "".join(f' data-{name}="{escape(str(value))}"' for name, value in marks.items())
    st.html(f'<p class="clientela-quiet" data-testid="plan-ready"{attributes}></p>')


plan()
