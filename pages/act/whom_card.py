"""Whom to address next: whether customers ranked by the change expected in them beat sending to everyone."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import polars as pl
import streamlit as st

from data.errors import BadRequest
from mining.campaigns.uplift_scores import Learner
from pages.act import campaign_words as words
from pages.act.campaign_frames import dots_told, fifths_frame
from pages.act.campaigns_view import CampaignsView
from pages.act.effect_amounts import EffectAmounts
from pages.act.found_campaigns import CampaignLine
from pages.act.found_uplift import FoundUplift, asked_uplift
from pages.act.qini_picture import qini_picture
from pages.act.save_uplift import FIFTHS, saving
from pages.ui import session
from pages.ui.audience_dialog import audience_button, offered_list
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser, remembered_choice
from pages.ui.export_files import downloads
from pages.ui.figures import dot_intervals
from pages.ui.page_states import card, section
from pages.ui.sought_work import await_work

LEARNING = "Learning from each part of the customers what it does to the others …"
FIFTH = "whom-fifth"
LEARNERS = {
    Learner.DOUBLY_ROBUST: "Doubly robust learner",
    Learner.X: "X-learner",
    Learner.T: "T-learner, two models",
}


def whom_card(
    view: CampaignsView, line: CampaignLine, say: EffectAmounts, go: Callable[[CampaignsView], None]
) -> None:
    with card("whom", height="stretch"):
        section(
            "Whom to address next",
            f"Learned from {line.campaign.name}: in whom it changed most, by what was known of them the day before.",
        )
        if not (line.told and line.is_measured):
            st.html(
                '<p data-testid="whom-told">Without an effect of this campaign there is nothing to learn from.</p>'
            )
            return
        if not view.learner:
            st.button(
                "Look for whom to address",
                key="whom-look",
                icon=":material/target:",
                on_click=lambda: go(view.learned(Learner.DOUBLY_ROBUST.value)),
            )
            return
        with st.container(width=260):
            chooser("Learner", "whom-learner", list(LEARNERS), Learner(view.learner), LEARNERS.__getitem__,
                    lambda each: go(view.learned(each.value)))  # fmt: skip
        try:
            told = await_work(asked_uplift(view, line.told), LEARNING)
        except BadRequest as error:
            st.html(f'<p data-testid="whom-told">{escape(str(error))}</p>')
            return
        if told is None:
            return
        shown(view, told, say, line)
        saving(view, told, line)


def shown(view: CampaignsView, told: FoundUplift, say: EffectAmounts, line: CampaignLine) -> None:
    colours, currency = session.colours(), say.currency
    said = words.verdict(told.curve, say)
    st.html(f'<p data-testid="whom-told"><b>{escape(said)}</b></p>')
    unit = "count" if say.outcome.is_share else say.outcome.unit
    figure = qini_picture(told.curve, colours, unit=unit, currency=currency)
    chart(figure, f"qini-{view.to_parameters()}", f"Qini curve. {said}")
    frame = fifths_frame(told.fifths, say)
    title = "The effect found in each fifth, those of whom most is expected first"
    st.html(f"<b>{title}</b>")
    drawn = dot_intervals(frame, colours, unit=say.unit, currency=currency)
    chart(drawn, f"fifths-{view.to_parameters()}", dots_told(title, frame))
    downloads("clientela-whom", lambda: told.customers.with_columns(pl.col("score").round(4)), "whom")
    fifth_audience(told, line)


def fifth_audience(told: FoundUplift, line: CampaignLine) -> None:
    """A fifth to choose, those of whom most is expected first, and the button that makes an audience of it."""
    fifths = sorted(told.customers["fifth"].unique())
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="whom-audience-choices"):
        chosen = remembered_choice("Fifth", FIFTH, fifths, lambda each: f"Fifth {FIFTHS[each]}", 180)
        own = told.customers.filter(pl.col("fifth") == chosen)["customer"]
        name = f"Fifth {FIFTHS[chosen]} by expected uplift, {line.campaign.name}"
        audience_button(lambda: offered_list(name, f"List: {name}", tuple(own)), "whom")
