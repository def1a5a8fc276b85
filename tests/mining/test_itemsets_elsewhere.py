"""Itemsets that another engine counted make the very rules that those found here make."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.errors import BadRequest
from mining.patterns import itemsets_elsewhere
from mining.patterns.association_rules import RuleDemands, passing
from mining.patterns.basket_matrix import Baskets, encode
from mining.patterns.candidate_rules import candidate_rules
from mining.patterns.itemset_levels import Itemsets
from mining.patterns.itemsets import frequent
from mining.patterns.itemsets_elsewhere import frequent_elsewhere
from mining.patterns.rule_refusals import TooManyItemsets

SUPPORT = ".05"


@pytest.fixture(autouse=True)
def any_baskets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(itemsets_elsewhere, "FEW", 0)


@pytest.fixture(scope="module")
def baskets() -> Baskets:
    """Two hundred baskets of up to five of nine items."""
    chance = Random(4)
    rows = [
        (at, chance.choice("abcdefghi") if chance.random() < 0.6 else "ab"[at % 2])
        for at in range(200)
        for _ in range(1 + at % 5)
    ]
    return encode(pl.DataFrame(rows, schema=["basket", "item"], orient="row"))


def by_name(baskets: Baskets, found: Itemsets) -> dict[frozenset[str], int]:
    return {
        frozenset(baskets.items[code] for code in codes): int(count)
        for length, sets in found.codes.items()
        for codes, count in zip(sets, found.counts[length], strict=True)
    }


@pytest.mark.parametrize("longest", [None, 1, 2, 3])
def test_rules_of_what_was_counted_elsewhere_are_ours(baskets: Baskets, longest: int | None) -> None:
    ours = frequent(baskets, SUPPORT, longest)
    every = by_name(baskets, frequent(baskets, SUPPORT))
    asked: list[tuple[int, int]] = []

    def counted(least: int, most: int) -> Mapping[frozenset[str], int]:
        asked.append((least, most))
        return dict(reversed(every.items()))

    theirs = frequent_elsewhere(baskets, SUPPORT, longest, counted)
    assert asked == [(10, 200_000)]
    assert (len(theirs), theirs.least, theirs.max_len) == (len(ours), ours.least, longest)
    demands = RuleDemands(SUPPORT, "0.1", productive=True)
    mine, there = (passing(candidate_rules(each, 2), baskets.items, demands) for each in (ours, theirs))
    assert_frame_equal(mine.frame, there.frame)
    assert mine.itemset_counts() == there.itemset_counts()
    assert by_name(baskets, ours) == by_name(baskets, theirs)


def test_what_nobody_counts_elsewhere_is_found_here(baskets: Baskets) -> None:
    theirs = frequent_elsewhere(baskets, SUPPORT, None, lambda least, most: None)
    assert by_name(baskets, theirs) == by_name(baskets, frequent(baskets, SUPPORT))


def test_more_than_the_budget_is_refused_as_here(baskets: Baskets) -> None:
    with pytest.raises(TooManyItemsets):
        frequent_elsewhere(baskets, SUPPORT, None, lambda least, most: None, budget=12)


def test_none_in_so_many_baskets_is_none(baskets: Baskets) -> None:
    assert len(frequent_elsewhere(baskets, "1", None, lambda least, most: {})) == 0


def test_nobody_is_asked_for_a_support_that_there_is_not(baskets: Baskets) -> None:
    def counted(least: int, most: int) -> None:
        raise AssertionError("asked")

    for support, longest in (("2", None), (SUPPORT, 0)):
        with pytest.raises(BadRequest):
            frequent_elsewhere(baskets, support, longest, counted)


def test_few_baskets_are_mined_here(baskets: Baskets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(itemsets_elsewhere, "FEW", 201)

    def counted(least: int, most: int) -> Mapping[frozenset[str], int]:
        raise AssertionError

    assert by_name(baskets, frequent_elsewhere(baskets, SUPPORT, None, counted)) == by_name(
        baskets, frequent(baskets, SUPPORT)
    )
