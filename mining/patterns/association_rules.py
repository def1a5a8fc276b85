"""Association rules: what a basket is likely to hold given what it holds, and how far that is from chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import polars as pl

from data.errors import BadRequest
from data.model.said import Said, said
from mining.patterns.basket_matrix import Baskets
from mining.patterns.exact_shares import Share, count_at_least, exact, shortest_share
from mining.patterns.itemsets import BUDGET, Codes, frequent
from mining.patterns.rule_refusals import (
    NoneSoSure,
    NothingTogether,
    PairTooRare,
    RuleAdvice,
    RuleOfOneItem,
    WhyNoRule,
)

CANDIDATES = 5_000_000
BARELY = Fraction(1, 10**9)
ITEMS = pl.List(pl.String)
RULE = pl.Schema(
    {
        "antecedent": ITEMS,
        "consequent": ITEMS,
        "count_both": pl.Int64(),
        "count_antecedent": pl.Int64(),
        "count_consequent": pl.Int64(),
    }
)
ITEMSET = pl.Schema({"items": ITEMS, "length": pl.Int64(), "count": pl.Int64()})


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The rules that pass, and the question they answer.

    `frame`: antecedent, consequent (lists of items), count_both, count_antecedent, count_consequent, baskets
    (numbers of baskets), support, confidence, lift, leverage, conviction (infinite where confidence is 1);
    highest lift first. `itemsets`: items, length, count, support; highest count first.
    """

    frame: pl.DataFrame
    itemsets: pl.DataFrame
    baskets: int
    min_support: Share
    min_confidence: Share
    max_len: int | None


@dataclass(frozen=True, slots=True, eq=False)
class ItemsetsOfLength:
    """Itemsets of one length: `codes` (sets x length), `counts`, and `keys` that add up over the items."""

    codes: np.ndarray
    counts: np.ndarray
    keys: np.ndarray


def mine(
    baskets: Baskets,
    min_support: Share,
    min_confidence: Share,
    max_len: int | None = None,
    max_consequent: int = 1,
    budget: int = BUDGET,
) -> Rules:
    """Every rule with at least this support and confidence, both compared on integer counts.

    Measures as in Agrawal, Imielinski & Swami 1993 (support, confidence), Brin et al. 1997 (lift,
    conviction) and Piatetsky-Shapiro 1991 (leverage). `max_len` bounds the items of a whole rule,
    `max_consequent` those of its right side. Raises BadRequest for shares out of (0, 1], TooManyItemsets for
    more than `budget` of them.
    """
    confidence = exact(min_confidence, "confidence")
    sets = frequent(baskets, min_support, max_len, budget)
    levels, weights = _levels(sets, len(baskets.items))
    _check_candidates(levels, max_consequent)
    names = pl.Series(baskets.items, dtype=pl.String)
    passing = _passing(levels, weights, names, confidence, max_consequent)
    rules = pl.concat([pl.DataFrame(schema=RULE), *passing])
    return Rules(
        _measured(rules, len(baskets)),
        _itemset_frame(levels, names, len(baskets)),
        len(baskets),
        min_support,
        min_confidence,
        max_len,
    )


def sentence(rule: Mapping[str, Any]) -> Said:
    """A row of `Rules.frame` in plain words."""
    antecedent, consequent = _listed(rule["antecedent"]), _listed(rule["consequent"])
    verb = "is" if len(rule["consequent"]) == 1 else "are"
    share = _of_hundred(rule["count_both"], rule["count_antecedent"])
    often = _times(rule["lift"])
    return said("In {} baskets with {} there {} {}, {} in all.", share, antecedent, verb, consequent, often)


def why_no_rule(baskets: Baskets, rules: Rules) -> WhyNoRule | None:
    """Why no rule passed and what to take instead; None when some did."""
    if not rules.frame.is_empty():
        return None
    if rules.max_len == 1:
        return RuleOfOneItem()
    if mine(baskets, rules.min_support, BARELY, max_len=2).frame.is_empty():
        return _rarity(baskets, rules.min_support)
    surest = mine(baskets, rules.min_support, BARELY, rules.max_len).frame
    best = surest.sort("confidence", descending=True).row(0, named=True)
    reachable = shortest_share(best["count_both"], best["count_antecedent"])
    return NoneSoSure(rules.min_confidence, best, sentence(best), RuleAdvice(confidence=reachable))


def _levels(sets: Sequence[tuple[Codes, int]], width: int) -> tuple[dict[int, ItemsetsOfLength], np.ndarray]:
    """The itemsets by length, and a random weight an item under which no two itemsets add up to one key."""
    lengths = np.array([len(codes) for codes, _ in sets], dtype=np.int64)
    flat = {
        int(each): (
            np.array([codes for codes, _ in sets if len(codes) == each], dtype=np.int64),
            np.array([count for codes, count in sets if len(codes) == each], dtype=np.int64),
        )
        for each in np.unique(lengths)
    }
    for seed in range(100):
        weights = np.random.default_rng(seed).integers(0, 2**64, width, dtype=np.uint64)
        keys = {each: weights[codes].sum(axis=1) for each, (codes, _) in flat.items()}
        if not sets or len(np.unique(np.concatenate(list(keys.values())))) == len(sets):
            break
    return {
        each: ItemsetsOfLength(codes, counts, keys[each]) for each, (codes, counts) in flat.items()
    }, weights


def _check_candidates(levels: Mapping[int, ItemsetsOfLength], max_consequent: int) -> None:
    sides = {each: range(1, min(max_consequent, each - 1) + 1) for each in levels}
    candidates = sum(len(level.counts) * comb(each, n) for each, level in levels.items() for n in sides[each])
    if candidates > CANDIDATES:
        raise BadRequest(
            said("These itemsets make {:,} rules, too many to hold.", candidates),
            "Raise the support or allow fewer items on the right side.",
        )


def _passing(
    levels: Mapping[int, ItemsetsOfLength],
    weights: np.ndarray,
    names: pl.Series,
    confidence: Fraction,
    max_consequent: int,
) -> Iterator[pl.DataFrame]:
    """Frames of the rules with enough confidence, one for each way to split itemsets of one length."""
    for length, level in levels.items():
        for size in range(1, min(max_consequent, length - 1) + 1):
            for right in combinations(range(length), size):
                left = [each for each in range(length) if each not in right]
                whole = _counts(levels[length - size], weights[level.codes[:, left]].sum(axis=1))
                kept = level.counts >= _needed(whole, confidence)
                consequents = level.codes[kept][:, list(right)]
                yield pl.DataFrame(
                    {
                        "antecedent": _named(level.codes[kept][:, left], names),
                        "consequent": _named(consequents, names),
                        "count_both": level.counts[kept],
                        "count_antecedent": whole[kept],
                        "count_consequent": _counts(levels[size], weights[consequents].sum(axis=1)),
                    },
                    schema=RULE,
                )


def _counts(level: ItemsetsOfLength, keys: np.ndarray) -> np.ndarray:
    """The counts of the itemsets with these keys; each subset of a frequent itemset is frequent."""
    order = np.argsort(level.keys)
    return level.counts[order[np.searchsorted(level.keys, keys, sorter=order)]]


def _needed(wholes: np.ndarray, confidence: Fraction) -> np.ndarray:
    """The least count that is `confidence` of each whole, in exact integers."""
    unique, place = np.unique(wholes, return_inverse=True)
    needed = [count_at_least(confidence, each) for each in unique.tolist()]
    return np.array(needed, dtype=np.int64)[place]


def _named(codes: np.ndarray, names: pl.Series) -> pl.Series:
    """Rows of item codes as lists of item names in alphabetical order."""
    rows, length = codes.shape
    flat = names.gather(np.sort(codes, axis=1).ravel())
    return flat.reshape((rows, length)).arr.to_list() if rows else pl.Series([], dtype=ITEMS)


def _measured(rules: pl.DataFrame, baskets: int) -> pl.DataFrame:
    both, antecedent, consequent = map(pl.col, ("count_both", "count_antecedent", "count_consequent"))
    measured = rules.with_columns(
        baskets=pl.lit(baskets, dtype=pl.Int64),
        support=both / baskets,
        confidence=both / antecedent,
        lift=both * baskets / (antecedent * consequent),
        leverage=(both * baskets - antecedent * consequent) / baskets**2,
        conviction=pl.when(both == antecedent)
        .then(float("inf"))
        .otherwise(antecedent * (baskets - consequent) / (baskets * (antecedent - both))),
    )
    by = ["lift", "confidence", "count_both"]
    return measured.sort(
        *by,
        pl.col("antecedent").list.join(" "),
        pl.col("consequent").list.join(" "),
        descending=[True] * 3 + [False] * 2,
    )


def _itemset_frame(levels: Mapping[int, ItemsetsOfLength], names: pl.Series, baskets: int) -> pl.DataFrame:
    parts = [
        {"items": _named(level.codes, names), "length": length, "count": level.counts}
        for length, level in levels.items()
    ]
    frames = [pl.DataFrame(each, schema=ITEMSET) for each in parts]
    whole = pl.concat([pl.DataFrame(schema=ITEMSET), *frames]).with_columns(support=pl.col("count") / baskets)
    by = ["count", "length"]
    return whole.sort(*by, pl.col("items").list.join(" "), descending=[True, False, False])


def _rarity(baskets: Baskets, min_support: Share) -> PairTooRare | NothingTogether:
    first, second, count = best_pair(baskets)
    if not count:
        return NothingTogether()
    advice = RuleAdvice(support=shortest_share(count, len(baskets)))
    return PairTooRare(min_support, (first, second), count, len(baskets), advice)


def best_pair(baskets: Baskets) -> tuple[str, str, int]:
    """The pair of items that stands in most baskets, and in how many (0: no basket holds two items)."""
    best = ("", "", 0)
    columns = baskets.matrix.tocsc()
    for code in np.argsort(-baskets.counts, kind="stable").tolist():
        if baskets.counts[code] <= best[2]:
            break
        rows = columns.indices[columns.indptr[code] : columns.indptr[code + 1]]
        beside = np.bincount(baskets.matrix[rows].indices, minlength=len(baskets.items))
        beside[code] = 0
        other = int(beside.argmax())
        if beside[other] > best[2]:
            best = (baskets.items[code], baskets.items[other], int(beside[other]))
    return best


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _of_hundred(part: int, whole: int) -> str:
    """A share in whole hundredths, halves up, that never rounds something to nothing or most to all."""
    hundredths = (200 * part + whole) // (2 * whole)
    if hundredths == 0:
        return "fewer than 1 of 100"
    if hundredths == 100 and part < whole:
        return "more than 99 of 100"
    return f"{hundredths} of 100"


def _times(lift: float) -> Said:
    """How a lift compares with chance, to one decimal (two below 0.1, none from 100 on)."""
    digits = 2 if lift < 0.095 else 0 if lift >= 99.95 else 1
    usual = f"{lift:.{digits}f}" == "1.0"
    return said("as often as") if usual else said(f"{{:.{digits}f}} times as often as", lift)
