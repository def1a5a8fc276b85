"""Step 3 of a plan: whether the customers whom it reaches and holds out can show the effect worth finding."""

from __future__ import annotations

from html import escape

import streamlit as st

from cubes.analysis.campaign_outcomes import Outcome
from data.errors import BadRequest
from mining.campaigns.campaign_plan import CampaignPlan
from pages.act import campaign_words as words
from pages.act.effect_amounts import EffectAmounts
from pages.act.found_reach import FoundReach
from pages.act.found_size import USUAL_LIFT, FoundSize, found_size, is_enough
from pages.act.plan_form import PlanForm
from pages.act.plan_whom_card import MOST_DAYS
from pages.ui import session
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section
from pages.ui.style.formats import number_text, share_text

LATELY = "An audience chosen by what it did lately will do less of it: then less is found than is told here."

GROUPS = (
    "Whole groups are drawn: the more alike their customers are, the more of them it takes than is told here."
)


def size_card(form: PlanForm, reach: FoundReach | None, outcome: Outcome | None) -> None:
    with card("plan-size"):
        section(
            "3. What can be found",
            "The effect that four of five such campaigns would tell from chance, by what these customers did lately.",
        )
        left, right = st.columns((1, 3), gap="medium")
        with left:
            form.widget(
                "smallest",
                st.number_input,
                "Smallest effect worth finding, percent",
                min_value=0.0,
                step=1.0,
                format="%.4g",
                show=lambda percent: float(percent or USUAL_LIFT),
            )
            form.widget("days", st.number_input, "Days from the contact", min_value=1, max_value=MOST_DAYS,
                        help="Over which the measure is read")  # fmt: skip
            form.trouble("smallest", "days")
        with right:
            if reach is None or outcome is None:
                st.html('<p class="clientela-quiet">Known once an audience and a measure are chosen.</p>')
            else:
                size(form, reach, outcome)


def size(form: PlanForm, reach: FoundReach, outcome: Outcome) -> None:
    try:
        found = found_size(form.campaign, reach, outcome)
    except BadRequest as error:
        st.html(
            f'<p class="clientela-verdict bad" data-testid="size-told">{escape(told_words(str(error)))}</p>'
        )
        return
    say = EffectAmounts(outcome, session.currency())
    enough = is_enough(found.plan)
    tone, said = ("good" if enough else "bad"), verdict(found.plan, say, enough)
    st.html(f'<p class="clientela-verdict {tone}" data-testid="size-told">{escape(told_words(said))}</p>')
    more = (
        words.plan_sentence(found.plan, found.basis, say),
        words.needed_sentence(found.plan, say),
        arm_sentence(found, say),
        GROUPS if form.campaign.design.kind == "cluster" else "",
        LATELY,
    )
    st.html(
        f'<p class="clientela-quiet" data-testid="size-more">{escape(told_words(" ".join(filter(None, more))))}</p>'
    )


def arm_sentence(found: FoundSize, say: EffectAmounts) -> str:
    """What the smallest of several arms can show alone."""
    if found.alone is None:
        return ""
    return f"In arm {found.arm} alone, the smallest, {say.each(found.alone.smallest_adjusted)} is found."


def verdict(plan: CampaignPlan, say: EffectAmounts, enough: bool) -> str:
    """Whether the effect that is worth finding can be found, and what else can be done."""
    if not plan.mean:
        return (
            f"These customers had no {say.noun} lately: there is nothing of which an effect could be a part."
        )
    wanted = f"{say.each(plan.wanted)} ({share_text(plan.wanted / plan.mean, 1)} of the mean)"
    if enough:
        return f"An effect of {wanted} can be found."
    there = number_text(plan.treated + plan.held_out)
    takes = (
        "no number would do"
        if plan.needed_adjusted is None
        else f"it takes {number_text(plan.needed_adjusted)}"
    )
    return (
        f"This campaign cannot find what it is to find: of {wanted}, {takes}, and {there} may be reached. Reach more "
        "customers, hold out nearer to half of them, or run it to find a larger effect alone."
    )
