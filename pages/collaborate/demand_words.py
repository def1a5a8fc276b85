"""What the page Demand says: sentences, tiles, and the frames that its pictures and tables are drawn from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from mining.pricing.best_price import BestPrice
from mining.pricing.demand_curve import DemandCurve
from mining.pricing.named_prices import PriceUnit
from pages.collaborate.demand_view import DemandView
from pages.collaborate.found_demand import FoundDemand
from pages.ui.figures import Quantity
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import count_text, format_value, number_text, share_text

MOST_POINTS = 400
AT_HEADINGS = {
    "price": "Price", "persons": "Persons", "share": "Would buy", "low": "Share from", "high": "Share to",
    "band_low": "Curve from", "band_high": "Curve to", "share_over_rows": "Counted by row", "profit": "Profit a"
    " person",
}  # fmt: skip
GROUP_HEADINGS = {
    "group": "Group", "people": "Persons", "share": "Would buy", "low": "Share from", "high": "Share to",
    "best": "Best price", "best_low": "Best from", "best_high": "Best to", "profit": "Profit a person",
}  # fmt: skip
UNIT_NAMES = {PriceUnit.MONEY: "In money", PriceUnit.OF_ASKED: "As shares of the price asked"}


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
            "median", "Half would pay", said(half_price(found.curve), price),
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
