"""Association rules: what a basket is likely to hold given what it holds, and how far that is from chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from data.model.said import Said, said
from mining.patterns.basket_matrix import Baskets
from mining.patterns.candidate_rules import CandidateRules, candidate_rules
from mining.patterns.exact_shares import Share, count_at_least, exact, shortest_share
from mining.patterns.itemset_levels import Itemsets
from mining.patterns.itemsets import BUDGET, frequent
from mining.patterns.pair_counts import FrequentItems
from mining.patterns.rule_measures import measured
from mining.patterns.rule_redundancy import productive
from mining.patterns.rule_refusals import (
    NoneBeyondChance,
    NoneProductive,
    NoneSoSure,
    NothingTogether,
    PairTooRare,
    RuleAdvice,
    RuleOfOneItem,
    WhyNoRule,
)
from mining.patterns.rule_significance import Correction, RuleFamily, family_of

LEAST_LOG_P = -300 * np.log(10)  # smaller ones are told as 1e-300
ITEMS = pl.List(pl.String)
RULE = pl.Schema(
    {
        "antecedent": ITEMS,
        "consequent": ITEMS,
        "count_both": pl.Int64(),
        "count_antecedent": pl.Int64(),
        "count_consequent": pl.Int64(),
        "p_value": pl.Float64(),
    }
)
ITEMSET = pl.Schema(
    {
        "items": ITEMS,
        "length": pl.Int64(),
        "count": pl.Int64(),
        "closed": pl.Boolean(),
        "maximal": pl.Boolean(),
    }
)


@dataclass(frozen=True, slots=True)
class RuleDemands:
    """What a rule must meet: `correction` None asks for no significance, `productive` for a gain by each item on the
    left."""

    support: Share
    confidence: Share
    correction: Correction | None = None
    productive: bool = False


@dataclass(frozen=True, slots=True)
class RuleCounts:
    """How many candidates there are above the support, and how many each demand leaves, one after the other."""

    candidates: int
    sure: int
    significant: int
    productive: int


@dataclass(frozen=True, eq=False)
class Rules:
    """The rules that pass, and the question they answer.

    `frame`: antecedent, consequent (lists of items), count_both, count_antecedent, count_consequent, baskets (numbers
    of baskets), p_value (Fisher's, one-sided, 1e-300 at least), and every measure of `rule_measures`; highest lift
    first. `family` are the tests of all candidates, None where significance was not asked for.
    """

    frame: pl.DataFrame
    candidates: CandidateRules
    items: tuple[str, ...]
    demands: RuleDemands
    counts: RuleCounts
    family: RuleFamily | None

    @property
    def baskets(self) -> int:
        return self.candidates.baskets

    @property
    def min_support(self) -> Share:
        return self.demands.support

    @property
    def min_confidence(self) -> Share:
        return self.demands.confidence

    @property
    def max_len(self) -> int | None:
        return self.candidates.itemsets.max_len

    @cached_property
    def least(self) -> int:
        """The baskets that the support asks for."""
        return count_at_least(exact(self.min_support, "support"), self.baskets)

    def itemset_counts(self) -> tuple[int, int, int]:
        """How many itemsets reach the support, and how many of these are closed and maximal."""
        found, every = self.candidates.itemsets, [0, 0, 0]
        for length, counts in found.counts.items():
            above, enough = found.superset_counts[length], counts >= self.least
            masks = (enough, enough & (above < counts), enough & (above < self.least))
            every = [many + int(mask.sum()) for many, mask in zip(every, masks, strict=True)]
        return every[0], every[1], every[2]

    @cached_property
    def itemsets(self) -> pl.DataFrame:
        """items, length, count, support, closed (no longer itemset has its count), maximal (no longer one reaches the
        support); highest count first."""
        return _itemset_frame(self.candidates.itemsets, pl.Series(self.items, dtype=pl.String), self.least)


def mine(
    baskets: Baskets,
    min_support: Share,
    min_confidence: Share,
    max_len: int | None = None,
    max_consequent: int = 1,
    budget: int = BUDGET,
) -> Rules:
    """Every rule with at least this support and confidence, both compared on integer counts.

    `max_len` bounds the items of a whole rule, `max_consequent` those of its right side. Raises BadRequest for shares
    out of (0, 1], TooManyItemsets for more than `budget` of them.
    """
    exact(min_confidence, "confidence")
    found = candidate_rules(frequent(baskets, min_support, max_len, budget), max_consequent)
    return passing(found, baskets.items, RuleDemands(min_support, min_confidence))


@dataclass(frozen=True, slots=True, eq=False)
class ChosenRules:
    """Which candidates meet all demands (`kept`, a mask), how many each leaves, and the tests that were made."""

    kept: np.ndarray
    counts: RuleCounts
    family: RuleFamily | None


def chosen(candidates: CandidateRules, demands: RuleDemands) -> ChosenRules:
    """The candidates that meet the demands; their support must be that of mining or more. Raises BadRequest."""
    confidence = exact(demands.confidence, "confidence")
    least = count_at_least(exact(demands.support, "support"), candidates.baskets)
    enough = candidates.both >= least
    kept = sure = enough & candidates.sure(confidence)
    family = None
    if demands.correction is not None:
        is_given = demands.correction is Correction.GIVEN_SUPPORT
        log_p = candidates.log_p_given(least) if is_given else candidates.log_p
        family = family_of(log_p[enough], demands.correction)
        kept = sure & (log_p <= family.log_threshold)
    significant = int(kept.sum())
    if demands.productive:
        kept = productive(candidates, kept)
    counts = RuleCounts(int(enough.sum()), int(sure.sum()), significant, int(kept.sum()))
    return ChosenRules(kept, counts, family)


def passing(candidates: CandidateRules, items: tuple[str, ...], demands: RuleDemands) -> Rules:
    """The rules among the candidates that meet the demands, with their names and measures. Raises BadRequest."""
    found = chosen(candidates, demands)
    frame = _rule_frame(candidates, items, found.kept)
    return Rules(frame, candidates, items, demands, found.counts, found.family)


def _rule_frame(candidates: CandidateRules, items: tuple[str, ...], kept: np.ndarray) -> pl.DataFrame:
    """The candidates of a mask with every measure, the highest lift first."""
    names = pl.Series(items, dtype=pl.String)
    parts = _named_rules(candidates, names, kept)
    counted = pl.concat([pl.DataFrame(schema=RULE), *parts])
    rules = measured(counted.with_columns(baskets=pl.lit(candidates.baskets, dtype=pl.Int64)))
    by = ["lift", "confidence", "count_both"]
    return rules.sort(
        *by,
        pl.col("antecedent").list.join(" "),
        pl.col("consequent").list.join(" "),
        descending=[True] * 3 + [False] * 2,
    )


def _named_rules(candidates: CandidateRules, names: pl.Series, kept: np.ndarray) -> Iterator[pl.DataFrame]:
    for split in candidates.splits:
        rows = np.flatnonzero(kept[split.candidates])
        if len(rows):
            codes = candidates.itemsets.codes[split.length][rows]
            chosen = rows + split.candidates.start
            yield pl.DataFrame(
                {
                    "antecedent": _named(codes[:, list(split.left)], names),
                    "consequent": _named(codes[:, list(split.right)], names),
                    "count_both": candidates.both[chosen],
                    "count_antecedent": candidates.left[chosen],
                    "count_consequent": candidates.right[chosen],
                    "p_value": np.exp(np.maximum(candidates.log_p[chosen], LEAST_LOG_P)),
                },
                schema=RULE,
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
    if not rules.counts.candidates:
        return _rarity(baskets, rules.min_support)
    if not rules.counts.sure:
        best = _surest(rules)
        reachable = shortest_share(best["count_both"], best["count_antecedent"])
        return NoneSoSure(rules.min_confidence, best, sentence(best), RuleAdvice(confidence=reachable))
    if not rules.counts.significant and rules.family is not None:
        return NoneBeyondChance(rules.counts.sure, rules.family.tests)
    return NoneProductive(rules.counts.significant)


def _surest(rules: Rules) -> Mapping[str, Any]:
    """The rule of highest confidence among all candidates that reach the support, of these the one of highest lift."""
    found = rules.candidates
    shares = np.where(found.both >= rules.least, found.both / found.left, 0.0)
    frame = _rule_frame(found, rules.items, shares >= shares.max() * (1 - 1e-9))
    return frame.sort("confidence", descending=True, maintain_order=True).row(0, named=True)


def _named(codes: np.ndarray, names: pl.Series) -> pl.Series:
    """Rows of item codes as lists of item names in alphabetical order."""
    rows, length = codes.shape
    flat = names.gather(np.sort(codes, axis=1).ravel())
    return flat.reshape((rows, length)).arr.to_list() if rows else pl.Series([], dtype=ITEMS)


def _itemset_frame(itemsets: Itemsets, names: pl.Series, least: int) -> pl.DataFrame:
    parts = []
    for length, counts in itemsets.counts.items():
        kept, above = counts >= least, itemsets.superset_counts[length]
        columns = {
            "items": _named(itemsets.codes[length][kept], names),
            "length": np.full(int(kept.sum()), length),
            "count": counts[kept],
            "closed": (above < counts)[kept],
            "maximal": (above < least)[kept],
        }
        parts.append(pl.DataFrame(columns, schema=ITEMSET))
    whole = pl.concat([pl.DataFrame(schema=ITEMSET), *parts])
    by = ["count", "length"]
    return whole.with_columns(support=pl.col("count") / itemsets.baskets).sort(
        *by, pl.col("items").list.join(" "), descending=[True, False, False]
    )


def _rarity(baskets: Baskets, min_support: Share) -> PairTooRare | NothingTogether:
    first, second, count = best_pair(baskets)
    if not count:
        return NothingTogether()
    advice = RuleAdvice(support=shortest_share(count, len(baskets)))
    return PairTooRare(min_support, (first, second), count, len(baskets), advice)


def best_pair(baskets: Baskets) -> tuple[str, str, int]:
    """The pair of items that stands in most baskets, and in how many (0: no basket holds two items)."""
    best = ("", "", 0)
    items = FrequentItems.of(baskets, 1)
    for rank in range(1, len(items)):
        if items.counts[rank] <= best[2]:
            break
        beside, counts = items.beside(rank, best[2] + 1)
        if len(beside):
            at = int(counts.argmax())
            pair = sorted((int(items.order[rank]), int(items.order[beside[at]])))
            best = (baskets.items[pair[0]], baskets.items[pair[1]], int(counts[at]))
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
