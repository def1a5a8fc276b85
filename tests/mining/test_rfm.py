"""RFM scores are fair to ties, follow the as-of date, and every triple of scores has one name."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadRequest
from mining.segments.buying_pace import pace
from mining.segments.customer_features import NO_PURCHASE, prepare
from mining.segments.rfm_quintiles import SEGMENTS, rfm, segment_of
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
    days = [2] * 6 + [3] * 2 + [4] * 2
    found = scores(people(*((AS_OF, each, 1.0) for each in days)))
    assert [each[1] for each in found.values()] == [2] * 6 + [4] * 2 + [5] * 2
    assert {each[0] for each in found.values()} == {each[2] for each in found.values()} == {3}


def test_who_bought_once_has_the_lowest_frequency() -> None:
    days = [1] * 8 + [2, 3]
    found = scores(people(*((AS_OF, each, 1.0) for each in days)))
    assert [each[1] for each in found.values()] == [1] * 8 + [5, 5]


def test_where_most_bought_once_none_of_them_is_loyal() -> None:
    """180 of 200 bought once, the greatest spenders among them."""
    found = [(AS_OF - timedelta(days=at), 1, 500.0 - at) for at in range(180)]
    found += [(AS_OF - timedelta(days=9 * at), 2 + at % 3, 40.0) for at in range(20)]
    members = rfm(people(*found), AS_OF).members
    once = members.filter(pl.col("purchase_days") == 1)
    assert set(once["frequency_score"]) == {1}
    assert not {"Champions", "Loyal"} & set(once["segment"])


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
    assert members["segment"].to_list() == ["Promising", "Hibernating"]
    row = rfm(frame, AS_OF).profiles.row(0, named=True)
    assert (row["median_recency_days"], row["median_revenue"], row["index_revenue"]) == (4, 10, 50)
    assert row["index_recency_days"] == pytest.approx(100 * 4 / 6)
    assert row["index_return_rate"] is None
    assert row["share_revenue"] == pytest.approx(0.25)
    assert row["sentence"] == (
        "1 customer (50%), 25% of revenue: bought once, bought recently (median 4 days ago)"
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


# The firm's own pace


def paced(silences: list[int], every: int, purchases: int = 4) -> pl.DataFrame:
    """Customers who bought every so many days, and have been silent since."""
    rows = [(AS_OF - timedelta(days=silence), purchases, 10.0 + at) for at, silence in enumerate(silences)]
    first = [last - timedelta(days=every * (purchases - 1)) for last, *_ in rows]
    return people(*rows).with_columns(first_purchase=pl.Series(first, dtype=pl.Date))


def test_long_ago_is_long_for_the_firm() -> None:
    """Forty who buy every thirty days: within those nobody is lapsed, whatever fifth they fall into."""
    active = rfm(paced(list(range(1, 29)) + [2] * 12, 30), AS_OF)
    assert set(active.members["recency_score"]) == {1, 2, 3, 4, 5}
    assert active.members["recency_row"].min() == 3
    assert not {"At risk", "Cannot lose them", "Hibernating"} & set(active.members["segment"])
    assert not any("long ago" in each for each in active.profiles["sentence"])


def test_who_is_silent_for_long_is_neither_recent_nor_loyal() -> None:
    """Forty who bought every day, and not for months: the first fifth of them is not recent."""
    gone = rfm(paced(list(range(100, 140)), 1), AS_OF)
    assert gone.members["recency_row"].max() == 2
    assert set(gone.members["segment"]) <= {"At risk", "Cannot lose them", "Hibernating"}
    assert all("bought long ago" in each for each in gone.profiles["sentence"])


def test_too_few_who_came_back_tell_nothing_of_long() -> None:
    few = rfm(paced(list(range(0, 290, 10)), 1), AS_OF)
    assert few.members["recency_row"].equals(few.members["recency_score"].alias("recency_row"))
    assert few.members["expected_revenue"].null_count() == 29
    assert all("last bought (median" in each for each in few.profiles["sentence"])


def test_the_pace_is_a_quantile_of_mean_intervals() -> None:
    frame = pl.concat([paced([1] * 20, 10), paced([1] * 20, 70, 3), people((AS_OF, 1, 1.0)).with_columns(
        first_purchase=pl.lit(AS_OF))]).with_columns(customer=pl.int_range(41).cast(pl.String))  # fmt: skip
    buyers = prepare(frame, AS_OF).buyers
    assert sorted(buyers["interval_days"].drop_nulls()) == [10.0] * 20 + [70.0] * 20
    own = pace(buyers)
    assert (own.buyers, own.repeaters, own.usual_days, own.long_days) == (41, 40, 40.0, 70.0)
    assert [own.level(each) for each in (40, 41, 70, 71, None)] == [-1, 0, 0, 1, None]
