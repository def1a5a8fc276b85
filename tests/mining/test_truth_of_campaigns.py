"""What was planted in the campaigns of the demonstration firm comes back: effects, their order by type, who changes."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl
import pytest

from data.demo.demo_firm import Firm
from data.demo.places import places
from data.demo.simulated_campaigns import CAMPAIGNS, SentCampaign, arms
from data.demo.simulated_world import World
from mining.campaigns.campaign_effect import CampaignEffect, campaign_effect
from mining.campaigns.campaign_types import campaign_types
from mining.campaigns.effect_by_group import GroupEffects, effect_by_group
from mining.campaigns.qini_curve import QiniCurve, qini_curve
from mining.campaigns.uplift_scores import uplift_scores

SEEDS = (7, 1, 2)
SENT = {each.number: each for each in CAMPAIGNS}
LETTER_TO_ITALY, NOTHING = SENT["CMP-2311"], SENT["CMP-2505"]


@cache
def world(seed: int) -> World:
    return World(Firm(seed=seed))


def spent(firm: World, sent: SentCampaign) -> np.ndarray:
    """What each customer code spent in the 90 days from four days before the campaign on."""
    first = sent.days[0] - 4
    lines = firm.lines.filter(pl.col("day").is_between(first, first + 89))
    found: np.ndarray = np.bincount(lines["customer"], lines["revenue"] / 100, len(firm.people.rate))
    return found


@cache
def measured(seed: int, sent: SentCampaign) -> tuple[CampaignEffect, float]:
    """The effect on the revenue of a customer, and what the campaign truly added to one of those it reached."""
    firm = world(seed)
    arm = arms(firm.firm, firm.people, sent)
    frame = pl.DataFrame({"arm": arm, "value": spent(firm, sent)}).filter(pl.col("arm") >= 0)
    named = frame.with_columns(pl.when(pl.col("arm") == 1).then(pl.lit("treated")).otherwise(pl.lit("held out"))
                               .alias("arm"))  # fmt: skip
    added = firm.lines.filter(extra=CAMPAIGNS.index(sent) + 1)["revenue"].sum() / 100
    return campaign_effect(named, (1 - sent.held_out, sent.held_out)), added / (arm == 1).sum()


def test_planted_effects_lie_in_their_intervals() -> None:
    """Of 18 campaigns of three firms one may be missed: 95 of 100 hold their truth."""
    found = [measured(seed, each) for seed in SEEDS for each in CAMPAIGNS]
    held = [own.effect.low <= true <= own.effect.high for own, true in found if own.effect]
    assert len(held) == len(found) == 18
    assert sum(held) >= 17


@pytest.mark.parametrize("seed", SEEDS)
def test_calls_bring_more_than_letters_and_these_more_than_mails(seed: int) -> None:
    rows = []
    for each in CAMPAIGNS:
        effect = measured(seed, each)[0].effect
        assert effect
        error = (effect.treated.error + effect.held_out.error) ** 0.5
        rows.append({"kind": each.medium, "effect": effect.difference, "error": error})
    mean = {each.kind: each for each in campaign_types(pl.DataFrame(rows)).types}
    assert mean["Phone"].mean > mean["Mail"].mean > mean["E-mail"].mean
    assert mean["Mail"].low > 0
    added = np.mean([measured(seed, each)[1] for each in CAMPAIGNS if each.medium == "E-mail"])
    assert mean["E-mail"].low < added < mean["E-mail"].high


@cache
def ranked(seed: int, sent: SentCampaign) -> QiniCurve:
    """The curve of scores learned from what was known of customers before the campaign."""
    firm = world(seed)
    country = pl.Series([each.country for each in places()])[pl.Series(firm.people.place)]
    before = sent.days[0] - 8
    past = (
        firm.lines.filter(pl.col("day") < before)
        .group_by(pl.col("customer").cast(pl.Int64))
        .agg(
            recency=before - pl.col("day").max(),
            purchase_days=pl.col("day").n_unique(),
            revenue=pl.col("revenue").sum() / 100,
            return_rate=pl.col("is_return").mean(),
        )
    )
    arm = arms(firm.firm, firm.people, sent)
    own = pl.DataFrame({"customer": np.arange(len(arm)), "arm": arm, "country": country})
    own = own.filter(pl.col("arm") >= 0).join(past, on="customer", how="left", maintain_order="left")
    value, treated = spent(firm, sent)[own["customer"].to_numpy()], (own["arm"] == 1).to_numpy()
    score = uplift_scores(own.drop("customer", "arm"), value, treated).score
    return qini_curve(score, value, treated)


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_who_changes_is_found_where_that_was_planted_and_nobody_where_nothing_was(seed: int) -> None:
    assert ranked(seed, LETTER_TO_ITALY).beats_everyone
    assert not ranked(seed, NOTHING).beats_everyone


def by_country(seed: int, sent: SentCampaign) -> GroupEffects:
    firm = world(seed)
    arm = pl.Series(arms(firm.firm, firm.people, sent))
    named = arm.replace_strict({1: "treated", 0: "held out"}, default="", return_dtype=pl.String)
    country = pl.Series([each.country for each in places()])[pl.Series(firm.people.place)]
    return effect_by_group(pl.DataFrame({"arm": named, "value": spent(firm, sent), "group": country}))


def test_the_letter_that_works_in_italy_alone_differs_by_country_and_what_does_nothing_does_not() -> None:
    """A part of what is told is luck: of 27 countries where it did nothing, and of 30 of the other campaign."""
    letters = [by_country(seed, LETTER_TO_ITALY) for seed in SEEDS]
    assert all(each.differ for each in letters)
    told = [each.frame.filter(pl.col("q") < 0.05).sort("q")["group"].to_list() for each in letters]
    assert all(each[0] == "Italy" for each in told)
    assert sum(len(each) - 1 for each in told) <= 2
    nothing = [by_country(seed, NOTHING) for seed in SEEDS]
    assert not any(each.differ for each in nothing)
    assert sum(each.frame.filter(pl.col("q") < 0.05).height for each in nothing) <= 1
