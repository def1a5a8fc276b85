"""Why a customer is in a segment: what sets each apart, and a small tree that says it again in plain thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from sklearn.tree import DecisionTreeClassifier

from mining.segments.customer_features import worded
from mining.segments.feature_scale import Scaled
from mining.segments.segment_profile import LEVELLED

DEPTH = 3
HELD_OUT = 0.3
MOST_TOLD = 40_000
LARGE, MARKED = 0.8, 0.5
LEAST_LEAF = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """`differences`: segment, feature, words, difference (the segment's mean less that of all other buyers, in standard
    deviations within the two; Cohen 1988). `rules`, a row a leaf of the tree: segment, rule (in words), customers who
    meet it, precision (share of them who are in the segment), recall (share of the segment who meet it).

    `fidelity` is the share of `held_out` customers, whom the tree had not seen, that it puts where they are; `guess`
    what always saying the largest segment would have got. Both are None where too few could be held out.
    """

    differences: pl.DataFrame
    rules: pl.DataFrame
    fidelity: float | None
    guess: float | None
    held_out: int

    def sentence(self, segment: str) -> str:
        """The strongest rule of a segment in words; empty where the tree has none for it."""
        own = self.rules.filter(pl.col("segment") == segment).sort("recall", descending=True)
        if own.is_empty():
            return ""
        row = own.row(0, named=True)
        return (
            f"{row['rule'][:1].upper()}{row['rule'][1:]}: {row['precision']:.0%} of those are in it, "
            f"{row['recall']:.0%} of it are those"
        )


def explain(
    members: pl.DataFrame,
    scaled: Scaled,
    order: Sequence[str],
    words: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Explanation:
    """Explain the segments of buyers (`segment` and the features in their own units; the rows of `scaled.matrix`)."""
    chosen = np.random.default_rng(seed).permutation(members.height)[:MOST_TOLD]
    values = members[chosen].select(pl.col(name).cast(pl.Float64) for name in scaled.features)
    middles = [
        pl.col(name).fill_null(middle)
        for name, middle in zip(values.columns, scaled.scale.middle, strict=True)
    ]
    table = values.select(middles).to_numpy()
    segments = members["segment"][chosen].to_numpy()
    cut = max(1, round(len(chosen) * (1 - HELD_OUT)))
    told, asked = slice(0, cut), slice(cut, None)
    least = max(1, round(LEAST_LEAF * cut))
    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=least, random_state=seed)
    tree.fit(table[told], segments[told])
    held = segments[asked]
    fidelity = float((tree.predict(table[asked]) == held).mean()) if len(held) else None
    largest = pl.Series(segments[told]).mode().sort()[0]
    guess = float((held == largest).mean()) if len(held) else None
    return Explanation(
        _differences(scaled, members["segment"].to_numpy(), order, words),
        _rules(tree, table, segments, scaled.features, words),
        fidelity,
        guess,
        len(held),
    )


def strongest(scaled: Scaled, numbers: np.ndarray, words: Mapping[str, str] | None = None) -> dict[int, str]:
    """Of each group a phrase for the feature by which it differs most, but for those that names tell anyway, where it
    does by .8 standard deviations or more."""
    places = [at for at, name in enumerate(scaled.features) if name not in LEVELLED]
    found = {}
    for number in np.unique(numbers).tolist() if places else []:
        sizes = _standardised(scaled.matrix[:, places], numbers == number)
        most = int(np.abs(sizes).argmax())
        if abs(sizes[most]) >= LARGE:
            name = worded(scaled.features[places[most]], words)
            found[number] = f"{'high' if sizes[most] > 0 else 'low'} {name}"
    return found


def _differences(
    scaled: Scaled, segments: np.ndarray, order: Sequence[str], words: Mapping[str, str] | None
) -> pl.DataFrame:
    rows = [
        (segment, name, worded(name, words), size)
        for segment in order
        for name, size in zip(
            scaled.features, _standardised(scaled.matrix, segments == segment).tolist(), strict=True
        )
    ]
    return pl.DataFrame(
        rows,
        schema={"segment": pl.String, "feature": pl.String, "words": pl.String, "difference": pl.Float64},
        orient="row",
    )


def _standardised(matrix: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Cohen's d of each column, inside against outside; 0 where nobody is outside or nothing varies within."""
    own, others = matrix[inside], matrix[~inside]
    if not len(own) or not len(others):
        return np.zeros(matrix.shape[1])
    within = (own.var(axis=0) * len(own) + others.var(axis=0) * len(others)) / max(len(matrix) - 2, 1)
    apart = own.mean(axis=0) - others.mean(axis=0)
    sizes: np.ndarray = np.divide(apart, np.sqrt(within), out=np.zeros(len(apart)), where=within > 1e-12)
    return sizes


def _rules(
    tree: DecisionTreeClassifier,
    table: np.ndarray,
    segments: np.ndarray,
    features: Sequence[str],
    words: Mapping[str, str] | None,
) -> pl.DataFrame:
    leaves = tree.apply(table)
    rows = []
    for leaf, bounds in _paths(tree).items():
        there = leaves == leaf
        segment = str(tree.classes_[int(tree.tree_.value[leaf, 0].argmax())])
        inside = int((segments[there] == segment).sum())
        of_all = int((segments == segment).sum())
        rule = _in_words(bounds, features, words)
        rows.append(
            (segment, rule, int(there.sum()), inside / max(int(there.sum()), 1), inside / max(of_all, 1))
        )
    schema = {"segment": pl.String, "rule": pl.String, "customers": pl.Int64, "precision": pl.Float64,
              "recall": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _paths(tree: DecisionTreeClassifier) -> dict[int, dict[int, tuple[float, float]]]:
    """Of each leaf the bounds (above, at most) of each feature that leads there."""
    inner, found = tree.tree_, {}
    waiting: list[tuple[int, dict[int, tuple[float, float]]]] = [(0, {})]
    while waiting:
        node, bounds = waiting.pop()
        if inner.children_left[node] == inner.children_right[node]:
            found[node] = bounds
            continue
        feature, at = int(inner.feature[node]), float(inner.threshold[node])
        low, high = bounds.get(feature, (-np.inf, np.inf))
        waiting.append((int(inner.children_left[node]), bounds | {feature: (low, min(high, at))}))
        waiting.append((int(inner.children_right[node]), bounds | {feature: (max(low, at), high)}))
    return dict(sorted(found.items()))


def _in_words(
    bounds: Mapping[int, tuple[float, float]], features: Sequence[str], words: Mapping[str, str] | None
) -> str:
    told = [bounded(worded(features[at], words), low, high) for at, (low, high) in sorted(bounds.items())]
    return ", ".join(told) or "everybody"


def bounded(what: str, above: float, at_most: float) -> str:
    """A feature between two bounds in words.

    >>> bounded("revenue", 100.0, 2500.0), bounded("revenue", float("-inf"), 0.125)
    ('revenue over 100 to 2,500', 'revenue up to 0.125')
    """
    low, high = threshold_text(above), threshold_text(at_most)
    if np.isinf(above):
        return f"{what} up to {high}"
    return f"{what} over {low}" if np.isinf(at_most) else f"{what} over {low} to {high}"


def threshold_text(value: float) -> str:
    """A threshold with the three digits that matter.

    >>> threshold_text(1234.5), threshold_text(36.5), threshold_text(0.0714)
    ('1,234', '36.5', '0.0714')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
