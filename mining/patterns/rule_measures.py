"""The measures of a rule, each from the same four counts and with a sentence of its own."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class RuleMeasure:
    """`sentence` tells a reader what it says; `value` computes it from count_both, count_antecedent,
    count_consequent and baskets."""

    name: str
    label: str
    sentence: str
    value: pl.Expr


_both, _left, _right, _all = map(
    pl.col, ("count_both", "count_antecedent", "count_consequent", "baskets")
)  # fmt: skip
_beyond_chance = _both * _all - _left * _right
_zhang_scale = pl.max_horizontal(_both * (_all - _left), _left * (_right - _both))

# Agrawal, Imielinski & Swami 1993 (support, confidence); Brin et al. 1997 (lift, conviction); Piatetsky-Shapiro 1991
# (leverage); Zhang 2000; Wu, Chen & Han 2010 (Kulczynski and cosine, whatever the baskets with neither side).
MEASURES = (
    RuleMeasure("support", "Support", "Part of all baskets that hold both sides", _both / _all),
    RuleMeasure(
        "confidence",
        "Confidence",
        "Part of the baskets with the left side that hold the right",
        _both / _left,
    ),
    RuleMeasure(
        "lift",
        "Lift",
        "Times as often as if the two sides had nothing to do with each other",
        _both * _all / (_left * _right),
    ),
    RuleMeasure(
        "leverage", "Leverage", "Support beyond what chance gives; 0 is chance", _beyond_chance / _all**2
    ),
    RuleMeasure(
        "conviction",
        "Conviction",
        "Times as often as it fails, it would fail by chance; infinite where it never fails",
        pl.when(_both == _left)
        .then(float("inf"))
        .otherwise(_left * (_all - _right) / (_all * (_left - _both))),
    ),
    RuleMeasure(
        "zhang",
        "Zhang",
        "From −1, never together, over 0, chance, to 1, never without the left side",
        pl.when(_zhang_scale == 0).then(0.0).otherwise(_beyond_chance / _zhang_scale),
    ),
    RuleMeasure(
        "kulczynski",
        "Kulczynski",
        "The mean of the rule's confidence and that of its reverse",
        (_both / _left + _both / _right) / 2,
    ),
    RuleMeasure(
        "jaccard",
        "Jaccard",
        "Part of the baskets with either side that hold both",
        _both / (_left + _right - _both),
    ),
    RuleMeasure(
        "cosine",
        "Cosine",
        "The geometric mean of both confidences; baskets with neither side do not count",
        _both / (_left.cast(pl.Float64) * _right).sqrt(),
    ),
)


def measured(counts: pl.DataFrame) -> pl.DataFrame:
    """The counts of rules with every measure beside them."""
    return counts.with_columns(each.value.alias(each.name) for each in MEASURES)
