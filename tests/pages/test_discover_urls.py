"""The URLs of Segments and Baskets: what is written is read again, what cannot be read is told in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cubes.query import Cut
from data.errors import BadRequest
from mining.patterns.rule_significance import Correction
from mining.segments.customer_features import ALL
from mining.segments.feature_scale import Transform
from mining.segments.threshold_segments import Thresholds
from pages.discover.baskets_view import Association, Listed, Picture, parse_association
from pages.discover.segments_view import WAYS, Grouping, Method, check_k, parse_grouping

ITALY = (Cut("country", ("Italy", "Spain")), Cut("day", since="2025-01-01", until="2025-06-30"))


@pytest.mark.parametrize(
    "grouping",
    [
        Grouping(),
        Grouping(ITALY, Method.RFM, segment="Cannot lose them"),
        Grouping(
            method=Method.MIXTURE, features=("revenue", "channel_mix", "margin"), transform=Transform.QUANTILE
        ),
        Grouping(
            method=Method.THRESHOLDS,
            thresholds=(Thresholds("recency_days", (30, 90.5)), Thresholds("margin", (-1,))),
            names=(("Up to 30 = a | b", "Fresh & <new>=1"),),
            sentences=(("Up to 30 = a | b", "50% of all, surely"),),
        ),
        Grouping(ITALY, Method.KMEANS).by_ways(),
        Grouping(ITALY, Method.KMEANS, 7, ALL[:4], sweep=True, segment="Big & <b>, 50% | /"),
    ],
)
def test_a_grouping_is_read_as_it_was_written(grouping: Grouping) -> None:
    assert parse_grouping(grouping.to_parameters()) == grouping


def test_ways_of_buying_are_of_those_who_came_often_enough() -> None:
    told = Grouping(ITALY, Method.KMEANS, segment="Loyal").by_ways()
    assert [str(cut) for cut in told.cuts[2:]] == ["customer by purchase_days >= 10"]
    assert (set(told.features), told.segment) == (set(WAYS), "")
    assert told.by_ways() == told, "asked for twice it is the same"


@pytest.mark.parametrize(
    "association",
    [
        Association(),
        Association(
            ITALY, "category", Decimal("0.00025"), Decimal("0.35"), 3, item="wool", picture=Picture.MATRIX
        ),
        Association(left=("a, b", "c|d"), right=("e > f",)),
        Association(
            level="across",
            correction=None,
            productive=True,
            by_margin=True,
            versus=ITALY,
            itemsets=Listed.CLOSED,
        ),
        Association(correction=Correction.BONFERRONI),
    ],
)
def test_an_association_is_read_as_it_was_written(association: Association) -> None:
    assert parse_association(association.to_parameters()) == association


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"k": ["abc"]}, "no number of segments"),
        ({"k": ["-3"]}, "no number of segments"),
        ({"k": ["5.5"]}, "no number of segments"),
        ({"k": ["9" * 5000]}, "no number of segments"),
        ({"k": ["५"]}, "no number of segments"),
        ({"method": ["kmean"]}, "Did you mean 'kmeans'"),
        ({"where": ["France"]}, "is no filter"),
        ({"methd": ["rfm"]}, "Did you mean 'method'"),
        ({"k": ["3", "5"]}, "'k' stands 2 times"),
        ({"sweep": ["often"]}, "neither yes nor no"),
        ({"transform": ["lag"]}, "Did you mean 'log'"),
        ({"threshold": ["revenue=much"]}, "are no thresholds"),
        ({"threshold": ["revenue=inf"]}, "are no thresholds"),
    ],
)
def test_a_grouping_that_cannot_be_read(parameters: dict[str, list[str]], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_grouping(parameters)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"support": ["abc"]}, "not a number"),
        ({"support": ["1e999999999"]}, "not a number"),
        ({"support": ["nan"]}, "not a number"),
        ({"support": ["1/3"]}, "not a number"),
        ({"support": ["0"]}, "out of range"),
        ({"confidence": ["1.5"]}, "out of range"),
        ({"confidence": ["-1"]}, "not a number"),
        ({"items": ["1"]}, "cannot be bounded"),
        ({"level": ["categry"]}, "Did you mean 'category'"),
        ({"picture": ["pie"]}, "no picture"),
        ({"suport": ["0.1"]}, "Did you mean 'support'"),
        ({"significant": ["benferroni"]}, "Did you mean 'bonferroni'"),
        ({"productive": ["often"]}, "neither yes nor no"),
        ({"itemsets": ["closd"]}, "Did you mean 'closed'"),
        ({"level": ["product", "category"]}, "'level' stands 2 times"),
    ],
)
def test_an_association_that_cannot_be_read(parameters: dict[str, list[str]], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        parse_association(parameters)


def test_no_sweep_is_none() -> None:
    assert not parse_grouping({"method": ["kmeans"], "sweep": ["no"]}).sweep


def test_k_beyond_customers_and_beyond_use() -> None:
    check_k(5, 5)
    with pytest.raises(BadRequest, match="only 1 customer here"):
        check_k(5, 1)
    with pytest.raises(BadRequest, match="only 3 customers here"):
        check_k(5, 3)
    with pytest.raises(BadRequest, match="more than anybody can use"):
        check_k(500, 20_000)


def test_another_slice_closes_what_was_open() -> None:
    assert Grouping(segment="Loyal").within(ITALY) == Grouping(ITALY)
    opened = Association(support=Decimal("0.01"), left=("a",), right=("b",))
    assert opened.within(ITALY) == Association(ITALY)
    assert opened.of("category") == Association(level="category")


def test_without_a_feature_all_count() -> None:
    assert Grouping().on([]).features == ALL
    assert Grouping().on(["margin", "revenue", "recency_days"]).features == (
        "recency_days",
        "revenue",
        "margin",
    )


def test_what_was_called_so_is_found_again_and_let_go_with_other_segments() -> None:
    named = Grouping(method=Method.KMEANS).called("Big spenders", " Our  stars ", "Who carry us")
    assert (named.segment, named.found_name("Our stars")) == ("Our stars", "Big spenders")
    assert named.called("Big spenders", "", "").names == ()
    assert named.into(7).names == named.within(ITALY).sentences == ()
