"""What the page Demand says: sentences, tiles, and the frames that its pictures and tables are drawn from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import polars as pl

from mining.pricing.acceptance_curve import AcceptanceCurve
from mining.pricing.answer_rule import HeldOutBy, JudgedAnswers, RuleBase
from mining.pricing.best_price import BestPrice
from mining.pricing.demand_curve import DemandCurve
from mining.pricing.gabor_granger import BuyingCurve
from mining.pricing.named_prices import PriceUnit
from mining.pricing.price_sensitivity import FallingCurves, PriceSensitivity
from mining.pricing.trial_revenue import TrialRevenue
from pages.collaborate.demand_view import DemandView
from pages.collaborate.found_demand import FoundAnswers, FoundDemand
from pages.ui.figures import Quantity
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import count_text, format_value, number_text, share_text

MOST_POINTS = 400
AT_HEADINGS = {
    "price": "Price", "persons": "Persons", "share": "Would buy", "low": "From", "high": "To",
    "band_low": "Curve from", "band_high": "Curve to", "share_over_rows": "Counted by row", "profit": "Profit a"
    " person",
}  # fmt: skip
GROUP_HEADINGS = {
    "group": "Group", "people": "Persons", "share": "Would buy", "low": "From", "high": "To", "best": "Best price",
    "best_low": "Best from", "best_high": "Best to", "profit": "Profit a person",
}  # fmt: skip
UNIT_NAMES = {PriceUnit.MONEY: "In money", PriceUnit.OF_ASKED: "As shares of the price asked"}
BASE_NAMES = {
    RuleBase.COST: "times the cost",
    RuleBase.ASKED: "of the price asked",
    RuleBase.MONEY: "in money",
}
HELD_OUT = {
    HeldOutBy.TIME: "Chosen on the first three fifths of the days, judged on those after",
    HeldOutBy.PERSON: "Chosen on half of the persons, judged on the others",
}
JUDGED_ON = {HeldOutBy.TIME: "Later days", HeldOutBy.PERSON: "Other persons"}
POINT_NAMES = {
    "lowest": "Too cheap below (PMC)",
    "optimal": "Optimal (OPP)",
    "indifference": "Indifference (IDP)",
    "highest": "Too expensive above (PME)",
}
LIMIT_NAMES = {
    "too_cheap": "Too cheap",
    "cheap": "Cheap",
    "expensive": "Expensive",
    "too_expensive": "Too expensive",
}
FALLING_NAMES = {
    FallingCurves.OVER: "Falling curves: limit over the price",
    FallingCurves.FROM: "Falling curves: limit at the price or over",
}


def price_quantity(view: DemandView, currency: str) -> Quantity:
    """How prices of the view are written."""
    if view.terms.unit is PriceUnit.OF_ASKED:
        return Quantity("Price, as a share of what was asked", "percent")
    return Quantity("Price", "money", currency)


def main_fact(found: FoundDemand, price: Quantity) -> str:
    did = "named" if found.named.terms.shading == 1 else "would pay"
    told = (
        f"Of {count_text(found.named.people, 'person')} who named a price, half {did}"
        f" {said(half_price(found.curve), price)} or more."
    )
    best = found.best
    if best is None:
        return f"{told} Nobody named more than it costs: no price earns anything."
    over = f" over a cost of {said(found.cost, price)}" if found.cost else ""
    return (
        f"{told} {said(best.price, price)} earns most{over}:"
        f" {between(best.price_low, best.price_high, price)} in 95 of 100 samples of them."
    )


def tiles(found: FoundDemand, price: Quantity) -> list[Kpi]:
    named, best = found.named, found.best
    rows = number_text(named.kept.height)
    told = [
        Kpi("people", "Persons", number_text(named.people), note=f"of {rows} prices named"),
        Kpi(
            "median", "Half would pay", said(float(np.median(named.highest.prices)), price),
            note="or more" if named.terms.shading == 1 else f"if they named {share_text(named.terms.shading)} of it",
        ),
    ]  # fmt: skip
    if best is None:
        return [*told, Kpi("best", "Best price", "–", note="nothing earns")]
    over_rows = "" if found.best_over_rows is None else f"; by rows {said(found.best_over_rows, price)}"
    return [
        *told,
        Kpi("best", "Best price", said(best.price, price),
            note=f"{between(best.price_low, best.price_high, price)}{over_rows}"),
        Kpi("share", "Would buy at it", share_text(best.share, 1), note=f"of {count_text(best.people, 'person')}"),
        Kpi("profit", "Profit a person asked" if found.cost else "Revenue a person asked", said(best.profit, price),
            note=f"{between(best.profit_low, best.profit_high, price)} at this price"),
    ]  # fmt: skip


def half_price(curve: DemandCurve) -> float:
    """The highest price that half of the persons named or more."""
    return float(curve.prices[np.flatnonzero(curve.share >= 0.5)[-1]])


def demand_lines(curve: DemandCurve) -> pl.DataFrame:
    """The curve with its band, at no more prices than a picture shows apart."""
    prices = curve.prices
    if len(prices) > MOST_POINTS:
        prices = prices[np.unique(np.linspace(0, len(prices) - 1, MOST_POINTS).astype(int))]
    told = curve.at(np.concatenate(([min(float(prices[0]), 0.0)], prices)))
    return told.select(
        pl.lit("demand").alias("id"), pl.lit("Would buy").alias("label"), "price", value="share",
        low="band_low", high="band_high",
    )  # fmt: skip


def profit_lines(best: BestPrice) -> pl.DataFrame:
    return best.curve.select(
        pl.lit("profit").alias("id"),
        pl.lit("Profit a person").alias("label"),
        "price",
        "low",
        "high",
        value="profit",
    )


def at_table(found: FoundDemand) -> pl.DataFrame:
    return found.at.with_columns(pl.col("persons").round(1)).rename(AT_HEADINGS)


def at_units(unit: str) -> dict[str, str]:
    shares = ("share", "low", "high", "band_low", "band_high", "share_over_rows")
    own = dict.fromkeys(shares, "percent") | {"price": unit, "profit": unit, "persons": "units"}
    return {AT_HEADINGS[name]: each for name, each in own.items()}


def group_units(unit: str) -> dict[str, str]:
    own = dict.fromkeys(("share", "low", "high"), "percent") | {"people": "count"}
    own |= dict.fromkeys(("best", "best_low", "best_high", "profit"), unit)
    return {GROUP_HEADINGS[name]: each for name, each in own.items()}


def group_dots(groups: pl.DataFrame) -> pl.DataFrame:
    told = groups.filter(pl.col("share").is_not_null())
    return told.select(
        pl.col("group").alias("id"), pl.format("{} ({})", "group", "people").alias("label"),
        pl.lit("Would buy").alias("series"), pl.lit("").alias("text"), "low", "high", value="share",
    )  # fmt: skip


def groups_apart(groups: pl.DataFrame) -> str:
    """Whether the groups can be told apart at all."""
    told = groups.filter(pl.col("share").is_not_null())
    small = groups.height - told.height
    left = (
        f" Of {count_text(small, 'group')} with fewer than 10 persons only their number is told."
        if small
        else ""
    )
    if told.height < 2:
        return f"There are no two groups large enough to compare.{left}"
    apart = float(told["low"].max()) > float(told["high"].min())  # type: ignore[arg-type]
    if not apart:
        return f"All intervals overlap: these groups cannot be told apart.{left}"
    first, last = (
        told.sort("share", descending=True).row(0, named=True),
        told.sort("share").row(0, named=True),
    )
    return (
        f"{first['group']} ({share_text(first['share'])}) would buy more often than {last['group']}"
        f" ({share_text(last['share'])}); their intervals do not overlap.{left}"
    )


def acceptance_lines(curve: AcceptanceCurve) -> pl.DataFrame:
    low, high = curve.line.interval(curve.prices)
    ways = {
        "logistic": ("Logistic", curve.line.chance(curve.prices), low, high),
        "isotonic": ("Isotonic", curve.isotonic, curve.isotonic_low, curve.isotonic_high),
    }
    return pl.concat(
        pl.DataFrame({
            "id": [id] * len(value), "label": [name] * len(value), "price": curve.prices, "value": value,
            "low": below, "high": above,
        })
        for id, (name, value, below, above) in ways.items()
    )  # fmt: skip


def acceptance_told(curve: AcceptanceCurve, price: Quantity) -> str:
    """Where half are accepted, and which curve tells held-out answers better."""
    if curve.taken in (0, curve.answers):
        what = "accepted" if curve.taken else "declined"
        return (
            f"All of {count_text(curve.answers, 'answer')} {what}: no price is known at which that changes."
        )
    share = share_text(curve.taken / curve.answers)
    told = f"{number_text(curve.taken)} of {count_text(curve.answers, 'answer')} accepted ({share})."
    line = curve.line
    half = line.centre - line.scale * line.intercept / line.slope if line.slope else math.nan
    if curve.prices[0] <= half <= curve.prices[-1]:
        told += f" Half are accepted at {said(half, price)}."
    logistic, isotonic = curve.losses
    near = abs(logistic - isotonic) < 0.005
    better = (
        "Both curves tell" if near else "The logistic tells" if logistic < isotonic else "The isotonic tells"
    )
    how = "answers that were held out alike" if near else "answers that were held out better"
    return f"{told} {better} {how} (log loss {number_text(logistic, 3)} and {number_text(isotonic, 3)})."


def judged_told(judged: JudgedAnswers, currency: str) -> str:
    gain = format_value(abs(judged.regret), "money", currency)
    low, high = (format_value(each, "money", currency) for each in (judged.regret_low, judged.regret_high))
    rule = f"accept from {threshold_text(judged, currency)}"
    if judged.regret == judged.regret_low == judged.regret_high == 0:
        told = f"The rule “{rule}” would have earned just what the answers that were given did"
    elif judged.regret_low > 0:
        told = f"The rule “{rule}” would have earned {gain} more a talk than the answers that were given"
    elif judged.regret_high < 0:
        told = f"The answers that were given earned {gain} more a talk than the rule “{rule}”"
    else:
        told = f"Between the answers that were given and the rule “{rule}” no difference is sure"
    of = f"{count_text(judged.held, 'talk')} of {count_text(judged.people, 'person')}"
    return f"{told} ({low} to {high}; {of} held out)."


def threshold_text(judged: JudgedAnswers, currency: str) -> str:
    match judged.base:
        case RuleBase.MONEY:
            return format_value(judged.threshold, "money", currency)
        case RuleBase.ASKED:
            return f"{share_text(judged.threshold, 1)} of the price asked"
    return f"{number_text(judged.threshold, 2)} times the cost"


def judged_table(found: FoundAnswers, currency: str) -> pl.DataFrame:
    return pl.DataFrame([
        {
            "Judged on": JUDGED_ON[each.by], "Accept from": threshold_text(each, currency),
            "Talks that chose": each.learnt,
            "Talks that judge": each.held, "Persons": each.people, "Given, a talk": each.given,
            "By the rule": each.by_rule, "Regret": each.regret, "From": each.regret_low, "To": each.regret_high,
            "Best in hindsight": each.hindsight, "Accepted": each.accepted[0],
            "By the rule, accepted": each.accepted[1],
        }
        for each in found.judged
    ])  # fmt: skip


JUDGED_UNITS = dict.fromkeys(
    ("Given, a talk", "By the rule", "Regret", "From", "To", "Best in hindsight"), "money"
) | {
    "Accepted": "percent", "By the rule, accepted": "percent", "Talks that chose": "count",
    "Talks that judge": "count", "Persons": "count",
}  # fmt: skip


def limit_lines(limits: PriceSensitivity) -> pl.DataFrame:
    none = pl.lit(None, pl.Float64)
    return pl.concat(
        limits.curves.select(
            pl.lit(name).alias("id"), pl.lit(told).alias("label"), "price", value=name, low=none, high=none
        )
        for name, told in LIMIT_NAMES.items()
    )


def limit_table(limits: PriceSensitivity) -> pl.DataFrame:
    names = pl.col("point").replace_strict(POINT_NAMES)
    return limits.points.select(names.alias("Point"), Price="price", From="low", To="high").fill_nan(None)


def limits_told(limits: PriceSensitivity, price: Quantity) -> str:
    low, high = limits.price("lowest"), limits.price("highest")
    left = [
        f"{count_text(limits.intransitive, 'more')} named limits that do not rise"
        if limits.intransitive
        else "",
        f"{count_text(limits.incomplete, 'more')} did not name all four" if limits.incomplete else "",
    ]
    left_out = f" {' and '.join(filter(None, left)).capitalize()}: left out." if any(left) else ""
    left_out = left_out.replace("1 mores", "1 more").replace("mores", "more")
    return (
        f"{count_text(limits.people, 'person')} find it neither too cheap nor too expensive"
        f" from {between(low, high, price)}; as many say too cheap as too expensive at"
        f" {said(limits.price('optimal'), price)}."
        f"{left_out}"
    )


def limit_marks(limits: PriceSensitivity, price: Quantity) -> list[tuple[float, str]]:
    short = {"lowest": "PMC", "optimal": "OPP", "indifference": "IDP", "highest": "PME"}
    return [
        (limits.price(point), f"{name} {said(limits.price(point), price)}")
        for point, name in short.items()
        if not math.isnan(limits.price(point))
    ]


def trial_told(trial: TrialRevenue, price: Quantity) -> str:
    cheap, expensive = trial.calibration[1:3]
    return (
        f"If {share_text(cheap)} buy at their cheap price, {share_text(expensive)} at their expensive one and nobody"
        f" at either end (assumed, not asked), revenue is greatest at {said(trial.best_revenue, price)}:"
        f" {between(trial.revenue_low, trial.revenue_high, price)} in 95 of 100 samples; most would try at"
        f" {said(trial.best_trial, price)}."
    )


def buying_lines(buying: BuyingCurve) -> pl.DataFrame:
    none = pl.lit(None, pl.Float64)
    repaired = buying.curve.select(
        pl.lit("share").alias("id"),
        pl.lit("Never rising").alias("label"),
        "price",
        "low",
        "high",
        value="share",
    )
    raw = buying.curve.select(
        pl.lit("raw").alias("id"), pl.lit("As answered").alias("label"), "price", none.alias("low"), none.alias("high"),
        value="raw",
    )  # fmt: skip
    return pl.concat([repaired, raw])


def buying_told(buying: BuyingCurve, price: Quantity) -> str:
    told = f"{count_text(buying.people, 'person')} were asked."
    if not math.isnan(buying.best):
        told += (
            f" {said(buying.best, price)} earns most of the prices asked"
            f" ({between(buying.best_low, buying.best_high, price)} in 95 of 100 samples)."
        )
    if buying.contradictory:
        told += f" {count_text(buying.contradictory, 'person')} said no to a price and yes to a higher one."
    if buying.followed:
        told += f" {count_text(buying.followed, 'answer')} not asked for follow from others."
    if buying.left_out:
        told += f" {count_text(buying.left_out, 'row')} without a price above 0 or an answer are left out."
    return told


def said(value: float | None, price: Quantity) -> str:
    """A price, written out."""
    return format_value(value, price.unit, price.currency)


def between(low: float, high: float, price: Quantity) -> str:
    return f"{said(low, price)} to {said(high, price)}"


def alt_of(lines: pl.DataFrame, what: str, marks: Sequence[str] = ()) -> str:
    """A picture in a sentence, for who does not see it."""
    first, last = lines.row(0, named=True), lines.row(-1, named=True)
    low, high = (share_text(each["value"] or 0) for each in (first, last))
    return " ".join([f"{what}: {low} at the lowest price, {high} at the highest.", *marks])
