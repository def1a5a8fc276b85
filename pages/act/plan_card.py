"""Before a campaign starts: the effect that so many customers and such a holdout can find, and what another takes."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from data.errors import BadRequest
from pages.act import campaign_words as words
from pages.act.campaigns_view import MOST_PEOPLE, CampaignsView
from pages.act.effect_amounts import EffectAmounts
from pages.act.found_campaigns import CampaignLine, FoundCampaigns
from pages.act.found_plan import found_plan
from pages.ui.page_states import card, section


def plan_card(
    view: CampaignsView,
    found: FoundCampaigns,
    opened: CampaignLine,
    say: EffectAmounts,
    go: Callable[[CampaignsView], None],
) -> None:
    with card("plan", height="stretch"):
        section("Before it starts", "The effect that four of five such campaigns would tell from chance.")
        try:
            told = found_plan(view, found, opened)
        except BadRequest as error:
            choices(view, view.people or 1, go)
            st.html(f'<p data-testid="plan-told">{escape(str(error))}</p>')
            return
        choices(view, told.plan.treated + told.plan.held_out, go)
        said = words.plan_sentence(told.plan, told.basis, say)
        st.html(f'<p data-testid="plan-told">{escape(said)}</p>')
        needed = words.needed_sentence(told.plan, say)
        st.html(f'<p data-testid="plan-needed">{escape(needed)}</p>')


def choices(view: CampaignsView, people: int, go: Callable[[CampaignsView], None]) -> None:
    state = st.session_state
    state["plan-holdout"], state["plan-people"], state["plan-lift"] = view.holdout, people, view.lift

    def chosen() -> None:
        own = state["plan-people"] if state["plan-people"] != people else view.people
        go(view.sized(state["plan-holdout"], own, state["plan-lift"]))

    st.slider("Held out, percent", 1, 50, key="plan-holdout", on_change=chosen)
    left, right = st.columns(2, gap="small")
    with left:
        st.number_input("Customers in all", 1, MOST_PEOPLE, key="plan-people", on_change=chosen)
    with right:
        st.number_input("Effect looked for, percent", 1, 500, key="plan-lift", on_change=chosen)
