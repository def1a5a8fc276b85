"""`python -m mining sequences`. What customers buy after what, how long that takes, and whether the order is chance."""

from __future__ import annotations

import argparse

import polars as pl

from cubes.drill_through import rows_behind
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, question_within, seed_number
from mining.patterns.mined_sequences import mine_sequences, sequence_text
from mining.patterns.purchase_days import encode_days
from mining.patterns.sequence_order import ALPHA, SHUFFLES
from mining.patterns.sequences import Timing, suggest_sequence_support


def _sequences_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--level", default="product", help="what an item is, such as product or category")
    parser.add_argument(
        "--support",
        default="",
        help="the least share of customers, such as .01; one that gives about a hundred pairs if left away",
    )
    for name, default, value, help in (
        ("--least-gap", 1, "DAYS", "days between two elements at least (%(default)s)"),
        ("--most-gap", None, "DAYS", "days between two elements at most"),
        ("--window", None, "DAYS", "days from the first element to the last at most"),
        ("--longest", 3, "ITEMS", "items of a sequence at most (%(default)s)"),
    ):
        parser.add_argument(name, type=_whole, default=default, metavar=value, help=help)
    parser.add_argument(
        "--significant", action="store_true", help="leave out what the order chance would give as well"
    )
    parser.add_argument("--seed", type=seed_number, default=0, help="of the shuffles (%(default)s)")


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 100_000):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0; write one like 30")
    return int(text)


def _sequences(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row a sequence of two elements or more."""
    asked, _, until = question_within(warehouse, options)
    days = encode_days(rows_behind.purchase_days(warehouse, asked, options.level))
    timing = Timing(options.least_gap, options.most_gap, options.window)
    timing.check()
    support = options.support or suggest_sequence_support(days, timing)
    found = mine_sequences(days, support, timing, options.longest, until, options.seed)
    kept = found.significant() if options.significant else found.frame
    rows = kept.with_columns(
        pl.Series("sequence", map(sequence_text, kept["sequence"].to_list()), dtype=pl.String)
    )
    figures = {
        "level": options.level,
        "support": str(support),
        "customers": len(days),
        "until": until.isoformat(),
        "tested": found.frame.height,
        "significant": found.significant().height,
    }
    note = (
        f"Significant: {ALPHA:.0%} false discoveries at most, against {SHUFFLES} shuffles of each customer's own days. "
        "A season or a new product also puts one thing after another."
    )
    return Finding(rows, figures, (note,))


SEQUENCES = Command(
    "what customers buy after what, how long that takes, and whether the order is chance",
    "sequences",
    _sequences_options,
    _sequences,
)
