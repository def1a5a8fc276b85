"""`python -m mining proposals`. Three ranks, who speaks beside all customers, groups of opinion, and what repeats."""

from __future__ import annotations

import argparse

import polars as pl

from cubes.analysis.customers_at_large import WORTHS, customers_at_large
from cubes.analysis.proposal_voices import ProposalVoices, proposal_voices
from cubes.ask.answer import Answer, ask
from cubes.query import Query
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, question, seed_number
from mining.proposals.opinion_groups import opinion_groups
from mining.proposals.proposal_insight import ProposalInsight, proposal_insight
from mining.proposals.similar_proposals import ALIKE, alike_pairs

TABLES = ("ranks", "groups", "beside", "opinions", "pairs")


def _proposals_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--table", choices=TABLES, default=TABLES[0], help="which table is told; JSON has all of them"
    )
    parser.add_argument("--by", default="", metavar="LEVEL", help="the groups of customers, such as country")
    parser.add_argument(
        "--worth",
        choices=WORTHS,
        default="",
        help="what customers are worth; margin of a year, or revenue, if left away",
    )
    parser.add_argument(
        "--weighted",
        action="store_true",
        help="weight voters so that each group counts as it does among all customers",
    )
    parser.add_argument(
        "--alike",
        type=_likeness,
        default=ALIKE,
        help=f"from when on two proposals are a pair; {ALIKE:g} if left away",
    )
    parser.add_argument("--seed", type=seed_number, default=0, help="what fixes all chance")


def _likeness(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0.2 <= found <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no likeness from 0.2 to 1; write one like 0.6")
    return found


def _proposals(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """The table asked for; all of them in JSON."""
    asked = question(options)

    def told(one: Query) -> Answer:
        return ask(warehouse, one, limit=None)

    voices = proposal_voices(warehouse, told, asked, options.until)
    if voices.proposals.is_empty():
        raise BadRequest(
            "Nobody proposed anything within these filters.",
            "Load proposals and votes, or take a filter away.",
        )
    base = customers_at_large(warehouse, told, asked, options.by, options.worth, options.until)
    insight = proposal_insight(voices.proposals, voices.supports, base.customers, options.weighted)
    opinions, of_groups, why = _opinions(insight, voices, options)
    tables = {
        "ranks": insight.ranks.rows,
        "groups": insight.ranks.segments,
        "beside": insight.beside.join(
            insight.weights.groups.select("segment", "weight"), on="segment", how="left"
        ),
        "opinions": opinions,
        "pairs": alike_pairs(voices.proposals, options.alike),
    }
    titles = voices.proposals.select("proposal", "title", "told_supports")
    tables["ranks"] = tables["ranks"].join(titles, on="proposal", maintain_order="left")
    weights = insight.weights
    figures = {
        "proposals": voices.proposals.height, "customers": base.customers.height, "by": base.level,
        "worth": base.worth, "voters": insight.ranks.voices, "outside": insight.ranks.outside,
        "weighted": insight.is_weighted, "effective_voters": weights.effective, "largest_weight": weights.largest,
        "silent_groups": ", ".join(weights.silent), "silent_share": weights.silent_share, **of_groups,
    }  # fmt: skip
    rest = {name: table for name, table in tables.items() if name != options.table}
    notes = (*voices.notes, *base.notes, *([why] if why else []))
    return Finding(tables[options.table], figures, notes, rest)


def _opinions(
    insight: ProposalInsight, voices: ProposalVoices, options: argparse.Namespace
) -> tuple[pl.DataFrame, dict[str, object], str]:
    """What groups support more, figures of them, and why there are none."""
    heard = voices.supports.filter(pl.col("customer").is_in(insight.weights.weights["customer"].implode()))
    try:
        found = opinion_groups(heard, options.seed)
    except BadRequest as error:
        return pl.DataFrame(), {}, str(error)
    figures: dict[str, object] = {
        "opinion_voters": found.voters, "opinion_proposals": found.proposals, "opinion_p": found.p,
        "opinion_spreads": found.spreads, "opinion_groups": found.members["group"].n_unique(),
    }  # fmt: skip
    return (
        found.supported,
        figures,
        "" if found.is_found else "Votes stand apart no more than when they are shuffled.",
    )


PROPOSALS = Command(
    "proposals by three ranks, who speaks beside all customers, groups of opinion, and which say the same",
    "proposal-insight",
    _proposals_options,
    _proposals,
)
