"""Customers on a plane: the two directions in which scaled features differ most, explained in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from mining.segments.customer_features import worded
from mining.segments.feature_scale import Scaled

POINTS = 5_000
BETTER = {"recency_days": -1, "return_rate": 0}


@dataclass(frozen=True, slots=True, eq=False)
class Scatter:
    """`points`: customer, label, segment, x, y (in scaled units). `axes`: what x and y mean. `loadings`: axis
    ("x" or "y"), feature, loading (-1 to 1), share (of all variance, the same on each row of an axis)."""

    points: pl.DataFrame
    axes: tuple[str, str]
    loadings: pl.DataFrame


def scatter(
    members: pl.DataFrame,
    scaled: Scaled,
    words: Mapping[str, str] | None = None,
    points: int = POINTS,
    seed: int = 0,
) -> Scatter:
    """Principal components (Pearson 1901) of all customers; a seeded sample of at most `points` is returned.

    `members` (customer, label, segment) and the rows of `scaled.matrix` stand in the same order. Better
    customers (more revenue, bought sooner) lie to the right and up.
    """
    loadings, shares = _components(scaled)
    places = scaled.matrix @ loadings
    chosen = np.sort(np.random.default_rng(seed).permutation(len(members))[:points])
    shown = members.select("customer", "label", "segment")[chosen]
    return Scatter(
        shown.with_columns(x=pl.Series(places[chosen, 0]), y=pl.Series(places[chosen, 1])),
        (
            _axis("Right", loadings[:, 0], shares[0], scaled, words),
            _axis("Up", loadings[:, 1], shares[1], scaled, words),
        ),
        pl.concat([_loadings(axis, loadings[:, at], shares[at], scaled) for at, axis in enumerate("xy")]),
    )


def _components(scaled: Scaled) -> tuple[np.ndarray, np.ndarray]:
    """Loadings (features x 2) and the share of variance of each; zeros where fewer than two features vary."""
    width = len(scaled.features)
    loadings, shares = np.zeros((width, 2)), np.zeros(2)
    if width:
        values, vectors = np.linalg.eigh(scaled.matrix.T @ scaled.matrix / len(scaled.matrix))
        kept = min(2, width)
        better = np.array([BETTER.get(name, 1) for name in scaled.features])
        best = vectors[:, ::-1][:, :kept]
        loadings[:, :kept] = best * np.where(better @ best < 0, -1, 1)
        shares[:kept] = values[::-1][:kept] / values.sum()
    return loadings, shares


def _axis(
    direction: str, loadings: np.ndarray, share: float, scaled: Scaled, words: Mapping[str, str] | None
) -> str:
    size = np.abs(loadings)
    if not size.any():
        return f"{direction}: nothing else differs."
    heavy = [at for at in np.argsort(-size, kind="stable") if size[at] >= 0.5 * size.max()]
    parts = [
        f"{'more' if loadings[at] > 0 else 'fewer'} {worded(scaled.features[at], words)}" for at in heavy
    ]
    text = ", ".join(parts).replace("fewer revenue", "less revenue").replace("more share", "a higher share")
    return f"{direction}: {text.replace('fewer share', 'a lower share')} ({share:.0%} of the differences)."


def _loadings(axis: str, loadings: np.ndarray, share: float, scaled: Scaled) -> pl.DataFrame:
    columns = {"feature": list(scaled.features), "loading": loadings.tolist()}
    frame = pl.DataFrame(columns, schema={"feature": pl.String, "loading": pl.Float64})
    return frame.select(pl.lit(axis).alias("axis"), "feature", "loading", pl.lit(float(share)).alias("share"))
