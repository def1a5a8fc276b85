"""What the page Demand says of surveys: four limits of prices, what trying brings, and who would buy."""

from __future__ import annotations

import math

import polars as pl

from mining.pricing.gabor_granger import BuyingCurve
from mining.pricing.price_sensitivity import FallingCurves, PriceSensitivity
from mining.pricing.trial_revenue import TrialRevenue
from pages.collaborate.demand_words import between, said
from pages.ui.figures import Quantity
from pages.ui.style.formats import count_text, share_text

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
    told = f"{count_text(buying.people, 'person')} {'was' if buying.people == 1 else 'were'} asked."
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
