"""The same question put to mlxtend: whether another hand finds the same rules and figures, and how long each took."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from mlxtend.frequent_patterns import association_rules, fpgrowth

from data.errors import BadRequest
from data.model.said import said
from mining.patterns.association_rules import Rules, mine
from mining.patterns.basket_matrix import Baskets
from mining.patterns.exact_shares import count_at_least, exact

TABLE_MB = 640  # fpgrowth lays frequent items by baskets out as a dense table, a byte a cell
ITEMSETS = 50_000
MEASURES = ("support", "confidence", "lift", "leverage", "conviction")

Codes = tuple[int, ...]
Sides = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class MlxtendCheck:
    """What mlxtend finds beside our rules: `_apart` are those that only one of both finds or counts differently, and
    `difference` is the largest one of any measure of a rule, relative to the measure."""

    itemsets: int
    itemsets_apart: int
    rules: int
    rules_apart: int
    difference: float
    seconds: float
    our_seconds: float

    @property
    def agrees(self) -> bool:
        return not self.itemsets_apart and not self.rules_apart and self.difference < 1e-9


def check_with_mlxtend(baskets: Baskets, rules: Rules) -> MlxtendCheck:
    """Find the itemsets and rules anew, ours and mlxtend's, at the thresholds of `rules`.

    Raises BadRequest where mlxtend, which has no budget of its own, would take more memory or time than we grant.
    """
    check_room(baskets, rules)
    start = time.perf_counter()
    ours = mine(baskets, rules.min_support, rules.min_confidence, rules.max_len)
    between = time.perf_counter()
    sets = mlxtend_itemsets(baskets, rules)
    theirs = dict(_measures(baskets, rules, sets))
    end = time.perf_counter()
    counts = {frozenset(items): count for items, count in ours.itemsets.select("items", "count").iter_rows()}
    named = {frozenset(baskets.items[code] for code in codes): count for codes, count in sets}
    own = dict(_own_measures(ours))
    return MlxtendCheck(
        len(named),
        sum(counts.get(each) != named.get(each) for each in counts.keys() | named.keys()),
        len(theirs),
        len(own.keys() ^ theirs.keys()),
        max((_difference(own[each], theirs[each]) for each in own.keys() & theirs.keys()), default=0.0),
        end - between,
        between - start,
    )


def check_room(baskets: Baskets, rules: Rules) -> None:
    """Raises BadRequest before mlxtend is given more than it can hold: its own code would find out too late."""
    columns = len(_frequent_items(baskets, rules))
    megabytes = len(baskets) * columns / 1e6
    advice = "Raise the support, narrow the filter or look at a coarser level."
    if megabytes > TABLE_MB:
        raise BadRequest(
            said(
                "mlxtend would lay {:,} baskets by {:,} items out in {:,.0f} MB of memory, and it is granted {:,}.",
                len(baskets),
                columns,
                megabytes,
                TABLE_MB,
            ),
            advice,
        )
    if rules.itemsets.height > ITEMSETS:
        raise BadRequest(
            said(
                "There are {:,} itemsets, and mlxtend is asked for {:,} at most.",
                rules.itemsets.height,
                ITEMSETS,
            ),
            advice,
        )


def mlxtend_itemsets(baskets: Baskets, rules: Rules) -> list[tuple[Codes, int]]:
    """What its fpgrowth finds, as (columns of the matrix, count)."""
    items = _frequent_items(baskets, rules)
    if not len(items):
        return []
    table = pd.DataFrame.sparse.from_spmatrix(baskets.matrix[:, items])
    # Half a basket below the count that is asked for: its own rounding of a share loses borderline itemsets.
    support = (_least(baskets, rules) - 0.5) / len(baskets)
    found = fpgrowth(table, min_support=support, max_len=rules.max_len)
    counts = np.rint(found["support"].to_numpy() * len(baskets)).astype(int)
    sets = [
        (tuple(int(items[place]) for place in places), int(count))
        for places, count in zip(found["itemsets"], counts, strict=True)
    ]
    kin = [set(pair) for pair in baskets.kin.tolist()]
    return [(codes, count) for codes, count in sets if not any(pair <= {*codes} for pair in kin)]


def _measures(
    baskets: Baskets, rules: Rules, sets: list[tuple[Codes, int]]
) -> Iterator[tuple[Sides, tuple[float, ...]]]:
    """The rules of one item on the right that mlxtend makes of itemsets, and its measures of each."""
    if not sets:
        return
    confidence = exact(rules.min_confidence, "confidence")
    frame = pd.DataFrame(
        {
            "support": [count / len(baskets) for _, count in sets],
            "itemsets": [frozenset(codes) for codes, _ in sets],
        }
    )
    least = max(float(confidence) - 1e-9, 0.0)
    made = association_rules(frame, min_threshold=least, return_metrics=["antecedent support", *MEASURES])
    for row in made.to_dict("records"):
        if len(row["consequents"]) == 1 and _is_sure(row, len(baskets), confidence):
            sides = (_named(baskets, row["antecedents"]), _named(baskets, row["consequents"]))
            yield sides, tuple(float(row[measure]) for measure in MEASURES)


def _own_measures(rules: Rules) -> Iterator[tuple[Sides, tuple[float, ...]]]:
    for row in rules.frame.iter_rows(named=True):
        sides = (frozenset(row["antecedent"]), frozenset(row["consequent"]))
        yield sides, tuple(row[measure] for measure in MEASURES)


def _is_sure(row: dict[str, Any], baskets: int, confidence: Fraction) -> bool:
    """Whether a rule has this confidence, compared on integer counts."""
    both, left = (round(float(row[name]) * baskets) for name in ("support", "antecedent support"))
    return both * confidence.denominator >= left * confidence.numerator


def _difference(ours: tuple[float, ...], theirs: tuple[float, ...]) -> float:
    pairs = zip(ours, theirs, strict=True)
    return max(
        0.0 if a == b else abs(a - b) / max(1.0, abs(a)) if math.isfinite(a - b) else math.inf
        for a, b in pairs
    )


def _least(baskets: Baskets, rules: Rules) -> int:
    return count_at_least(exact(rules.min_support, "support"), len(baskets))


def _frequent_items(baskets: Baskets, rules: Rules) -> np.ndarray:
    return np.flatnonzero(baskets.counts >= _least(baskets, rules))


def _named(baskets: Baskets, codes: frozenset[int]) -> frozenset[str]:
    return frozenset(baskets.items[code] for code in codes)
