"""Whether customers have changed since segments were formed, or only the segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.segments.customer_features import worded
from mining.segments.feature_scale import scale, values_of

BINS = 10
STILL = 0.1
GOES_BY = ("recency_days", "age_days")
NOTABLE, LARGE = 0.1, 0.25


@dataclass(frozen=True, slots=True, eq=False)
class SegmentDrift:
    """`features`: feature, words, psi (population stability index, 0 on), said (what that means). Of `customers` known
    on both days `moved` changed their segment, and `moved_still` of them though none of their features, but those that
    grow as days go by, had changed by more than a tenth of its standard deviation; `still` is how many stood so
    still in all."""

    features: pl.DataFrame
    customers: int
    moved: int
    still: int
    moved_still: int


def drift(
    before: pl.DataFrame,
    after: pl.DataFrame,
    features: Sequence[str],
    words: Mapping[str, str] | None = None,
) -> SegmentDrift:
    """Compare buyers on two days: customer, segment, and the features in their own units."""
    indexes = [stability_index(before[name], after[name]) for name in features]
    table = pl.DataFrame(
        {
            "feature": list(features),
            "words": [worded(name, words) for name in features],
            "psi": indexes,
            "said": [said(each) for each in indexes],
        },
        schema={"feature": pl.String, "words": pl.String, "psi": pl.Float64, "said": pl.String},
    )
    both = before.select("customer").join(after.select("customer"), on="customer").sort("customer")
    first, second = (
        both.join(each, on="customer", how="left", maintain_order="left") for each in (before, after)
    )
    own = scale(before, features, words=words).scale
    acted = np.array([name not in GOES_BY for name in own.features], dtype=bool)
    acted = acted if acted.any() else ~acted
    unlike = np.abs(own.of(second) - own.of(first))[:, acted]
    rest = [name for name in features if name not in (*own.features, *GOES_BY)]
    same = (np.nan_to_num(values_of(first, rest)) == np.nan_to_num(values_of(second, rest))).all(axis=1)
    still = (unlike <= STILL).all(axis=1) & same
    moved = (first["segment"] != second["segment"]).to_numpy()
    return SegmentDrift(table, both.height, int(moved.sum()), int(still.sum()), int((moved & still).sum()))


def stability_index(before: pl.Series, after: pl.Series, bins: int = BINS) -> float:
    """The population stability index (Siddiqi 2006): sum of (q - p) ln(q / p) over the tenths of `before`; who is not
    known is a bin of its own, and an empty bin counts half a customer."""
    known = before.drop_nulls().to_numpy().astype(float)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])) if len(known) else np.empty(0)
    first, second = (_shares(each, edges) for each in (before, after))
    return float(((second - first) * np.log(second / first)).sum())


def _shares(values: pl.Series, edges: np.ndarray) -> np.ndarray:
    known = values.drop_nulls().to_numpy().astype(float)
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1).astype(float)
    counts = np.maximum(np.append(counts, values.null_count()), 0.5)
    shares: np.ndarray = counts / counts.sum()
    return shares


def said(index: float) -> str:
    """What an index means, by the usual thresholds .1 and .25."""
    if index < NOTABLE:
        return "as it was"
    return "somewhat changed" if index < LARGE else "changed"
