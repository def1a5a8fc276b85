"""How far segments are to be believed, and what makes them, as the page says and draws it: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from mining.segments.cluster_stability import STABLE, Stability, Trust
from mining.segments.segment_explanation import DEPTH, Explanation
from mining.segments.segment_sweep import Sweep
from pages.discover.found_segments import FoundSegments
from pages.discover.segment_frames import FEATURES, short
from pages.ui.segment_list import SegmentRow
from pages.ui.style.formats import count_text, number_text, share_text
from pages.ui.style.told_sentences import numbers_told

FARTHEST = 3.0
MOST_SHOWN = 9
BADGES = {
    Trust.STABLE: ("stable", "good"),
    Trust.SHAKY: ("shaky", "fair"),
    Trust.CHANCE: ("as if shuffled", "poor"),
}


def badged(listed: Sequence[SegmentRow], stability: Stability, given: Mapping[str, str]) -> list[SegmentRow]:
    """The rows with the word that each segment's stability earns; `given` are names instead of those found. A segment
    too small to be among the customers drawn has none."""
    known = stability.frame.filter(pl.col("jaccard").is_not_null())
    told = {given.get(row["segment"], row["segment"]): row for row in known.iter_rows(named=True)}
    return [_badged(each, told[each.id], stability.noise) if each.id in told else each for each in listed]


def _badged(row: SegmentRow, told: Mapping[str, Any], noise: float) -> SegmentRow:
    word, kind = BADGES[Trust(told["verdict"])]
    jaccard = number_text(told["jaccard"], 2)
    return replace(
        row,
        badge=f"{word} {jaccard}",
        badge_kind=kind,
        badge_help=f"Drawn anew, it comes again with a mean similarity of {jaccard} "
        f"({number_text(told['low'], 2)} to {number_text(told['high'], 2)}); segments of shuffled columns reach "
        f"{number_text(noise, 2)}.",
    )


def stability_words(stability: Stability) -> str:
    """What the badges rest on, in a sentence."""
    basis = (
        f"{number_text(stability.sampled)} of {count_text(stability.buyers, 'buyer')}"
        if stability.sampled < stability.buyers
        else f"all {count_text(stability.buyers, 'buyer')}"
    )
    believed = stability.frame.filter(pl.col("verdict") == Trust.STABLE.value).height
    return (
        f"Stable: {believed} of {count_text(stability.frame.height, 'segment')}. That is at least"
        f" {number_text(STABLE, 2)} alike in {stability.resamples} resamples of {basis} (Hennig 2007), and more than"
        f" {number_text(stability.noise, 2)} that 95% of segments stay below with each feature shuffled for itself."
        " What is as if shuffled may come of the shape of single features alone."
    )


def differences(finding: FoundSegments) -> pl.DataFrame:
    """Segments by the features that made them, the nine that differ most, in standardised differences, for
    `figures.heatmap`."""
    assert finding.explanation
    told = finding.explanation.differences
    strong = told.group_by("feature").agg(pl.col("difference").abs().max()).top_k(MOST_SHOWN, by="difference")
    told = told.filter(pl.col("feature").is_in(strong["feature"].to_list()))
    words = pl.col("words").str.strip_prefix("share of ")
    return told.select(
        row_id="segment",
        row_label=pl.col("segment").map_elements(short, return_dtype=pl.String),
        column_id="feature",
        column_label=pl.col("feature").replace_strict(
            FEATURES, default=words.str.slice(0, 1).str.to_uppercase() + words.str.slice(1)
        ),
        value=pl.col("difference").clip(-FARTHEST, FARTHEST),
        text=pl.col("difference").map_elements(_signed, return_dtype=pl.String),
    )


def tree_rules(finding: FoundSegments) -> pl.DataFrame:
    """The leaves of the tree as a table, those of one segment together."""
    assert finding.explanation
    place = {name: at for at, name in enumerate(finding.names)}
    order = pl.col("segment").replace_strict(place, default=len(place), return_dtype=pl.Int64)
    told = finding.explanation.rules.sort(order, pl.col("recall"), descending=[False, False])
    return told.select("segment", "rule", "customers", in_it="precision", of_it="recall")


def main_rules(finding: FoundSegments) -> list[tuple[str, str]]:
    """Of each segment that the tree tells, the rule that most of it meets, with how often it is right."""
    best = tree_rules(finding).unique("segment", keep="last", maintain_order=True)
    return [
        (
            row["segment"],
            f"{numbers_told(row['rule'])}. {share_text(row['in_it'])} of those are in it,"
            f" {share_text(row['of_it'])} of it are those.",
        )
        for row in best.iter_rows(named=True)
    ]


def tree_words(explanation: Explanation) -> str:
    """How far the tree is to be believed."""
    if explanation.fidelity is None or explanation.guess is None:
        return "Too few customers to tell how often these rules are right."
    return (
        f"A tree of depth {DEPTH} puts {share_text(explanation.fidelity)} of {number_text(explanation.held_out)}"
        f" customers that it had not seen where they are; always the largest segment would be right of"
        f" {share_text(explanation.guess)}."
    )


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{number_text(value, 1)}"


def sweep_words(sweep: Sweep) -> str:
    """Which number is the clearest, whether that is clearer than nothing, and what the figures rest on."""
    basis = (
        f" Measured on {number_text(sweep.sampled)} of {number_text(sweep.buyers)} buyers."
        if sweep.sampled < sweep.buyers
        else ""
    )
    beyond = (
        "clearer than on shuffled columns"
        if sweep.is_beyond_noise
        else "but hardly clearer than on shuffled columns, where there is nothing to find"
    )
    return f"{sweep.suggested_k} segments are the clearest, {beyond}.{basis} A click takes a number."


def sweep_table(sweep: Sweep) -> pl.DataFrame:
    """Every figure of every number of segments, beside that on shuffled columns."""
    pairs = [
        column
        for name in ("silhouette", "davies_bouldin", "calinski_harabasz")
        for column in (pl.col(name).round(3), pl.col(f"shuffled_{name}").round(3))
    ]
    return sweep.frame.select(pl.col("k").alias("segments"), *pairs)
