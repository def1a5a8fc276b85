"""How few members make most of a total: the running share from the greatest down, and the classes that it parts.

ABC classes: Dickie, "ABC inventory analysis shoots for dollars not pennies", Factory Management and Maintenance 109,
1951. A are the greatest until they make a share of the total, B those until they make another, C the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from data.errors import BadRequest

A, B, C = "A", "B", "C"
CLASSES = (A, B, C)
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class AbcThresholds:
    """The shares of the total that A makes, and that A and B make together."""

    a: float = 0.8
    b: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.a < self.b <= 1:
            raise BadRequest(
                f"A cannot end at {self.a:.0%} and B at {self.b:.0%} of revenue.",
                "Both lie above 0 and at most at 100%, A before B.",
            )


@dataclass(frozen=True, slots=True, eq=False)
class ParetoCurve:
    """`shares`: the share of the total that the first 1, 2 ... members make, from the greatest down. Members at or
    below zero make none of it: `members` counts them too."""

    shares: pl.Series
    members: int

    def needed(self, share: float) -> int:
        """How few members make this share of the total."""
        reached = self.shares.search_sorted(share - ROUNDING)
        return min(int(reached) + 1, len(self.shares))

    def made_by(self, part: float) -> float:
        """The share of the total that the greatest `part` of all members make: of 0.2, those fewer than a fifth by less
        than one."""
        count = min(int(part * self.members + ROUNDING), len(self.shares))
        return float(self.shares[count - 1]) if count else 0.0


def pareto_curve(values: pl.Series) -> ParetoCurve:
    """The curve of what members make, in any order."""
    above = values.cast(pl.Float64).filter(values > 0).sort(descending=True)
    total = above.sum()
    return ParetoCurve(above.cum_sum() / (total or 1.0), len(values))


def abc_classes(values: pl.Series, at: AbcThresholds) -> pl.Series:
    """A, B or C of each value, in the order that came; the member with which a share is reached is of its class."""
    frame = pl.DataFrame({"value": values.cast(pl.Float64)}).with_row_index("place")
    above = frame.filter(pl.col("value") > 0).sort("value", descending=True, maintain_order=True)
    before = (pl.col("value").cum_sum() - pl.col("value")) / pl.col("value").sum()
    classed = above.select(
        "place",
        abc=pl.when(before < at.a - ROUNDING)
        .then(pl.lit(A))
        .when(before < at.b - ROUNDING)
        .then(pl.lit(B))
        .otherwise(pl.lit(C)),
    )
    return frame.join(classed, on="place", how="left", maintain_order="left")["abc"].fill_null(C)
