"""Campaigns found: the stored arms of the cubes handed to the miners of effects, the results remembered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import sqrt

import polars as pl
import streamlit as st

from cubes.analysis.campaign_contamination import (
    AttributedPurchases,
    Contamination,
    attributed_purchases,
    contamination,
)
from cubes.analysis.campaign_groups import campaign_groups, telling_groups
from cubes.analysis.campaign_measurement import CampaignMeasurement, Plans, measurement, stored_plans
from cubes.analysis.campaign_outcomes import (
    DAYS_AFTER,
    CampaignOutcomes,
    Outcome,
    RunCampaign,
    campaign_course,
    campaign_outcomes,
    check_customer_cuts,
    outcomes_of,
    run_campaigns,
)
from cubes.analysis.drawn_units import customer_groups, grouped
from cubes.query import Cut
from data.campaigns.read_back import ResponseBooks, read_back
from data.errors import BadRequest, WarehouseError, did_you_mean
from mining.campaigns.campaign_effect import NOBODY_HELD_OUT, CampaignEffect, campaign_effect
from mining.campaigns.campaign_types import CampaignTypes, campaign_types
from mining.campaigns.effect_by_group import GroupEffects, effect_by_group
from mining.campaigns.effect_course import effect_course
from mining.campaigns.effect_design import EffectDesign
from mining.campaigns.false_discoveries import false_discoveries
from mining.campaigns.sample_ratio import mismatched_groups
from pages.act.campaigns_view import CampaignsView
from pages.ui import session

MOST = 100
Shares = tuple[float, float] | None


@dataclass(frozen=True, slots=True, eq=False)
class CampaignLine:
    """A campaign by one measure, measured as `planned`. `told` and `found` are None where `refusal` says why nothing is
    known at all."""

    campaign: RunCampaign
    planned: CampaignMeasurement
    told: CampaignOutcomes | None
    found: CampaignEffect | None
    refusal: str = ""

    @property
    def design(self) -> EffectDesign:
        """How its arms were drawn."""
        if not self.campaign.held_out and self.planned.design != "geo":
            return EffectDesign("none")
        return EffectDesign.planned(self.planned.design, self.planned.level)

    @property
    def is_observed(self) -> bool:
        """Whether nobody was held out, so that nothing is compared."""
        return NOBODY_HELD_OUT in (self.refusal, self.found.refusal if self.found else "")

    @property
    def is_measured(self) -> bool:
        """Whether an effect is told, against customers who were held out."""
        return self.found is not None and self.found.effect is not None


@dataclass(frozen=True, slots=True, eq=False)
class FoundCampaigns:
    """The campaigns that reached or held out anybody, the latest first, by `measure`; `earlier` are more than are
    looked at. `measures` are all that could be asked for, by name; `opened` is the id of the campaign that is open."""

    lines: tuple[CampaignLine, ...]
    measure: str
    measures: dict[str, Outcome]
    earlier: int
    opened: str

    @property
    def outcome(self) -> Outcome:
        return self.measures[self.measure]


@dataclass(frozen=True, slots=True, eq=False)
class OpenedCampaign:
    """One campaign: its line, all its measures (`others`: outcome, line and q, in order), the groups in which arms are
    not as planned (None where they are), its course (empty where it has one day alone), what else moved its customers,
    where its responses went, what they bought after a contact (None where nothing is known of purchases), and its
    effect in `groups` (None where none are asked for)."""

    line: CampaignLine
    others: tuple[tuple[Outcome, CampaignLine, float | None], ...]
    mismatch: pl.DataFrame | None
    course: pl.DataFrame
    others_too: Contamination
    books: ResponseBooks
    bought: AttributedPurchases | None
    groups: GroupEffects | None = None


def found_campaigns(view: CampaignsView) -> FoundCampaigns:
    """All campaigns by the view's measure. Raises BadRequest for a measure or a campaign that there is not, and for
    cuts that are not on customers."""
    store, cuts = session.warehouse(), session.sets_read(view.cuts)
    check_customer_cuts(store, cuts)
    campaigns = _campaigns(store.version)
    opened = opened_of(campaigns, view.campaign)
    shown = [each for each in campaigns[:MOST] if each != opened]
    shown = [each for each in campaigns if each == opened or each in shown]
    measures = _measures(store.version, opened)
    for each in shown:
        measures = measures | {
            name: one for name, one in _measures(store.version, each).items() if name not in measures
        }
    plans = _plans()
    to_move = measurement(plans, opened).measure
    measure = view.measure or (to_move if to_move in measures else usual_measure(measures))
    if measure not in measures:
        raise BadRequest(f"No campaign is measured by {measure!r}.", did_you_mean(measure, measures))
    lines = tuple(
        _line(
            store.version,
            each,
            measure,
            measured(view, plans, each),
            cuts,
            view.shares if each == opened else None,
        )
        for each in shown
    )
    return FoundCampaigns(lines, measure, measures, len(campaigns) - len(shown), opened.id)


def measured(view: CampaignsView, plans: Plans, campaign: RunCampaign) -> CampaignMeasurement:
    """As its plan says, unless the reader chose other days."""
    planned = measurement(plans, campaign)
    return planned if view.days == DAYS_AFTER else replace(planned, days=view.days)


def _plans() -> Plans:
    """The stored plans; none where they cannot be read, for effects stand without."""
    try:
        return stored_plans(session.warehouse())
    except WarehouseError:
        return {}


def has_campaigns() -> bool:
    """Whether any campaign has reached or held out anybody."""
    return bool(_campaigns(session.warehouse().version))


def reached_campaigns() -> dict[str, RunCampaign]:
    """The campaigns that reached or held out anybody, by id."""
    return {each.id: each for each in _campaigns(session.warehouse().version)}


def opened_of(campaigns: tuple[RunCampaign, ...], named: str) -> RunCampaign:
    """The campaign of that id; where none is named the latest with both arms, else the latest. Raises BadRequest."""
    if named:
        found = next((each for each in campaigns if each.id == named), None)
        if found is None:
            raise BadRequest(
                f"No campaign with contacts is called {named!r}.",
                did_you_mean(named, [each.id for each in campaigns]),
            )
        return found
    return next((each for each in campaigns if each.treated and each.held_out), campaigns[0])


def usual_measure(measures: dict[str, Outcome]) -> str:
    """Revenue, else the first that is money, else the first. Raises BadRequest where there is none."""
    if not measures:
        raise BadRequest(
            "Nothing is known of what customers did.", "Load order lines or campaign responses first."
        )
    return next(
        (name for name, each in measures.items() if name == "revenue" or each.unit == "money"),
        next(iter(measures)),
    )


def opened_campaign(view: CampaignsView, found: FoundCampaigns) -> OpenedCampaign:
    """What is told of the campaign that is open. Raises BadRequest."""
    store, cuts = session.warehouse(), session.sets_read(view.cuts)
    campaign = opened_of(_campaigns(store.version), view.campaign)
    line = next(each for each in found.lines if each.campaign == campaign)
    measures = _measures(store.version, campaign)
    planned = line.planned
    own = [
        (each, _line(store.version, campaign, name, planned, cuts, view.shares))
        for name, each in measures.items()
    ]
    p = [each.found.effect.p if each.found and each.found.effect else None for _, each in own]
    q = false_discoveries(pl.Series(p, dtype=pl.Float64)).to_list()
    others = tuple((outcome, each, one) for (outcome, each), one in zip(own, q, strict=True))
    ratio, shares = line.found.ratio if line.found else None, view.shares or planned.shares
    mismatch = _mismatch(campaign, cuts, shares) if ratio and ratio.is_mismatch and shares else None
    asked = (store.version, campaign, found.measure, planned.days, cuts)
    has_course = line.told and line.is_measured and line.design.kind == "customer" and not found.outcome.parts
    course = _course(*asked, line.told) if has_course and line.told else pl.DataFrame()
    around = _around(store.version, campaign, planned, cuts)
    return OpenedCampaign(line, others, mismatch, course, *around, _groups(line, view.groups))


def _groups(line: CampaignLine, level: str) -> GroupEffects | None:
    """The effect by the members of a level of customers. Raises BadRequest for what is none."""
    if not level or line.told is None or not line.is_measured or line.design.kind != "customer":
        return None
    groups = customer_groups(session.warehouse(), line.campaign, level).rename({"cluster": "group"})
    return effect_by_group(line.told.frame.join(groups, on="customer", how="left"))


def found_types(found: FoundCampaigns, by: str) -> CampaignTypes:
    """The measured campaigns by type, channel or both, each drawn towards its fellows."""
    rows = [
        {
            "id": each.campaign.id,
            "campaign": each.campaign.name,
            "kind": kind_of(each.campaign, by),
            "effect": effect.difference,
            "low": effect.low,
            "high": effect.high,
            "error": sqrt(effect.treated.error + effect.held_out.error),
            "cost": each.found.cost,
            "reached": each.found.treated,
        }
        for each in found.lines
        if each.found and (effect := each.found.effect)
    ]
    texts, numbers = ("id", "campaign", "kind"), ("effect", "low", "high", "error", "cost", "reached")
    schema = dict.fromkeys(texts, pl.String) | dict.fromkeys(numbers, pl.Float64)
    return campaign_types(pl.DataFrame(rows, schema=schema))


def kind_of(campaign: RunCampaign, by: str) -> str:
    """What a campaign is grouped by."""
    return {
        "type": campaign.kind,
        "channel": campaign.channel,
        "both": f"{campaign.kind} · {campaign.channel}",
    }[by]


def _mismatch(campaign: RunCampaign, cuts: tuple[Cut, ...], shares: tuple[float, float]) -> pl.DataFrame:
    frame = campaign_groups(session.warehouse(), campaign, cuts)
    return mismatched_groups(
        frame, telling_groups(frame), dict(zip(("treated", "held out"), shares, strict=True))
    )


@st.cache_resource(show_spinner=False, max_entries=4)
def _campaigns(version: str) -> tuple[RunCampaign, ...]:
    return tuple(run_campaigns(session.warehouse()))


@st.cache_resource(show_spinner=False, max_entries=512, hash_funcs={RunCampaign: repr})
def _measures(version: str, campaign: RunCampaign) -> dict[str, Outcome]:
    return {each.name: each for each in outcomes_of(session.warehouse(), campaign)}


@st.cache_resource(
    show_spinner=False,
    max_entries=512,
    hash_funcs={Cut: repr, RunCampaign: repr, CampaignMeasurement: repr},
)
def _line(
    version: str,
    campaign: RunCampaign,
    measure: str,
    planned: CampaignMeasurement,
    cuts: tuple[Cut, ...],
    shares: Shares,
) -> CampaignLine:
    line = CampaignLine(campaign, planned, None, None)
    if line.design.kind == "geo":
        why = f"Drawn by {line.design.level}: its effect is that on whole regions, against a mixture of the others."
        return replace(line, refusal=why)
    if measure not in _measures(version, campaign):
        why = "Nothing is known of this measure." if campaign.held_out else NOBODY_HELD_OUT
        return replace(line, refusal=why)
    try:
        told = campaign_outcomes(session.warehouse(), campaign, measure, planned.days, cuts)
        if line.design.kind == "cluster":
            told = grouped(session.warehouse(), told, line.design.level)
    except BadRequest as error:
        return replace(line, refusal=error.problem)
    found = campaign_effect(
        told.frame, shares or planned.shares, is_answer=bool(told.outcome.kind), not_yet=told.not_yet
    )
    return replace(line, told=told, found=found)


@st.cache_resource(
    show_spinner=False, max_entries=32, hash_funcs={Cut: repr, RunCampaign: repr, CampaignMeasurement: repr}
)
def _around(
    version: str, campaign: RunCampaign, planned: CampaignMeasurement, cuts: tuple[Cut, ...]
) -> tuple[Contamination, ResponseBooks, AttributedPurchases | None]:
    """What else moved its customers, where its responses went, and what was bought after its contacts."""
    store = session.warehouse()
    ends = {campaign.code: planned.ends} if planned.ends else {}
    return (
        contamination(store, campaign, planned.days, cuts),
        read_back(store, campaign.code, ends, planned.days).books,
        attributed_purchases(store, campaign, planned.days),
    )


@st.cache_resource(show_spinner=False, max_entries=32, hash_funcs={Cut: repr, RunCampaign: repr})
def _course(
    version: str,
    campaign: RunCampaign,
    measure: str,
    days: int,
    cuts: tuple[Cut, ...],
    _told: CampaignOutcomes,
) -> pl.DataFrame:
    """Of the days that are over for all; empty where all was done on one day."""
    over = min(days, _days_over(_told))
    events = campaign_course(session.warehouse(), campaign, measure, days, cuts)
    if over < 2 or events["since"].n_unique() < 2:
        return pl.DataFrame()
    return effect_course(_told.frame, events, over, _told.outcome.is_share)


def _days_over(told: CampaignOutcomes) -> int:
    last = told.frame["day"].max()
    assert isinstance(last, date)
    return (told.until - last + timedelta(days=1)).days
