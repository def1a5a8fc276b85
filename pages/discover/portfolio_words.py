"""What the page Portfolio says of its finding, and the frames that it draws: pure functions."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from mining.portfolio import demand_variation, pareto_curve
from mining.portfolio.demand_variation import LEAST_MONTHS, SEASONAL_MONTHS
from mining.portfolio.pareto_curve import ParetoCurve
from mining.portfolio.product_portfolio import PortfolioThresholds
from mining.portfolio.verdicts import DELIST, HALO_BASKETS, HALO_INDEX, KEEP, LONG_COVER, TOO_NEW, WATCH
from pages.discover.found_portfolio import FoundPortfolio
from pages.discover.portfolio_view import PortfolioView
from pages.ui.kpi_row import Kpi
from pages.ui.segment_list import SegmentRow
from pages.ui.style.formats import count_text, format_value, number_text, share_text
from pages.ui.style.theme import Palette

POINTS = 300
UNITS = {
    "revenue": "money",
    "margin": "money",
    "sole_revenue": "money",
    "rest_of_baskets": "money",
    "buyers": "count",
    "sole_buyers": "count",
    "baskets": "count",
    "together": "count",
    "customers_of_both": "count",
}
ADVICE = {
    KEEP: "They carry the firm, or are asked for evenly enough to stay.",
    WATCH: "Something speaks for them and something against: look before you decide.",
    DELIST: "Little is lost with them: try it out below before you do.",
    TOO_NEW: "Sold for too short a time to be told.",
}
XYZ_NAMES = {"X": "X even", "Y": "Y uneven", "Z": "Z erratic", "?": "? too few months"}
DEFINITION = """
**ABC**: products from the greatest revenue down; A until they make {a} of it, B until {b}, C the rest. Revenue is net
of returns. Dickie, “ABC inventory analysis shoots for dollars not pennies”, 1951.

**XYZ**: the standard deviation of the units bought a month over their mean; X up to {x}, Y up to {y}, Z beyond. Whole
months since the first sale count, those with no sale too, but for months in which every count of the product's stock
was nought. Below {least} such months it is not told. From {months} months on an F test of the twelve months of the
year (false discovery rate 5% over all products) tells what only follows the season: it is not called erratic.

**Sole buyers** are known customers who bought this product and nothing else. **Rest of baskets** is what else lay in
the baskets that hold it; its index is held against that of a product drawn from all baskets. Both overlap between
products and are never added up.

**Substitutes** lie together in fewer baskets than the margins would have it (lift below 1): how often each of the two
is bought among baskets of one size in one month, and how many pairs such baskets hold. Every pair of a category that is
bought often enough to tell is tested, false discovery rate 5%. Where few customers ever bought both, the two may serve
two kinds of customers instead. In categories that are bought together as a whole, substitutes may stay hidden.

**Verdicts** are rules in this order, the first that holds: too new (first sold under {new} days before the end);
watched is what was not sold for as long while none is in stock; A is kept unless sold below cost or no longer; B is
kept unless sold below cost, erratic or no longer sold; of C is watched what somebody buys alone and what lies in large
baskets (index from {index} on, {baskets} baskets or more); it may go where it is sold below cost, no longer sold, lies
in stock for more than {cover} days, is erratic, or has substitutes; the rest is watched.
"""


def main_fact(found: FoundPortfolio, at: PortfolioThresholds) -> str:
    """What there is to know, in two sentences."""
    products, curve = found.portfolio.products, found.portfolio.curve
    if not len(curve.shares):
        return "No product brought anything within the filters, so none can be told by its revenue."
    vital = curve.needed(at.abc.a)
    gone = products.filter(pl.col("verdict") == DELIST)
    total = float(products["revenue"].sum())
    share = float(gone["revenue"].sum()) / total if total > 0 else 0.0
    makes = f"{'makes' if vital == 1 else 'make'} {share_text(at.abc.a)} of revenue"
    first = f"{number_text(vital)} of {count_text(products.height, 'product')} {makes}."
    if gone.is_empty():
        return f"{first} Nothing speaks for delisting any."
    return f"{first} {number_text(gone.height)} may go: together they make {share_text(share, 1)}."


def tiles(found: FoundPortfolio, currency: str) -> list[Kpi]:
    """Products, the top fifth, sole buyers, substitutes, what may go."""
    folio = found.portfolio
    products, pairs = folio.products, folio.substitutes
    half, most = folio.curve.needed(0.5), folio.curve.needed(0.95)
    gone = products.filter(pl.col("verdict") == DELIST)
    sole = format_value(float(folio.sole["revenue"].sum()), "money", currency, True)
    known = products.height - pairs.untold
    tested = f"of {count_text(pairs.tested, 'pair')} that could tell" if known else "no category is known"
    return [
        Kpi("products", "Products", number_text(products.height),
            note=f"{format_value(float(products['revenue'].sum()), 'money', currency, True)} revenue",
            help="Known products with a line within the filters, without what was said to be a fee."),
        Kpi("half", "Make half of revenue", number_text(half), note=f"{number_text(most)} make 95%",
            help="The greatest products until they make so much together."),
        Kpi("fifth", "The top fifth makes", share_text(folio.curve.made_by(0.2), 1),
            note=f"of customers {share_text(folio.customer_curve.made_by(0.2), 1)}",
            help="What the greatest 20% of products, and of known customers, make of revenue."),
        Kpi("sole", "Buy one product only", number_text(folio.sole.height), note=f"customers, {sole}",
            help="Known customers who bought one product within the filters, and nothing else."),
        Kpi("substitutes", "Likely substitutes", number_text(pairs.pairs.height), note=tested,
            help="Pairs within a category that share fewer baskets than chance would have it."),
        Kpi("delist", "May go", number_text(gone.height),
            note=f"{format_value(float(gone['revenue'].sum()), 'money', currency, True)} revenue",
            help=ADVICE[DELIST]),
    ]  # fmt: skip


def curves(found: FoundPortfolio) -> pl.DataFrame:
    """The Pareto curves of products and of known customers, thinned to what a figure shows."""
    folio = found.portfolio
    shown = {"Products": folio.curve, "Customers": folio.customer_curve}
    frames = [_points(name, curve) for name, curve in shown.items() if len(curve.shares)]
    return pl.concat(frames) if frames else pl.DataFrame(schema={"id": pl.String, "label": pl.String})


def _points(name: str, curve: ParetoCurve) -> pl.DataFrame:
    count = len(curve.shares)
    marked = {curve.needed(share) for share in (0.5, 0.8, 0.95)}
    places = sorted({max(1, round(count * at / POINTS)) for at in range(POINTS + 1)} | marked)
    rows = [
        {
            "id": name, "label": name, "part": at / curve.members, "share": float(curve.shares[at - 1]), "count": at,
            "text": f"{number_text(at)} of {number_text(curve.members)} {name.lower()}",
        }
        for at in places
    ]  # fmt: skip
    return pl.DataFrame(rows)


def grid(found: FoundPortfolio, currency: str) -> pl.DataFrame:
    """ABC by XYZ as a heat map has it: coloured by revenue, each cell with its products."""
    products = found.portfolio.products
    total = float(products["revenue"].sum())
    sums = products.group_by("abc", "xyz").agg(pl.len().alias("products"), pl.col("revenue").sum())
    rows = []
    for abc in pareto_curve.CLASSES:
        for xyz in demand_variation.CLASSES:
            for row in sums.filter((pl.col("abc") == abc) & (pl.col("xyz") == xyz)).iter_rows(named=True):
                share = f" · {share_text(abs(round(row['revenue'] / total, 2)))}" if total > 0 else ""
                rows.append(
                    {
                        "row_id": abc, "row_label": abc, "column_id": xyz, "column_label": XYZ_NAMES[xyz],
                        "value": row["revenue"], "text": f"{number_text(row['products'])}{share}",
                    }
                )  # fmt: skip
    return pl.DataFrame(rows).sort(
        pl.col("column_id").replace_strict({"X": 0, "Y": 1, "Z": 2, "?": 3}), "row_id"
    )


def verdict_rows(found: FoundPortfolio, colours: Palette, currency: str) -> list[SegmentRow]:
    """The verdicts as a list: products, revenue, customers (different ones) and who would be left with nothing."""
    products = found.portfolio.products
    total = float(products["revenue"].sum())
    tints = verdict_colours(colours)
    return [
        SegmentRow(
            row["verdict"],
            tints[row["verdict"]],
            number_text(row["products"]),
            row["products"] / products.height,
            share_text(row["products"] / products.height),
            format_value(row["revenue"], "money", currency, True),
            max(row["revenue"] / total, 0.0) if total > 0 else 0.0,
            share_text(row["revenue"] / total, 1) if total > 0 else "",
            f"{_touched(row, currency)} {ADVICE[row['verdict']]}",
        )
        for row in found.portfolio.verdicts.iter_rows(named=True)
    ]


def _touched(row: Mapping[str, int | float], currency: str) -> str:
    nothing = int(row["left_with_nothing"])
    customers = count_text(int(row["customers"]), "customer")
    if not nothing:
        return f"{customers} bought any."
    worth = format_value(row["their_revenue"], "money", currency, True)
    return f"{customers} bought any, {number_text(nothing)} nothing else ({worth})."


def verdict_colours(colours: Palette) -> dict[str, str]:
    return {KEEP: colours.good, WATCH: colours.series[1], DELIST: colours.bad, TOO_NEW: colours.others}


def picked(found: FoundPortfolio, view: PortfolioView) -> pl.DataFrame:
    """The products of the cell and verdict picked, the greatest revenue first."""
    products = found.portfolio.products
    if view.cell:
        products = products.filter(pl.col("abc") + pl.col("xyz") == view.cell)
    return products.filter(pl.col("verdict") == view.verdict) if view.verdict else products


def table(products: pl.DataFrame) -> pl.DataFrame:
    """Products as people read them; columns of which nothing is known are left out."""
    abc_xyz = (
        pl.col("abc") + pl.col("xyz") + pl.when("is_seasonal").then(pl.lit(" seasonal")).otherwise(pl.lit(""))
    )
    days = pl.col("cover_days").round(0).cast(pl.Int64).alias("days_of_stock")
    told = products.select(
        pl.col("id").alias("product"),
        pl.col("label").alias("name"),
        "category",
        "verdict",
        "reason",
        abc_xyz.alias("class"),
        "revenue",
        "margin",
        "buyers",
        "sole_buyers",
        "sole_revenue",
        "baskets",
        pl.col("halo").alias("rest_of_baskets"),
        pl.col("halo_index").round(2).alias("basket_index"),
        "substitutes",
        "on_hand",
        days,
        pl.col("variation").round(2),
        "first_sale",
        "last_sale",
    )
    optional = ("category", "margin", "on_hand", "days_of_stock")
    return told.drop(name for name in optional if told[name].null_count() == told.height)


def pairs(found: FoundPortfolio) -> pl.DataFrame:
    """The likely substitutes with their names, the surest first."""
    names = found.portfolio.products.select(pl.col("product").cast(pl.Int64), "label")
    told = found.portfolio.substitutes.pairs
    for side in ("one", "other"):
        told = told.join(
            names.rename({"product": side, "label": f"{side}_name"}),
            on=side,
            how="left",
            maintain_order="left",
        )
    return told.select(
        "category", pl.col("one_name").alias("product"), pl.col("other_name").alias("instead_of"), "together",
        pl.col("expected").round(1).alias("by_chance"), pl.col("lift").round(2),
        "customers_of_both", pl.col("q").alias("false_discovery_rate"),
    )  # fmt: skip


def pairs_told(found: FoundPortfolio) -> str:
    """How many pairs were tested, and what was not."""
    told = found.portfolio.substitutes
    found_pairs = count_text(told.pairs.height, "pair")
    said = f"{found_pairs} of {number_text(told.tested)} tested: all that are sold often enough to tell."
    if told.untold:
        said += f" Of {count_text(told.untold, 'product')} no category is known: nothing is told of them."
    if told.passed_over:
        said += f" Too many products to pair: {', '.join(told.passed_over)}."
    return said


def definition(at: PortfolioThresholds) -> str:
    return DEFINITION.format(
        a=share_text(at.abc.a), b=share_text(at.abc.b), x=number_text(at.xyz.x, 2), y=number_text(at.xyz.y, 2),
        least=LEAST_MONTHS, months=SEASONAL_MONTHS, new=number_text(at.new_days),
        index=number_text(HALO_INDEX, 1), baskets=HALO_BASKETS,
        cover=LONG_COVER,
    )  # fmt: skip
