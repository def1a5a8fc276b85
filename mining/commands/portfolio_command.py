"""`python -m mining portfolio`. What each product brings, to whom, with what else, and whether to keep it."""

from __future__ import annotations

import argparse
from functools import partial

import polars as pl

from cubes.analysis.product_sales import product_sales
from cubes.ask import answer_cache
from data.errors import BadRequest
from data.operational.product_roles import ProductRole, product_roles
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, question_within
from mining.portfolio.demand_variation import XyzThresholds
from mining.portfolio.fee_candidates import fee_candidates
from mining.portfolio.pareto_curve import AbcThresholds
from mining.portfolio.product_lines import ProductLines, product_lines
from mining.portfolio.product_portfolio import PortfolioThresholds, ProductPortfolio, Stock, product_portfolio
from mining.portfolio.verdicts import NEW_DAYS
from mining.portfolio.what_if import what_if


def _portfolio_options(parser: argparse.ArgumentParser) -> None:
    abc, xyz = AbcThresholds(), XyzThresholds()
    parser.add_argument("--a", type=float, default=abc.a, help="the share of revenue that class A makes")
    parser.add_argument("--b", type=float, default=abc.b, help="the share that A and B make together")
    parser.add_argument("--x", type=float, default=xyz.x, help="the variation up to which demand is even")
    parser.add_argument("--y", type=float, default=xyz.y, help="the variation up to which it is not erratic")
    parser.add_argument(
        "--new-days", type=int, default=NEW_DAYS, help="too new is whatever was first sold later"
    )
    parser.add_argument("--not-product", action="append", default=[], metavar="ID",
                        help="a fee in the product file, beside those that were said on the page")  # fmt: skip
    parser.add_argument("--purchases", action="store_true",
                        help="lines of known customers with an amount, returns passed over")  # fmt: skip
    parser.add_argument("--off", action="append", default=[], metavar="ID", help="a product to be taken off")
    parser.add_argument("--transfer", type=float, default=0.0, help="how much of its demand stays, 0 to 1")


def _portfolio(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row a product; verdicts, substitutes and what is lost without some products beside it."""
    at = PortfolioThresholds(
        AbcThresholds(options.a, options.b), XyzThresholds(options.x, options.y), options.new_days
    )
    asked, _, _ = question_within(warehouse, options)
    sales = product_sales(warehouse, partial(answer_cache.shared().ask, warehouse), asked)
    _check_sold(sales.names, options.not_product)
    roles = product_roles(warehouse)
    fees = {*options.not_product, *(id for id, role in roles.items() if role is ProductRole.FEE)}
    frame = sales.lines
    if options.purchases:
        frame = frame.filter((pl.col("customer") > 0) & ~pl.col("is_return") & (pl.col("revenue") > 0))
    lines = product_lines(frame, sales.names, sales.since, sales.until, fees)
    stock = None
    if sales.on_hand is not None and sales.sold_out is not None:
        stock = Stock(sales.on_hand, sales.sold_out)
    found = product_portfolio(lines, at, stock)
    return Finding(
        found.products.drop("product"),
        {**_figures(found, at), **_without(lines, options.off, options.transfer)},
        tuple(_notes(found, lines, roles)),
        {"verdicts": found.verdicts, "substitutes": _pairs(found)},
    )


def _figures(found: ProductPortfolio, at: PortfolioThresholds) -> dict[str, float | int]:
    shares = (0.5, at.abc.a, at.abc.b)
    return {
        "products": found.products.height,
        "revenue": round(float(found.products["revenue"].sum()), 2),
        **{f"products_make_{share:.0%}": found.curve.needed(share) for share in shares},
        "top_20%_make": found.curve.made_by(0.2),
        "sole_buyers": found.sole.height,
        "sole_revenue": round(float(found.sole["revenue"].sum()), 2),
        "substitute_pairs": found.substitutes.pairs.height,
        "pairs_tested": found.substitutes.tested,
    }


def _without(lines: ProductLines, off: list[str], transfer: float) -> dict[str, float | int]:
    """What is lost without the products named. Raises BadRequest for one that is not there."""
    if not off:
        return {}
    _check_sold(lines.names, off)
    codes = lines.names.filter(pl.col("id").is_in(off))
    lost = what_if(lines, codes["product"].to_list(), transfer)
    return {
        "off": lost.products,
        "lost_revenue_least": round(lost.lost_least, 2),
        "lost_revenue": round(lost.lost, 2),
        "lost_revenue_most": round(lost.revenue, 2),
        "customers_touched": lost.customers,
        "customers_left_with_nothing": lost.left_with_nothing.height,
    }


def _check_sold(names: pl.DataFrame, ids: list[str]) -> None:
    """Raises BadRequest for a product that is not there."""
    for strange in sorted({*ids} - {*names["id"]}):
        raise BadRequest(f"No product {strange!r} was sold here.", "Take the id of one that is listed.")


def _pairs(found: ProductPortfolio) -> pl.DataFrame:
    """The substitutes by the ids of products."""
    ids = found.products.select(pl.col("product").cast(pl.Int64), "id")
    pairs = found.substitutes.pairs
    for side in ("one", "other"):
        named = ids.rename({"product": side, "id": f"{side}_id"})
        pairs = pairs.join(named, on=side, how="left", maintain_order="left")
    return pairs.select("one_id", "other_id", pl.exclude("one", "other", "one_id", "other_id"))


def _notes(found: ProductPortfolio, lines: ProductLines, roles: dict[str, ProductRole]) -> list[str]:
    notes = []
    asked = [each for each in fee_candidates(lines.names)["id"] if each not in roles]
    if asked:
        shown = ", ".join(asked[:8]) + (" …" if len(asked) > 8 else "")
        notes.append(
            f"These may be no products: {shown}. Say so on the page Portfolio, or with --not-product."
        )
    if found.substitutes.untold:
        notes.append(
            f"Of {found.substitutes.untold} products no category is known: no substitutes are told of them."
        )
    return notes


PORTFOLIO = Command(
    "what each product brings, to whom, with what else, and whether to keep it",
    "portfolio",
    _portfolio_options,
    _portfolio,
)
