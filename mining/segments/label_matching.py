"""Segments found anew bear the names that they had: who is mostly the same is called the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.optimize import linear_sum_assignment

ALIVE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """`pairs`, a row a matched segment: before, after (as it was called when found), jaccard (0 to 1), kept. `gone` are
    names that died: no segment shares half of its customers with them. `names` is what each segment of after is called
    from now on."""

    pairs: pl.DataFrame
    gone: tuple[str, ...]
    names: Mapping[str, str]


def matched(before: pl.DataFrame, after: pl.DataFrame, fixed: Collection[str] = ()) -> Matching:
    """Match two runs (customer, segment) by the assignment of the greatest summed Jaccard coefficient (Kuhn 1955), over
    the customers that both know. A name is kept where that coefficient is .5 or more.

    `fixed` are names that mean the same in every run: they are neither given nor taken.
    """
    both = before.select("customer", before="segment").join(
        after.select("customer", after="segment"), on="customer"
    )
    both = both.filter(~pl.col("before").is_in(list(fixed)) & ~pl.col("after").is_in(list(fixed)))
    old, new = (both[side].unique().sort().to_list() for side in ("before", "after"))
    jaccard = _jaccard(both, old, new)
    rows = [
        (old[at], new[to], float(jaccard[at, to]))
        for at, to in zip(*linear_sum_assignment(-jaccard), strict=True)
    ]
    schema = {"before": pl.String, "after": pl.String, "jaccard": pl.Float64}
    pairs = pl.DataFrame(rows, schema=schema, orient="row").with_columns(kept=pl.col("jaccard") >= ALIVE)
    kept = dict(pairs.filter("kept").select("after", "before").iter_rows())
    every = after["segment"].unique().sort().to_list()
    return Matching(
        pairs, tuple(name for name in old if name not in kept.values()), _called(every, kept, set(old))
    )


def _jaccard(both: pl.DataFrame, old: list[str], new: list[str]) -> np.ndarray:
    counts = np.zeros((len(old), len(new)))
    for before, after, customers in both.group_by("before", "after").len().iter_rows():
        counts[old.index(before), new.index(after)] = customers
    union = counts.sum(axis=1, keepdims=True) + counts.sum(axis=0, keepdims=True) - counts
    share: np.ndarray = np.divide(counts, union, out=np.zeros_like(counts), where=union > 0)
    return share


def _called(every: list[str], kept: Mapping[str, str], old: Collection[str]) -> dict[str, str]:
    """A name that another segment bore before is told from it by a numeral: it would seem to be that one."""
    taken, names = {*kept.values(), *old}, {}
    for name in every:
        told, at = kept.get(name, name), 2
        while name not in kept and told in taken:
            told, at = f"{name} ({at})", at + 1
        names[name] = told
        taken.add(told)
    return names
