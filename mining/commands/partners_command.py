"""`python -m mining partners`. Partners by criteria, ranked by four methods, with how far a rank holds."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from cubes.analysis.partner_rows import partner_rows
from cubes.query import Cut
from data.errors import BadRequest
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, question, seed_number
from mining.partners.partner_criteria import criteria_with
from mining.partners.partner_scorecard import PartnerScorecard, partner_scorecard
from mining.partners.partner_words import chance_words, standing_words
from mining.partners.ranking_methods import RankingMethod

METHODS = {each.value.lower().replace(" ", "-"): each for each in RankingMethod}


def _partners_options(parser: argparse.ArgumentParser) -> None:
    for name, told in (
        ("weight", "how much a criterion counts, such as on_time=3; 0 leaves it out"),
        ("floor", "a must-have, such as fill_rate=0.8: who is known to miss it is not ranked"),
        ("target", "what is aimed at, such as lead_days=7; it ranks nobody"),
    ):
        parser.add_argument(f"--{name}", action="append", default=[], metavar="CRITERION=NUMBER", help=told)
    parser.add_argument(
        "--method", choices=[*METHODS], default="weighted-sum", help="by which the band is drawn"
    )
    parser.add_argument("--unknown", action="store_true", help="rank those as well of whom nothing is known")
    parser.add_argument("--seed", type=seed_number, default=0, help="what fixes the draws")


def _partners(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row each partner that is ranked; the figures, all methods and what the ranks hang on beside it."""
    asked = question(options)
    if options.until:
        asked = replace(asked, cuts=(*asked.cuts, Cut("day", until=options.until.isoformat())))
    rows = partner_rows(warehouse, asked)
    criteria = criteria_with(numbers(options.weight), numbers(options.floor), numbers(options.target))
    method = METHODS[options.method]
    found = partner_scorecard(rows, criteria, method, rank_unknown=options.unknown, seed=options.seed)
    judged = found.judged
    figures = {"since": rows.span[0].isoformat(), "until": rows.span[1].isoformat(), "method": str(method),
               "partners": found.partners.height, "without_figures": len(found.blank)}  # fmt: skip
    more = {
        "figures": found.cells, "ranks": judged.ranks, "alike": judged.alike, "dominated": judged.dominated,
        "turned": judged.turned, "agreement": judged.agreement, "out": judged.out, "differences": found.differences,
        "criteria": pl.DataFrame(found.as_record()["criteria"]),
    }  # fmt: skip
    return Finding(judged.ranked, figures, _notes(found, rows.notes), more)


def _notes(found: PartnerScorecard, more: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        filter(None, (standing_words(found.judged), chance_words(found), *found.judged.notes, *more))
    )


def numbers(texts: Sequence[str]) -> dict[str, float]:
    """`criterion=number` as it was written. Raises BadRequest."""
    found = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise BadRequest(
                f"{text[:40]!r} is no number of a criterion.", "Write one like on_time=3."
            ) from None
    return found


PARTNERS = Command(
    "partners by criteria with n and interval, ranked by four methods, and how far a rank holds",
    "partners",
    _partners_options,
    _partners,
)
