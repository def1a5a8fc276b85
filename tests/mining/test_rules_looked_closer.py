"""Items of several levels, what rules earn, and two slices compared: each beside loops or published figures."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import polars as pl
import pytest

from data.errors import BadRequest
from mining.patterns import basket_matrix, pair_counts, pair_table
from mining.patterns.association_rules import best_pair, mine
from mining.patterns.basket_matrix import Baskets, encode, encode_codes
from mining.patterns.itemsets import frequent, least_count_for
from mining.patterns.mlxtend_check import check_with_mlxtend
from mining.patterns.rule_comparison import check_apart, compared, newcombe
from mining.patterns.rule_margins import entry_margins, with_margins
from mining.patterns.rule_words import compared_words

NAMES = ("ale", "bun", "cod", "dill", "drink", "food")
ABOVE = {0: 4, 1: 5, 2: 5, 3: 5}  # what each product lies within


@pytest.fixture(scope="module")
def lines() -> list[tuple[int, int, float]]:
    """Basket, product and margin of each line; some products twice in a basket, some margins unknown."""
    random = np.random.default_rng(4)
    return [
        (100 + 7 * basket, int(item), np.nan if random.random() < 0.05 else float(random.integers(1, 50)))
        for basket in range(80)
        for item in random.choice(4, random.integers(1, 6))
    ]


def encoded(lines: list[tuple[int, int, float]]) -> Baskets:
    """The products, and what each lies within."""
    rows = [(basket, item) for basket, item, _ in lines] + [(b, ABOVE[item]) for b, item, _ in lines]
    baskets, items = np.array(rows).T
    return encode_codes(baskets, items, NAMES, np.array([*ABOVE.items()]))


def test_no_itemset_holds_a_product_and_what_it_lies_within(lines: list[tuple[int, int, float]]) -> None:
    baskets = encoded(lines)
    rules = mine(baskets, "0.02", "0.1")
    sets = [set(items) for items in rules.itemsets["items"]]
    assert not [each for each in sets if {"ale", "drink"} <= each or {"bun", "food"} <= each]
    assert {"ale", "food"} in sets
    assert check_with_mlxtend(baskets, rules).agrees
    free = encode_codes(baskets.keys.repeat(baskets.lengths), baskets.codes, baskets.items)
    apart = [
        each for each in free_sets(free) if not any({NAMES[a], NAMES[b]} <= each for a, b in ABOVE.items())
    ]
    assert sorted(map(sorted, sets)) == sorted(map(sorted, apart))


def free_sets(baskets: Baskets) -> list[set[str]]:
    return [set(items) for items in mine(baskets, "0.02", "1").itemsets["items"]]


def test_numbers_of_baskets_of_any_size() -> None:
    wide = encode_codes(np.array([-5, 2**62, -5, 2**62]), np.array([1, 0, 0, 0]), ("b", "a"))
    assert (wide.items, wide.counts.tolist(), wide.keys.tolist()) == (("a", "b"), [1, 2], [-5, 2**62])


def test_closed_and_maximal_itemsets() -> None:
    held = ["abc", "abc", "abcd", "ab", "bd", "bd", "cd", "e"]
    rows = [(at, item) for at, basket in enumerate(held) for item in basket]
    rules = mine(encode(pl.DataFrame(rows, schema=["basket", "item"], orient="row")), "0.25", "0.5")
    rows = rules.itemsets.select("items", "count", "closed", "maximal").rows()
    for items, count, closed, maximal in rows:
        above = [other for each, other, *_ in rows if set(items) < set(each)]
        assert closed == all(other < count for other in above)
        assert maximal == (not above)
    assert rules.itemset_counts() == (
        len(rows),
        rules.itemsets["closed"].sum(),
        rules.itemsets["maximal"].sum(),
    )
    assert 0 < rules.itemsets["maximal"].sum() < rules.itemsets["closed"].sum() < len(rows)


def test_margins_are_those_of_loops(lines: list[tuple[int, int, float]]) -> None:
    products = [(basket, item, margin) for basket, item, margin in lines]
    numbers, codes, margins = (np.array(each) for each in zip(*products, strict=True))
    baskets = encode_codes(numbers, codes, NAMES)
    earned: dict[int, dict[str, float]] = {}
    for basket, item, margin in products:
        held = earned.setdefault(basket, {})
        held[NAMES[item]] = held.get(NAMES[item], 0.0) + margin
    rules = mine(baskets, "0.02", "0.1").frame
    found = with_margins(rules, baskets, entry_margins(baskets, numbers, codes, margins))
    assert found["expected_margin"].is_sorted(descending=True)
    for row in found.iter_rows(named=True):
        sides = {*row["antecedent"], *row["consequent"]}
        together = [held for held in earned.values() if sides <= held.keys()]
        both = [held[item] for held in together for item in sides]
        right = [sum(held[item] for item in row["consequent"]) for held in together]
        assert row["margin"] == pytest.approx(np.nansum(both))
        assert row["expected_margin"] == pytest.approx(row["confidence"] * np.nanmean(right))


def test_the_interval_of_a_difference_is_the_published_one() -> None:
    """Newcombe 1998, table II, method 10: 56/70 less 48/80, 9/10 less 3/10, 10/10 less 0/20."""
    ends = newcombe(*(np.array(each) for each in ([56, 9, 10], [70, 10, 10], [48, 3, 0], [80, 10, 20])))
    assert np.round(ends[0], 4).tolist() == [0.0524, 0.1705, 0.6791]
    assert np.round(ends[1], 4).tolist() == [0.3339, 0.8090, 1.0000]


def test_the_same_rules_in_another_slice(lines: list[tuple[int, int, float]]) -> None:
    here, there = encoded(lines[:120]), encoded([line for line in lines[121:] if line[1] != 3])
    check_apart(here, encoded([(basket + 1, item, margin) for basket, item, margin in lines]))
    found = compared(mine(here, "0.05", "0.1").frame, there)
    held = {row: {there.items[code] for code in there.codes[a:b]}
            for row, (a, b) in enumerate(zip(there.starts[:-1], there.starts[1:], strict=True))}  # fmt: skip
    for row in found.iter_rows(named=True):
        left = [each for each in held.values() if set(row["antecedent"]) <= each]
        assert row["count_antecedent_there"] == len(left)
        assert row["count_both_there"] == sum(set(row["consequent"]) <= each for each in left)
        if "dill" in row["antecedent"]:
            assert (row["difference"], row["low"]) == (None, None)
        else:
            assert row["low"] < row["difference"] < row["high"]
            assert row["difference"] == pytest.approx(row["confidence"] - row["confidence_there"])
    absent = found.filter(pl.col("difference").is_null()).height
    assert f"The left sides of {absent:,} rules are in no basket there." in compared_words(found)


def test_slices_that_share_baskets_are_not_compared(lines: list[tuple[int, int, float]]) -> None:
    with pytest.raises(BadRequest, match="baskets stand in both slices"):
        check_apart(encoded(lines[:90]), encoded(lines[60:]))


def test_a_basket_of_two_thousand_items_is_mined_and_a_support_below_sense_refused() -> None:
    random = np.random.default_rng(0)
    rows = np.concatenate([np.zeros(2_000, dtype=int), np.repeat(np.arange(1, 400), 3)])
    codes = np.concatenate([np.arange(2_000), random.integers(0, 60, 3 * 399)])
    baskets = encode_codes(rows, codes, [f"item {each:04}" for each in range(2_000)])
    assert len(frequent(baskets, "0.005").counts[2]) > 100
    with pytest.raises(BadRequest, match="more than a billion itemsets"):
        frequent(baskets, "0.001")


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [
        (pair_counts, "WIDEST", 2),
        (pair_counts, "ROOM", 1),
        (pair_table, "BATCH", 8),
        (basket_matrix, "KEPT_TABLE", 1),
    ],
)
def test_where_tables_would_be_too_large_the_same_is_found_in_parts(
    lines: list[tuple[int, int, float]],
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    name: str,
    value: int,
) -> None:
    whole, suggested = frequent(encoded(lines), "0.02"), least_count_for(encoded(lines), 9, shortest=2)
    monkeypatch.setattr(module, name, value)
    baskets = encoded(lines)
    parts = frequent(baskets, "0.02")
    for length, codes in whole.codes.items():
        assert sorted(map(tuple, codes.tolist())) == sorted(map(tuple, parts.codes[length].tolist()))
        assert sorted(whole.counts[length]) == sorted(parts.counts[length])
    assert len(whole) == len(parts)
    assert least_count_for(baskets, 9, shortest=2) == suggested
    assert best_pair(baskets)[2] == whole.counts[2].max()
