"""Names between runs, thresholds drawn by hand, and drift: each against a way by hand."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.segments.customer_features import NO_PURCHASE, prepare
from mining.segments.label_matching import matched
from mining.segments.segment_drift import drift, said, stability_index
from mining.segments.threshold_segments import MOST_CELLS, Thresholds, by_thresholds, nearest_cells
from tests.mining.planted import AS_OF, people


def run(*segments: str) -> pl.DataFrame:
    return pl.DataFrame({"customer": list(range(len(segments))), "segment": list(segments)})


def test_permuted_labels_keep_their_names() -> None:
    before = run(*["Best"] * 6, *["Rest"] * 4)
    after = run(*["Rest"] * 6, *["Best"] * 4)
    found = matched(before, after)
    assert dict(found.names) == {"Rest": "Best", "Best": "Rest"}
    assert found.gone == ()
    assert found.pairs["jaccard"].to_list() == [1, 1]


def test_a_name_dies_below_a_half_and_says_so() -> None:
    """Ten of Old go to three: five stay together with one other, of eleven in all."""
    before = run(*["Old"] * 10, *["Other"] * 10)
    after = run(*["x"] * 5, *["y"] * 3, *["z"] * 2, "x", *["w"] * 9)
    found = matched(before, after)
    best = found.pairs.filter(pl.col("before") == "Old")
    assert best["jaccard"].to_list() == [5 / 11]
    assert found.gone == ("Old",)
    assert dict(found.names) == {"x": "x", "y": "y", "z": "z", "w": "Other"}


def test_the_matching_is_the_best_of_all_and_not_the_first_best() -> None:
    """Greedy takes a-x (.6) and leaves b-y 0; together a-y and b-x are worth more."""
    before = run(*["a"] * 10, *["b"] * 6)
    after = run(*["x"] * 6, *["y"] * 4, *["x"] * 6)
    assert dict(matched(before, after).pairs.select("before", "after").iter_rows()) == {"a": "y", "b": "x"}


def test_a_new_segment_takes_no_name_that_another_bears() -> None:
    before = run(*["A"] * 8, *["B"] * 2)
    after = run(*["B"] * 8, "A", "C")
    names = matched(before, after).names
    assert names["B"] == "A"
    assert len(set(names.values())) == 3
    fixed = matched(run("A", NO_PURCHASE), run("B", NO_PURCHASE), fixed=[NO_PURCHASE])
    assert dict(fixed.names) == {"B": "A", NO_PURCHASE: NO_PURCHASE}


def test_thresholds_divide_as_they_say() -> None:
    days = timedelta(days=1)
    frame = people((AS_OF, 1, 100.0), (AS_OF, 1, 101.0), (AS_OF - 31 * days, 1, 5.0), (None, 0, 0.0))
    found = by_thresholds(frame, AS_OF, [Thresholds("recency_days", (30,)), Thresholds("revenue", (100,))])
    assert dict(found.members.select("customer", "segment").iter_rows()) == {
        "a": "Days since the last purchase up to 30, revenue up to 100",
        "b": "Days since the last purchase up to 30, revenue over 100",
        "c": "Days since the last purchase over 30, revenue up to 100",
        "d": NO_PURCHASE,
    }
    assert found.members["number"].to_list() == [2, 1, 3, 0]
    again = nearest_cells(frame[2:], AS_OF, found.rule)
    assert again.equals(found.members.select("customer", "segment")[2:])


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        ([], "No threshold is drawn"),
        ([Thresholds("revenue", (5, 5))], "do not ascend"),
        ([Thresholds("revenue", (5,)), Thresholds("revenue", (6,))], "cut twice"),
        ([Thresholds("revenue", tuple(range(1, MOST_CELLS + 1)))], "41 segments, more than anybody"),
        ([Thresholds("revenues", (1,))], "Did you mean 'revenue'"),
    ],
)
def test_thresholds_that_cannot_be(drawn: list[Thresholds], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        by_thresholds(people((AS_OF, 1, 1.0)), AS_OF, drawn)


def test_the_index_is_the_sum_of_its_definition() -> None:
    random = np.random.default_rng(0)
    before, after = random.random(1_000), random.random(800) ** 2
    edges = np.quantile(before, np.arange(0.1, 1, 0.1))
    p, q = (np.histogram(each, [-1, *edges, 2])[0] / len(each) for each in (before, after))
    assert stability_index(pl.Series(before), pl.Series(after)) == pytest.approx(
        ((q - p) * np.log(q / p)).sum(), abs=2e-3
    )
    assert stability_index(pl.Series(before), pl.Series(before)) == 0
    assert (said(0.05), said(0.2), said(0.3)) == ("as it was", "somewhat changed", "changed")
    assert stability_index(pl.Series([1.0] * 50), pl.Series([None] * 50, dtype=pl.Float64)) > 1


def test_drift_tells_who_moved_though_nothing_moved_them() -> None:
    """Of ten two spend much more and move, one moves for nothing, one leaves."""
    before = pl.DataFrame(
        {
            "customer": list(range(10)),
            "segment": ["a"] * 10,
            "revenue": [float(2**each) for each in range(10)],
        }
    )
    after = before[:9].with_columns(
        revenue=pl.when(pl.col("customer") < 2).then(900.0).otherwise(pl.col("revenue") * 1.01),
        segment=pl.when(pl.col("customer") < 3).then(pl.lit("b")).otherwise(pl.lit("a")),
    )
    found = drift(before, after, ["revenue"])
    assert (found.customers, found.moved, found.still, found.moved_still) == (9, 3, 7, 1)
    assert found.features["feature"].to_list() == ["revenue"]
    silent = [each.with_columns(recency_days=pl.lit(days)) for each, days in ((before, 10.0), (after, 40.0))]
    assert drift(silent[0], silent[1], ["recency_days", "revenue"]).moved_still == 1, (
        "days go by for everybody"
    )
    assert prepare(people((AS_OF, 1, 1.0)), AS_OF).others.is_empty()
