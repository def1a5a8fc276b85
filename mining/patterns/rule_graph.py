"""Rules as what pictures show: a network of items that draw each other in, and a matrix of left by right."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mining.patterns.association_rules import Rules


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """`nodes`: item, weight (baskets), support, rules. `edges`: source, target, lift, confidence, weight (baskets
    with both; of the best rule that joins them), rules."""

    nodes: pl.DataFrame
    edges: pl.DataFrame


def network(rules: Rules, top: int = 60) -> Network:
    """The `top` rules as a directed graph of items: an edge from each item on the left to each on the right."""
    edges = _edges(rules.frame.head(top))
    ends = pl.concat([edges.select(item=side, rules="rules") for side in ("source", "target")])
    used = ends.group_by("item").agg(pl.col("rules").sum()).sort("item")
    singles = rules.itemsets.filter(pl.col("length") == 1)
    known = singles.select(item=pl.col("items").list.first(), weight="count", support="support")
    nodes = used.join(known, on="item", how="left", maintain_order="left")
    return Network(nodes.select("item", "weight", "support", "rules"), edges)


def matrix(rules: Rules, top: int = 20) -> pl.DataFrame:
    """The rules among the `top` left and `top` right sides of highest lift, one row each.

    Columns: antecedent, consequent (texts such as "bread + ham"), lift, confidence, count_both.
    """
    texts = rules.frame.select(
        pl.col("antecedent", "consequent").list.join(" + "), "lift", "confidence", "count_both"
    )
    sides = {side: texts[side].unique(maintain_order=True).head(top) for side in ("antecedent", "consequent")}
    return texts.filter(*(pl.col(side).is_in(kept.implode()) for side, kept in sides.items()))


def _edges(frame: pl.DataFrame) -> pl.DataFrame:
    sides = {"antecedent": "source", "consequent": "target"}
    pairs = frame.explode("antecedent").explode("consequent").rename(sides)
    best = pairs.sort("lift", "confidence", "source", "target", descending=[True, True, False, False])
    grouped = best.group_by("source", "target", maintain_order=True)
    return grouped.agg(
        pl.col("lift", "confidence").first(),
        weight=pl.col("count_both").first(),
        rules=pl.len().cast(pl.Int64),
    )
