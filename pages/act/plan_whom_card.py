"""Step 2 of a plan: from its audience to who is reached and who is held out, and the rules that leave others out."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import streamlit as st

from cubes.analysis.campaign_outcomes import CONTACTS
from data.campaigns.contact_rules import WEEKDAYS
from data.operational.planned_campaigns import PlannedCampaign
from pages.act.found_reach import FoundReach
from pages.act.plan_fields import NEVER, NO_CAP
from pages.act.plan_form import PlanForm
from pages.act.reach_frames import arms_sentence, reach_steps, reasons_sentence, steps_told
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import waterfall
from pages.ui.page_record import told_words
from pages.ui.page_states import card, section

MOST_ON_SLIDER, MOST_DAYS = 50, 36_500
REENTRY = {NEVER: "Never", 0: "Each time"} | {days: f"After {days} days" for days in (30, 60, 90, 180, 365)}
CAPS = {NO_CAP: "No cap", 1: "1 contact"} | {n: f"{n} contacts" for n in (2, 3, 4, 5, 10)}
OF_RULES = (
    "strata", "together", "reentry_days", "most_contacts", "in_days", "quiet_days", "quiet_hours",
)  # fmt: skip


def whom_reached_card(form: PlanForm, reach: FoundReach | None, trouble: str, notes: Iterable[str]) -> None:
    """`reach` is None where `trouble` says why nobody is known; `notes` are on the audience."""
    with card("plan-whom", height="stretch"):
        section(
            "2. Whom",
            "From the audience to those reached: who may not be, and who is held out by lot to compare.",
        )
        if reach is None:
            st.html(f'<p class="clientela-verdict bad" data-testid="reach-told">{escape(trouble)}</p>')
        else:
            picture(form.campaign, reach, notes)
        held_out(form)
        form.widget("arms", st.text_input, "Arms", placeholder="One; or several with their parts: A 50%, B 50%",
                    help="Several arms are drawn among those reached, to compare what each is sent.")  # fmt: skip
        form.trouble("held_out", "arms")
        rules(form)
        form.trouble(*OF_RULES)


def picture(campaign: PlannedCampaign, reach: FoundReach, notes: Iterable[str]) -> None:
    steps = reach_steps(reach)
    told = steps_told(steps)
    figure = waterfall(steps, session.colours(), from_zero=True)
    chart(figure, f"plan-reach-{campaign.id}-{told}", f"From the audience to those reached: {told}.")
    said = " ".join(
        filter(None, (reasons_sentence(reach), arms_sentence(reach), *notes, *reach.notes, *campaign.notes))
    )
    st.html(f'<p class="clientela-quiet" data-testid="reach-told">{escape(told_words(said))}</p>')


def held_out(form: PlanForm) -> None:
    """Its share as a slider, and as a number where it is to be exact."""
    left, right = st.columns((3, 1), gap="small", vertical_alignment="bottom")
    with left:
        form.widget("held_out", st.slider, "Held out, percent", min_value=0, max_value=MOST_ON_SLIDER,
                    of="held-slider", show=lambda percent: min(MOST_ON_SLIDER, round(percent)))  # fmt: skip
    with right:
        form.widget("held_out", st.number_input, "Percent held out", of="held-number", min_value=0.0,
                    max_value=100.0, step=1.0, format="%.4g", show=float)  # fmt: skip


def rules(form: PlanForm) -> None:
    """How it is drawn, and which rules leave people out."""
    levels = levels_of_customers()
    with st.expander("How it is drawn, and how often people are reached", icon=":material/rule:"):
        form.several(
            "strata",
            "The same shares within each",
            levels,
            placeholder="No groups",
            help="Within each group the shares come out as near as whole customers allow.",
        )
        together = {"": "Nobody: each for themselves", **levels}
        form.choice("together", "Kept together in one arm, and measured as one", together)
        left, right = st.columns(2, gap="small")
        with left:
            form.choice("most_contacts", "At most, of all campaigns", CAPS)
            form.choice("reentry_days", "Who left and comes back is reached again", REENTRY)
        with right:
            form.widget("in_days", st.number_input, "Within so many days", min_value=1, max_value=MOST_DAYS)
            form.widget(
                "quiet_hours",
                st.text_input,
                "Quiet hours",
                placeholder="None; such as 20:00 to 08:00",
                help="For whoever sends: a file cannot keep them.",
            )
        form.several(
            "quiet_days",
            "Quiet days",
            {each: each.capitalize() for each in WEEKDAYS},
            placeholder="None",
            accept_new_options=True,
            help="Weekdays, or days such as 2026-12-24, on which nobody is reached.",
        )


def levels_of_customers() -> dict[str, str]:
    """What describes customers, by name."""
    own = session.cube(CONTACTS).dimension("customer")
    return {each.name: each.label for each in own.levels if not each.is_customer}
