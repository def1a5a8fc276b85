"""What the page Baskets draws, as frames and rows: pure functions of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from mining.patterns.association_rules import Rules, sentence
from mining.patterns.basket_matrix import Baskets
from mining.patterns.rule_graph import matrix, network
from mining.patterns.rule_measures import MEASURES
from pages.ui.figures import BETWEEN_IDS
from pages.ui.kpi_row import Kpi
from pages.ui.style.formats import count_text, format_value, number_text, share_text
from pages.ui.style.told_sentences import in_language

DRAWN = 30
SIDES = ("antecedent", "consequent")
UNITS = dict.fromkeys(
    ("support", "confidence", "confidence_there", "difference", "low", "high"), "percent"
) | {
    "margin": "money",
    "expected_margin": "money",
}
ADDED = (
    "expected_margin", "margin", "difference", "low", "high", "confidence_there", "count_both_there",
    "count_antecedent_there",
)  # fmt: skip


def about(rules: Rules, item: str) -> Rules:
    """The rules that hold an item whose name contains this text, whatever its case."""
    if not item:
        return rules
    sought = item.lower()
    holds = [
        pl.col(side).list.eval(pl.element().str.to_lowercase().str.contains(sought, literal=True)).list.any()
        for side in SIDES
    ]
    return replace(rules, frame=rules.frame.filter(pl.any_horizontal(holds)))


def table(rules: Rules) -> pl.DataFrame:
    """The rules to read and to take along: both sides as text, every measure, every count."""
    joined = [pl.col(side).list.join(" + ").alias(side) for side in SIDES]
    more = [name for name in ADDED if name in rules.frame.columns]
    return rules.frame.select(
        *joined,
        *more,
        *(each.name for each in MEASURES[:3]),
        "count_both",
        "p_value",
        *(each.name for each in MEASURES[3:]),
        "count_antecedent",
        "count_consequent",
        "baskets",
    )


def tiles(baskets: Baskets, rules: Rules) -> list[Kpi]:
    """Baskets, items, rules and the greatest lift."""
    each = baskets.matrix.nnz / len(baskets)
    best = next(rules.frame.sort("lift", descending=True).iter_rows(named=True), None)
    return [
        Kpi(
            "baskets",
            "Baskets",
            number_text(len(baskets)),
            note=f"{number_text(each, 1)} items each on average",
        ),
        Kpi("items", "Items", number_text(len(baskets.items)), note="bought at least once"),
        Kpi(
            "rules",
            "Rules",
            number_text(rules.frame.height),
            note=f"from {count_text(rules.itemset_counts()[0], 'itemset')}",
        ),
        Kpi(
            "lift",
            "Best lift",
            number_text(best["lift"], 1) if best else "–",
            note="times as often as by chance",
            help=in_language(sentence(best)) if best else "",
        ),
    ]


def edges_and_nodes(rules: Rules) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Nodes and edges for `figures.rules_network`; an edge's id is its two items."""
    graph = network(rules, top=DRAWN)
    nodes = graph.nodes.select(
        id="item",
        label="item",
        value="weight",
        text=pl.struct("weight", "rules").map_elements(_bought, pl.String),
    )
    edges = graph.edges.select(
        "source",
        "target",
        id=pl.concat_str("source", "target", separator=BETWEEN_IDS),
        value="lift",
        text=pl.struct("lift", "confidence").map_elements(_follows, pl.String),
    )
    return nodes, edges


def bubbles(rules: Rules) -> pl.DataFrame:
    """Rules for `figures.rules_matrix`; a bubble's id is its two sides as the table writes them."""
    shown = matrix(rules, top=15)
    return shown.select(
        *SIDES,
        "lift",
        id=pl.concat_str(*SIDES, separator=BETWEEN_IDS),
        support=pl.col("count_both") / max(rules.baskets, 1),
        text=pl.struct("lift", "count_both").map_elements(_together, pl.String),
    )


def _bought(node: Mapping[str, Any]) -> str:
    return f"{count_text(node['weight'], 'basket')}, {count_text(node['rules'], 'rule')}"


def _follows(edge: Mapping[str, Any]) -> str:
    return f"lift {number_text(edge['lift'], 1)}, confidence {share_text(edge['confidence'], 1)}"


def _together(rule: Mapping[str, Any]) -> str:
    return f"lift {number_text(rule['lift'], 1)}, {count_text(rule['count_both'], 'basket')}"


def rule_of(rules: Rules, left: tuple[str, ...], right: tuple[str, ...]) -> Mapping[str, Any] | None:
    """The rule with exactly these sides; None where it has not passed."""
    found = rules.frame.filter(
        pl.col("antecedent").list.join(BETWEEN_IDS) == BETWEEN_IDS.join(left),
        pl.col("consequent").list.join(BETWEEN_IDS) == BETWEEN_IDS.join(right),
    )
    return found.row(0, named=True) if found.height else None


def rule_clicked(rules: Rules, ids: tuple[str, ...]) -> Mapping[str, Any] | None:
    """The best rule that a click on an edge (two items) or a bubble (two sides) means."""
    if len(ids) != 2:
        return None
    left, right = ids
    exact = rules.frame.filter(
        pl.col("antecedent").list.join(" + ") == left, pl.col("consequent").list.join(" + ") == right
    )
    loose = rules.frame.filter(
        pl.col("antecedent").list.contains(left), pl.col("consequent").list.contains(right)
    )
    found = exact if exact.height else loose
    return found.row(0, named=True) if found.height else None


def numbers(rule: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Every measure of a rule: its name, its value, and what it says; and how chance would do."""
    both, left, right = (number_text(rule[f"count_{each}"]) for each in ("both", "antecedent", "consequent"))
    of = {
        "support": f"{both} of {number_text(rule['baskets'])} baskets",
        "confidence": f"{both} of {left} with the left side",
        "lift": f"the right side is in {right} baskets",
    }
    told = [
        (each.label, _value(each.name, rule[each.name]), of.get(each.name, each.sentence))
        for each in MEASURES
    ]
    return [*told, ("p", p_text(rule["p_value"]), "Fisher’s exact test: so often together by chance")]


def p_text(p: float) -> str:
    """A p-value: small ones by their power of ten, none as nought.

    >>> p_text(0.031), p_text(0.00000312), p_text(0.0)
    ('0.031', '3.1e-06', '≤ 1e-300')
    """
    if p >= 0.001:
        return number_text(p, 3)
    return f"{p:.1e}" if p > 1.01e-300 else "≤ 1e-300"


def _value(name: str, value: float) -> str:
    if value == float("inf"):
        return "∞"
    if name in UNITS:
        return format_value(value, "percent")
    return number_text(value, 5 if name == "leverage" else 2)
