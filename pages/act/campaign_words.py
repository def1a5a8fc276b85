"""Campaigns in words: what each changed, by how much for sure, and what cannot be told."""

from __future__ import annotations

from math import isfinite

import polars as pl

from cubes.analysis.campaign_outcomes import RunCampaign
from data.campaigns.read_back import ResponseBooks
from data.model.canonical_tables import UNKNOWN
from mining.campaigns.campaign_effect import NOBODY_HELD_OUT, CampaignEffect
from mining.campaigns.campaign_plan import CampaignPlan
from mining.campaigns.campaign_types import TypeEffect
from mining.campaigns.pre_period import GAIN
from mining.campaigns.qini_curve import QiniCurve
from mining.campaigns.sample_ratio import smallest_loss
from pages.act.effect_amounts import EffectAmounts, Ends
from pages.act.found_campaigns import CampaignLine, FoundCampaigns, OpenedCampaign
from pages.ui.style.formats import (
    count_text,
    days_named,
    format_day,
    format_span,
    money_text,
    number_text,
    share_text,
)

OBSERVED = "Observed only: nobody was held out"
HOLD_OUT = "Leave a part of the customers out of the next one, drawn by lot, and its effect is known."
MOSTLY = 0.9
NOT_JUDGED = "The planned shares of the arms are not known, so their sizes are not judged."
FEW = "Of fewer than three nothing tells how much they differ, or what the next may bring."
DEFINITION = """**Who is compared.** Everybody whom the campaign reached with everybody whom it held out, as they are
stored, whatever happened then (intention to treat). Each counts from their own first contact on. Who is in both arms
is left out. A customer who was merged since counts once; one who was erased still counts, without a name.

**Plain**: the difference of the two means with Welch's interval (1947), right for one look at a planned end.
**CUPED** takes out what customers did in the 180 days before (Deng, Xu, Kohavi and Walker 2013).
**Anytime** stays right however often it is looked at while the campaign runs (Waudby-Smith and others 2021), and is
wider.

**Ratios**, such as revenue an order, by the delta method (Deng, Knoblich and Lu 2018). **Groups**: where whole cities
or stores were drawn, errors are by group (Cameron and Miller 2015). **Regions** against a mixture of the others
(Abadie, Diamond and Hainmueller 2010).

**Responses** go to the contact whose number or code they name, else to the latest contact of their customer and
campaign, until the campaign's end, or for the days that are looked at.

**Sizes.** Where the planned shares are known, arms that are not of these sizes (chi-square, p below .001) were not
drawn as planned, and no effect is told (Fabijan and others 2019).

**q**: among measures at or below it, that part is expected to be luck (Benjamini and Hochberg 1995).

**By type**: effects drawn towards the mean of their type (Gelman and others, *Bayesian data analysis*, section 5.4).

**Whom to address**: scores by models that never saw the customer they score (Kunzel and others 2019; Kennedy 2023);
the Qini curve (Radcliffe 2007) with a bootstrap of customers and shuffles of the scores."""


def described(campaign: RunCampaign) -> str:
    """A campaign's type, channel and days, as far as they are known."""
    last = campaign.last > campaign.first
    days = format_span(campaign.first, campaign.last) if last else format_day(campaign.first)
    return ", ".join([*(each for each in (campaign.kind, campaign.channel) if each != UNKNOWN), days]) + "."


def short_reason(found: CampaignEffect) -> str:
    """Why there is no effect, in a cell."""
    if found.refusal == NOBODY_HELD_OUT:
        return OBSERVED
    return found.refusal.partition(":")[0].partition(". ")[0].removesuffix(".")


def headline(line: CampaignLine, say: EffectAmounts) -> str:
    """What a campaign changed a customer, in a cell."""
    found = line.found
    if found is None:
        return OBSERVED if line.is_observed else line.refusal.partition(":")[0]
    if found.effect is None:
        return short_reason(found)
    effect = found.effect
    told = f"{say.each(effect.difference)} ({say.ends(effect.low, effect.high)})"
    return f"Moved {say.noun} by {told}" if effect.is_told_from_chance else f"Not told from chance: {told}"


def opened_sentence(line: CampaignLine, say: EffectAmounts) -> str:
    """What the campaign that is open changed, for all it reached."""
    found, name, days = line.found, line.campaign.name, line.planned.days
    if found is None:
        return line.refusal
    if found.effect is None:
        return found.refusal
    effect = found.effect
    each = f"{say.each(effect.difference)} ({say.ends(effect.low, effect.high)})"
    if not effect.is_told_from_chance:
        return f"Whether {name} changed {say.noun} in {days} days is not told from chance: {each}."
    if found.total is None:
        return f"{name} moved {say.noun} by {each} in {days} days."
    reached = f"in all {number_text(found.treated)} whom it reached by {say.whole_spread(found.total)}"
    return f"{name} moved {say.noun} by {each} in {days} days: {reached}."


def less_cost(found: CampaignEffect, say: EffectAmounts) -> Ends | None:
    """What a campaign brought less what it cost, with the ends; None where that is no money, or has no known cost."""
    if found.total is None or say.outcome.unit != "money" or not found.cost:
        return None
    middle, low, high = found.total
    return middle - found.cost, low - found.cost, high - found.cost


def paid_sentence(found: CampaignEffect, say: EffectAmounts) -> str:
    """Whether it brought more than it cost; empty where that cannot be asked."""
    if say.outcome.unit != "money" or found.is_ratio:
        return ""
    left = less_cost(found, say)
    if left is None:
        return "What reaching customers cost is not known."
    even = money_text(found.cost_a_contact, say.currency)
    cost = f"It cost {money_text(found.cost, say.currency)}: it breaks even at {even} a customer reached."
    kind = "" if say.outcome.name == "margin" else f" That is {say.noun}, not margin."
    told = say.whole_spread(left)
    if left[1] > 0:
        return f"{cost} It brought {told} more than it cost.{kind}"
    if left[2] < 0:
        return f"{cost} Less its cost it brought {told}: it did not pay.{kind}"
    return f"{cost} Whether it brought more is not told from chance: {told}.{kind}"


def relative_sentence(found: CampaignEffect) -> str:
    """The effect as a part of what those held out did; empty where that means nothing."""
    effect = found.effect
    if effect is None or effect.relative is None or not isfinite(effect.relative_low):
        return ""
    ends = [share_text(each, 1) for each in (effect.relative, effect.relative_low, effect.relative_high)]
    return f"That is {ends[0]} of what those held out did ({ends[1]} to {ends[2]})."


def main_fact(found: FoundCampaigns, say: EffectAmounts) -> str:
    """How many campaigns are measured, and how many only observed."""
    effects = [each.found.effect for each in found.lines if each.found and each.found.effect]
    observed = sum(1 for each in found.lines if each.is_observed)
    sure = sum(1 for each in effects if each.is_told_from_chance)
    measured = f"{number_text(len(effects))} measured against customers held out"
    said = [f"{count_text(len(found.lines), 'campaign')}, {measured}"]
    said[0] += f": {number_text(sure)} moved {say.noun}, told from chance." if effects else "."
    refused = sum(1 for each in found.lines if each.found and not (each.is_observed or each.is_measured))
    said += [f"{number_text(refused)} cannot be told, each with its reason."] if refused else []
    said += [f"{number_text(observed)} only observed. {HOLD_OUT}"] if observed else []
    said += [f"{number_text(found.earlier)} earlier ones are not shown."] if found.earlier else []
    return " ".join(said)


def mismatch_sentence(mismatch: pl.DataFrame, found: CampaignEffect) -> str:
    """Which groups arms of other sizes than planned come from, or that all are off alike."""
    everybody = found.treated + found.held_out
    off = mismatch.group_by("column").agg(many=(pl.col("treated") + pl.col("held out")).sum())
    if mismatch.is_empty() or (off["many"] >= MOSTLY * everybody).all():
        return (
            "No channel, country, kind of customer or day stands out, all are off alike: as where the lot was drawn in"
            " other shares than planned, or a part of an arm was lost."
        )
    first = ", ".join(map(days_named, mismatch["member"].head(3)))
    return (
        f"The groups whose arms are not as planned (p below .001, all tested together): first {first}."
        " Ask how customers of these were chosen."
    )


def cautions(opened: OpenedCampaign) -> str:
    """What is to be known beside the numbers."""
    line = opened.line
    notes = [*(line.told.notes if line.told else ()), *(line.found.notes if line.found else ())]
    notes += [
        *line.planned.notes(line.campaign),
        *(opened.others_too.notes if line.campaign.held_out else ()),
    ]
    if line.found and line.is_measured:
        notes.append(_sizes(line.found))
    return " ".join(notes)


def _sizes(found: CampaignEffect) -> str:
    """Whether the arms are of the planned sizes, and what would have shown."""
    ratio = found.ratio
    if ratio is None:
        return NOT_JUDGED
    least = smallest_loss(sum(ratio.counts), ratio.planned)
    said = f"The arms are of the planned sizes (p {ratio.p:.2g})"
    if least is None:
        return f"{said}, which so few could hardly show otherwise."
    return f"{said}; a loss of {share_text(least, 1)} of those held out would have been seen 9 times of 10."


def designed(line: CampaignLine) -> str:
    """By what the effect of a campaign is told, and whether its plan says so."""
    drawn = f"by {line.design.level}" if line.design.level else f"by {line.design.kind}"
    how = "Nobody was held out" if line.design.kind == "none" else f"Arms drawn {drawn}"
    plan = f", as planned here over {count_text(line.planned.days, 'day')}" if line.planned.is_planned else ""
    estimator = line.design.estimator(line.is_measured and line.found is not None and line.found.is_ratio)
    return f"{how}{plan}. Estimator: {estimator}."


def books_sentence(books: ResponseBooks) -> str:
    """Where the responses to a campaign went."""
    if not books.read:
        return "No response to it was loaded."
    parts = {"to one contact each": books.matched, "repeats": books.repeats, "unmatched": books.unmatched}
    told = ", ".join(f"{number_text(many)} {name}" for name, many in parts.items())
    return f"{count_text(books.read, 'response')}: {told}."


def bought_sentence(opened: OpenedCampaign, currency: str) -> str:
    """What was bought after the contacts of a campaign; empty where nothing is known of purchases."""
    bought, days = opened.bought, opened.line.planned.days
    if bought is None:
        return ""
    orders = count_text(bought.orders, "order")
    said = (
        f"Within {count_text(days, 'day')} of a contact {count_text(bought.customers, 'customer')} placed {orders},"
        f" {money_text(bought.revenue, currency)}, each put down to the latest contact before it"
    )
    elsewhere = (
        f"; {number_text(bought.elsewhere)} more went to a later campaign's" if bought.elsewhere else ""
    )
    return f"{said}{elsewhere}. That is what came after, not what it changed."


def type_sentence(one: TypeEffect, say: EffectAmounts) -> str:
    """What campaigns of a type bring, how much they differ, and what the next may bring."""
    many = count_text(one.campaigns, "campaign")
    mean = f"{say.each(one.mean)} ({say.ends(one.low, one.high)})"
    if not isfinite(one.tau):
        return f"{many}: {mean}. {_more_spent(one, say)}{FEW}"
    differs = f"From one to the next it differs by about {say.change(one.tau)} either way"
    further = f"the next may bring {say.ends(one.next_low, one.next_high)}"
    return f"{many}: {mean} on average. {_more_spent(one, say)}{differs}; {further}."


def _more_spent(one: TypeEffect, say: EffectAmounts) -> str:
    """What more money spent on such contacts brings, if the next customers are like those who were reached."""
    told = one.by_cost if say.is_money_a_customer else None
    if told is None:
        return ""
    unit, (middle, low, high) = say.change(1.0), told
    return f"Another {unit} spent on them brings {say.change(middle)} ({say.ends(low, high)}) of {say.noun}. "


def plan_sentence(plan: CampaignPlan, basis: str, say: EffectAmounts) -> str:
    """What a campaign of this size can find, and what CUPED saves."""
    part = f" ({share_text(plan.smallest / plan.mean, 1)} of the mean)" if plan.mean > 0 else ""
    arms = f"With {number_text(plan.treated)} reached and {number_text(plan.held_out)} held out"
    said = [f"{arms}, an effect on {say.noun} of {say.each(plan.smallest)}{part} is found 4 times of 5."]
    if plan.kept < GAIN:
        out = f"what customers did before tells {share_text(1 - plan.kept)} of how they differ (variance)"
        said.append(f"With the past taken out (CUPED) {say.change(plan.smallest_adjusted)}: {out}.")
    customers = count_text(plan.known, "customer")
    said.append(f"The mean is {say.mean(plan.mean)}, by {basis} ({customers}).")
    return " ".join(said)


def needed_sentence(plan: CampaignPlan, say: EffectAmounts) -> str:
    """How many customers the effect that is looked for takes."""
    if plan.needed is None or plan.needed_adjusted is None:
        return "No number of customers finds an effect as large as that."
    cuped = f", {number_text(plan.needed_adjusted)} with the past taken out" if plan.kept < GAIN else ""
    people = count_text(plan.needed, "customer")
    return f"An effect of {say.each(plan.wanted)} takes {people} in all, both arms together{cuped}."


def verdict(curve: QiniCurve, say: EffectAmounts) -> str:
    """Whether ranking customers by the score is shown to help."""
    area = (
        f"the curve gains {say.whole_spread((curve.area, curve.low, curve.high))} over any order on average"
    )
    chance = f"scores that know nothing gain {say.whole(curve.chance_low)} to {say.whole(curve.chance_high)}"
    if curve.beats_everyone:
        return f"Reaching first those of whom most is expected is shown to help: {area}; {chance}."
    return f"Targeting is not shown to beat sending to everyone: {area}; {chance}."
