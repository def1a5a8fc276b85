"""Tests over every candidate rule: tails and corrections as scipy's, Groceries' counts, nothing in shuffles."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from mining.patterns.association_rules import RuleDemands, chosen, mine, passing, why_no_rule
from mining.patterns.basket_matrix import Baskets, encode
from mining.patterns.candidate_rules import CandidateRules, candidate_rules
from mining.patterns.exact_shares import exact
from mining.patterns.hypergeometric_tail import log_tail
from mining.patterns.itemsets import frequent
from mining.patterns.rule_redundancy import productive, redundant
from mining.patterns.rule_refusals import NoneBeyondChance, NoneProductive
from mining.patterns.rule_significance import Correction, family_of
from mining.patterns.shuffled_baskets import shuffled, shuffled_counts
from tests.mining.planted import real

BH = Correction.BENJAMINI_HOCHBERG
PUBLISHED = (BH, Correction.BENJAMINI_YEKUTIELI, Correction.BONFERRONI)


@pytest.fixture(scope="module")
def groceries() -> Baskets:
    frame = pl.read_parquet(real("groceries/baskets_long.parquet"))
    return encode(frame.select(basket="transaction_id", item="label"))


@pytest.fixture(scope="module")
def candidates(groceries: Baskets) -> CandidateRules:
    return candidate_rules(frequent(groceries, "0.001"))


@pytest.fixture(scope="module")
def small() -> Baskets:
    """200 baskets of nine items, of which c follows a and b together."""
    random = np.random.default_rng(5)
    rows = []
    for basket in range(200):
        held = {item for item in "abcdefghi" if random.random() < 0.35} or {"i"}
        if {"a", "b"} <= held and random.random() < 0.9:
            held.add("c")
        rows += [(basket, item) for item in sorted(held)]
    return encode(pl.DataFrame(rows, schema=["basket", "item"], orient="row"))


def test_the_tail_is_scipys() -> None:
    random = np.random.default_rng(0)
    size = random.integers(1, 3_000, 3_000)
    marked, drawn = (random.integers(0, size + 1) for _ in range(2))
    both = random.hypergeometric(marked, size - marked, drawn) + random.integers(-3, 12, 3_000)
    both = np.clip(both, 0, np.minimum(marked, drawn))
    ours = log_tail(both, marked, drawn, size)
    assert ours == pytest.approx(stats.hypergeom.logsf(both - 1, size, marked, drawn), abs=1e-8)


def test_a_tail_too_small_for_a_float_keeps_its_digits() -> None:
    """Both sides always together in half of a million: 1 / choose(1000000, 500000)."""
    half = np.array([500_000])
    found = log_tail(half, half, half, np.int64(1_000_000))
    assert found == pytest.approx(-693_140.0474, abs=1e-3)
    assert log_tail(np.array([0]), half, half, np.int64(1_000_000)) == 0


@pytest.mark.parametrize(("correction", "scipys"), [(BH, "bh"), (Correction.BENJAMINI_YEKUTIELI, "by")])
def test_corrections_are_scipys(correction: Correction, scipys: str) -> None:
    p = np.random.default_rng(1).beta(0.4, 3, 500)
    expected = int((stats.false_discovery_control(p, method=scipys) <= 0.05).sum())
    family = family_of(np.log(p), correction)
    assert family.found == expected == (np.log(p) <= family.log_threshold).sum()
    assert 0 < expected < (p <= 0.05).sum()


def test_the_family_of_groceries_is_every_candidate(candidates: CandidateRules) -> None:
    families = {each: family_of(candidates.log_p, each) for each in PUBLISHED}
    assert {family.tests for family in families.values()} == {40_943}
    assert [families[each].found for each in PUBLISHED] == [34_419, 25_648, 6_175]


def test_raising_the_support_makes_the_family_smaller(groceries: Baskets, candidates: CandidateRules) -> None:
    raised = chosen(candidates, RuleDemands("0.002", "0.25", BH))
    anew = candidate_rules(frequent(groceries, "0.002"))
    assert raised.family == family_of(anew.log_p, BH)
    assert raised.counts == chosen(anew, RuleDemands("0.002", "0.25", BH)).counts


def test_nothing_is_found_in_shuffled_groceries(groceries: Baskets) -> None:
    """Tested after they were chosen by confidence, they would all be kept."""
    copy = shuffled(groceries, np.random.default_rng(1))
    assert copy.counts.tolist() == groceries.counts.tolist()
    assert np.bincount(copy.codes).tolist() == groceries.counts.tolist()
    found = candidate_rules(frequent(copy, "0.001"))
    assert 8_000 < len(found) < 9_000
    assert chosen(found, RuleDemands("0.001", "0.5")).counts.sure > 0
    for correction in Correction:
        assert chosen(found, RuleDemands("0.001", "0.5", correction)).counts.significant == 0
    chosen_first = found.log_p[found.sure(exact("0.5", "confidence"))]
    assert family_of(chosen_first, BH).found == len(chosen_first)


def test_what_the_support_chose_is_allowed_for(candidates: CandidateRules) -> None:
    """Given the support, p of what chance brought above it is fair: drawn a million times for one pair."""
    assert candidates.baskets == 9_835
    both = np.random.default_rng(2).hypergeometric(40, 9_795, 60, 1_000_000)
    rules = replace(candidates, both=both, left=np.full(len(both), 40), right=np.full(len(both), 60))
    for least in (1, 2):
        given = np.exp(rules.log_p_given(least))[both >= least]
        for level in {p for p in given.tolist() if p > 1e-3}:
            assert (given <= level * 1.0001).mean() == pytest.approx(level, rel=0.15)


def test_ten_shuffles_are_told_one_after_the_other(small: Baskets) -> None:
    told = list(shuffled_counts(small, RuleDemands("0.05", "0.5"), 3))
    assert [len(each.rules) for each in told] == list(range(1, 11))
    assert told[-1] == list(shuffled_counts(small, RuleDemands("0.05", "0.5"), 3))[-1]
    assert np.mean(told[-1].rules) < mine(small, "0.05", "0.5", 3).frame.height


def test_items_in_most_baskets_are_shuffled_too() -> None:
    rows = [(basket, item) for basket in range(50) for item in ("often", "always", *(["once"] * (basket == 7)))
            if item != "often" or basket % 5]  # fmt: skip
    baskets = encode(pl.DataFrame(rows, schema=["basket", "item"], orient="row"))
    copy = shuffled(baskets, np.random.default_rng(0))
    assert np.bincount(copy.codes).tolist() == baskets.counts.tolist() == [50, 40, 1]


def test_productive_and_redundant_rules_of_groceries(candidates: CandidateRules) -> None:
    sure = candidates.sure(exact("0.5", "confidence"))
    assert sure.sum() == 5_668
    assert productive(candidates, sure).sum() == 1_541
    assert (redundant(candidates) & sure).sum() == 572


def test_productive_and_redundant_are_those_of_brute_force(small: Baskets) -> None:
    found = candidate_rules(frequent(small, "0.02"))
    rules = passing(found, small.items, RuleDemands("0.02", "0.000000001")).frame
    held = [{small.items[code] for code in small.codes[a:b]}
            for a, b in zip(small.starts[:-1].tolist(), small.starts[1:].tolist(), strict=True)]  # fmt: skip

    def count(*items: str) -> int:
        return sum(set(items) <= basket for basket in held)

    said_again, gains = set(), set()
    for left, right in rules.select("antecedent", "consequent").iter_rows():
        confidence = count(*left, *right) / count(*left)
        shorter = [each for size in range(len(left)) for each in combinations(left, size)]
        if any(count(*each, *right) / count(*each) >= confidence - 1e-12 for each in shorter):
            said_again.add((*left, ">", *right))
        tables = [(count(*left, *right), count(*left), count(*rest, *right), count(*rest))
                  for rest in combinations(left, len(left) - 1)]  # fmt: skip
        if all(stats.hypergeom.sf(k - 1, n, a, c) <= 0.05 for k, a, c, n in tables):
            gains.add((*left, ">", *right))

    def named(mask: np.ndarray) -> set[tuple[str, ...]]:
        names = set()
        for split in found.splits:
            for row in np.flatnonzero(mask[split.candidates]).tolist():
                codes = found.itemsets.codes[split.length][row]
                sides = [[small.items[codes[at]] for at in side] for side in (split.left, split.right)]
                names.add((*sides[0], ">", *sides[1]))
        return names

    assert named(redundant(found)) == said_again
    assert named(productive(found, np.ones(len(found), dtype=bool))) == gains
    assert ("a", "b", ">", "c") in gains
    assert 0 < len(gains) < len(found)


def test_why_nothing_is_significant_or_productive(small: Baskets) -> None:
    copy = shuffled(small, np.random.default_rng(2))
    none = passing(candidate_rules(frequent(copy, "0.05")), copy.items, RuleDemands("0.05", "0.4", BH))
    assert none.frame.is_empty()
    why = why_no_rule(copy, none)
    assert isinstance(why, NoneBeyondChance)
    assert f"{none.counts.sure:,} of the {none.counts.candidates:,} rules that were tested" in str(why)
    idle = passing(
        candidate_rules(frequent(small, "0.05")), small.items, RuleDemands("0.05", "1", None, True)
    )
    assert isinstance(why_no_rule(small, idle), NoneProductive)
