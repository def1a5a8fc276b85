"""Rules on small baskets agree with brute force and mlxtend, exactly at the thresholds, and speak plainly."""

from __future__ import annotations

import pickle
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from math import inf, isinf
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mlxtend.frequent_patterns import association_rules, fpgrowth

from data.errors import BadRequest
from mining.patterns.association_rules import Rules, mine, sentence, why_no_rule
from mining.patterns.basket_matrix import Baskets, encode
from mining.patterns.exact_shares import count_at_least, shortest_share
from mining.patterns.itemsets import frequent, least_count_for, suggest_support
from mining.patterns.rule_graph import matrix, network
from mining.patterns.rule_refusals import NoneSoSure, NothingTogether, PairTooRare, RuleAdvice, RuleOfOneItem

ITEMS = "abcdef"
baskets_of_items = st.lists(st.sets(st.sampled_from(ITEMS), min_size=1), min_size=1, max_size=25)
shares = st.integers(1, 20).map(lambda twentieths: Decimal(twentieths) / 20)


def encoded(*baskets: Any) -> Baskets:
    rows = [(at, item) for at, basket in enumerate(baskets) for item in basket]
    return encode(pl.DataFrame(rows, schema={"basket": pl.Int64, "item": pl.String}, orient="row"))


def counted(baskets: list[set[str]]) -> dict[frozenset[str], int]:
    """Every itemset that occurs and its count, by enumeration."""
    items = sorted(set().union(*baskets))
    every = (frozenset(each) for n in range(1, len(items) + 1) for each in combinations(items, n))
    counts = {each: sum(each <= basket for basket in baskets) for each in every}
    return {each: count for each, count in counts.items() if count}


def found(rules: Rules) -> dict[frozenset[str], int]:
    return {frozenset(items): count for items, count in rules.itemsets.select("items", "count").iter_rows()}


def keyed(rules: Rules) -> dict[tuple[frozenset[str], frozenset[str]], dict[str, Any]]:
    rows = rules.frame.iter_rows(named=True)
    return {(frozenset(row["antecedent"]), frozenset(row["consequent"])): row for row in rows}


@given(baskets_of_items, shares)
def test_itemsets_are_those_of_brute_force(baskets: list[set[str]], support: Decimal) -> None:
    expected = {each: n for each, n in counted(baskets).items() if Fraction(n, len(baskets)) >= support}
    rules = mine(encoded(*baskets), support, 1)
    assert found(rules) == expected
    assert len(rules.itemsets) == len(expected)


@given(baskets_of_items, shares, shares, st.integers(1, 3))
def test_rules_are_those_of_brute_force(
    baskets: list[set[str]], support: Decimal, confidence: Decimal, right: int
) -> None:
    counts = {each: n for each, n in counted(baskets).items() if Fraction(n, len(baskets)) >= support}
    expected = {
        (each - frozenset(side), frozenset(side)): (
            n,
            counts[each - frozenset(side)],
            counts[frozenset(side)],
        )
        for each, n in counts.items()
        for size in range(1, min(right, len(each) - 1) + 1)
        for side in combinations(sorted(each), size)
        if Fraction(n, counts[each - frozenset(side)]) >= confidence
    }
    rules = keyed(mine(encoded(*baskets), support, confidence, max_consequent=right))
    assert expected == {
        sides: (row["count_both"], row["count_antecedent"], row["count_consequent"])
        for sides, row in rules.items()
    }


@settings(max_examples=12, deadline=None)
@given(baskets_of_items.filter(lambda baskets: max(map(len, baskets)) > 1))
def test_measures_are_mlxtends(baskets: list[set[str]]) -> None:
    table = pd.DataFrame([{item: item in basket for item in ITEMS} for basket in baskets])
    sets = fpgrowth(table, min_support=1e-9, use_colnames=True)
    measures = ["support", "confidence", "lift", "leverage", "conviction", "jaccard", "kulczynski"]
    theirs = association_rules(
        sets, metric="support", min_threshold=1e-9, return_metrics=[*measures, "zhangs_metric"]
    ).rename(columns={"zhangs_metric": "zhang"})
    ours = keyed(mine(encoded(*baskets), Fraction(1, len(baskets)), Fraction(1, 10**6), max_consequent=6))
    assert len(ours) == len(theirs)
    for row in theirs.to_dict("records"):
        own = ours[frozenset(row["antecedents"]), frozenset(row["consequents"])]
        for measure in [*measures, "zhang"]:
            assert own[measure] == pytest.approx(row[measure], abs=1e-12), measure


@given(baskets_of_items, st.integers(1, 6))
@example([set(each) for each in ["ab", "acdf", "bc", "bcf", "bcf", "acdf", "bcdf"]], 4)
def test_least_count_is_the_lowest_that_keeps_the_budget(baskets: list[set[str]], budget: int) -> None:
    least = least_count_for(encoded(*baskets), budget)
    counts = list(counted(baskets).values())
    assert sum(count >= least for count in counts) <= budget
    assert least == 1 or sum(count >= least - 1 for count in counts) > budget


@given(st.integers(1, 3_000).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_shortest_share_asks_for_exactly_that_count(part: tuple[int, int]) -> None:
    count, whole = part
    assert count_at_least(Fraction(shortest_share(count, whole)), whole) == count


@pytest.mark.parametrize(
    ("support", "kept"), [(0.3, 1), (0.30000000001, 0), ("0.3", 1), (np.float64(0.3), 1)]
)
def test_support_is_compared_as_typed(support: Any, kept: int) -> None:
    """3 / 10 >= 0.1 * 3 is False in floating point."""
    baskets = encoded(*["a"] * 3, *["b"] * 2, *["c"] * 2, *["d"] * 2, "e")
    assert len(frequent(baskets, support)) == kept
    assert len(frequent(baskets, 0.1 * 3)) == 0


def test_confidence_is_compared_as_typed() -> None:
    """29 of 100 is 0.29, and 0.29 * 100 is 28.999999999999996; 7 of 100 is 7.000000000000001 parts of 0.07."""
    for part in (7, 14, 28, 29, 57, 58):
        baskets = encoded(*[["a", "b"]] * part, *["a"] * (100 - part))
        assert mine(baskets, 0.01, part / 100).frame.filter(pl.col("antecedent").list.first() == "a").height
        over = mine(baskets, 0.01, part / 100 + 0.0001).frame
        assert over.filter(pl.col("antecedent").list.first() == "a").is_empty()


def test_columns_of_a_rule() -> None:
    rules = mine(encoded("ab", "ab", "a", "c"), 0.5, 0.6)
    rows = keyed(rules)
    certain = rows[frozenset("b"), frozenset("a")]
    assert certain == {
        "antecedent": ["b"],
        "consequent": ["a"],
        "count_both": 2,
        "count_antecedent": 2,
        "count_consequent": 3,
        "baskets": 4,
        "support": 0.5,
        "confidence": 1.0,
        "lift": pytest.approx(4 / 3),
        "leverage": pytest.approx(0.5 - 0.5 * 0.75),
        "conviction": inf,
        "zhang": pytest.approx(0.5),
        "kulczynski": pytest.approx((1 + 2 / 3) / 2),
        "jaccard": pytest.approx(2 / 3),
        "cosine": pytest.approx((2 / 3) ** 0.5),
        "p_value": pytest.approx(0.5),
    }
    assert rows[frozenset("a"), frozenset("b")]["conviction"] == pytest.approx(1.5)
    assert rules.frame["lift"].is_sorted(descending=True)


def test_repeats_of_an_item_count_once_and_rows_in_any_order() -> None:
    once, twice = encoded("ab", "b"), encoded("bba", "bb")
    assert once.counts.tolist() == twice.counts.tolist() == [1, 2]
    assert mine(once, 0.1, 0.1).frame.equals(mine(twice, 0.1, 0.1).frame)


def test_rows_without_basket_or_item_are_left_out() -> None:
    frame = pl.DataFrame({"basket": [1, None, 2], "item": ["a", "b", None]})
    baskets = encode(frame)
    assert (len(baskets), baskets.items) == (1, ("a",))


def test_max_len_bounds_the_whole_rule() -> None:
    rules = mine(encoded(*["abc"] * 4), 0.5, 0.5, max_len=2)
    assert rules.itemsets["length"].max() == 2
    assert len(rules.frame) == 6
    assert frequent(encoded(*["abcd"] * 4), 0.5, max_len=1).counts[1].tolist() == [4] * 4
    assert len(frequent(encoded(*["abcd"] * 4), 0.5, max_len=3)) == 14


def test_a_thousand_items_that_always_come_together_are_refused_without_recursion() -> None:
    baskets = encoded(*[[f"item {each}" for each in range(1_050)]] * 2)
    with pytest.raises(BadRequest, match="limit itemsets to two items"):
        frequent(baskets, 0.5, budget=20_000)
    with pytest.raises(BadRequest, match="20,000 are held at most"):
        frequent(baskets, 0.5, max_len=2, budget=20_000)


def test_a_budget_that_is_just_met_is_not_refused() -> None:
    baskets = encoded("abc", "abc", "ab")
    assert len(frequent(baskets, 0.5, budget=7)) == 7
    with pytest.raises(
        BadRequest, match=r"about 7 itemsets would come out; 6 .* Raise the support: 1 would do"
    ):
        frequent(encoded("abc", "abc", "a"), 0.5, budget=6)


def test_too_many_rules_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mining.patterns.candidate_rules.CANDIDATES", 5)
    with pytest.raises(BadRequest, match="9 rules"):
        mine(encoded("abc", "abc"), 0.5, 0.5)


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan"), float("inf"), "much", "1/0"])
def test_shares_out_of_range_are_refused(share: Any) -> None:
    baskets = encoded("ab", "a")
    with pytest.raises(BadRequest, match="support"):
        mine(baskets, share, 0.5)
    with pytest.raises(BadRequest, match="confidence"):
        mine(baskets, 0.5, share)


def test_frames_that_hold_no_baskets_are_refused() -> None:
    with pytest.raises(BadRequest, match="no column item"):
        encode(pl.DataFrame({"basket": [1]}))
    with pytest.raises(BadRequest, match="no baskets"):
        encode(pl.DataFrame(schema={"basket": pl.Int64, "item": pl.String}))
    with pytest.raises(BadRequest, match="at least two items"):
        mine(encoded("ab"), 0.5, 0.5, max_len=0)


def test_suggested_support_on_next_to_nothing_is_a_share() -> None:
    for baskets in (encoded("a"), encoded("ab", "ab"), encoded("a", "b", "c"), encoded(*[ITEMS] * 3)):
        assert 0 < suggest_support(baskets, target=3) <= 1
    assert suggest_support(encoded("ab", "ab", "c")) == Decimal("0.66")


def test_why_no_rule_passed() -> None:
    baskets = encoded("ab", "ab", "a", "a", "b", "b", "c", "c", "c", "c")
    rare = mine(baskets, 0.4, 0.1)
    assert rare.frame.is_empty()
    why = why_no_rule(baskets, rare)
    assert why == PairTooRare(0.4, ("a", "b"), 2, 10, RuleAdvice(support=Decimal("0.2")))
    assert str(why) == (
        "No two items reach support 0.4. The commonest pair, a and b, stands in 2 of 10 baskets. "
        "Lower the support to 0.2."
    )
    unsure = mine(baskets, 0.2, 0.9)
    assert unsure.frame.is_empty()
    unsure_why = why_no_rule(baskets, unsure)
    assert isinstance(unsure_why, NoneSoSure)
    assert unsure_why.advice == RuleAdvice(confidence=Decimal("0.5"))
    assert (unsure_why.surest["count_both"], unsure_why.surest["count_antecedent"]) == (2, 4)
    assert str(unsure_why).endswith(f"{sentence(unsure_why.surest)} Lower the confidence to 0.5.")
    assert why_no_rule(baskets, mine(baskets, 0.2, 0.5)) is None
    assert why_no_rule(encoded("a", "b"), mine(encoded("a", "b"), 0.5, 0.5)) == NothingTogether()
    assert why_no_rule(baskets, mine(baskets, 0.2, 0.5, max_len=1)) == RuleOfOneItem()


@given(baskets_of_items, shares, shares)
def test_what_an_empty_result_advises_works(
    baskets: list[set[str]], support: Decimal, confidence: Decimal
) -> None:
    data = encoded(*baskets)
    why = why_no_rule(data, mine(data, support, confidence))
    advice = why.advice if why else RuleAdvice()
    if advice.support:
        pairs = {each for each in counted(baskets) if len(each) == 2}
        assert found(mine(data, advice.support, 1)).keys() & pairs
    if advice.confidence:
        assert not mine(data, support, advice.confidence).frame.is_empty()


@pytest.mark.parametrize(
    ("both", "left", "lift", "expected"),
    [
        (31, 100, 4.23, "In 31 of 100 baskets with A there is B, 4.2 times as often as in all."),
        (1, 8, 0.44, "In 13 of 100 baskets with A there is B, 0.4 times as often as in all."),
        (1, 1000, 0.03, "In fewer than 1 of 100 baskets with A there is B, 0.03 times as often as in all."),
        (999, 1000, 1.04, "In more than 99 of 100 baskets with A there is B, as often as in all."),
        (7, 7, 192.1, "In 100 of 100 baskets with A there is B, 192 times as often as in all."),
    ],
)
def test_sentence(both: int, left: int, lift: float, expected: str) -> None:
    rule = {
        "antecedent": ["A"],
        "consequent": ["B"],
        "count_both": both,
        "count_antecedent": left,
        "lift": lift,
    }
    assert sentence(rule) == expected


def test_sentence_lists_items() -> None:
    rule = {"antecedent": ["A", "B", "C"], "consequent": ["D", "E"], "lift": 2.0}
    assert sentence(rule | {"count_both": 1, "count_antecedent": 2}) == (
        "In 50 of 100 baskets with A, B and C there are D and E, 2.0 times as often as in all."
    )


def test_network_and_matrix() -> None:
    baskets = encoded(*["abc"] * 3, *["ab"] * 2, *["de"] * 4, "a", "d")
    rules = mine(baskets, 0.2, 0.5)
    picture = network(rules)
    assert picture.nodes["item"].to_list() == ["a", "b", "c", "d", "e"]
    assert picture.nodes["weight"].to_list() == [6, 5, 3, 5, 4]
    edge = picture.edges.row(by_predicate=(pl.col("source") == "c") & (pl.col("target") == "a"), named=True)
    assert edge["lift"] == pytest.approx(11 / 6)
    assert picture.edges.select("source", "target").is_unique().all()
    assert picture.nodes.equals(network(rules).nodes)
    cells = matrix(rules, top=3)
    assert cells["antecedent"].n_unique() <= 3
    assert cells["lift"].max() == rules.frame["lift"].max()
    assert "a + b" in matrix(rules)["antecedent"].to_list()


def test_pictures_of_no_rules_are_empty() -> None:
    none = mine(encoded("a", "b"), 0.5, 0.5)
    assert network(none).nodes.is_empty()
    assert network(none).edges.columns == network(mine(encoded("ab"), 0.5, 0.5)).edges.columns
    assert matrix(none).is_empty()


def test_results_can_be_cached_by_pickling() -> None:
    baskets = encoded("ab", "ab", "c")
    rules = mine(baskets, 0.5, 0.5)
    assert pickle.loads(pickle.dumps(rules)).frame.equals(rules.frame)
    assert len(pickle.loads(pickle.dumps(baskets))) == 3
    assert not any(isinf(each) for each in rules.frame["lift"])
