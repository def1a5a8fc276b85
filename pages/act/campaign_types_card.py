"""Which types of campaign work, each effect drawn towards the mean of its type: the best is not just the luckiest."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import polars as pl
import streamlit as st

from mining.campaigns.campaign_types import FEWEST, CampaignTypes
from pages.act import campaign_words as words
from pages.act.campaign_frames import dots_told, shrunk_frame, types_frame
from pages.act.campaigns_view import TYPED, CampaignsView
from pages.act.effect_amounts import EffectAmounts
from pages.act.found_campaigns import FoundCampaigns, found_types, kind_of
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.export_files import downloads
from pages.ui.figures import dot_intervals
from pages.ui.page_states import card, section
from pages.ui.style.formats import number_text

MOST_DRAWN = 30
Go = Callable[[CampaignsView], None]


def types_card(view: CampaignsView, found: FoundCampaigns, say: EffectAmounts, go: Go) -> None:
    with card("types"):
        section("By type", "What campaigns of a type change a customer reached, and what the next one may.")
        st.session_state["campaigns-by"] = view.by
        st.segmented_control(
            "By",
            list(TYPED),
            key="campaigns-by",
            required=True,
            format_func=TYPED.__getitem__,
            on_change=lambda: go(view.grouped(st.session_state["campaigns-by"])),
            label_visibility="collapsed",
        )
        told = found_types(found, view.by)
        if not told.types:
            st.html('<p data-testid="types-told">No campaign is measured against customers held out yet.</p>')
        else:
            measured(view, told, say)
        observed(view, found)


def measured(view: CampaignsView, told: CampaignTypes, say: EffectAmounts) -> None:
    lines = "".join(
        f"<li><b>{escape(one.kind)}</b>: {escape(words.type_sentence(one, say))}</li>" for one in told.types
    )
    st.html(f'<ul data-testid="types-told">{lines}</ul>')
    if max(one.campaigns for one in told.types) < FEWEST:
        files(told.campaigns)
        return
    left, right = st.columns(2, gap="medium")
    frames = {
        "Types": types_frame(told.types, say),
        "Each campaign": shrunk_frame(told.campaigns.head(MOST_DRAWN), say),
    }
    for place, (title, frame) in zip((left, right), frames.items(), strict=True):
        with place:
            st.html(f"<b>{title}</b>")
            figure = dot_intervals(frame, session.colours(), unit=say.unit, currency=say.currency)
            chart(figure, f"{title}-{view.to_parameters()}", dots_told(title, frame))
    if told.campaigns.height > MOST_DRAWN:
        st.caption(f"The first {MOST_DRAWN} of {number_text(told.campaigns.height)}; all are in the files.")
    files(told.campaigns)


def files(campaigns: pl.DataFrame) -> None:
    downloads("clientela-campaign-types", lambda: campaigns, "campaign-types")


def observed(view: CampaignsView, found: FoundCampaigns) -> None:
    """Campaigns without anybody held out, apart from those that are measured."""
    alone = [each.campaign for each in found.lines if each.is_observed]
    if not alone:
        return
    by: dict[str, int] = {}
    for each in alone:
        by[kind_of(each, view.by)] = by.get(kind_of(each, view.by), 0) + 1
    kinds = ", ".join(f"{kind} {number_text(many)}" for kind, many in sorted(by.items()))
    st.html(
        f'<p class="clientela-quiet" data-testid="observed">Observed only, with nobody held out, and in no mean above: '
        f"{escape(kinds)}. {words.HOLD_OUT}</p>"
    )
