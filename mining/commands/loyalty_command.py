"""`python -m mining loyalty`. How long customers have been buying against what they bring, in degrees."""

from __future__ import annotations

import argparse
from functools import partial

import polars as pl

from cubes.analysis.customer_worth import customer_worth, purchase_spans, recommendations
from cubes.ask import answer_cache
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, amount, question_within
from mining.lifetime.model_refusals import customers_counted
from mining.loyalty.duration_profit import duration_profit
from mining.loyalty.loyalty_cells import LoyaltyCells, LoyaltyThresholds, loyalty_cells, medians
from mining.loyalty.promoter_scores import promoter_scores


def _loyalty_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", choices=["margin", "revenue"], default="", help="what customers are weighed by; margin"
                        " where that of everybody is known, if left away")  # fmt: skip
    parser.add_argument(
        "--days", type=amount, help="long is more days than these; the middle customer's if left away"
    )
    parser.add_argument("--profit", type=amount, help="profitable is more than this; likewise")
    parser.add_argument("--customers", action="store_true", help="a row a customer, not a row a degree")


def _loyalty(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row a degree of loyalty, or a row a customer; what goes with duration, and what customers say, beside it."""
    if options.days is not None and options.days < 0:
        raise BadRequest("Nobody has been a customer for less than no day.", "Write --days 0 or more.")
    asked, _, _ = question_within(warehouse, options)
    ask = partial(answer_cache.shared().ask, warehouse)
    frame, day = customer_worth(ask, warehouse.profile, asked, partial(purchase_spans, warehouse, ask))
    if frame.is_empty() or day is None:
        raise BadRequest("No known customer has a line within these filters.", "Take one away.")
    unweighed = frame["margin"].null_count()
    by = options.by or ("revenue" if unweighed else "margin")
    weighed = frame.with_columns(profit=pl.col(by))
    middle = medians(weighed)
    lines = LoyaltyThresholds(
        middle.duration_days if options.days is None else options.days,
        middle.profit if options.profit is None else options.profit,
    )
    cells = loyalty_cells(weighed, day, lines)
    told, unasked = recommendations(ask, warehouse.profile, asked)
    scores = promoter_scores(cells.members.select("customer", "cell").join(told, on="customer"), "cell")
    relation, unrelated = _relation(weighed)
    notes = [f"The margin of {customers_counted(unweighed)} is not known."] if unweighed else []
    figures = {"by": by, "until": day.isoformat(), "customers": frame.height, "line_days": lines.duration_days,
               "line_profit": lines.profit, **relation}  # fmt: skip
    return Finding(
        _members(cells) if options.customers else cells.cells,
        figures,
        tuple(filter(None, [*notes, unrelated, unasked])),
        {"scores": scores},
    )


def _members(cells: LoyaltyCells) -> pl.DataFrame:
    """Who stands in which degree, whoever brought most first."""
    ordered = cells.members.sort("profit", "customer", descending=[True, False])
    return ordered.drop("profit").rename({"label": "name"})


def _relation(frame: pl.DataFrame) -> tuple[dict[str, float], str]:
    """The rank correlation of duration and profit with its 95% interval, or why there is none."""
    try:
        found = duration_profit(frame).spearman
    except BadRequest as error:
        return {}, error.problem
    return {"rank_correlation": found.value, "low": found.low, "high": found.high}, ""


LOYALTY = Command(
    "how long customers have been buying against what they bring, in degrees",
    "loyalty",
    _loyalty_options,
    _loyalty,
)
