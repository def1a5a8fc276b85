"""A campaign that whole regions had: what they did beside a mixture of the others, before it and after."""

from __future__ import annotations

from html import escape
from math import isfinite

import polars as pl
import streamlit as st

from cubes.analysis.campaign_measurement import CampaignMeasurement
from cubes.analysis.campaign_outcomes import RunCampaign
from cubes.analysis.drawn_units import region_periods
from data.errors import BadRequest
from mining.campaigns.synthetic_control import SyntheticControl, synthetic_control
from pages.act.effect_amounts import EffectAmounts
from pages.act.found_campaigns import CampaignLine
from pages.ui import session
from pages.ui.chart_clicks import chart
from pages.ui.figures import age_curves
from pages.ui.style.formats import count_text, number_text, share_text

LUCK = 0.05
AGE = "Weeks since the campaign began"


def regions_card(line: CampaignLine, say: EffectAmounts) -> None:
    """Within the card of the campaign that is open."""
    try:
        found = _found(session.warehouse().version, line.campaign, say.outcome.name, line.planned)
    except BadRequest as error:
        st.html(f'<p data-testid="regions-told">{escape(str(error))}</p>')
        return
    st.html(f'<p data-testid="regions-told">{escape(region_sentence(found, line.design.level, say))}</p>')
    if found.course.is_empty():
        return
    figure = age_curves(
        course_frame(found.course), session.colours(), unit=say.unit, currency=say.currency, age_name=AGE
    )
    key = f"regions-{line.campaign.id}-{say.outcome.name}-{line.planned.days}"
    chart(figure, key, f"{say.outcome.label} by week of those who had the campaign and of their mixture.")
    st.html(f'<p class="clientela-quiet" data-testid="regions-fit">{escape(fit_sentence(found))}</p>')


def region_sentence(found: SyntheticControl, level: str, say: EffectAmounts) -> str:
    """What a week of a region brought more, or why that is not told."""
    if found.refusal:
        return found.refusal
    part = f", {share_text(found.relative, 1)} of it" if isfinite(found.relative) else ""
    each = f"{say.change(found.difference)} a week and {level} more than a mixture of the others{part}"
    p = number_text(found.p, 3)
    if found.p <= LUCK:
        return f"It moved {say.noun}: {each} (p {p})."
    return f"Whether it moved {say.noun} is not told from chance: {each} (p {p})."


def fit_sentence(found: SyntheticControl) -> str:
    """Of what the mixture is, how near it was before, and what p can be."""
    mixed = ", ".join(f"{name} {share_text(weight)}" for name, weight in found.weights[:6])
    more = f" and {number_text(len(found.weights) - 6)} more" if len(found.weights) > 6 else ""
    others, least = count_text(found.others, "other region"), number_text(1 / (found.others + 1), 3)
    return (
        f"The mixture: {mixed}{more}. In {count_text(found.before, 'week')} before the campaign it was off by"
        f" {share_text(found.fit, 1)}. p is the part of all regions, each taken as if it had had the campaign, that"
        f" moved as far; with {others} it cannot be below {least}."
    )


def course_frame(course: pl.DataFrame) -> pl.DataFrame:
    """Both courses as curves take them."""
    names = {"treated": "Had the campaign", "synthetic": "Mixture of the others"}
    curves = [
        course.select(pl.lit(key).alias("id"), pl.lit(name).alias("label"), age="period", value=key)
        for key, name in names.items()
    ]
    return pl.concat(curves)


@st.cache_resource(
    show_spinner=False, max_entries=16, hash_funcs={RunCampaign: repr, CampaignMeasurement: repr}
)
def _found(
    version: str, campaign: RunCampaign, measure: str, planned: CampaignMeasurement
) -> SyntheticControl:
    told = region_periods(session.warehouse(), campaign, measure, planned.level, planned.days)
    return synthetic_control(told.frame, told.treated)
