"""Segments by thresholds that a person drew: every customer of one cell is alike in what the thresholds say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, product
from math import inf, prod

import numpy as np
import polars as pl

from data.errors import BadRequest
from mining.segments.customer_features import NO_PURCHASE, prepare, worded
from mining.segments.customer_plane import Scatter, scatter
from mining.segments.feature_scale import scale, values_of
from mining.segments.segment_explanation import bounded
from mining.segments.segment_profile import profiles

MOST_CELLS = 40
NOT_KNOWN = "Not known"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A feature cut at some values, ascending; a value stands below its equal."""

    feature: str
    at: tuple[float, ...]

    def cells(self, values: np.ndarray) -> np.ndarray:
        """The place of each value between the thresholds, 0 on; -1 where it is not known."""
        return np.where(np.isnan(values), -1, np.searchsorted(np.array(self.at), values, side="left"))

    def names(self, words: Mapping[str, str] | None) -> list[str]:
        """What each place is called."""
        return [bounded(worded(self.feature, words), *each) for each in pairwise((-inf, *self.at, inf))]


@dataclass(frozen=True, slots=True)
class ThresholdRule:
    """What assigns anybody to a segment: the thresholds and what features are called."""

    thresholds: tuple[Thresholds, ...]
    words: Mapping[str, str]

    @property
    def features(self) -> tuple[str, ...]:
        return tuple(each.feature for each in self.thresholds)

    def segments(self, customers: pl.DataFrame) -> pl.Series:
        """The segment of each customer by its values in their own units."""
        values = values_of(customers, self.features)
        places = [each.cells(values[:, at]) for at, each in enumerate(self.thresholds)]
        names = [each.names(self.words) for each in self.thresholds]
        told = {
            cell: ", ".join(name[at] for name, at in zip(names, cell, strict=True))
            for cell in product(*(range(len(each)) for each in names))
        }
        found = [told.get(cell, NOT_KNOWN) for cell in zip(*(each.tolist() for each in places), strict=True)]
        return pl.Series(found, dtype=pl.String).map_elements(_capitalised, return_dtype=pl.String)


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdSegments:
    """Every customer's cell: `members` and `profiles` as `clustered_segments.ClusteredSegments` has them; `rule`
    assigns anybody else."""

    members: pl.DataFrame
    profiles: pl.DataFrame
    scatter: Scatter
    as_of: date
    rule: ThresholdRule


def by_thresholds(
    frame: pl.DataFrame,
    as_of: date,
    thresholds: Sequence[Thresholds],
    words: Mapping[str, str] | None = None,
) -> ThresholdSegments:
    """Divide buyers by hand-drawn thresholds. Customers without purchase stand apart as number 0.

    Raises BadRequest as `mining.segments.customer_features.prepare`, for no thresholds, for one feature twice, for
    thresholds that do not ascend and for more cells than anybody could read.
    """
    drawn = _checked(thresholds)
    customers = prepare(frame, as_of)
    if customers.buyers.is_empty():
        raise BadRequest("Nobody here has bought anything.", "Widen the filter or the period.")
    rule = ThresholdRule(drawn, dict(words or {}))
    cells = customers.buyers.with_columns(rule.segments(customers.buyers).alias("segment"))
    means = cells.group_by("segment").agg(pl.col("revenue").mean())
    order = means.sort("revenue", "segment", descending=[True, False])["segment"].to_list()
    place = {name: at for at, name in enumerate(order, 1)}
    named = cells.with_columns(number=pl.col("segment").replace_strict(place, return_dtype=pl.Int64))
    others = customers.others.with_columns(segment=pl.lit(NO_PURCHASE), number=pl.lit(0, dtype=pl.Int64))
    both = pl.concat([named, others], how="diagonal").sort("customer")
    members = both.select("customer", "label", "segment", "number", *customers.buyers.columns[2:])
    order += [NO_PURCHASE] if others.height else []
    plane = scatter(named, scale(customers.buyers, rule.features, words=words), words)
    return ThresholdSegments(members, profiles(members, order), plane, as_of, rule)


def nearest_cells(frame: pl.DataFrame, as_of: date, rule: ThresholdRule) -> pl.DataFrame:
    """Other customers by the same thresholds: columns customer and segment."""
    customers = prepare(frame, as_of)
    buyers = customers.buyers.select("customer", segment=rule.segments(customers.buyers))
    others = customers.others.select("customer", segment=pl.lit(NO_PURCHASE))
    return pl.concat([buyers, others]).sort("customer")


def _checked(thresholds: Sequence[Thresholds]) -> tuple[Thresholds, ...]:
    drawn = tuple(each for each in thresholds if each.at)
    if not drawn:
        raise BadRequest("No threshold is drawn yet.", "Write one or more, such as 30, 90 days.")
    if len({each.feature for each in drawn}) < len(drawn):
        raise BadRequest("A feature is cut twice.", "Write all its thresholds together.")
    for each in drawn:
        if any(low >= high for low, high in pairwise(each.at)):
            raise BadRequest(
                f"The thresholds of {each.feature} do not ascend.", "Write each once, the least first."
            )
    cells = prod(len(each.at) + 1 for each in drawn)
    if cells > MOST_CELLS:
        raise BadRequest(
            f"These thresholds make {cells} segments, more than anybody can use.",
            f"Draw fewer: {MOST_CELLS} segments at most.",
        )
    return drawn


def _capitalised(name: str) -> str:
    return f"{name[:1].upper()}{name[1:]}"
