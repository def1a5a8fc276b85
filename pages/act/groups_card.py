"""What an opened campaign changed in groups of its customers, with the luck of many looks told apart."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from mining.campaigns.effect_by_group import FEWEST, GroupEffects
from pages.act.campaign_frames import dots_told, groups_frame, groups_table, others_shown
from pages.act.campaigns_view import CampaignsView
from pages.act.effect_amounts import EffectAmounts
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import chooser
from pages.ui.export_files import downloads
from pages.ui.figures import dot_intervals
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import chance_text, count_text, number_text

MOST_DRAWN = 20
NO_LEVEL = ""
Go = Callable[[CampaignsView], None]


def groups_card(view: CampaignsView, groups: GroupEffects | None, say: EffectAmounts, go: Go) -> None:
    """The choice of what describes customers, and the effect in each of its groups."""
    levels = {
        each.name: each.label
        for each in session.cube("contacts").dimension("customer").levels
        if each.name != "customer"
    }
    with st.expander("By group of customers", icon=":material/groups:", expanded=groups is not None):
        chooser(
            "By",
            "campaigns-groups",
            [NO_LEVEL, *levels],
            view.groups,
            lambda name: levels.get(name, "Choose what tells groups apart …"),
            lambda name: go(view.by_groups(name)),
            width=330,
        )
        if groups is not None:
            told(view, groups, say)


def told(view: CampaignsView, groups: GroupEffects, say: EffectAmounts) -> None:
    st.html(f'<p data-testid="groups-told">{escape(group_sentence(groups))}</p>')
    if groups.frame.is_empty():
        return
    frame = groups_frame(groups.frame.head(MOST_DRAWN), say)
    figure = dot_intervals(frame, session.colours(), unit=say.unit, currency=say.currency)
    chart(figure, f"groups-{view.to_parameters()}", dots_told("What it changed by group", frame))
    if groups.frame.height > MOST_DRAWN:
        st.caption(f"The {MOST_DRAWN} largest of {number_text(groups.frame.height)}; all are in the table.")
    table = groups_table(groups.frame, say)
    frame_view(others_shown(table), "campaign-groups", height=whole_height(table, 8))
    downloads("clientela-campaign-groups", lambda: groups.frame, "campaign-groups")


def group_sentence(groups: GroupEffects) -> str:
    """Whether groups differ, and what is left out."""
    left = f" Left out, with fewer than {FEWEST} in an arm: {count_text(groups.small, 'group')}." * bool(
        groups.small
    )
    if groups.frame.is_empty():
        return f"No group has {FEWEST} customers in each arm, so none is told."
    if groups.p is None:
        return f"There is one group alone.{left}"
    chance = f"p {chance_text(groups.p)}"
    if groups.differ:
        return (
            f"The groups differ by more than chance makes them ({chance}). Each was described before it was reached; a"
            f" group is told from chance where q is at most {number_text(0.05, 2)}.{left}"
        )
    return (
        f"That the groups differ is not shown ({chance}): the effect of all customers is the best guess for each of"
        f" them.{left}"
    )
