"""Features brought to one scale, so that none outweighs the others: how, and the same again for other customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import polars as pl

from data.errors import BadRequest, did_you_mean
from mining.segments.customer_features import ALL, IDENTITY, worded

KNOTS = 201


class Transform(StrEnum):
    """What is done to a feature before it is z-scored: its logarithm (log1p; below 0 counts as 0), its place among
    all customers (0 to 1), or nothing."""

    LOG = "log"
    QUANTILE = "quantile"
    STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class FeatureScale:
    """How `features` were scaled: `middle` stands where a value is not known, `mean` and `spread` are those of the
    transformed values, `knots` the quantiles that places are read from."""

    features: tuple[str, ...]
    transform: Transform
    middle: tuple[float, ...]
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    knots: tuple[tuple[float, ...], ...] = ()

    def of(self, customers: pl.DataFrame) -> np.ndarray:
        """The matrix (customers x features) of any customers, on this scale. Raises BadRequest for a lacking column."""
        values = values_of(customers, self.features)
        filled = np.where(np.isnan(values), np.array(self.middle), values)
        scaled: np.ndarray = (
            _transformed(filled, self.transform, self.knots) - np.array(self.mean)
        ) / np.array(self.spread)
        return scaled


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """`matrix` (buyers x features) on its `scale`; `alike` are features that never vary and were left out, `unknown`
    tells of how many buyers a feature is not known: the middle value stands for them."""

    matrix: np.ndarray
    scale: FeatureScale
    alike: tuple[str, ...] = ()
    unknown: Mapping[str, int] = field(default_factory=dict)

    @property
    def features(self) -> tuple[str, ...]:
        return self.scale.features


def scale(
    buyers: pl.DataFrame,
    features: Sequence[str] = ALL,
    transform: Transform = Transform.LOG,
    words: Mapping[str, str] | None = None,
) -> Scaled:
    """Transform, then z-score; on lognormal behaviour logarithms find the segments that raw features hide.

    Raises BadRequest for a feature that `buyers` do not have, and for one of which nothing is known of anybody.
    """
    values = values_of(buyers, features)
    unknown = np.isnan(values).sum(axis=0)
    for name, missing in zip(features, unknown.tolist(), strict=True):
        if 0 < missing == len(values):
            raise BadRequest(f"Of nobody here it is known: {worded(name, words)}.", "Leave this feature out.")
    middles = buyers.select(pl.col(name).cast(pl.Float64).median().fill_null(0.0) for name in features)
    middle = middles.to_numpy().reshape(len(features))
    filled = np.where(np.isnan(values), middle, values) if unknown.any() else values
    knots = _knots(filled) if transform is Transform.QUANTILE else ()
    told = _transformed(filled, transform, knots)
    spread = told.std(axis=0) if len(told) else np.zeros(len(features))
    varying = spread > 1e-9
    mean = told[:, varying].mean(axis=0) if len(told) else spread[varying]
    kept = tuple(np.array(features)[varying].tolist())
    own = FeatureScale(
        kept,
        transform,
        tuple(middle[varying].tolist()),
        tuple(mean.tolist()),
        tuple(spread[varying].tolist()),
        tuple(each for each, varies in zip(knots, varying, strict=True) if varies) if knots else (),
    )
    matrix = told[:, varying]
    matrix -= mean
    matrix /= spread[varying]
    counted = {name: each for name, each in zip(features, unknown.tolist(), strict=True) if each}
    return Scaled(matrix, own, tuple(name for name in features if name not in kept), counted)


def _knots(values: np.ndarray) -> tuple[tuple[float, ...], ...]:
    """The quantiles of each feature, at even steps."""
    quantiles = np.quantile(values, np.linspace(0, 1, KNOTS), axis=0).T if len(values) else values.T
    return tuple(tuple(each) for each in quantiles.tolist())


def values_of(customers: pl.DataFrame, features: Sequence[str]) -> np.ndarray:
    """The features as a matrix (customers x features), not a number where they are not known. Raises BadRequest."""
    offered = [name for name in customers.columns if name not in IDENTITY]
    for name in features:
        if name not in offered:
            raise BadRequest(f"There is no feature {name!r}.", did_you_mean(name, offered))
    told = customers.select(pl.col(name).cast(pl.Float64).fill_null(float("nan")) for name in features)
    values: np.ndarray = told.to_numpy().reshape(customers.height, len(features))
    return values


def _transformed(values: np.ndarray, transform: Transform, knots: Sequence[Sequence[float]]) -> np.ndarray:
    if transform is Transform.LOG:
        logged: np.ndarray = np.clip(values, 0, None)
        np.log1p(logged, out=logged)
        return logged
    if transform is Transform.STANDARD or not len(knots):
        return values
    places = [_places(values[:, at], np.array(each)) for at, each in enumerate(knots)]
    return np.stack(places, axis=1)


def _places(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """The share of customers below each value, 0 to 1; of equal knots the middle one."""
    share = np.linspace(0, 1, len(knots))
    different, first = np.unique(knots, return_index=True)
    last = np.append(first[1:], len(knots)) - 1
    places: np.ndarray = np.interp(values, different, (share[first] + share[last]) / 2)
    return places
