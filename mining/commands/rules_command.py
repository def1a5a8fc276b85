"""`python -m mining rules`: what is bought together, as Baskets tells it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial

import polars as pl

from cubes.drill_through import rows_behind
from cubes.query import TIME_LEVELS, Query, parse_cut
from data.errors import BadRequest, did_you_mean
from data.store.warehouse import Warehouse
from mining.commands.command_finding import Command, Finding, question_within
from mining.patterns.association_rules import RuleDemands, Rules, passing, why_no_rule
from mining.patterns.basket_matrix import Baskets, encode_codes
from mining.patterns.candidate_rules import candidate_rules
from mining.patterns.itemsets import suggest_support
from mining.patterns.itemsets_elsewhere import frequent_elsewhere
from mining.patterns.rule_comparison import check_apart, compared
from mining.patterns.rule_significance import Correction
from mining.patterns.rule_words import chosen_words, compared_words, unsearched_words

LEVELS = ("product", "subcategory", "category", "department")
ACROSS = "across"


def _rules_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--support", help="the least part of all baskets; one with some hundred itemsets if left away"
    )
    parser.add_argument(
        "--confidence", default="0.1", help="the least part of baskets with the left side (%(default)s)"
    )
    parser.add_argument(
        "--significant",
        nargs="?",
        const=Correction.BENJAMINI_HOCHBERG.value,
        choices=[each.value for each in Correction],
        help="only rules that are more than chance, by Benjamini-Hochberg (bh, if nothing is named), "
        "Benjamini-Yekutieli (by) or Bonferroni, over all rules above the support, or by Hochberg's given the support "
        "(given_support): as the page does, which allows for rules being chosen by how often they came",
    )
    parser.add_argument(
        "--productive", action="store_true", help="only rules whose every item on the left adds to the others"
    )
    parser.add_argument(
        "--level", default=LEVELS[0], help="what an item is: product (default), subcategory, category, department, or "
        "across for all of them together",
    )  # fmt: skip
    parser.add_argument("--items", type=int, help="the most items a rule; any number if left away")
    parser.add_argument(
        "--consequents", type=int, default=1, help="the most items on the right (%(default)s)"
    )
    parser.add_argument(
        "--versus",
        action="append",
        default=[],
        help="a filter that takes the place of its level's in --where: the slice that confidence is compared with",
    )


def _rules(warehouse: Warehouse, options: argparse.Namespace) -> Finding:
    """A row a rule, the highest lift first (or the widest difference); in JSON the itemsets as well."""
    asked, _, _ = question_within(warehouse, options)
    levels = _levels(warehouse, options.level)
    baskets = _baskets(warehouse, asked, levels)
    support = options.support or suggest_support(baskets)
    correction = Correction(options.significant) if options.significant else None
    demands = RuleDemands(support, options.confidence, correction, options.productive)
    if options.consequents < 1:
        raise BadRequest("A rule needs an item on the right.", "Allow one or more with --consequents.")
    counted = partial(rows_behind.itemsets_by_cluster, warehouse, asked, levels)
    itemsets = frequent_elsewhere(baskets, support, options.items, counted)
    candidates = candidate_rules(itemsets, options.consequents)
    rules = passing(candidates, baskets.items, demands)
    notes = [str(chosen_words(rules)), str(unsearched_words(baskets, rules))]
    if rules.frame.is_empty():
        notes.append(str(why_no_rule(baskets, rules)))
    frame = rules.frame
    if options.versus:
        frame = compared(frame, _other_baskets(warehouse, asked, options.versus, levels, baskets))
        notes.append(str(compared_words(frame)))
    return Finding(
        _written(frame),
        _figures(rules, baskets),
        tuple(notes),
        {"itemsets": rules.itemsets} if options.format == "json" else {},
    )


def _levels(warehouse: Warehouse, level: str) -> tuple[str, ...]:
    if level not in (*LEVELS, ACROSS):
        raise BadRequest(f"Baskets cannot be looked at by {level!r}.", did_you_mean(level, (*LEVELS, ACROSS)))
    if level != ACROSS:
        return (level,)
    members = warehouse.profile.members
    return tuple(each for each in LEVELS if each == LEVELS[0] or members.get(each, 0) > 2)


def _baskets(warehouse: Warehouse, asked: Query, levels: tuple[str, ...]) -> Baskets:
    lines = rows_behind.basket_lines(warehouse, asked, levels)
    return encode_codes(lines.baskets, lines.items, lines.names, lines.kin)


def _other_baskets(
    warehouse: Warehouse, asked: Query, versus: list[str], levels: tuple[str, ...], here: Baskets
) -> Baskets:
    cuts = tuple(map(parse_cut, versus))
    timed = any(cut.level in TIME_LEVELS for cut in cuts)
    kept = tuple(cut for cut in asked.cuts if not (timed and cut.level in TIME_LEVELS))
    there = _baskets(warehouse, replace(asked, cuts=kept).cut(*cuts), levels)
    check_apart(here, there)
    return there


def _written(frame: pl.DataFrame) -> pl.DataFrame:
    """Sides as texts, as the page writes them."""
    return frame.with_columns(pl.col("antecedent", "consequent").list.join(" + "))


def _figures(rules: Rules, baskets: Baskets) -> dict[str, object]:
    counts, family = rules.counts, rules.family
    tested = (
        {"tests": family.tests, "significant": family.found, "correction": family.correction.value}
        if family
        else {}
    )
    return {
        "baskets": len(baskets),
        "items": len(baskets.items),
        "support": str(rules.min_support),
        "confidence": str(rules.min_confidence),
        **dict(zip(("itemsets", "closed", "maximal"), rules.itemset_counts(), strict=True)),
        "candidates": counts.candidates,
        **tested,
        "rules": rules.frame.height,
    }


RULES = Command(
    "what is bought together, how surely, and whether by chance",
    "baskets",
    _rules_options,
    _rules,
)
