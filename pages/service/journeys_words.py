"""What the page Journeys says and tabulates: paths in a sentence, credits with their bands, steps, mix and movement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from mining.campaigns.campaign_types import TypeEffect
from mining.journeys.chain_order import ChainOrder
from mining.journeys.channel_credits import ChannelCredits
from mining.journeys.channel_use import NONE
from mining.journeys.credit_rules import CreditRule
from mining.journeys.journey_paths import PathTerms, RepeatedTouches
from mining.journeys.path_flow import BOUGHT, MISSED, STEPS_TOLD, PathFlow
from mining.retention.kaplan_meier import SurvivalCurve
from pages.act.effect_amounts import EffectAmounts
from pages.service.found_journeys import FoundJourneys
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import ABSENT, count_text, format_day, money_text, number_text, share_text
from pages.ui.style.theme import Palette

SIGNS: Mapping[str, str] = {BOUGHT: "+", MISSED: "×"}
RULES: Mapping[str, str] = {
    CreditRule.FIRST: "First touch",
    CreditRule.LAST: "Last touch",
    CreditRule.LINEAR: "Linear",
    CreditRule.POSITION: "Position",
    CreditRule.DECAY: "Decay",
    CreditRule.SHAPLEY: "Shapley",
    CreditRule.MARKOV: "Markov",
}
RULE_WORDS: Mapping[str, str] = {
    CreditRule.FIRST: "all to the first touch of the path",
    CreditRule.LAST: "all to the last",
    CreditRule.LINEAR: "to every touch alike",
    CreditRule.POSITION: "40% to the first and to the last, 20% to those between",
    CreditRule.DECAY: "half as much for every 7 days more before the purchase",
    CreditRule.SHAPLEY: "to every different channel of the path alike: Shapley's value where channels bring the"
    " purchases of the paths that need no others (Zhao, Mahboobi and Bagheri, 2018)",
    CreditRule.MARKOV: "by the share of purchases that is lost where every path ends at the channel (Anderl and others,"
    " 2016), solved exactly; revenue is parted as purchases are",
}
REPEATED: Mapping[RepeatedTouches, str] = {
    RepeatedTouches.KEPT: "Every touch counts",
    RepeatedTouches.ONE_A_DAY: "One a day of a channel in a row",
    RepeatedTouches.ONE_IN_A_ROW: "One of a channel in a row",
}
OPEN_TOLD = 0.1  # of all paths, from which on those that are open are spoken of
OBSERVATIONAL = (
    "Observational: touches are not drawn by lot. 1 is no difference; above it, customers may be in touch because they"
    " are about to buy."
)


def main_fact(found: FoundJourneys) -> str:
    """Paths and purchases in a sentence."""
    paths, (since, until) = found.paths, found.events.span
    bought, all_ = paths.conversions, paths.conversions + paths.untouched
    share = f"{share_text(bought / all_)} of all" if all_ else "none"
    return (
        f"{count_text(round(bought), 'purchase')} from {format_day(since)} to {format_day(until)} came after a touch"
        f" ({share}), at the end of {share_text(bought / len(paths)) if len(paths) else ABSENT} of"
        f" {count_text(len(paths), 'path')}."
    )


def tiles(found: FoundJourneys, currency: str) -> list[Kpi]:
    paths = found.paths
    mean = len(paths.steps) / len(paths)
    return [
        Kpi(
            "paths", "Paths", number_text(len(paths)), note=f"{number_text(mean, 1)} touches each on average",
            help="Touches of one customer in order of time, up to a purchase or a long silence.",
        ),
        Kpi(
            "bought", "Purchases after a touch", number_text(paths.conversions),
            note=money_text(paths.total_revenue, currency),
            help="Days on which a customer bought, with a touch in the window before; returns of the day are netted.",
        ),
        Kpi(
            "untouched", "Purchases without a touch", number_text(paths.untouched),
            note=f"{money_text(paths.untouched_revenue, currency)}, credited to no channel",
            help="Nothing is known to have reached these customers in the window before.",
        ),
        Kpi(
            "open", "Paths still open", number_text(paths.open_paths), note="in no number here",
            help="The window after their last touch is not over yet: a purchase may come.",
        ),
    ]  # fmt: skip


def terms_words(terms: PathTerms) -> list[str]:
    """What counts as a path."""
    without = f" Left out before anything is weighed: {', '.join(terms.without)}." if terms.without else ""
    return [
        f"A touch counts towards the next purchase of its customer within {count_text(terms.window_days, 'day')}, and"
        f" towards no other: one purchase has one path. A path without a purchase ends where its customer is silent for"
        f" longer, or where the next touch counts towards a purchase: it may be longer than any that led to one."
        f"{without}",
        f"{REPEATED[terms.repeats]}.",
        "All purchases of a customer on one day are one; those of nobody who is known are in no number here. Purchases"
        " are dated by day, so a touch of that day comes"
        " before the purchase; touches of a day without a time stand in the order in which they were loaded.",
        "Touches are web sessions, e-mails, calls, visits, letters, chats and other contacts with their channel, and"
        " campaign contacts of those who were not held out. Surveys and tickets are none: a case's calls are.",
    ]


def cautions(found: FoundJourneys) -> list[str]:
    told = [*found.events.notes]
    if found.events.unknown:
        told.append(
            f"{count_text(found.events.unknown, 'touch', 'touches')} of nobody who is known stand in no path: some"
            " paths are longer than they look."
        )
    paths = found.paths
    if paths.open_paths > OPEN_TOLD * (len(paths) + paths.open_paths):
        told.append(
            f"Not counted: {count_text(paths.open_paths, 'path')} that may yet lead to a purchase. Paths that led to"
            " one count already, so that the share that does looks too high near the end of the data. Choose an"
            " earlier period, or a shorter window."
        )
    seldom = seldom_channels(found)
    if seldom:
        told.append(f"Seen once only, so that nothing can be said of it: {', '.join(seldom)}.")
    return told


def seldom_channels(found: FoundJourneys) -> list[str]:
    """The channels with a single touch."""
    counted = found.use.monthly.group_by("channel").agg(pl.col("touches").sum())
    return counted.filter(pl.col("touches") == 1)["channel"].sort().to_list()


def tints(colours: Palette) -> Mapping[str, str]:
    return {BOUGHT: colours.fill, MISSED: colours.others}


def flow_alt(flow: PathFlow) -> str:
    """The ways in words, for whoever hears them."""
    told = [
        f"{row['way']}: {number_text(row['paths'])} paths, {number_text(row['bought'])} bought"
        for row in flow.ways.head(flow.shown).to_dicts()
    ]
    rest = flow.others
    told += [f"other ways: {number_text(float(rest['paths'].sum()))} paths"] if rest.height else []
    return f"Ways of customers over channels. {'; '.join(told)}."


def others_words(flow: PathFlow) -> str:
    rest = flow.others
    return (
        f"{count_text(rest.height, 'other way')} with {count_text(round(rest['paths'].sum()), 'path')} and"
        f" {count_text(round(rest['bought'].sum()), 'purchase')}"
    )


def way_table(ways: pl.DataFrame) -> pl.DataFrame:
    """Ways with the share that led to a purchase."""
    return ways.select(
        "way", pl.col("paths", "bought").cast(pl.Int64), share_who_bought=pl.col("bought") / pl.col("paths"),
        revenue="revenue", mean_days=pl.col("days").round(1),
    )  # fmt: skip


def step_cells(steps: pl.DataFrame) -> pl.DataFrame:
    """What follows each touch as parts of a bar."""
    parts = {"bought": "Bought next", "went_on": "Went on", "stopped": "Stopped"}
    names = {
        step: f"Touch {step}{' and on' if step == STEPS_TOLD else ''}, {number_text(reached)}"
        for step, reached in steps.select("step", "reached").iter_rows()
    }
    long = steps.unpivot(list(parts), index="step", variable_name="column_id").sort(
        "step", maintain_order=True
    )
    return long.select(
        row_id=pl.col("step").cast(pl.String),
        row_label=pl.col("step").replace_strict(names, return_dtype=pl.String),
        column_id="column_id",
        column_label=pl.col("column_id").replace_strict(parts),
        value="value",
    )


def credit_cells(credits: ChannelCredits) -> pl.DataFrame:
    """Shares by channel and rule for a heat map."""
    return _greatest_first(credits.frame).select(
        row_id="channel",
        row_label="channel",
        column_id="rule",
        column_label=pl.col("rule").replace_strict(RULES),
        value="share",
    )


def credit_dots(credits: ChannelCredits) -> pl.DataFrame:
    """Each rule's share of each channel with its band."""
    rows = _greatest_first(credits.frame).with_columns(series=pl.col("rule").replace_strict(RULES))
    texts = [
        f"{row['series']}: {share_text(row['share'], 1)} ({band_words(row)}), {number_text(row['conversions'])}"
        for row in rows.to_dicts()
    ]
    return rows.select("series", "low", "high", id="channel", label="channel", value="share").with_columns(
        text=pl.Series(texts, dtype=pl.String)
    )


def follow_dots(follow: pl.DataFrame) -> pl.DataFrame:
    """The odds of each channel with their interval, where both sides have something."""
    known = follow.drop_nulls("odds")
    texts = [
        f"{number_text(row['odds'], 2)} ({number_text(row['odds_low'], 2)} to {number_text(row['odds_high'], 2)}), of"
        f" {count_text(row['touches'], 'touch', 'touches')}"
        for row in known.to_dicts()
    ]
    return known.select(
        id="channel", label="channel", series=pl.lit("Odds"), value="odds", low="odds_low", high="odds_high"
    ).with_columns(text=pl.Series(texts, dtype=pl.String))


def follow_table(follow: pl.DataFrame) -> pl.DataFrame:
    return follow.with_columns(pl.col("odds", "odds_low", "odds_high").round(2))


def follow_alt(follow: pl.DataFrame) -> str:
    told = [f"{row['label']} {row['text']}" for row in follow_dots(follow).to_dicts()]
    return f"Odds of a purchase soon after a touch against other days: {'; '.join(told)}."


def _greatest_first(frame: pl.DataFrame) -> pl.DataFrame:
    """Channels by the mean share that the rules give them."""
    mean = pl.col("share").mean().over("channel")
    return frame.sort(mean, "channel", descending=[True, False], maintain_order=True)


def band_words(row: Mapping[str, float | None]) -> str:
    if row["low"] is None or row["high"] is None:
        return "band not known"
    return f"{share_text(row['low'], 1)} to {share_text(row['high'], 1)}"


def credits_alt(credits: ChannelCredits) -> str:
    """Of each channel the least and the greatest share that a rule gives."""
    ends = credits.frame.group_by("channel", maintain_order=True).agg(
        least=pl.col("share").min(), most=pl.col("share").max()
    )
    told = [
        f"{name} {share_text(least, 1)} to {share_text(most, 1)}" for name, least, most in ends.iter_rows()
    ]
    return f"Share of purchases credited to each channel, the least and the greatest of all rules: {'; '.join(told)}."


def credit_table(credits: ChannelCredits) -> pl.DataFrame:
    """A row each rule and channel."""
    return credits.frame.with_columns(
        pl.col("rule").replace_strict(RULES), pl.col("conversions").round(1).alias("purchases")
    ).select("rule", "channel", "purchases", "revenue", "share", "low", "high")


def disagreement(credits: ChannelCredits) -> str:
    """The channel that conventions differ most about."""
    ends = credits.frame.group_by("channel").agg(
        least=pl.col("share").min(), most=pl.col("share").max(),
        by_least=pl.col("rule").sort_by("share").first(), by_most=pl.col("rule").sort_by("share").last(),
    )  # fmt: skip
    widest = ends.sort(pl.col("most") - pl.col("least"), "channel", descending=[True, False]).row(
        0, named=True
    )
    if widest["most"] - widest["least"] < 0.005:
        return "All rules give the same here, to half a point."
    return (
        f"Rules differ most about {widest['channel']}: {share_text(widest['least'])} by"
        f" {RULES[widest['by_least']].lower()}, {share_text(widest['most'])} by {RULES[widest['by_most']].lower()}."
    )


def order_words(order: ChainOrder | None) -> str:
    """How far back the chain looks, and why."""
    if order is None:
        return ""
    known = order.tried.drop_nulls("log_likelihood")
    back = "the last touch alone" if order.order == 1 else f"the last {order.order} touches"
    if known.is_empty():
        return f"The chain looks at {back}, as you chose."
    told = ", ".join(
        f"{row['order']}: {number_text(row['log_likelihood'], 4)} ({number_text(row['states'])} states)"
        for row in known.to_dicts()
    )
    return (
        f"The chain looks at {back}: of the orders 1 to 3 that tells best what held-out customers did (mean logarithm"
        f" of the chance of each step: {told})."
    )


def effect_words(one: TypeEffect, say: EffectAmounts) -> str:
    """What holdouts measured of a channel."""
    many = count_text(one.campaigns, "campaign")
    return f"{say.noun} {say.spread(one.mean, one.low, one.high)} a customer reached, by {many}"


def waiting_words(curve: SurvivalCurve) -> str:
    """After how long half have taken the step; of a median that was not reached, how far anybody was watched."""
    if curve.median is None:
        return f"half not within {count_text(round(curve.longest), 'day')}"
    return (
        "half on the same day"
        if curve.median == 0
        else f"half after {count_text(round(curve.median), 'day')}"
    )


def waiting_curves(curves: Mapping[str, SurvivalCurve], until: float) -> pl.DataFrame:
    """The share that still waits, by days, up to so many."""
    parts = []
    for name, curve in curves.items():
        if curve.finished:
            begin = pl.DataFrame({"age": [0.0], "value": [1.0], "low": [1.0], "high": [1.0]})
            steps = curve.frame.select("low", "high", age="time", value="surviving").filter(
                pl.col("age") <= until
            )
            rows = pl.concat([begin, steps.select(begin.columns)])
            parts.append(rows.with_columns(id=pl.lit(name), label=pl.lit(name)))
    schema = {"age": pl.Float64, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema | {"id": pl.String, "label": pl.String})


def waiting_table(curves: Iterable[tuple[str, SurvivalCurve]]) -> pl.DataFrame:
    rows = [(name, curve.spells, curve.finished, waiting_words(curve)) for name, curve in curves]
    schema = {"from": pl.String, "touches": pl.Int64, "seen_to_go_on": pl.Int64, "next_step": pl.String}
    return pl.DataFrame(rows, schema, orient="row")


def mix_lines(found: FoundJourneys, most: int) -> pl.DataFrame:
    """Customers in touch a month by each channel, those of most touches; a month that the slice cuts is partial."""
    monthly, (since, until) = found.use.monthly, found.events.span
    ranked = (
        monthly.group_by("channel")
        .agg(pl.col("touches").sum())
        .sort("touches", "channel", descending=[True, False])
    )
    shown = ranked.head(most)["channel"].to_list()
    month = pl.col("month")
    partial = (month < since) | (month.dt.month_end() > until)
    return monthly.filter(pl.col("channel").is_in(shown)).select(
        id="channel", label="channel", period="month", value=pl.col("customers").cast(pl.Float64), partial=partial
    ).sort("id", "period")  # fmt: skip


def mix_table(found: FoundJourneys) -> pl.DataFrame:
    """Customers by how many channels they were in touch by."""
    whole = pl.col("customers").sum()
    return found.use.mix.select(
        pl.col("channels").cast(pl.Int64), pl.col("customers").cast(pl.Int64), share=pl.col("customers") / whole,
        share_who_bought=pl.col("buyers") / pl.col("customers"),
        revenue_a_customer=pl.col("revenue") / pl.col("customers"),
    )  # fmt: skip


def movement_cells(movement: pl.DataFrame) -> pl.DataFrame:
    """Main channels of the year before (rows) by those of the last (columns), the most used first, no touch last."""
    sides = movement.unpivot(["from", "to"], index="customers", value_name="name")
    ranked = (
        sides.group_by("name")
        .agg(pl.col("customers").sum())
        .sort("customers", "name", descending=[True, False])
    )
    names = [name for name in ranked["name"] if name != NONE] + [NONE]
    labels = {name: "No touch" if name == NONE else name for name in names}
    grid = pl.DataFrame({"from": names}).join(pl.DataFrame({"to": names}), how="cross")
    cells = grid.join(movement, on=["from", "to"], how="left", maintain_order="left")
    return cells.filter((pl.col("from") != NONE) | (pl.col("to") != NONE)).select(
        row_id="from", row_label=pl.col("from").replace_strict(labels), column_id="to",
        column_label=pl.col("to").replace_strict(labels), value=pl.col("customers").cast(pl.Float64),
    )  # fmt: skip


def movement_words(movement: pl.DataFrame) -> str:
    """How many stayed with their channel, and the way that most took."""
    both = movement.filter(pl.col("from") != NONE, pl.col("to") != NONE)
    if both.is_empty():
        return "Nobody was in touch in both years."
    stayed, whole = (
        int(each["customers"].sum()) for each in (both.filter(pl.col("from") == pl.col("to")), both)
    )
    kept = share_text(stayed / whole)
    said = f"Of {count_text(whole, 'customer')} in touch in both years {kept} kept their main channel."
    moved = both.filter(pl.col("from") != pl.col("to"))
    if moved.is_empty():
        return said
    first = moved.row(0, named=True)
    return f"{said} Most moved from {first['from']} to {first['to']}: {number_text(first['customers'])}."
