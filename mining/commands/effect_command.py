"""`python -m mining effect [CAMPAIGN] [--measure M]`. What campaigns changed, by the arms that are stored and how these
were drawn; with --responses where each response went."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from cubes.analysis.campaign_contamination import contamination
from cubes.analysis.campaign_measurement import (
    CampaignMeasurement,
    Plans,
    last_days,
    measurement,
    stored_plans,
)
from cubes.analysis.campaign_outcomes import (
    DAYS_AFTER,
    Outcome,
    RunCampaign,
    campaign_named,
    campaign_outcomes,
    outcomes_of,
    run_campaigns,
)
from cubes.analysis.drawn_units import customer_groups, grouped
from cubes.query import Cut
from data.campaigns.read_back import REASONS, ResponseBooks, read_back
from data.errors import BadRequest, did_you_mean
from data.store.warehouse import Warehouse
from mining.campaigns.arm_difference import Effect
from mining.campaigns.campaign_effect import NOBODY_HELD_OUT, CampaignEffect, campaign_effect
from mining.campaigns.effect_by_group import effect_by_group
from mining.campaigns.effect_design import WRITTEN, EffectDesign, read_design
from mining.campaigns.false_discoveries import false_discoveries
from mining.campaigns.sample_ratio import read_shares
from mining.commands.command_finding import Command, Finding, days_ahead, question
from mining.commands.designed_effect import OF_TIME, effect_over_time

NUMBERS = (
    "treated", "held_out", "treated_mean", "held_out_mean", "effect", "low", "high", "p", "q", "relative",
    "relative_low", "relative_high", "total", "total_low", "total_high", "cost", "cost_a_contact", "adjusted",
    "adjusted_low", "adjusted_high", "variance_ratio", "anytime_low", "anytime_high",
)  # fmt: skip
WHOLE = ("treated", "held_out")
SCHEMA = {
    **dict.fromkeys(("campaign", "name", "type", "measure", "label", "unit"), pl.String),
    **{each: pl.Int64 if each in WHOLE else pl.Float64 for each in NUMBERS},
    **dict.fromkeys(("design", "estimator", "refusal"), pl.String),
}
BOOKS = {
    **dict.fromkeys(("campaign", "name"), pl.String),
    **dict.fromkeys(("read", "matched", "repeats", "unmatched"), pl.Int64),
    **{f"unmatched_{name.replace(' ', '_')}": pl.Int64 for name in REASONS},
}


def _effect_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("campaign", nargs="?", default="", help="its id or name; all of them if left away")
    parser.add_argument(
        "--measure", default="", help="one outcome, such as revenue; all of them if left away"
    )
    parser.add_argument(
        "--days",
        type=days_ahead,
        help=f"how long after the contact; as it was planned if left away, else {DAYS_AFTER}",
    )
    parser.add_argument(
        "--planned",
        type=_shares,
        metavar="TREATED:HELD_OUT",
        help="the arms as they were planned, such as 1:1 or 9:1; if left away as a stored plan says, else not judged",
    )
    parser.add_argument(
        "--design",
        type=_design,
        metavar="DESIGN",
        help=f"how arms were drawn: {WRITTEN}; as a stored plan says if left away, else customer",
    )
    parser.add_argument(
        "--by",
        default="",
        metavar="LEVEL",
        help="one campaign and measure in groups of customers instead, such as country, and whether these differ",
    )
    parser.add_argument(
        "--responses",
        action="store_true",
        help="where each response went instead: to one contact, or unmatched with its reason",
    )


def _shares(text: str) -> tuple[float, float]:
    try:
        return read_shares(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _design(text: str) -> EffectDesign:
    try:
        return read_design(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _effect(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row a campaign and outcome; the false discoveries among all rows told are held to `q`."""
    if options.until or options.as_of:
        raise BadRequest(
            "A campaign has days and a description of its own.",
            "Leave --until and --as-of out; --days says how long.",
        )
    cuts = question(options).cuts
    campaigns = (
        [campaign_named(warehouse, options.campaign)] if options.campaign else run_campaigns(warehouse)
    )
    if not campaigns and not options.responses:
        raise BadRequest("No campaign has reached anybody yet.", "Load campaign contacts first.")
    plans = stored_plans(warehouse)
    if options.responses:
        return _responses(warehouse, campaigns, plans, options)
    if options.by:
        return _by_group(warehouse, campaigns, plans, options, cuts)
    rows, notes, looked = [], dict[str, None](), set[int]()
    for campaign, outcome in _asked(warehouse, campaigns, options):
        if outcome is None:
            rows.append(_silent(campaign))
            continue
        row, said = _measured(warehouse, campaign, outcome, measurement(plans, campaign), options, cuts)
        rows.append(row)
        if campaign.code not in looked:
            looked.add(campaign.code)
            days = options.days or measurement(plans, campaign).days
            said += contamination(warehouse, campaign, days, cuts).notes
        notes |= dict.fromkeys(f"{campaign.name}: {each}" for each in said)
    frame = pl.DataFrame(rows, schema=SCHEMA)
    figures = {"days": options.days or DAYS_AFTER, "measures": frame.height}
    return Finding(frame.with_columns(false_discoveries(frame["p"])), figures, tuple(notes))


def _by_group(
    warehouse: Warehouse,
    campaigns: list[RunCampaign],
    plans: Plans,
    options: argparse.Namespace,
    cuts: tuple[Cut, ...],
) -> Finding:
    """A row a group of customers, the largest first. Raises BadRequest where more than one effect is asked for."""
    if not (options.campaign and options.measure) or options.design:
        raise BadRequest(
            "Groups are told of one campaign and measure, its arms drawn by customer.",
            "Name both, such as: effect Spring --measure revenue --by country; and leave --design out.",
        )
    (campaign,) = campaigns
    days = options.days or measurement(plans, campaign).days
    told = campaign_outcomes(warehouse, campaign, options.measure, days, cuts)
    groups = customer_groups(warehouse, campaign, options.by).rename({"cluster": "group"})
    found = effect_by_group(told.frame.join(groups, on="customer", how="left"))
    figures = {"campaign": campaign.id, "by": options.by, "p_of_no_difference": found.p, "small": found.small}
    return Finding(found.frame, figures, told.notes)


def _responses(
    warehouse: Warehouse, campaigns: list[RunCampaign], plans: Plans, options: argparse.Namespace
) -> Finding:
    """A row a campaign that responses name, and all of them together as figures."""
    if options.measure or options.where:
        raise BadRequest(
            "Responses are read back whole, whoever sent them.", "Leave --measure and --where out."
        )
    own = campaigns[0].code if options.campaign else None
    found = read_back(warehouse, own, last_days(plans, campaigns), options.days or DAYS_AFTER)
    named = {each.code: each for each in campaigns}
    rows = [_book(named.get(code), books) for code, books in found.by_campaign().items()]
    whole = found.books
    figures = {
        "read": whole.read,
        "matched": whole.matched,
        "repeats": whole.repeats,
        "unmatched": whole.unmatched,
    }
    notes = tuple(f"{name}: {REASONS[name]}." for name in whole.reasons)
    if not whole.read:
        notes = ("No response is loaded. Load campaign responses first.",)
    return Finding(pl.DataFrame(rows, schema=BOOKS), figures, notes)


def _book(campaign: RunCampaign | None, books: ResponseBooks) -> dict[str, Any]:
    told = {f"unmatched_{name.replace(' ', '_')}": books.reasons.get(name, 0) for name in REASONS}
    counts = {
        "read": books.read,
        "matched": books.matched,
        "repeats": books.repeats,
        "unmatched": books.unmatched,
    }
    who = {
        "campaign": campaign.id if campaign else "",
        "name": campaign.name if campaign else "Without contacts",
    }
    return who | counts | told


def _measured(
    warehouse: Warehouse,
    campaign: RunCampaign,
    outcome: Outcome,
    planned: CampaignMeasurement,
    options: argparse.Namespace,
    cuts: tuple[Cut, ...],
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A row of one campaign and outcome, and what is to be known beside it."""
    design = options.design or EffectDesign.planned(planned.design, planned.level)
    days = options.days or planned.days
    row: dict[str, Any] = dict.fromkeys(SCHEMA)
    row |= {"campaign": campaign.id, "name": campaign.name, "type": campaign.kind, "measure": outcome.name,
            "label": outcome.label, "unit": outcome.unit, "design": str(design),
            "estimator": design.estimator(bool(outcome.parts)),
            "treated": campaign.treated, "held_out": campaign.held_out}  # fmt: skip
    if design.kind in OF_TIME:
        if cuts:
            raise BadRequest(f"A {design.kind} design is of all customers.", "Leave --where out.")
        if outcome.kind or outcome.parts or outcome.is_share:
            return row | {"refusal": f"{outcome.label} does not add up by {design.level} and day."}, ()
        told, said = effect_over_time(warehouse, campaign, outcome, design, days)
        return row | told, said
    told_of = campaign_outcomes(warehouse, campaign, outcome.name, days, cuts)
    if design.kind == "cluster":
        told_of = grouped(warehouse, told_of, design.level)
    shares = options.planned or planned.shares
    found = campaign_effect(told_of.frame, shares, is_answer=bool(outcome.kind), not_yet=told_of.not_yet)
    row |= _row(found)
    if found.refusal == NOBODY_HELD_OUT:
        row |= _observed()
    return row, (*planned.notes(campaign), *told_of.notes, *found.notes)


def _silent(campaign: RunCampaign) -> dict[str, Any]:
    """A campaign of whose customers nothing is known since."""
    why = "Nothing is known of what its customers did." if campaign.held_out else NOBODY_HELD_OUT
    row: dict[str, Any] = dict.fromkeys(SCHEMA)
    row |= {"campaign": campaign.id, "name": campaign.name, "type": campaign.kind, "treated": campaign.treated,
            "held_out": campaign.held_out, "refusal": why}  # fmt: skip
    return row if campaign.held_out else row | _observed()


def _observed() -> dict[str, str]:
    none = EffectDesign("none")
    return {"design": str(none), "estimator": none.estimator()}


def _asked(
    warehouse: Warehouse, campaigns: list[RunCampaign], options: argparse.Namespace
) -> Iterator[tuple[RunCampaign, Outcome | None]]:
    """What is asked for of each campaign that has it; None where all is asked of one and it has nothing. Raises
    BadRequest where none has."""
    known: dict[str, Outcome] = {}
    told = 0
    for campaign in campaigns:
        own = {each.name: each for each in outcomes_of(warehouse, campaign)}
        known |= own
        for name in [options.measure] if options.measure else list(own):
            if name in own:
                told += 1
                yield campaign, own[name]
        if not own and not options.measure:
            yield campaign, None
    if not told:
        problem = (
            f"There is no outcome {options.measure!r}."
            if options.measure
            else "Nothing is known of outcomes."
        )
        advice = (
            did_you_mean(options.measure, known) if known else "Load order lines or campaign responses first."
        )
        raise BadRequest(problem, advice)


def _row(found: CampaignEffect) -> dict[str, Any]:
    row: dict[str, Any] = {
        "treated": found.treated, "held_out": found.held_out, "cost": found.cost,
        "cost_a_contact": found.cost_a_contact, "refusal": found.refusal,
    }  # fmt: skip
    if found.effect is None:
        return row
    row |= _told(found.effect)
    row |= dict(zip(("total", "total_low", "total_high"), found.total or (None,) * 3, strict=True))
    if found.anytime is not None:
        middle = found.effect.difference
        row |= {"anytime_low": middle - found.anytime, "anytime_high": middle + found.anytime}
    if found.adjusted is not None:
        own = found.adjusted.effect
        row |= {"adjusted": own.difference, "adjusted_low": own.low, "adjusted_high": own.high,
                "variance_ratio": found.adjusted.variance_ratio}  # fmt: skip
    return row


def _told(effect: Effect) -> dict[str, float | None]:
    told: dict[str, float | None] = {
        "treated_mean": effect.treated.mean, "held_out_mean": effect.held_out.mean, "effect": effect.difference,
        "low": effect.low, "high": effect.high, "p": effect.p, "relative": effect.relative,
        "relative_low": effect.relative_low, "relative_high": effect.relative_high,
    }  # fmt: skip
    return {name: value if value is None or np.isfinite(value) else None for name, value in told.items()}


EFFECT = Command(
    "what campaigns changed: those reached against those held out, by the stored arms",
    "campaigns",
    _effect_options,
    _effect,
)
