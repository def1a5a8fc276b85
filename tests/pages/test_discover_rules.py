"""Thresholds and what is drawn of rules: filtered equals mined anew, advice can be taken, clicks find their rule."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from mining.patterns.association_rules import RuleDemands, Rules, mine, passing, why_no_rule
from mining.patterns.basket_matrix import Baskets, encode
from mining.patterns.itemsets import frequent
from mining.patterns.rule_measures import MEASURES
from mining.patterns.rule_refusals import RuleAdvice, TooManyItemsets
from pages.discover.baskets_view import Association
from pages.discover.rule_frames import (
    about,
    bubbles,
    edges_and_nodes,
    numbers,
    rule_clicked,
    rule_of,
    table,
    tiles,
)
from pages.discover.rule_thresholds import at_least, merged, percent, supports
from pages.ui.figures import BETWEEN_IDS


@pytest.fixture(scope="module")
def baskets() -> Baskets:
    """300 baskets of 12 items, bread often with butter."""
    random = np.random.default_rng(7)
    pairs = []
    for basket in range(300):
        held = {f"item {each}" for each in random.choice(12, random.integers(1, 5), replace=False)}
        if random.random() < 0.3:
            held |= {"bread", *(["butter"] if random.random() < 0.7 else [])}
        pairs += [(basket, item) for item in sorted(held)]
    return encode(pl.DataFrame(pairs, schema=["basket", "item"], orient="row"))


@pytest.fixture(scope="module")
def rules(baskets: Baskets) -> Rules:
    return mine(baskets, Decimal("0.01"), Decimal("0.05"))


@pytest.mark.parametrize("support", ["0.01", "0.0134", "0.02", "0.05"])
@pytest.mark.parametrize("confidence", ["0.05", "0.1", "0.3333", "0.7", "1"])
def test_raising_thresholds_is_mining_anew(
    baskets: Baskets, rules: Rules, support: str, confidence: str
) -> None:
    found = passing(rules.candidates, baskets.items, RuleDemands(Decimal(support), Decimal(confidence)))
    anew = mine(baskets, Decimal(support), Decimal(confidence))
    assert_frame_equal(found.frame, anew.frame)
    assert_frame_equal(found.itemsets, anew.itemsets)
    assert (found.min_support, found.min_confidence) == (anew.min_support, anew.min_confidence)


def test_steps_hold_what_is_named_and_ask_for_two_baskets_at_least() -> None:
    named = Decimal("0.0134")
    steps = supports(22_064, named)
    assert named in steps
    assert steps == sorted(set(steps))
    assert all(at_least(step, 22_064) >= 2 for step in steps)
    assert steps[-1] == Decimal("0.5")
    assert supports(1, Decimal("0.5"))
    assert merged([Decimal("0.1")], Decimal("0.10")) == [Decimal("0.1")]
    assert [percent(Decimal(each)) for each in ("0.00025", "0.1", "1")] == ["0.025%", "10%", "100%"]


def test_advice_of_a_refusal_can_be_taken(baskets: Baskets) -> None:
    with pytest.raises(TooManyItemsets) as refusal:
        frequent(baskets, "0.001", budget=40)
    view = Association(support=Decimal("0.001"), longest=4).advised(refusal.value.advice)
    assert view == Association(support=refusal.value.advice.support, longest=4)
    assert len(frequent(baskets, view.support or 1, view.longest, budget=40)) <= 40


def test_where_no_support_helps_rules_of_two_items_are_advised() -> None:
    same = encode(
        pl.DataFrame({"basket": [b for b in range(3) for _ in range(9)], "item": [*"abcdefghi"] * 3})
    )
    with pytest.raises(TooManyItemsets) as refusal:
        frequent(same, "0.5", budget=100)
    assert refusal.value.advice == RuleAdvice(longest=2)
    assert Association(longest=4).advised(refusal.value.advice).longest == 2


@pytest.mark.parametrize(("support", "confidence"), [("0.01", "1"), ("0.9", "0.1")])
def test_advice_for_no_rule_gives_one(baskets: Baskets, support: str, confidence: str) -> None:
    view = Association(support=Decimal(support), confidence=Decimal(confidence))
    for _ in range(3):
        found = mine(baskets, view.support or 1, view.confidence)
        why = why_no_rule(baskets, found)
        if why is None:
            break
        view = view.advised(why.advice)
    assert not found.frame.is_empty()


def test_looking_for_an_item(rules: Rules) -> None:
    held = about(rules, "BUTT").frame
    assert 0 < held.height < rules.frame.height
    assert all("butter" in [*row["antecedent"], *row["consequent"]] for row in held.iter_rows(named=True))
    assert about(rules, ".*").frame.is_empty()
    assert about(rules, "") is rules


def test_clicks_find_the_rule_they_mean(rules: Rules) -> None:
    for row in bubbles(rules).iter_rows(named=True):
        rule = rule_clicked(rules, tuple(row["id"].split(BETWEEN_IDS)))
        assert rule is not None
        assert " + ".join(rule["antecedent"]) == row["antecedent"]
        assert " + ".join(rule["consequent"]) == row["consequent"]
    nodes, edges = edges_and_nodes(rules)
    assert set(edges["source"]) | set(edges["target"]) == set(nodes["id"])
    for row in edges.iter_rows(named=True):
        rule = rule_clicked(rules, tuple(row["id"].split(BETWEEN_IDS)))
        assert rule is not None
        assert row["source"] in rule["antecedent"]
        assert row["target"] in rule["consequent"]
    assert rule_clicked(rules, ("bread",)) is None


def test_a_rule_is_found_by_its_sides(rules: Rules) -> None:
    rule = rule_of(rules, ("bread",), ("butter",))
    assert rule is not None
    assert rule["count_both"] <= rule["count_antecedent"]
    assert rule_of(rules, ("bread",), ("no such",)) is None
    told = {name: value for name, value, _ in numbers({**rule, "conviction": float("inf"), "p_value": 0.0})}
    assert [*told] == [*(each.label for each in MEASURES), "p"]
    assert (told["Conviction"], told["p"]) == ("∞", "≤ 1e-300")


def test_table_and_tiles_say_the_same(baskets: Baskets, rules: Rules) -> None:
    shown = {tile.id: tile.value for tile in tiles(baskets, rules)}
    assert shown["rules"] == f"{table(rules).height:,}"
    assert shown["baskets"] == "300"
    none = mine(baskets, Decimal("0.01"), Decimal("1"))
    if none.frame.is_empty():
        assert tiles(baskets, none)[-1].value == "–"
