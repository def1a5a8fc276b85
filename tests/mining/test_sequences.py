"""Sequences: against brute force over every embedding, published data, an order that was planted, and none at all."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations, pairwise, product

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.errors import BadRequest
from mining.patterns.mined_sequences import mine_sequences, sequence_sentence
from mining.patterns.next_purchase import next_purchase
from mining.patterns.purchase_days import PurchaseDays, encode_days
from mining.patterns.sequences import (
    Steps,
    Timing,
    TooManySequences,
    frequent_sequences,
    holders,
    suggest_sequence_support,
)

ZAKI = {
    "1": {10: "CD", 15: "ABC", 20: "ABF", 25: "ACDF"},
    "2": {15: "ABF", 20: "E"},
    "3": {10: "ABF"},
    "4": {10: "DGH", 20: "BF", 25: "AGH"},
}
Firm = dict[str, dict[int, str]]


def encoded(firm: Firm) -> PurchaseDays:
    rows = [(who, day, item) for who, held in firm.items() for day, items in held.items() for item in items]
    return encode_days(pl.DataFrame(rows, schema=["customer", "day", "item"], orient="row"))


def told(days: PurchaseDays, found: list[tuple[Steps, int]]) -> dict[tuple[str, ...], int]:
    return {
        tuple("".join(days.items[item] for item in each) for each in steps): count for steps, count in found
    }


def slowly(firm: Firm, least: int, timing: Timing, longest: int) -> dict[tuple[str, ...], int]:
    """Every embedding of every customer, one after another."""
    who: dict[tuple[str, ...], set[str]] = {}
    for customer, held in firm.items():
        for size in range(1, longest + 1):
            for chosen in combinations(sorted(held), size):
                gaps = [then - before for before, then in pairwise(chosen)]
                if any(gap < timing.least_gap or gap > (timing.most_gap or gap) for gap in gaps):
                    continue
                if timing.window is not None and chosen[-1] - chosen[0] > timing.window:
                    continue
                parts = [
                    ["".join(part) for many in range(1, len(held[day]) + 1)
                     for part in combinations(sorted(set(held[day])), many)]
                    for day in chosen
                ]  # fmt: skip
                for steps in product(*parts):
                    if sum(map(len, steps)) <= longest:
                        who.setdefault(steps, set()).add(customer)
    return {steps: len(names) for steps, names in who.items() if len(names) >= least}


DAYS = st.dictionaries(st.integers(0, 9), st.text("abc", min_size=1, max_size=3), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@example(firm={"x": {1: "a", 2: "a", 3: "a", 4: "b"}}, gap=(1, 1, None), least=1)
@example(firm={"x": {0: "a", 4: "a", 5: "b", 6: "c"}}, gap=(1, None, 2), least=1)
@given(
    firm=st.dictionaries(st.sampled_from("xyzuv"), DAYS, min_size=1),
    gap=st.tuples(st.integers(1, 3), st.none() | st.integers(3, 5), st.none() | st.integers(3, 8)),
    least=st.integers(1, 3),
)
def test_every_sequence_is_found_that_any_embedding_gives(
    firm: Firm, gap: tuple[int, int | None, int | None], least: int
) -> None:
    days, timing = encoded(firm), Timing(*gap)
    least = min(least, len(firm))
    found = frequent_sequences(days, f"{least}/{len(firm)}", timing, longest=4)
    assert told(days, found) == slowly(firm, least, timing, 4)
    who = holders(days, [steps for steps, _ in found], timing)
    assert [len(each) for each in who] == [count for _, count in found]


def test_published_sequences_of_zaki() -> None:
    """Zaki 2001 (SPADE), as arulesSequences has them: 18 at .4; the longest at .5 is <D, BF, A>."""
    days = encoded(ZAKI)
    assert len(frequent_sequences(days, "0.4")) == 18
    found = told(days, frequent_sequences(days, "0.5"))
    assert max(found, key=lambda steps: len("".join(steps))) == ("D", "BF", "A")
    assert found["D", "BF", "A"] == 2
    assert found["ABF",] == 3


def test_a_longest_gap_finds_what_the_first_match_would_lose() -> None:
    days = encoded({"x": {1: "a", 2: "a", 3: "a", 4: "b"}})
    assert ("a", "b") in told(days, frequent_sequences(days, 1, Timing(most_gap=1)))


def firm_of(seed: int, follows: float) -> pl.DataFrame:
    """400 customers who buy of ten items at random, each day 0 to 2 of them; who buys a buys b some 20 days later."""
    random = np.random.default_rng(seed)
    rows: list[tuple[str, date, str]] = []
    for at in range(400):
        liked = random.choice(10, 4, replace=False)
        for day in np.sort(random.choice(300, 8, replace=False)):
            when = date(2024, 1, 1) + timedelta(int(day))
            rows += [(f"c{at}", when, f"item {each}") for each in random.choice(liked, random.integers(1, 3))]
            if random.random() < 0.1:
                rows.append((f"c{at}", when, "a"))
                if random.random() < follows:
                    rows.append((f"c{at}", when + timedelta(int(random.integers(15, 26))), "b"))
        if random.random() < 0.5:
            rows.append((f"c{at}", date(2024, 1, 1) + timedelta(int(random.integers(300))), "b"))
    return pl.DataFrame(rows, schema=["customer", "day", "item"], orient="row")


def test_a_planted_order_is_told_from_what_is_merely_popular() -> None:
    days = encode_days(firm_of(1, 0.8))
    found = mine_sequences(days, "0.05", Timing(most_gap=40), 2, date(2024, 12, 31))
    sure = found.significant()["sequence"].to_list()
    assert sure[0] == [["a"], ["b"]]
    assert [["b"], ["a"]] not in sure
    assert found.frame.height > 100
    assert {steps[-1][0] for steps in sure} == {"b"}  # what was bought beside a also comes before b
    row = found.frame.row(0, named=True)
    assert 15 <= row["half_days"] <= 26
    assert "later bought b" in sequence_sentence(row)


@pytest.mark.parametrize("seed", range(3))
def test_in_shuffled_order_none_is_found(seed: int) -> None:
    days = encode_days(firm_of(seed, 0.8)).shuffled(np.random.default_rng(seed))
    found = mine_sequences(days, "0.05", Timing(most_gap=60), 2, date(2024, 12, 31))
    assert found.frame.height > 100
    assert found.significant().is_empty()


def test_the_time_to_the_next_purchase_counts_who_still_waits() -> None:
    """Six customers bought a: b came after 2, 4 and 4 days (a first one before a does not count), three wait."""
    firm: Firm = {
        "p": {1: "a", 3: "b"},
        "q": {0: "b", 1: "a", 5: "b"},
        "r": {1: "a", 2: "a", 5: "b"},
        "s": {1: "a", 4: "c"},
        "t": {1: "ab"},
        "u": {8: "a"},
        "v": {1: "b"},
    }
    days = encoded(firm)
    a, b = (days.items.index(item) for item in "ab")
    pace = next_purchase(days, ((a,), (b,)), Timing(), date(1970, 1, 11))
    assert pace.curve.spells == 6
    assert pace.curve.finished == 3
    # u is watched for 2 days: at risk when the first comes, not at 4. 5/6, then 5/6 (1 - 2/4).
    assert pace.curve.frame["surviving"].to_list() == pytest.approx([5 / 6, 5 / 12])
    waits = pace.waiting(2)
    assert waits.select("customer", "days").sort("customer").rows() == [("s", 9), ("t", 9), ("u", 2)]
    chances = dict(waits.select("customer", "chance").rows())
    assert chances["u"] == pytest.approx(0.5)
    assert chances["s"] is None
    assert dict(waits.select("customer", "due").rows()) == {"u": "due", "s": "late", "t": "late"}


def test_the_suggested_support_gives_about_so_many_pairs() -> None:
    days = encode_days(firm_of(2, 0.5))
    support = suggest_sequence_support(days, target=30)
    pairs = [steps for steps, _ in frequent_sequences(days, support, longest=2) if len(steps) == 2]
    assert 20 <= len(pairs) <= 30


def test_too_many_are_refused_with_a_support_that_would_do() -> None:
    days = encode_days(firm_of(3, 0.5))
    with pytest.raises(TooManySequences) as refusal:
        frequent_sequences(days, "0.01", longest=3, budget=200)
    assert refusal.value.enough
    assert len(frequent_sequences(days, refusal.value.enough, longest=3, budget=200)) <= 200


@pytest.mark.parametrize(
    ("timing", "says"),
    [
        (Timing(0), "puts nothing after anything"),
        (Timing(5, 3), "longest gap of 3 days is shorter"),
        (Timing(5, window=3), "window of 3 days is shorter"),
    ],
)
def test_a_timing_that_nothing_fits_is_refused(timing: Timing, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        frequent_sequences(encoded(ZAKI), "0.5", timing)


def test_purchases_that_are_none_are_refused() -> None:
    with pytest.raises(BadRequest, match="no column day, item"):
        encode_days(pl.DataFrame({"customer": ["x"]}))
    empty = pl.DataFrame(schema={"customer": pl.String, "day": pl.Date, "item": pl.String})
    with pytest.raises(BadRequest, match="no purchases of known customers"):
        encode_days(empty)
