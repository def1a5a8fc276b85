"""Explanations say what was planted: differences by hand, a tree whose fidelity is of customers it had not seen."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from mining.segments.clustered_segments import clustered
from mining.segments.customer_features import prepare
from mining.segments.feature_scale import scale
from mining.segments.segment_explanation import explain
from tests.mining.planted import AS_OF, customers, people


def test_a_difference_is_cohens() -> None:
    """By hand: 1, 3 against 7, 9 in pooled deviations of the square root of 2 (n - 2 below)."""
    frame = people(*((AS_OF, 1, each) for each in (1.0, 3.0, 7.0, 9.0)))
    buyers = prepare(frame, AS_OF).buyers.with_columns(segment=pl.Series(["a", "a", "b", "b"]))
    told = explain(buyers, scale(buyers, ["revenue"]), ["a", "b"]).differences
    logs = np.log1p([1.0, 3.0, 7.0, 9.0])
    pooled = np.sqrt((logs[:2].var() * 2 + logs[2:].var() * 2) / 2)
    assert told["difference"].to_list() == pytest.approx(
        [(logs[:2].mean() - logs[2:].mean()) / pooled, (logs[2:].mean() - logs[:2].mean()) / pooled]
    )


def test_the_tree_says_again_what_was_planted_in_thresholds() -> None:
    frame, _ = customers(900)
    result = clustered(frame, AS_OF, 4)
    told = result.explanation
    assert told.held_out == 270
    assert told.fidelity is not None
    assert told.guess is not None
    assert told.fidelity > 0.9 > 0.4 > told.guess
    assert told.rules["customers"].sum() == 900
    best = result.profiles["segment"][0]
    said = told.sentence(best)
    assert "over" in said
    assert "are in it" in said


def test_a_rule_counts_who_meets_it() -> None:
    """The rule in words, met by hand."""
    frame = people(*((AS_OF, 1, float(each)) for each in range(1, 41)))
    buyers = prepare(frame, AS_OF).buyers.with_columns(
        segment=pl.when(pl.col("revenue") > 30).then(pl.lit("rich")).otherwise(pl.lit("poor"))
    )
    told = explain(buyers, scale(buyers, ["revenue"]), ["rich", "poor"])
    row = told.rules.filter(pl.col("segment") == "rich").row(0, named=True)
    assert row["rule"] == f"revenue over {row['rule'].split()[-1]}"
    assert row["customers"] == (buyers["revenue"] > float(row["rule"].split()[-1])).sum()
    assert told.fidelity is not None
    assert told.fidelity >= 0.9


def test_labels_of_chance_are_not_explained() -> None:
    """Fidelity is held out, so a tree that learnt noise by heart gets no more than a guess."""
    frame, _ = customers(600)
    buyers = prepare(frame, AS_OF).buyers
    segments = np.random.default_rng(99).choice(["a", "b"], 600)
    told = explain(buyers.with_columns(segment=pl.Series(segments)), scale(buyers), ["a", "b"])
    assert told.fidelity is not None
    assert told.fidelity == pytest.approx(0.5, abs=0.12)
