"""`python -m mining effect [CAMPAIGN] [--measure M]`. What campaigns changed, by the arms that are stored."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from cubes.analysis.campaign_outcomes import (
    DAYS_AFTER,
    CampaignOutcomes,
    Outcome,
    RunCampaign,
    campaign_named,
    campaign_outcomes,
    outcomes_of,
    run_campaigns,
)
from cubes.query import Cut
from data.errors import BadRequest, did_you_mean
from data.store.warehouse import Warehouse
from mining.campaigns.arm_difference import Effect
from mining.campaigns.campaign_effect import CampaignEffect, campaign_effect
from mining.campaigns.false_discoveries import false_discoveries
from mining.campaigns.sample_ratio import read_shares
from mining.commands.command_finding import Command, Finding, days_ahead, question

NUMBERS = (
    "treated", "held_out", "treated_mean", "held_out_mean", "effect", "low", "high", "p", "q", "relative",
    "relative_low", "relative_high", "total", "total_low", "total_high", "cost", "cost_a_contact", "adjusted",
    "adjusted_low", "adjusted_high", "variance_ratio", "anytime_low", "anytime_high",
)  # fmt: skip
WHOLE = ("treated", "held_out")
SCHEMA = {
    **dict.fromkeys(("campaign", "name", "type", "measure", "label", "unit"), pl.String),
    **{each: pl.Int64 if each in WHOLE else pl.Float64 for each in NUMBERS},
    "refusal": pl.String,
}


def _effect_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("campaign", nargs="?", default="", help="its id or name; all of them if left away")
    parser.add_argument(
        "--measure", default="", help="one outcome, such as revenue; all of them if left away"
    )
    parser.add_argument(
        "--days",
        type=days_ahead,
        default=DAYS_AFTER,
        help=f"how long after the contact; {DAYS_AFTER} if left away",
    )
    parser.add_argument(
        "--planned",
        type=_shares,
        metavar="TREATED:HELD_OUT",
        help="the arms as they were planned, such as 1:1 or 9:1; their sizes are not judged if left away",
    )


def _shares(text: str) -> tuple[float, float]:
    try:
        return read_shares(text)
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
    if not campaigns:
        raise BadRequest("No campaign has reached anybody yet.", "Load campaign contacts first.")
    rows, notes = [], dict[str, None]()
    for outcomes in _asked(warehouse, campaigns, options, cuts):
        found = campaign_effect(outcomes.frame, options.planned, is_answer=bool(outcomes.outcome.kind))
        rows.append(_row(outcomes, found))
        notes |= dict.fromkeys(
            f"{outcomes.campaign.name}: {each}" for each in (*outcomes.notes, *found.notes)
        )
    frame = pl.DataFrame(rows, schema=SCHEMA)
    return Finding(
        frame.with_columns(false_discoveries(frame["p"])),
        {"days": options.days, "measures": frame.height},
        tuple(notes),
    )


def _asked(
    warehouse: Warehouse, campaigns: list[RunCampaign], options: argparse.Namespace, cuts: tuple[Cut, ...]
) -> Iterator[CampaignOutcomes]:
    """What is asked for of each campaign that has it. Raises BadRequest where none has."""
    known: dict[str, Outcome] = {}
    told = 0
    for campaign in campaigns:
        own = {each.name: each for each in outcomes_of(warehouse, campaign)}
        known |= own
        for name in [options.measure] if options.measure else list(own):
            if name in own:
                told += 1
                yield campaign_outcomes(warehouse, campaign, name, options.days, cuts)
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


def _row(outcomes: CampaignOutcomes, found: CampaignEffect) -> dict[str, Any]:
    campaign, outcome = outcomes.campaign, outcomes.outcome
    row: dict[str, Any] = dict.fromkeys(SCHEMA)
    row |= {"campaign": campaign.id, "name": campaign.name, "type": campaign.kind, "measure": outcome.name,
            "label": outcome.label, "unit": outcome.unit, "treated": found.treated, "held_out": found.held_out,
            "cost": found.cost, "cost_a_contact": found.cost_a_contact, "refusal": found.refusal}  # fmt: skip
    if found.effect is None:
        return row
    row |= _told(found.effect)
    row |= dict(zip(("total", "total_low", "total_high"), found.total or (), strict=True))
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
    _effect_options,
    _effect,
)
