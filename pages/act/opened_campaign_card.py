"""One campaign opened: its two arms, the effect in its forms, its other measures, its course, or why none is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape

import polars as pl
import streamlit as st

from data.errors import BadRequest
from mining.campaigns.arm_difference import Effect
from mining.campaigns.campaign_effect import CampaignEffect
from pages.act import campaign_words as words
from pages.act.campaign_frames import (
    arms_frame,
    books_bars,
    books_table,
    dots_told,
    effect_words,
    effects_frame,
    others_shown,
    others_table,
)
from pages.act.campaigns_view import NOT_KNOWN, CampaignsView, parse_shares
from pages.act.effect_amounts import EffectAmounts
from pages.act.found_campaigns import CampaignLine, OpenedCampaign
from pages.act.groups_card import groups_card
from pages.act.regions_card import regions_card
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.controls import as_plain
from pages.ui.export_files import downloads
from pages.ui.figures import age_curves, bars, dot_intervals
from pages.ui.open_pages import link_to
from pages.ui.page_record import ToldFigure, ToldFigures, note, told_words
from pages.ui.page_states import card, section
from pages.ui.plain_frames import frame_view, whole_height
from pages.ui.style.formats import days_named, money_text, number_text, share_text

PLANS = {
    NOT_KNOWN: "Not known",
    "1:1": "1:1, one reached for one held out",
    "4:1": "4:1",
    "9:1": "9:1",
    "19:1": "19:1",
}
PLAN = "act/plan_page.py"
Go = Callable[[CampaignsView], None]


def opened_card(view: CampaignsView, opened: OpenedCampaign, say: EffectAmounts, go: Go) -> None:
    line = opened.line
    with card("opened-campaign"):
        section(line.campaign.name, words.described(line.campaign))
        said = [words.opened_sentence(line, say)]
        if line.found and line.is_measured:
            said += [words.relative_sentence(line.found), words.paid_sentence(line.found, say)]
        st.html(f'<p data-testid="campaign-told">{escape(told_words(" ".join(filter(None, said))))}</p>')
        st.html(f'<p class="clientela-quiet" data-testid="design">{escape(words.designed(line))}</p>')
        if line.planned.is_planned:
            asked = {"campaign": line.campaign.id}
            link_to(PLAN, label="Its plan", icon=":material/edit_calendar:", query_params=asked)
        if line.design.kind == "geo":
            regions_card(line, say)
        if line.found and line.found.effect:
            note(ToldFigures(tuple(figures(line.found, line.found.effect, say))))
        if line.found and line.found.held_out:
            planned(view, line, go)
        if line.found and line.is_measured:
            effect(view, line.found, say)
        if line.found and opened.mismatch is not None:
            diagnosis(opened.mismatch, line.found)
        course(view, opened.course, say)
        st.html(f'<p class="clientela-quiet" data-testid="cautions">{escape(words.cautions(opened))}</p>')
        others(opened, say.currency)
        if line.is_measured and line.design.kind == "customer":
            groups_card(view, opened.groups, say, go)
        responses(opened, say.currency)


def figures(found: CampaignEffect, effect: Effect, say: EffectAmounts) -> Iterator[ToldFigure]:
    """What reports and kept runs tell of an effect."""
    yield ToldFigure("Effect", say.each(effect.difference), say.ends(effect.low, effect.high))
    yield ToldFigure("Reached", number_text(found.treated))
    yield ToldFigure("Held out", number_text(found.held_out))
    yield ToldFigure("Cost", money_text(found.cost, say.currency))


def planned(view: CampaignsView, line: CampaignLine, go: Go) -> None:
    """The shares of the arms as they were planned: without them their sizes are not judged."""
    offered = {**PLANS, view.planned: PLANS.get(view.planned, view.planned)}
    if line.planned.shares:
        one, other = line.planned.shares
        offered[NOT_KNOWN] = f"As planned here, {share_text(one)} : {share_text(other)}"
    st.session_state["campaigns-planned"] = view.planned

    def chosen() -> None:
        text = (st.session_state["campaigns-planned"] or NOT_KNOWN).strip()
        if text in PLANS or _is_shares(text):
            go(view.planned_as(text))
        else:
            st.session_state["campaigns-strange"] = text

    with st.container(width=330):
        st.selectbox(
            "Planned shares, reached : held out",
            list(offered),
            key="campaigns-planned",
            format_func=lambda each: offered.get(each, each),
            on_change=chosen,
            accept_new_options=True,
            help="Arms that are not of the planned sizes were not drawn as planned. Write your own, such as 3:1.",
        )
    strange = st.session_state.pop("campaigns-strange", "")
    if strange:
        st.caption(f"“{as_plain(strange[:20])}” are no shares of two arms: write them like 1:1 or 9:1.")


def _is_shares(text: str) -> bool:
    try:
        return bool(parse_shares(text))
    except BadRequest:
        return False


def effect(view: CampaignsView, found: CampaignEffect, say: EffectAmounts) -> None:
    """The arms' means on the left, the effect in its forms on the right, and the same in words."""
    left, right = st.columns(2, gap="medium")
    frames = {
        "The two arms": arms_frame(found, say),
        "What it changed": effects_frame(found, say),
    }
    for place, (title, frame), from_zero in zip((left, right), frames.items(), (False, True), strict=True):
        with place:
            st.html(f"<b>{title}</b>")
            figure = dot_intervals(
                frame, session.colours(), unit=say.unit, currency=say.currency, from_zero=from_zero
            )
            chart(figure, f"{title}-{view.to_parameters()}", dots_told(title, frame))
    with left:
        rows = frames["The two arms"].select("label", "text").iter_rows()
        _told("arms-told", [(f"{label} customers", text) for label, text in rows])
    with right:
        _told("effects-told", effect_words(found, say))


def _told(testid: str, rows: list[tuple[str, str]]) -> None:
    lines = "".join(f"<li>{escape(name)}: <b>{escape(text)}</b></li>" for name, text in rows)
    st.html(f'<ul class="clientela-quiet" data-testid="{testid}">{lines}</ul>')


def diagnosis(mismatch: pl.DataFrame, found: CampaignEffect) -> None:
    """Where arms that are not of the planned sizes come from."""
    st.html("<b>Where it comes from</b>")
    said = words.mismatch_sentence(mismatch, found)
    st.html(f'<p class="clientela-quiet" data-testid="mismatch">{escape(said)}</p>')
    if mismatch.height:
        told = mismatch.rename({"column": "by", "treated": "reached"}).drop("p")
        days = pl.Series("member", [days_named(each) for each in told["member"]])
        told = told.with_columns(days, pl.col("chi2").round(1))
        frame_view(told, "campaign-mismatch", height=whole_height(told, 8))


def course(view: CampaignsView, frame: pl.DataFrame, say: EffectAmounts) -> None:
    """How the effect grew by day since the contact."""
    if frame.is_empty():
        return
    with st.expander("Its course by day since the contact", icon=":material/show_chart:"):
        curve = frame.select(
            pl.lit("effect").alias("id"),
            pl.lit("Effect").alias("label"),
            age="since",
            value="effect",
            low="low",
            high="high",
        )
        name = "Days since the contact"
        figure = age_curves(curve, session.colours(), unit=say.unit, currency=say.currency, age_name=name)
        first = next(
            (
                day
                for day, low, high in frame.select("since", "low", "high").iter_rows()
                if low > 0 or high < 0
            ),
            None,
        )
        told = (
            "The anytime band holds zero on every day."
            if first is None
            else f"The anytime band first leaves zero on day {first}."
        )
        chart(figure, f"course-{view.to_parameters()}", f"The effect a customer by day. {told}")
        st.html(
            f'<p class="clientela-quiet" data-testid="course-told">{told} It may be looked at on any day.</p>'
        )


def others(opened: OpenedCampaign, currency: str) -> None:
    """All measures, of which the chosen one alone is the planned comparison."""
    with st.expander("All its measures", icon=":material/table:", expanded=True):
        st.html(
            '<p class="clientela-quiet">Looking at many finds something by luck: q says how large a part of those '
            "at or below it that is. None of them replaces the measure that was planned.</p>"
        )
        table = others_table(opened, currency)
        frame_view(others_shown(table), "campaign-others", height=whole_height(table))
        downloads(f"clientela-campaign-{opened.line.campaign.id}", lambda: table, "campaign-others")


def responses(opened: OpenedCampaign, currency: str) -> None:
    """Where the responses to it went, and what was bought after its contacts."""
    books = opened.books
    told = [words.books_sentence(books), words.bought_sentence(opened, currency)]
    with st.expander("Its responses and what was bought after it", icon=":material/reply:"):
        st.html(f'<p data-testid="responses-told">{escape(told_words(" ".join(filter(None, told))))}</p>')
        if books.read:
            table = books_table(books)
            figure = bars(books_bars(table), session.colours(), unit="count")
            chart(figure, f"responses-{opened.line.campaign.id}", f"Responses by where they went. {told[0]}")
            frame_view(table, "campaign-responses", height=whole_height(table))
            downloads(f"clientela-responses-{opened.line.campaign.id}", lambda: table, "campaign-responses")
