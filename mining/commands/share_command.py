"""`python -m mining share`. How much of what customers could spend they spend here, by a tier."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial

from cubes.analysis.customer_spend import customer_spend, wallet_rows
from cubes.ask import answer_cache
from cubes.query import Query
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, question_within
from mining.customer_share.attainable_ceiling import QUANTILES, attainable_ceiling
from mining.customer_share.breadth_share import breadth_share
from mining.customer_share.share_tier import TIER_WORDS, Tier, TieredShare
from mining.customer_share.told_share import observed_share, surveyed_share
from mining.customer_share.wallet_answers import wallet_answers

MONTHS = 12
OF_CUSTOMERS = tuple(each.value for each in Tier if each is not Tier.DIRICHLET)


def _share_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tier", choices=OF_CUSTOMERS, default=Tier.ATTAINABLE.value, help="what a wallet is told from"
    )
    parser.add_argument(
        "--quantile",
        type=float,
        choices=QUANTILES,
        default=QUANTILES[0],
        help="how high look-alikes spend who set the ceiling; of the attainable tier alone",
    )


def _share(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """What customers spend here, of their wallets, a row a customer and category as the tier tells it.

    Without a filter on time it is of the last twelve months, as on the page.
    """
    asked, since, until = question_within(warehouse, options, MONTHS)
    total, found = _of_tier(warehouse, asked, Tier(options.tier), options.quantile)
    told = {
        "tier": total.tier.value,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "own": total.own,
        "wallet": total.whole,
        "share": total.share,
        **found.figures,
    }
    return replace(found, figures=told, notes=(f"{TIER_WORDS[total.tier].capitalize()}.", *found.notes))


def _of_tier(warehouse: Warehouse, asked: Query, tier: Tier, quantile: float) -> tuple[TieredShare, Finding]:
    """The share, its rows, and what its tier alone tells. Raises BadRequest."""
    if tier in (Tier.OBSERVED, Tier.SURVEYED):
        answers = wallet_answers(wallet_rows(warehouse, asked))
        said = observed_share(answers) if tier is Tier.OBSERVED else surveyed_share(answers)
        left_out = {each: getattr(answers, each) for each in ("nameless", "unreadable", "earlier", "raised")}
        figures = {"answers": said.rows.height, "silent": said.silent, **left_out}
        return said.total, Finding(said.rows, figures, answers.doubts)
    spent = customer_spend(warehouse, partial(answer_cache.shared().ask, warehouse), asked)
    if tier is Tier.BREADTH:
        broad = breadth_share(spent)
        counted = {"customers": broad.members.height, "offered": broad.offered}
        return broad.total, Finding(broad.members, counted, more={"categories": broad.categories})
    found = attainable_ceiling(spent, quantile)
    of_ceiling = {
        "low": found.band.low,
        "high": found.band.high,
        "quantile": quantile,
        "customers": found.customers,
        "below": found.below,
    }
    rows = found.rows.rename({"low": "ceiling_low", "high": "ceiling_high"})
    return found.total, Finding(rows, of_ceiling, more={"categories": found.categories})


SHARE = Command(
    "how much of what customers could spend they spend here, by a tier",
    "share",
    _share_options,
    _share,
)
