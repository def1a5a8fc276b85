"""Campaigns as tables and as figures take them: a row a campaign, a measure, an arm, a form of the effect, a type."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

import polars as pl

from data.campaigns.read_back import REASONS, ResponseBooks
from mining.campaigns.anytime_interval import ALPHA
from mining.campaigns.arm_difference import ArmSummary
from mining.campaigns.campaign_effect import CampaignEffect
from mining.campaigns.campaign_types import TypeEffect
from pages.act.campaign_words import headline, less_cost
from pages.act.effect_amounts import EffectAmounts
from pages.act.found_campaigns import CampaignLine, FoundCampaigns, OpenedCampaign
from pages.ui.style.formats import ABSENT, chance_text, number_text, share_text

NUMBERS = ("cost", "brought_less_cost", "at_least", "at_most", "break_even")
MONEY = dict.fromkeys(NUMBERS, "money")
CAMPAIGN: dict[str, Any] = {
    "campaign": pl.String, "what_it_changed": pl.String, "type": pl.String, "first_day": pl.Date, "last_day": pl.Date,
    "reached": pl.Int64, "held_out": pl.Int64, **dict.fromkeys(NUMBERS, pl.Float64), "effect": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "channel": pl.String, "id": pl.String,
}  # fmt: skip
IN_FILES = ("effect", "low", "high", "channel", "id")
OTHERS: dict[str, Any] = {
    "measure": pl.String, "reached": pl.String, "held_out": pl.String, "effect": pl.String, "from_to": pl.String,
    "p": pl.Float64, "q": pl.Float64, "told": pl.String,
}  # fmt: skip
DOTS = {
    **dict.fromkeys(("id", "label", "series"), pl.String), **dict.fromkeys(("value", "low", "high"), pl.Float64),
    "text": pl.String,
}  # fmt: skip
SHORT = {
    "future": "In the future",
    "customer": "Unknown customer",
    "contact": "No such contact",
    "campaign": "Another's code",
    "held out": "Held out",
    "before": "Before it",
    "after": "After the end",
}
FORMS = {
    "Plain": "Plain, at one planned look",
    "CUPED": "With the past taken out (CUPED)",
    "Anytime": "Anytime, at every look",
}


def campaign_table(found: FoundCampaigns, say: EffectAmounts) -> pl.DataFrame:
    """A row a campaign, numbers apart from words, as files have it."""
    return pl.DataFrame([_row(each, say) for each in found.lines], schema=CAMPAIGN)


def shown_of(table: pl.DataFrame) -> pl.DataFrame:
    """The columns of it that a page has room for, of those that say anything."""
    kept = table.drop(IN_FILES)
    return kept.select(each.name for each in kept if each.null_count() < kept.height)


def _row(line: CampaignLine, say: EffectAmounts) -> dict[str, Any]:
    campaign, found = line.campaign, line.found
    row: dict[str, Any] = dict.fromkeys(CAMPAIGN)
    row |= {
        "campaign": campaign.name, "what_it_changed": headline(line, say), "type": campaign.kind,
        "first_day": campaign.first, "last_day": campaign.last, "channel": campaign.channel, "id": campaign.id,
        "reached": found.treated if found else campaign.treated,
        "held_out": found.held_out if found else campaign.held_out, "cost": found.cost or None if found else None,
    }  # fmt: skip
    if found is None or found.effect is None:
        return row
    row |= {"effect": found.effect.difference, "low": found.effect.low, "high": found.effect.high}
    left = less_cost(found, say)
    if left:
        row |= dict(zip(("brought_less_cost", "at_least", "at_most"), left, strict=True))
        row["break_even"] = found.cost_a_contact
    return row


def others_table(opened: OpenedCampaign, currency: str) -> pl.DataFrame:
    """All measures of one campaign, a row each, refused ones with their reason."""
    rows = [
        _other(line, q, EffectAmounts(outcome, currency), outcome.label) for outcome, line, q in opened.others
    ]
    return pl.DataFrame(rows, schema=OTHERS, orient="row")


def others_shown(table: pl.DataFrame) -> pl.DataFrame:
    """The same as a page shows it: p and q as text, and a sign where there is nothing."""
    texts = {name: pl.Series(name, [_chance(each) for each in table[name]], pl.String) for name in ("p", "q")}
    return table.with_columns(**texts).with_columns(pl.col(pl.String).fill_null(ABSENT))


def _chance(p: float | None) -> str:
    return ABSENT if p is None else chance_text(p)


def _other(line: CampaignLine, q: float | None, say: EffectAmounts, label: str) -> tuple[Any, ...]:
    effect = line.found.effect if line.found else None
    if effect is None:
        return (label, *[None] * 6, headline(line, say))
    told = "told from chance" if q is not None and q <= ALPHA else "not told from chance"
    means = say.mean(effect.treated.mean), say.mean(effect.held_out.mean)
    ends = say.ends(effect.low, effect.high)
    return (label, *means, say.change(effect.difference), ends, effect.p, q, told)


def arms_frame(found: CampaignEffect, say: EffectAmounts) -> pl.DataFrame:
    """The two arms' means with their intervals."""
    assert found.effect is not None
    arms = {"Reached": found.effect.treated, "Held out": found.effect.held_out}
    return _dots(
        (name, f"{name}, {number_text(arm.customers)}", "Mean", *ends, say.mean_spread(*ends))
        for name, arm in arms.items()
        for ends in [_ends(arm)]
    )


def _ends(arm: ArmSummary) -> tuple[float, float, float]:
    half = 1.96 * arm.error**0.5
    return arm.mean, arm.mean - half, arm.mean + half


def effects_frame(found: CampaignEffect, say: EffectAmounts) -> pl.DataFrame:
    """The effect in its forms, by name."""
    assert found.effect is not None
    effect = found.effect
    ends = {"Plain": (effect.difference, effect.low, effect.high)}
    if found.adjusted:
        own = found.adjusted.effect
        ends["CUPED"] = own.difference, own.low, own.high
    if found.anytime is not None:
        ends["Anytime"] = (
            effect.difference,
            effect.difference - found.anytime,
            effect.difference + found.anytime,
        )
    return _dots((name, name, "Effect", *each, say.spread(*each)) for name, each in ends.items())


def effect_words(found: CampaignEffect, say: EffectAmounts) -> list[tuple[str, str]]:
    """Each form of the effect in words, CUPED with the part of the variance that it leaves."""
    said = {FORMS[each]: text for each, text in effects_frame(found, say).select("id", "text").iter_rows()}
    if found.adjusted:
        kept = f"leaves {share_text(found.adjusted.variance_ratio, 1)} of the variance"
        said[FORMS["CUPED"]] += f"; {kept}{'' if found.adjusted.is_gain else ', no gain'}"
    return list(said.items())


def types_frame(types: tuple[TypeEffect, ...], say: EffectAmounts) -> pl.DataFrame:
    """Each type's mean, and what the next campaign of it may bring."""
    rows: list[tuple[Any, ...]] = []
    for one in types:
        label, mean = f"{one.kind}, {number_text(one.campaigns)}", (one.mean, one.low, one.high)
        rows.append((one.kind, label, "Mean of the type", *mean, f"Mean {say.spread(*mean)}"))
        if isfinite(one.next_low):
            further = f"The next one {say.ends(one.next_low, one.next_high)}"
            rows.append((one.kind, label, "The next one", one.mean, one.next_low, one.next_high, further))
    return _dots(rows)


def shrunk_frame(campaigns: pl.DataFrame, say: EffectAmounts) -> pl.DataFrame:
    """Each campaign's own effect beside what its fellows make of it."""
    kinds = {
        "Its own": ("effect", "low", "high"),
        "Drawn to its type": ("shrunk", "shrunk_low", "shrunk_high"),
    }
    return _dots(
        (each["id"], each["campaign"], series, *ends, f"{series}: {say.spread(*ends)}")
        for each in campaigns.iter_rows(named=True)
        for series, names in kinds.items()
        for ends in [tuple(each[name] for name in names)]
        if None not in ends
    )


def groups_frame(groups: pl.DataFrame, say: EffectAmounts) -> pl.DataFrame:
    """The effect in each group of customers, with its interval."""
    return _dots(
        (
            each["group"],
            f"{each['group']}, {number_text(each['treated'])}",
            "Effect",
            *ends,
            say.spread(*ends),
        )
        for each in groups.iter_rows(named=True)
        for ends in [(each["effect"], each["low"], each["high"])]
    )


def groups_table(groups: pl.DataFrame, say: EffectAmounts) -> pl.DataFrame:
    """The same as a table, a row a group."""
    rows = [
        (each["group"], number_text(each["treated"]), number_text(each["held_out"]), say.change(each["effect"]),
         say.ends(each["low"], each["high"]), each["p"], each["q"],
         "told from chance" if each["q"] <= ALPHA else "not told from chance")
        for each in groups.iter_rows(named=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema={"group": pl.String, **dict(list(OTHERS.items())[1:])}, orient="row")


def fifths_frame(fifths: pl.DataFrame, say: EffectAmounts) -> pl.DataFrame:
    """The effect found in each fifth beside what was expected of it."""
    rows: list[tuple[Any, ...]] = []
    for each in fifths.drop_nulls("effect").iter_rows(named=True):
        label = {1: "1, most", 5: "5, least"}.get(each["fifth"], str(each["fifth"]))
        found, expected = (each["effect"], each["low"], each["high"]), each["expected"]
        rows.append((str(each["fifth"]), label, "Found", *found, f"Found {say.spread(*found)}"))
        told = f"Expected {say.change(expected)}"
        rows.append((str(each["fifth"]), label, "Expected", expected, None, None, told))
    return _dots(rows)


def _dots(rows: Iterable[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=DOTS, orient="row")


def dots_told(title: str, frame: pl.DataFrame) -> str:
    """A picture of dots in words, for those who cannot see it."""
    return f"{title}. " + "; ".join(
        f"{name}: {text}" for name, text in frame.select("label", "text").iter_rows()
    )


def books_table(books: ResponseBooks) -> pl.DataFrame:
    """Where responses went, a row each, with the reason of those that went to no contact."""
    rows = [("Matched", "to one contact each", books.matched)]
    rows += [("Repeats", "of the same kind, to a contact that was answered before", books.repeats)] * bool(
        books.repeats
    )
    rows += [("Unmatched", REASONS[name], many) for name, many in books.reasons.items()]
    schema = {"where": pl.String, "why": pl.String, "responses": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def books_bars(table: pl.DataFrame) -> pl.DataFrame:
    """The same as bars take it."""
    short = pl.col("why").replace_strict({REASONS[name]: text for name, text in SHORT.items()}, default=None)
    label = short.fill_null(pl.col("where"))
    return table.select(label.alias("id"), label.alias("label"), value=pl.col("responses").cast(pl.Float64))
