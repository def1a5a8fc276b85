"""mlxtend finds what our miner finds; a planted difference is told; what it could not hold is refused before."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadRequest
from mining.patterns import mlxtend_check
from mining.patterns.association_rules import mine
from mining.patterns.basket_matrix import Baskets, encode
from mining.patterns.mlxtend_check import check_with_mlxtend
from tests.mining.planted import real


def encoded(*baskets: Any) -> Baskets:
    rows = [(at, item) for at, basket in enumerate(baskets) for item in basket]
    return encode(pl.DataFrame(rows, schema={"basket": pl.Int64, "item": pl.String}, orient="row"))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sets(st.sampled_from("abcde"), min_size=1), min_size=1, max_size=12),
    st.integers(1, 10).map(lambda tenths: Decimal(tenths) / 10),
    st.integers(1, 10).map(lambda tenths: Decimal(tenths) / 10),
    st.sampled_from([None, 2, 3]),
)
def test_both_find_the_same(
    baskets: list[set[str]], support: Decimal, confidence: Decimal, longest: int | None
) -> None:
    data = encoded(*baskets)
    rules = mine(data, support, confidence, longest)
    check = check_with_mlxtend(data, rules)
    assert check.agrees
    assert (check.itemsets, check.rules) == (rules.itemsets.height, rules.frame.height)


@pytest.mark.parametrize("least", [7, 14, 28, 29, 55, 56, 57, 58])
def test_no_borderline_itemset_is_lost(least: int) -> None:
    """0.07 * 100 is 7.000000000000001, and mlxtend asks for the next whole number."""
    data = encoded(*["ab"] * least, *["c"] * (100 - least))
    assert check_with_mlxtend(data, mine(data, Decimal(least) / 100, Decimal("0.01"))).agrees


def test_groceries_agree_at_the_threshold_that_floating_point_misses() -> None:
    frame = pl.read_parquet(real("groceries/baskets_long.parquet"))
    baskets = encode(frame.select(basket="transaction_id", item="label"))
    check = check_with_mlxtend(baskets, mine(baskets, Decimal("0.002"), Decimal("0.5")))
    assert check.agrees
    assert check.itemsets > 4_000
    assert check.rules > 1_000
    assert 0 < check.our_seconds < check.seconds


def test_what_differs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    baskets = encoded("ab", "ab", "ab", "a", "b", "c")
    rules = mine(baskets, Decimal("0.3"), Decimal("0.5"))

    def wrong(of: Baskets, support: Any, confidence: Any, longest: int | None) -> Any:
        found = mine(of, support, confidence, longest)
        lift = pl.when(pl.col("antecedent").list.first() == "a").then(9.0).otherwise("lift")
        wrong = replace(found, frame=found.frame.with_columns(lift=lift))
        object.__setattr__(wrong, "itemsets", found.itemsets.head(2))
        return wrong

    monkeypatch.setattr(mlxtend_check, "mine", wrong)
    check = check_with_mlxtend(baskets, rules)
    assert not check.agrees
    assert (check.itemsets, check.itemsets_apart, check.rules_apart) == (3, 1, 0)
    assert check.difference == pytest.approx((9 - 9 / 8) / 9)


def test_what_mlxtend_could_not_hold_is_refused_before(monkeypatch: pytest.MonkeyPatch) -> None:
    baskets = encoded(*["ab"] * 3)
    rules = mine(baskets, 1, 1)
    monkeypatch.setattr(mlxtend_check, "fpgrowth", lambda *_, **__: pytest.fail("mlxtend was asked"))
    wide = replace(baskets, counts=np.full(2_000, len(baskets)))
    monkeypatch.setattr(mlxtend_check, "TABLE_MB", 0.005)
    with pytest.raises(BadRequest, match=r"3 baskets by 2,000 items out in 0 MB .* Raise the support"):
        check_with_mlxtend(wide, rules)
    monkeypatch.setattr(mlxtend_check, "ITEMSETS", 2)
    with pytest.raises(BadRequest, match="3 itemsets, and mlxtend is asked for 2 at most"):
        check_with_mlxtend(baskets, rules)
