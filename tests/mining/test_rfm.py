"""RFM scores are fair to ties, follow the as-of date, and every triple of scores has one name."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadRequest
from mining.features import NO_PURCHASE
from mining.rfm import SEGMENTS, rfm, segment_of
from tests.mining.planted import AS_OF, customers, people

SCORES = ("recency_score", "frequency_score", "monetary_score")
behaviour = st.lists(
    st.tuples(
        st.integers(0, 20).map(lambda days: AS_OF - timedelta(days=days)),
        st.integers(1, 5),
        st.integers(-3, 9).map(float),
    ),
    min_size=1,
    max_size=24,
)


def scores(frame: pl.DataFrame) -> dict[str, tuple[int, int, int]]:
    members = rfm(frame, AS_OF).members
    return {row[0]: row[1:] for row in members.select("customer", *SCORES).iter_rows()}


def test_distinct_values_fall_into_equal_fifths() -> None:
    frame = people(*((AS_OF - timedelta(days=10 - each), each, each * 10.0) for each in range(1, 11)))
    expected = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert list(scores(frame).values()) == [(each, each, each) for each in expected]


def test_ties_take_the_fifth_of_their_middle() -> None:
    """Six of ten at the bottom stand at 30%, the second fifth; two of ten above them at 70%, the fourth."""
    days = [1] * 6 + [2] * 2 + [3] * 2
    found = scores(people(*((AS_OF, each, 1.0) for each in days)))
    assert [each[1] for each in found.values()] == [2] * 6 + [4] * 2 + [5] * 2
    assert {each[0] for each in found.values()} == {each[2] for each in found.values()} == {3}


@given(behaviour)
def test_better_never_scores_lower_and_equal_scores_equal(rows: list[tuple[date, int, float]]) -> None:
    found = list(scores(people(*rows)).values())
    for (left, left_scores), (right, right_scores) in product(zip(rows, found, strict=True), repeat=2):
        for feature in range(3):
            if left[feature] == right[feature]:
                assert left_scores[feature] == right_scores[feature]
            if left[feature] > right[feature]:
                assert left_scores[feature] >= right_scores[feature]


@given(behaviour, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(rows: list[tuple[date, int, float]], random: object) -> None:
    frame = people(*rows)
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    once, again = rfm(frame, AS_OF), rfm(frame[order], AS_OF)
    assert once.members.equals(again.members)
    assert once.profiles.equals(again.profiles)


def test_every_triple_of_scores_has_exactly_one_name() -> None:
    cells = [(r, v) for each in SEGMENTS for r in each.recency for v in each.value]
    assert sorted(cells) == list(product(range(1, 6), repeat=2))
    assert {segment_of(*each) for each in product(range(1, 6), repeat=3)} == {each.name for each in SEGMENTS}
    assert segment_of(5, 5, 5) == "Champions"
    assert segment_of(5, 1, 1) == "New customers"
    assert segment_of(1, 5, 5) == "Cannot lose them"
    assert segment_of(1, 1, 1) == "Hibernating"
    assert segment_of(5, 2, 5) == "Potential loyalists"


def test_recency_is_measured_from_the_day_given() -> None:
    frame = people((date(2024, 12, 31), 1, 1.0), (date(2024, 12, 1), 1, 1.0))
    assert rfm(frame, AS_OF).members["recency_days"].to_list() == [1, 31]
    assert rfm(frame, date(2024, 12, 31)).members["recency_days"].to_list() == [0, 30]


def test_customers_without_purchase_stand_apart() -> None:
    frame = people((AS_OF, 2, 50.0), (None, 0, -20.0), (AS_OF, 0, -5.0))
    result = rfm(frame, AS_OF)
    assert result.members["segment"].to_list()[1:] == [NO_PURCHASE, NO_PURCHASE]
    assert result.members.select(*SCORES, "recency_days")[1].row(0) == (None,) * 4
    last = result.profiles.row(-1, named=True)
    assert (last["segment"], last["customers"], last["revenue"]) == (NO_PURCHASE, 2, -25.0)
    assert last["sentence"] == "2 customers (67%), -100% of revenue: never bought"
    assert len(result.scatter.points) == 1


def test_only_customers_without_purchase() -> None:
    result = rfm(people((None, 0, 0.0), (None, 0, -1.0)), AS_OF)
    assert result.profiles["sentence"].to_list() == ["2 customers (100%): never bought"]
    assert result.scatter.points.is_empty()


def test_profiles_add_up() -> None:
    frame, _ = customers(2_000)
    result = rfm(frame, AS_OF)
    assert result.profiles["customers"].sum() == 2_000
    assert result.profiles["share_customers"].sum() == pytest.approx(1)
    assert result.profiles["share_revenue"].sum() == pytest.approx(1)
    assert result.profiles["revenue"].sum() == pytest.approx(frame["revenue"].sum())
    names = [each.name for each in SEGMENTS]
    assert result.profiles["segment"].to_list() == sorted(result.profiles["segment"], key=names.index)


def test_profile_figures_of_a_segment() -> None:
    frame = people((AS_OF - timedelta(days=4), 1, 10.0), (AS_OF - timedelta(days=8), 1, 30.0))
    members = rfm(frame, AS_OF).members
    assert members["segment"].to_list() == ["Potential loyalists", "At risk"]
    row = rfm(frame, AS_OF).profiles.row(0, named=True)
    assert (row["median_recency_days"], row["median_revenue"], row["index_revenue"]) == (4, 10, 50)
    assert row["index_recency_days"] == pytest.approx(100 * 4 / 6)
    assert row["index_return_rate"] is None
    assert row["share_revenue"] == pytest.approx(0.25)
    assert row["sentence"] == (
        "1 customer (50%), 25% of revenue: buy now and then (median 1 purchase day), "
        "bought recently (median 4 days ago)"
    )


def test_scores_survive_many_customers() -> None:
    frame, _ = customers(50_000)
    sizes = rfm(frame, AS_OF).members["monetary_score"].value_counts()["count"]
    assert sizes.to_list() == [10_000] * 5


@pytest.mark.parametrize("column", ["customer", "last_purchase", "return_rate"])
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(BadRequest, match=column):
        rfm(people((AS_OF, 1, 1.0)).drop(column), AS_OF)


def test_frames_that_cannot_be_scored_are_refused() -> None:
    frame = people((AS_OF, 1, 1.0))
    with pytest.raises(BadRequest, match="no customers"):
        rfm(frame.clear(), AS_OF)
    with pytest.raises(BadRequest, match="more than one row"):
        rfm(pl.concat([frame, frame]), AS_OF)
    with pytest.raises(BadRequest, match=r"1 customer bought after 2024-12-31.* Measure from 2025-01-01"):
        rfm(frame, date(2024, 12, 31))
