"""Rules on arules' Groceries meet the published figures; Online Retail is refused before it fills memory."""

from __future__ import annotations

import time

import polars as pl
import pytest

from mining.patterns.association_rules import mine
from mining.patterns.basket_matrix import Baskets, encode
from mining.patterns.itemset_count import estimated_count
from mining.patterns.itemsets import frequent, suggest_support
from mining.patterns.pair_counts import FrequentItems
from mining.patterns.rule_refusals import TooManyItemsets
from tests.mining.planted import real


@pytest.fixture(scope="module")
def groceries() -> Baskets:
    frame = pl.read_parquet(real("groceries/baskets_long.parquet"))
    return encode(frame.select(basket="transaction_id", item="label"))


@pytest.fixture(scope="module")
def retail() -> Baskets:
    frame = pl.read_parquet(real("online_retail/online_retail.parquet"))
    return encode(frame.select(basket=pl.col("InvoiceNo").rank("dense").cast(pl.Int64), item="StockCode"))


def top(frame: pl.DataFrame, rows: int) -> list[tuple[list[str], list[str]]]:
    return list(frame.select("antecedent", "consequent").head(rows).iter_rows())


def test_groceries_is_read_whole(groceries: Baskets) -> None:
    assert groceries.matrix.shape == (9_835, 169)
    assert groceries.matrix.nnz == 43_367
    assert groceries.counts[groceries.items.index("whole milk")] == 2_513


def test_groceries_at_half_confidence(groceries: Baskets) -> None:
    rules = mine(groceries, 0.001, 0.5)
    assert len(rules.itemsets) == 13_492
    assert len(rules.frame) == 5_668
    assert top(rules.frame, 3) == [
        (["Instant food products", "soda"], ["hamburger meat"]),
        (["popcorn", "soda"], ["salty snack"]),
        (["baking powder", "flour"], ["sugar"]),
    ]
    assert rules.frame["lift"].head(3).to_list() == pytest.approx([18.99565, 16.69779, 16.40807], abs=5e-6)
    assert rules.frame["count_both"][0] == 12


def test_groceries_at_high_confidence_keeps_the_borderline_rules(groceries: Baskets) -> None:
    """Comparing floating-point ratios gives 406."""
    rules = mine(groceries, 0.001, 0.8)
    assert len(rules.frame) == 410
    assert top(rules.frame, 1) == [(["liquor", "red/blush wine"], ["bottled beer"])]
    first = rules.frame.row(0, named=True)
    assert (round(first["confidence"], 4), round(first["lift"], 3)) == (0.9048, 11.235)


def test_groceries_other_published_counts(groceries: Baskets) -> None:
    assert len(mine(groceries, 0.006, 0.25).frame) == 463
    fewer = mine(groceries, 0.01, 0.5)
    assert (len(fewer.frame), len(fewer.itemsets)) == (15, 333)


def test_suggested_support_gives_some_hundred_itemsets(groceries: Baskets, retail: Baskets) -> None:
    for baskets in (groceries, retail):
        sets = frequent(baskets, suggest_support(baskets))
        assert 200 <= len(sets) - len(sets.counts[1]) <= 300


def test_online_retail_is_refused_fast_with_a_support_that_works(retail: Baskets) -> None:
    start = time.process_time()
    with pytest.raises(TooManyItemsets) as refusal:
        mine(retail, 0.002, 0.5)
    assert time.process_time() - start < 6
    support = refusal.value.advice.support
    assert support is not None
    assert 0.002 < support < 0.01
    assert refusal.value.remedy == f"Raise the support: {support} would do."
    assert 20_000 < len(frequent(retail, support)) <= 50_000


def test_online_retail_at_product_level(retail: Baskets) -> None:
    assert len(frequent(retail, 0.01)) == 1_087


def test_how_many_itemsets_there_would_be_is_about_right(groceries: Baskets) -> None:
    for least, support in ((5, "0.0005"), (10, "0.001")):
        about = estimated_count(FrequentItems.of(groceries, least), least, None)
        assert 0.7 < about / len(frequent(groceries, support)) < 1.4
    pairs = estimated_count(FrequentItems.of(groceries, 5), 5, 2)
    assert 0.7 < pairs / len(frequent(groceries, "0.0005", 2)) < 1.4
