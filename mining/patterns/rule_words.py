"""What was searched for rules and what was not, what was tested, what to know of comparisons: in words."""

from __future__ import annotations

import polars as pl

from data.model.said import Said, said
from mining.patterns.association_rules import Rules
from mining.patterns.basket_matrix import Baskets
from mining.patterns.rule_significance import LEVEL, Correction

NAMES = {
    Correction.BENJAMINI_HOCHBERG: "Benjamini–Hochberg",
    Correction.BENJAMINI_YEKUTIELI: "Benjamini–Yekutieli",
    Correction.BONFERRONI: "Bonferroni",
    Correction.GIVEN_SUPPORT: "Benjamini–Hochberg given the support",
}
MARGIN_WORDS = (
    "Margins are of lines whose cost is known, before returns; what is earned beside a left side need not be earned "
    "because of it."
)


def chosen_words(rules: Rules) -> Said:
    """How many rules there were to choose from, and what each demand left of them."""
    counts, family = rules.counts, rules.family
    productive = said(", {:,} are productive", counts.productive) if rules.demands.productive else Said([""])
    if family is None:
        return said(
            "Of {:,} rules above the support {:,} reach the confidence{}; none was tested against chance.",
            counts.candidates,
            counts.sure,
            productive,
        )
    return said(
        "Of {:,} rules above the support, all of them tested, {:,} are more than chance (Fisher, {} at {:.0%});"
        " {:,} reach the confidence, {:,} of these are more than chance{}.",
        family.tests,
        family.found,
        NAMES[family.correction],
        LEVEL,
        counts.sure,
        counts.significant,
        productive,
    )


def unsearched_words(baskets: Baskets, rules: Rules) -> Said:
    """What was never looked at: rare items, longer rules, several items on the right."""
    rare = int((baskets.counts < rules.least).sum())
    few = said("{:,} of {:,} items, each in fewer than {:,} baskets; ", rare, len(baskets.items), rules.least)
    return said(
        "Not searched: {}{}rules of several items on the right.{}",
        few if rare else "",
        said("rules of more than {} items; ", rules.max_len) if rules.max_len else "",
        " Nor rules of an item beside a level that holds it." if len(baskets.kin) else "",
    )


def compared_words(frame: pl.DataFrame) -> Said:
    """How many differences leave nought out, beside how many would by chance; of `rule_comparison.compared`."""
    told = frame.filter(pl.col("low").is_not_null())
    apart = told.filter((pl.col("low") > 0) | (pl.col("high") < 0)).height
    absent = frame.height - told.height
    return said(
        "{:,} of {:,} differences leave nought outside their 95% interval (Newcombe); about {:,} would by chance.{}"
        " Rules that pass only in the other slice are not listed.",
        apart,
        told.height,
        round(told.height * 0.05),
        said(" The left sides of {:,} rules are in no basket there.", absent) if absent else "",
    )
